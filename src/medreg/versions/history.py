"""Who released what and when, and where a file or volume occurs."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from medreg.errors import MedregError, Misuse, NotFound
from medreg.tables import ManifestRow, from_csv
from medreg.versions import git, models, outs, releases, signatures, withdrawals

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from medreg.registry import Registry

HEX = 64  # digits of a SHA-256


@dataclass(frozen=True, slots=True)
class Entry:
    """One release: who made it, when, and what it holds; *added* and *removed* are cases."""

    release: str
    who: str
    when: str  # ISO 8601, with its zone
    commit: str
    manifest_sha256: str
    files: int | None  # None: its manifest cannot be read here
    bytes: int | None
    cases: int | None
    candidates: int | None  # of a set
    added: Sequence[str]
    removed: Sequence[str]
    changed: Sequence[str]
    withdrawn: int
    signed: str = ""  # by whom, where signatures are asked for
    untrusted: str = ""  # why its tag cannot be trusted


def log(registry: Registry, name: str = "") -> list[Entry]:
    """Return every release of *name* (of everything, if none is named), the oldest first."""
    pattern = f"refs/tags/{name}@v*" if name else "refs/tags/*@v*"
    form = "%(refname:strip=2)%00%(taggername) %(taggeremail)%00%(taggerdate:iso-strict)"
    listed = git.run(registry.root, "for-each-ref", f"--format={form}", pattern).decode()
    found = {}
    for line in listed.splitlines():
        tag, who, when = line.split("\0")
        found[tag] = (who.strip(), when)
    if name and not found:
        outs.folder(registry, name)  # raises when there is no such thing at all
    tables = _tables(registry, list(found))
    gone = withdrawals.withdrawn(registry)
    asked = signatures.policy(registry.root)
    entries: list[Entry] = []
    before: dict[str, Mapping[str, str]] = {}
    for tag in sorted(found, key=_order):
        known = tables[tag]
        cases = _cases(known.manifest)
        earlier = before.get(releases.split(tag)[0], {})
        who, when = found[tag]
        entry = _entry(tag, who, when, known, cases, earlier, gone)
        if not known.sha256:
            entry = replace(entry, untrusted="medreg release did not make this tag")
        elif asked.looked_at:
            signature = signatures.look(registry.root, tag)
            wrong = signatures.problem(signature, asked)
            entry = replace(entry, signed=signature.by, untrusted=wrong)
        entries.append(entry)
        if cases is not None:
            before[releases.split(tag)[0]] = cases
    return entries


@dataclass(frozen=True, slots=True)
class _Tables:
    commit: str
    sha256: str
    manifest: Sequence[ManifestRow] | None
    candidates: int | None


def _entry(  # noqa: PLR0913, PLR0917 - it has these parts
    tag: str,
    who: str,
    when: str,
    known: _Tables,
    cases: Mapping[str, str] | None,
    earlier: Mapping[str, str],
    gone: Mapping[str, str],
) -> Entry:
    rows, now = known.manifest, cases or {}
    return Entry(
        release=tag,
        who=who,
        when=when,
        commit=known.commit,
        manifest_sha256=known.sha256,
        files=None if rows is None else len(rows),
        bytes=None if rows is None else sum(row.size for row in rows),
        cases=None if cases is None else len(cases),
        candidates=known.candidates,
        added=[case for case in now if case not in earlier],
        removed=[case for case in earlier if cases is not None and case not in now],
        changed=[case for case in now if case in earlier and earlier[case] != now[case]],
        withdrawn=sum(case in gone for case in now),
    )


def _order(tag: str) -> tuple[str, object]:
    name, version = releases.split(tag)
    return name, releases.order(version)


def _cases(rows: Sequence[ManifestRow] | None) -> dict[str, str] | None:
    """Return the bytes of each case as one text, by its name."""
    if rows is None:
        return None
    found: dict[str, str] = {}
    for row in rows:
        if row.source:
            found[row.source] = found.get(row.source, "") + row.path + row.sha256
    return found


def _tables(registry: Registry, tags: Sequence[str]) -> dict[str, _Tables]:
    """Read the tables of all releases with one git process."""
    wanted = []
    for tag in tags:
        name = releases.split(tag)[0]
        wanted += [f"{tag}^{{commit}}"]
        for kind in outs.STAGES:
            wanted += [f"{tag}:registry/{kind}/{name}/manifest.csv"]
        wanted += [f"{tag}:registry/sets/{name}/selection.csv", f"refs/tags/{tag}"]
    content = iter(cat(registry.root, wanted))
    found = {}
    for tag in tags:
        commit, dataset, of_set, selection, said = (next(content) for _ in range(5))
        manifest = dataset[1] or of_set[1]
        rows = from_csv(manifest, ManifestRow, f"{tag}:manifest.csv") if manifest else None
        found[tag] = _Tables(commit[0], _digest(said[1]), rows, _candidates(selection[1]))
    return found


def _candidates(table: bytes | None) -> int | None:
    return max(table.count(b"\n") - 1, 0) if table else None


def _digest(tag: bytes | None) -> str:
    import json

    try:
        text = (tag or b"").partition(b"\n\n")[2].decode()
        return str(json.JSONDecoder().raw_decode(text)[0]["manifest_sha256"])
    except (ValueError, KeyError, TypeError):
        return ""


def cat(root: Path, names: Sequence[str]) -> Iterator[tuple[str, bytes | None]]:
    """Yield id and bytes of each git object of *names*; None for one that is not there."""
    done = subprocess.run(
        ["git", "cat-file", "--batch"],
        cwd=root,
        input="".join(f"{name}\n" for name in names).encode(),
        capture_output=True,
        check=True,
    )
    rest = done.stdout
    for name in names:
        head, _, rest = rest.partition(b"\n")
        if head.endswith(b" missing") or head == name.encode() + b" missing":
            yield "", None
            continue
        size = int(head.rsplit(b" ", 1)[1])
        yield head.split(b" ")[0].decode(), rest[:size]
        rest = rest[size + 1 :]


# --- where -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere a file or volume occurs; *models* were trained on that release."""

    where: str  # a dataset, a set, or a release
    path: str
    case: str
    matches: str  # "same bytes" | "same voxels"
    models: tuple[str, ...]


def digests(word: str) -> tuple[str, str]:
    """Return the SHA-256 and the voxel digest that *word* names: one of them, or a file's both.

    Raises `Misuse` for what is neither a digest nor a file.
    """
    kind, _, digest = word.partition(":")
    if kind in ("sha256", "voxel") and len(digest) == HEX:
        return (digest, "") if kind == "sha256" else ("", f"sha256:{digest}")
    file = Path(word)
    if not file.is_file():
        raise Misuse(
            f"{word!r} is no file, and no digest",
            hint="sha256:<64 hex digits>, voxel:<64 hex digits>, or a file",
        )
    from medreg.files.hashing import sha256_file

    return sha256_file(file), _voxels(file)


def _voxels(file: Path) -> str:
    if not file.name.endswith((".nii", ".nii.gz")):
        return ""
    from medreg.imaging import nifti

    try:
        return nifti.load(file).digest()
    except MedregError:
        return ""


def where(registry: Registry, word: str) -> list[Place]:
    """Return every dataset, set and release here that holds what *word* names.

    Also tells which models were trained on each release. Raises `NotFound` when nothing does.
    """
    sha256, voxels = digests(word)
    trained: dict[str, list[str]] = {}
    for name in models.names(registry):
        trained.setdefault(models.get(registry, name).data.release, []).append(name)
    tags = [tag for tag in git.tags(registry.root, "*@v*") if "@v" in tag]
    found = []
    for place, rows in [*current(registry), *released(registry, sorted(tags, key=_order))]:
        for row in rows:
            same = row.sha256 == sha256
            if same or (voxels and row.voxels == voxels):
                how = "same bytes" if same else "same voxels"
                used = tuple(trained.get(place, ()))
                found.append(Place(place, row.path, row.source, how, used))
    if not found:
        raise NotFound(
            f"no dataset, set or release here holds {word}",
            hint="manifests of restricted sets are asked where they were pulled",
        )
    return found


def current(registry: Registry) -> Iterator[tuple[str, Sequence[ManifestRow]]]:
    """Yield the manifest of every dataset and set here."""
    for name in (*registry.tracked(), *registry.sets()):
        file = registry.root / outs.folder(registry, name) / "manifest.csv"
        if file.is_file():
            yield name, from_csv(file.read_bytes(), ManifestRow, str(file))


def released(
    registry: Registry, tags: Sequence[str]
) -> Iterator[tuple[str, Sequence[ManifestRow]]]:
    """Yield the manifest of every release of *tags* that can be read here."""
    for tag, known in _tables(registry, tags).items():
        rows = known.manifest
        if rows is None:
            try:
                rows = models.manifest_of(registry, tag)
            except MedregError:
                continue  # restricted, and out of reach
        yield tag, rows


def sources_at(registry: Registry, name: str, tag: str) -> list[str]:
    """Return the datasets that dataset or set *name* was made of at the release *tag*."""
    where = outs.folder_at(registry, name, tag)
    if where.startswith("registry/datasets/"):
        return [name]
    said = outs.yaml(outs.text(registry, f"{where}/dvc.yaml", tag), f"{tag}:{where}/dvc.yaml")
    deps = said["stages"].get("decide", {}).get("deps", ())
    return sorted({dep.split("/")[3] for dep in deps if dep.startswith("../../datasets/")})
