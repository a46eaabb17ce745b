"""How far each dataset and set of a registry has come, read from its small tables alone.

Neither DVC nor a plugin is loaded, and nobody is asked: 200 datasets and 100 releases take less
than a second.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from medreg.errors import MedregError
from medreg.files.hashing import sha256_file
from medreg.stages import adopted, part
from medreg.versions import outs, places

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from medreg.registry import Folder, Registry
    from medreg.versions.holdings import Overview
    from medreg.versions.outs import Out
    from medreg.versions.places import Place, Tagged

STEPS = ("declared", "fetched", "converted", "checked", "curated", "released")
OF_SETS = ("declared", "curated", "released")
TABLES = {"fetched": "files.csv", "converted": "refused.csv", "checked": "cases.csv"}
VERBS = {"fetch": "fetched", "convert": "converted", "check": "checked"}


@dataclass(frozen=True, slots=True)
class Lies:
    """How many bytes of a dataset or set a tier holds, of those that may lie there.

    *known* says how that is known: ``now`` (looked at), the release at which the tier was
    audited, or nothing, and then *held* is None.
    """

    held: int | None
    of: int
    known: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far one dataset or set has come, and where its bytes lie.

    *steps* tells of each step ``done``, ``part``, ``behind`` (it read what changed since) or
    ``no``; a set has not all of them.
    """

    name: str
    kind: str
    state: str
    steps: Mapping[str, str]
    release: str = ""
    cases: int | None = None
    published: int | None = None
    refused: int = 0
    bytes: int = 0
    here: int = 0
    tiers: Mapping[str, Lies] = field(default_factory=dict)
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is the same for every row."""

    registry: Registry
    cache: Place
    tiers: Sequence[Place]
    tagged: Mapping[str, Tagged]
    users: Mapping[str, Sequence[str]]  # curated sets by the dataset that they take
    locks: Mapping[str, _Lock]
    made: Mapping[str, str]  # MD5 by path of all that any stage made


@dataclass(frozen=True, slots=True)
class _Lock:
    """What a folder's ``dvc.lock`` says; *problem* is why it cannot be read."""

    outs: Sequence[Out] = ()
    read: Sequence[tuple[str, str, str]] = ()  # stage, path, MD5
    problem: str = ""


def standings(registry: Registry) -> list[Standing]:
    """Return a row per tracked dataset, then per set, each sorted by name."""
    root = registry.root
    tagged = places.last_releases(root)
    names = [("datasets", name) for name in registry.tracked()]
    names += [("sets", name) for name in registry.sets()]
    locks = {name: _lock(registry, f"registry/{kind}/{name}") for kind, name in names}
    made = {out.path: out.md5 for one in locks.values() for out in one.outs}
    here, tiers = places.cache(root), places.tiers(root)
    seen = _Seen(registry, here, tiers, tagged, _users(registry), locks, made)
    return [
        *(_dataset(seen, name) for name in registry.tracked()),
        *(_set(seen, name) for name in registry.sets()),
    ]


def _users(registry: Registry) -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = {}
    for name in registry.sets():
        folder = registry.set(name)
        if (folder.path / "manifest.csv").is_file():
            for dataset in _json(folder, "provenance.json").get("datasets", ()):
                found.setdefault(dataset, []).append(name)
    return found


def asked(found: Sequence[Standing], overview: Overview) -> list[Standing]:
    """Return *found* with what the tiers themselves say: an output counts where all of it lies."""
    return [replace(one, tiers=_asked(one, overview)) for one in found]


def _asked(one: Standing, overview: Overview) -> Mapping[str, Lies]:
    mine = [held for held in overview.holdings if held.name == one.name]
    told = {}
    for tier, lies in one.tiers.items():
        whole = [held.size for held in mine if held.tiers.get(tier) == 0]
        silent = tier in overview.problems
        told[tier] = Lies(None, lies.of) if silent else Lies(sum(whole), lies.of, "asked")
    return told


# --- steps -------------------------------------------------------------------------------------


def _dataset(seen: _Seen, name: str) -> Standing:
    folder = seen.registry.dataset(name)
    steps = dict.fromkeys(STEPS, "no") | {"declared": "done"}
    for step, table in TABLES.items():
        if (folder.path / table).is_file():
            steps[step] = "done"
    held, begun = part.counted(folder), dict(_begun(seen.registry, folder, steps))
    if held:
        steps["fetched"] = "part"
    steps |= dict.fromkeys(begun, "part")
    users = seen.users.get(name, ())
    if users:
        steps["curated"] = "done"
    notes = _noted(seen, name, steps)
    release = _released(seen, name, folder, steps, notes)
    if steps["released"] == "no" and any(user in seen.tagged for user in users):
        steps["released"] = "done"
    if users:
        notes.insert(0, f"in {', '.join(users)}")
    if (place := adopted.place_of(folder)) is not None:
        notes.append(f"raw files in {place}")
    reached = next(s for s in reversed(STEPS[:4]) if steps[s] != "no")
    state = f"{reached} {begun.get(reached, held or '')}".rstrip()
    card = _json(folder, "card.json")
    size, here, tiers = _lying(seen, name, folder)
    return Standing(
        name,
        "dataset",
        f"released v{release}" if release else state,
        steps,
        release=release,
        cases=card.get("cases", _converted(folder) if steps["converted"] == "done" else None),
        published=card.get("published_cases"),
        refused=card.get("refused", 0),
        notes=notes,
        bytes=size,
        here=here,
        tiers=tiers,
    )


def _set(seen: _Seen, name: str) -> Standing:
    folder = seen.registry.set(name)
    steps = dict.fromkeys(OF_SETS, "no") | {"declared": "done"}
    if (folder.path / "manifest.csv").is_file():
        steps["curated"] = "done"
    elif (folder.path / "selection.csv").is_file():
        steps["curated"] = "part"
    notes = _noted(seen, name, steps)
    release = _released(seen, name, folder, steps, notes)
    made = _json(folder, "provenance.json").get("datasets", {})
    size, here, tiers = _lying(seen, name, folder)
    words = {"done": "curated", "part": "decided", "behind": "curated"}
    return Standing(
        name,
        "set",
        f"released v{release}" if release else words.get(steps["curated"], "declared"),
        steps,
        release=release,
        cases=sum(one["selected"] for one in made.values()) if made else None,
        notes=notes,
        bytes=size,
        here=here,
        tiers=tiers,
    )


def _begun(
    registry: Registry, folder: Folder, steps: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Yield each step that was begun and not ended, with how far it is."""
    waiting = registry.work("fetched", folder.name) / "files.csv"
    if steps["fetched"] == "no" and waiting.is_file():
        files = max(waiting.read_bytes().count(b"\n") - 1, 0)
        yield "fetched", f"{files:,} {'file' if files == 1 else 'files'} so far"
    if steps["converted"] == "no" and folder.converted.is_dir():
        yield "converted", f"{_converted(folder):,} cases so far"
    results = registry.work("check", folder.name)
    if steps["checked"] == "no" and results.is_dir():
        yield "checked", f"{sum(1 for _ in results.glob('*.json')):,} cases so far"


def _converted(folder: Folder) -> int | None:
    return sum(1 for _ in folder.converted.iterdir()) if folder.converted.is_dir() else None


def _lock(registry: Registry, where: str) -> _Lock:
    if not (registry.root / where / "dvc.lock").exists():
        return _Lock()  # nothing was made yet
    try:
        return _Lock(*outs.looked_at(registry, where))
    except MedregError as problem:
        return _Lock(problem=problem.message)


def _noted(seen: _Seen, name: str, steps: dict[str, str]) -> list[str]:
    """Say what is wrong with the record of *name*; mark the first step that is *behind*."""
    lock = seen.locks[name]
    stage = next((s for s, path, md5 in lock.read if seen.made.get(path, md5) != md5), "")
    if not stage:
        return [lock.problem] if lock.problem else []
    steps[VERBS.get(stage, "curated")] = "behind"
    verb = stage if stage in VERBS else "curate"
    return [f"changed since: medreg {verb} {name}"]


def _released(
    seen: _Seen, name: str, folder: Folder, steps: dict[str, str], notes: list[str]
) -> str:
    """Return the last release; mark whether it is what lies here."""
    tag = seen.tagged.get(name)
    if tag is None:
        return ""
    steps["released"] = "done" if _is(tag, folder) else "behind"
    if steps["released"] == "behind":
        notes.append(f"differs from v{tag.version}: medreg diff {name}")
    return tag.version


def _is(tag: Tagged, folder: Folder) -> bool:
    manifest = folder.path / "manifest.csv"
    return manifest.is_file() and sha256_file(manifest) == tag.manifest_sha256


# --- bytes -------------------------------------------------------------------------------------


def _lying(seen: _Seen, name: str, folder: Folder) -> tuple[int, int, Mapping[str, Lies]]:
    """Return how many bytes there are, how many are here, and what each tier holds."""
    bytes_of = {out: out.size for out in seen.locks[name].outs if out.cached}
    tag = seen.tagged.get(name)
    proved = tag if tag and _is(tag, folder) else None
    tiers = {}
    for tier in seen.tiers:
        mine = [out for out in bytes_of if tier.may_hold(out)]
        total = sum(out.size for out in mine)
        if tier.folder is not None:
            tiers[tier.name] = Lies(sum(o.size for o in mine if tier.holds(o)), total, "now")
        elif not total:
            tiers[tier.name] = Lies(0, 0, "now")
        elif proved and tier.name in proved.audited:
            tiers[tier.name] = Lies(total, total, f"v{proved.version}, {proved.day}")
        else:
            tiers[tier.name] = Lies(None, total)
    here = sum(out.size for out in bytes_of if seen.cache.holds(out))
    return sum(bytes_of.values()), here, tiers


def _json(folder: Folder, file: str) -> Mapping[str, Any]:
    """Read a file of what was measured; nothing where it is not there, or is none."""
    try:
        content = json.loads((folder.path / file).read_bytes())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
