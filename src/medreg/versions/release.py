"""Release: six steps, each of which first looks whether it is done, the public one last.

Killed anywhere and run again, it ends the same. A tag never moves.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from medreg.errors import DeclarationError, Misuse
from medreg.files.hashing import md5_file, sha256_bytes
from medreg.files.lock import lock
from medreg.registry import Folder
from medreg.report import Answer, Outcome, Progress, Silent
from medreg.versions import dvc, git, outs, proved, push, signatures, standalone
from medreg.versions import releases as names
from medreg.versions.closure import closure, own_files
from medreg.versions.releases import Record
from medreg.versions.steps import next_version, require_step
from medreg.versions.verify import manifest, require, verify
from medreg.versions.withdrawals import withdrawn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dvc.repo import Repo

    from medreg.registry import Registry
    from medreg.versions.push import Load


@dataclass(frozen=True, slots=True)
class Release:
    """A release that now exists: its tag, the sha256 of its manifest, and what each step did."""

    tag: str
    manifest: str
    tiers: tuple[str, ...]
    answers: tuple[Answer, ...]

    @property
    def changed(self) -> bool:
        """Tell whether anything was done that had not been done before."""
        return any(answer.outcome is not Outcome.KEPT for answer in self.answers)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be released, and whether its tag exists already."""

    registry: Registry
    name: str
    version: str
    where: str  # its folder, relative to the root
    tiers: tuple[str, ...]
    record: Record
    exists: bool

    @property
    def tag(self) -> str:
        """The git tag."""
        return names.tag_of(self.name, self.version)

    @property
    def root(self) -> Path:
        """The registry's root."""
        return self.registry.root


def release(
    registry: Registry,
    name: str,
    version: str,
    *,
    tiers: Sequence[str] = (),
    progress: Progress | None = None,
) -> Release:
    """Make what dataset or set *name* now holds the immutable release *version*.

    It is pushed to *tiers*, the default one if none is named, and what may not be shared to its
    own. The same version of the same content again is kept. Raises `Misuse` for a version that is
    taken or not greater than the last one and for a set that changed since it was curated,
    `BytesDiffer` when bytes are not those of the manifest or a tier does not hold them all,
    `ActionNeeded` when git needs an identity, a key to sign with, a login or a merge.
    """
    watch = progress or Silent()
    with lock(registry.lock(name), f"release {name}"):
        plan = planned(registry, name, names.version_of(version), tiers)
        answers = []
        for step in STEPS:
            label = step.__name__.strip("_")
            watch.start(label, 1, "step")
            done = step(plan, watch)
            answers.append(Answer(label, Outcome.WRITTEN if done else Outcome.KEPT))
            watch.answered(answers[-1])
            watch.finish()
    return Release(plan.tag, plan.record.manifest_sha256, plan.tiers, tuple(answers))


def planned(registry: Registry, name: str, version: str, tiers: Sequence[str]) -> Plan:
    """Return what is to be released; raises as `release` does before its first step."""
    where = outs.folder(registry, name)
    git.need_identity(registry.root)
    used = _tiers(registry, name, tiers)
    record = Record(
        sha256_bytes(outs.text(registry, f"{where}/manifest.csv")),
        _provenance(registry, where),
        used,
    )
    earlier = names.released(registry.root, name)
    exists = version in earlier
    tag = names.tag_of(name, version)
    if exists:
        known = names.record_of(registry.root, tag)
        if (known.manifest_sha256, known.provenance_sha256) != (
            record.manifest_sha256,
            record.provenance_sha256,
        ):
            raise Misuse(
                f"{tag} exists and has another content; a release never changes",
                hint=f"medreg release {name} {next_version(registry, name)}",
            )
    elif earlier and names.order(version) < names.order(earlier[-1]):
        raise Misuse(
            f"{version} does not come after {earlier[-1]}, the last release of {name}",
            hint=f"medreg release {name} {next_version(registry, name)}",
        )
    if not exists:
        _require_none_withdrawn(registry, name, where)
        _require_current(registry, name)
        _require_artifact(registry, name)
        require_step(registry, name, version)
    return Plan(registry, name, version, where, used, record, exists)


def _provenance(registry: Registry, where: str) -> str:
    file = registry.root / where / "provenance.json"
    return sha256_bytes(file.read_bytes()) if file.is_file() else ""


def _tiers(registry: Registry, name: str, tiers: Sequence[str]) -> tuple[str, ...]:
    """Return every tier that will hold the release; each must verify what plain DVC pulls."""
    wanted = outs.recorded(registry, name)
    with dvc.repository(registry) as repo:
        used = sorted(
            {there for tier in tiers or ("",) for there in push.destinations(repo, wanted, tier)}
        )
        for tier in used:
            if not dvc.tiers(repo)[tier].get("verify"):
                raise DeclarationError(
                    f"tier {tier} does not verify what is pulled from it",
                    hint=f"dvc remote modify {tier} verify true",
                )
    return tuple(used)


def _require_current(registry: Registry, name: str) -> None:
    """Raise `Misuse` when something was edited since the stages ran, upstream included."""
    addresses = []
    for where in closure(registry, outs.folder(registry, name)):
        kind = where.split("/")[1]
        wanted = outs.STAGES[kind] if where.endswith(f"/{name}") else ("declare",)
        addresses += [f"{where}/dvc.yaml:{stage}" for stage in wanted]
    changed = dvc.status(registry, addresses) or _edited(registry, name)
    if changed:
        address, files = next(iter(changed.items()))
        verb = {"declare": "track", "decide": "curate", "write": "curate"}
        stage = address.rpartition(":")[2]
        owner = address.split("/")[2]
        raise Misuse(
            f"{name} is not up to date: {', '.join(files)} changed since {stage} {owner}",
            hint=f"medreg {verb.get(stage, stage)} {owner}",
        )


def _edited(registry: Registry, name: str) -> dict[str, list[str]]:
    """Return those tables of the release's datasets that are not as their stage wrote them.

    The set reads none of these, but the release commits them, and a rebuild will believe them.
    """
    found: dict[str, list[str]] = {}
    for where in closure(registry, outs.folder(registry, name)):
        for out in outs.recorded_at(registry, where):
            file = registry.root / out.path
            if not out.cached and not (file.is_file() and md5_file(file) == out.md5):
                found.setdefault(f"{where}/dvc.yaml:{out.stage}", []).append(out.path)
    return found


def _require_none_withdrawn(registry: Registry, name: str, where: str) -> None:
    """Raise `Misuse` when a case that was withdrawn is still in."""
    gone = withdrawn(registry)
    rows = manifest(registry.root / where / "manifest.csv") if gone else []
    for row in rows:
        if row.source in gone:
            verb = "convert" if where.startswith("registry/datasets/") else "curate"
            raise Misuse(
                f"{name} still holds {row.source}, which was withdrawn: {gone[row.source]}",
                hint=f"medreg {verb} {name}",
            )


def _require_artifact(registry: Registry, name: str) -> None:
    """Raise `DeclarationError` when the root ``dvc.yaml`` does not name what is released."""
    file = registry.root / "dvc.yaml"
    known = outs.yaml(file.read_bytes(), "dvc.yaml") if file.is_file() else {}
    if name not in (known.get("artifacts") or ()):
        raise DeclarationError(
            f"dvc.yaml names no artifact {name}, so plain DVC would not find the release",
            hint="git restore dvc.yaml, then run the command that made it: medreg curate or track",
        )


# --- the six steps: each returns whether there was anything to do --------------------------------


def _commit(plan: Plan, _progress: Progress) -> bool:
    """Commit the release's own files, and no other work of the user.

    Beside them lies the script that proves them; it is in no manifest.
    """
    if plan.exists:
        return False
    Folder(plan.root / plan.where).write("verify.py", Path(standalone.__file__).read_bytes())
    return git.commit(plan.root, own_files(plan.registry, plan.where), f"Release {plan.tag}")


def _verify(plan: Plan, progress: Progress) -> bool:
    """Prove that the bytes here are those of the manifest; read what was not proved before."""
    if plan.exists:
        return False
    folder = plan.root / plan.where
    rows = manifest(folder / "manifest.csv")
    content = folder / outs.content(plan.where)
    known = proved.unchanged(plan.registry, plan.name, content, rows)
    with proved.proving(plan.registry, plan.name, content, rows):
        differences = verify(content, rows, proved=known, progress=progress)
        require(differences, plan.name, hint=f"make it anew: medreg curate {plan.name}")
    return False


def _push(plan: Plan, progress: Progress) -> bool:
    """Push to every tier, files before the lists that name them."""
    with dvc.repository(plan.registry) as repo:
        answers = push.send(repo, loads(repo, plan, progress), progress)
    return any(answer.outcome is not Outcome.KEPT for answer in answers)


def loads(repo: Repo, plan: Plan, progress: Progress) -> list[Load]:
    """Ask each tier what it lacks of a release."""
    wanted = outs.recorded(plan.registry, plan.name, plan.tag if plan.exists else "")
    return [
        load
        for tier in plan.tiers
        for load in push.loads(repo, _of_tier(wanted, tier), tier=tier, progress=progress)
    ]


def _audit(plan: Plan, _progress: Progress) -> bool:
    """Ask every tier for every object."""
    wanted = outs.recorded(plan.registry, plan.name, plan.tag if plan.exists else "")
    with dvc.repository(plan.registry) as repo:
        for tier in plan.tiers:
            push.require_whole(push.audit_outs(repo, _of_tier(wanted, tier), tier=tier))
    return False


def _of_tier(wanted: Sequence[outs.Out], tier: str) -> list[outs.Out]:
    return [out for out in wanted if out.remote in ("", tier)]


def _tag(plan: Plan, _progress: Progress) -> bool:
    """Put the annotated tag on the commit that holds the release."""
    if plan.exists:
        return False
    signatures.annotate(plan.root, plan.tag, plan.record.message())
    return True


def _publish(plan: Plan, _progress: Progress) -> bool:
    """Push branch and tag to the git remote, both or neither; without a remote there is no need."""
    remote = git.remote(plan.root)
    return bool(remote) and git.publish(plan.root, remote, plan.tag)


STEPS: tuple[Callable[[Plan, Progress], bool], ...] = (
    _commit,
    _verify,
    _push,
    _audit,
    _tag,
    _publish,
)
