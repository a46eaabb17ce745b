"""Verbs that pin, move and prove versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg.api.work import today
from medreg.versions.part import ALL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from medreg.api.lab import Lab
    from medreg.report import Progress, StageReport
    from medreg.versions.budget import Weight
    from medreg.versions.datalad import Exported
    from medreg.versions.diff import Diff
    from medreg.versions.part import Part
    from medreg.versions.rehearsal import Rehearsal
    from medreg.versions.release import Release
    from medreg.versions.reproduce import Reproduction


def release(
    lab: Lab,
    name: str,
    version: str,
    *,
    tiers: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> Release:
    """Make what a dataset or set holds an immutable version: pushed, audited, then tagged."""
    from medreg.versions.release import release as make

    return make(lab.registry, name, version, tiers=tuple(tiers or ()), progress=progress)


def release_plan(
    lab: Lab, name: str, version: str, *, tiers: Sequence[str] | None = None
) -> Rehearsal:
    """Return what a release would be and do: its step, cases, files, terms, commit, pushes, tag.

    Raises as `release` does, but for bytes that are not as recorded: none is read.
    """
    from medreg.versions.rehearsal import rehearse

    terms = _terms(lab, name)
    return rehearse(lab.registry, name, version, tiers=tuple(tiers or ()), terms=terms)


def _terms(lab: Lab, name: str) -> Mapping[str, str]:
    """Return the answer for each use: as a set's provenance has it, or by a dataset's claims."""
    import json

    from medreg.api.look import verdict
    from medreg.terms import USES

    file = lab.registry.set(name).path / "provenance.json"
    if name in lab.registry.tracked():
        return {use: verdict(lab, name, use).answer for use in USES}
    said = json.loads(file.read_bytes()).get("terms", {})
    return {use: said[use]["answer"] for use in USES if use in said}


def next_version(lab: Lab, name: str) -> str:
    """Return the smallest version that the next release of dataset or set *name* may have."""
    from medreg.versions.steps import next_version as smallest

    return smallest(lab.registry, name)


def diff(
    lab: Lab, old: str, new: str = "", *, dice: bool = False
) -> tuple[Diff, Mapping[str, Mapping[str, float]]]:
    """Compare two versions of a dataset or set, or one with the working tree.

    *dice* also compares relabelled masks, by case and label, where both are on this machine.
    """
    from medreg.versions import dice as voxels
    from medreg.versions.diff import between, sides

    before, after = sides(lab.registry, old, new)
    found = between(before, after)
    return found, voxels.dice(lab.registry, before, after, found) if dice else {}


def push(
    lab: Lab, names: Sequence[str], *, tier: str | None = None, progress: Progress | None = None
) -> list[StageReport]:
    """Push datasets and sets to a tier; all that is tracked when no name is given.

    Raises `CannotHere`, before a byte moves, when a tier would then hold more than its budget.
    """
    from medreg.versions.push import push_all

    chosen = names or [*lab.registry.tracked(), *lab.registry.sets()]
    return push_all(lab.registry, chosen, tier=tier or "", progress=progress)


def push_weights(lab: Lab, names: Sequence[str], *, tier: str | None = None) -> Sequence[Weight]:
    """Return how much a push would move to each tier, and how that stands to its budget."""
    from medreg.versions.push import weights

    chosen = names or [*lab.registry.tracked(), *lab.registry.sets()]
    return weights(lab.registry, chosen, tier=tier or "")


def pull(  # noqa: PLR0913 - what, where from, where to
    lab: Lab,
    release_name: str,
    *,
    into: Path | None = None,
    tier: str | None = None,
    part: Part = ALL,
    progress: Progress | None = None,
) -> int:
    """Bring ``NAME@VERSION``, or a *part* of it, and verify it.

    Returns how many files are identical. Raises `ActionNeeded` where terms are personal and this
    person has no agreement on record.
    """
    from medreg.api.trace import require_agreement
    from medreg.versions.pull import pull as bring

    require_agreement(lab, release_name.partition("@")[0], tag=_tag(lab, release_name))
    return bring(
        lab.registry, release_name, into=into, tier=tier or "", part=part, progress=progress
    )


def pull_all(
    lab: Lab, names: Sequence[str], *, tier: str | None = None, progress: Progress | None = None
) -> dict[str, int]:
    """Bring what is recorded of datasets and sets to its place, all in one transfer; verify it.

    Returns and raises for each as `pull` does.
    """
    from medreg.api.trace import require_agreement
    from medreg.versions.together import pull_all as bring

    for name in names:
        require_agreement(lab, name.partition("@")[0], tag=_tag(lab, name))
    return bring(lab.registry, names, tier=tier or "", progress=progress)


def _tag(lab: Lab, release_name: str) -> str:
    """Return the tag of a release; empty without a version, and for one that does not exist."""
    from medreg.versions import git

    if "@" not in release_name:
        return ""
    return release_name if release_name in git.tags(lab.registry.root, release_name) else ""


def verify(folder: Path, manifest: Path, *, progress: Progress | None = None) -> int:
    """Compare every byte of *folder* with *manifest*; needs neither git, DVC nor a network.

    Of a folder whose ``part.json`` says that it holds a part, that part is compared.

    Returns how many files are identical; raises `BytesDiffer` naming those that are not.
    """
    from medreg.versions.part import present
    from medreg.versions.verify import manifest as read
    from medreg.versions.verify import require
    from medreg.versions.verify import verify as compare

    rows = read(manifest)
    own = manifest == folder / "manifest.csv"
    if own:
        rows = present(folder, rows)
    inside = folder / "converted" if own and (folder / "converted").is_dir() else folder
    require(compare(inside, rows, progress=progress), str(folder))
    return len(rows)


def verify_name(lab: Lab, target: str, *, progress: Progress | None = None) -> int:
    """Compare the workspace of ``NAME`` or ``NAME@VERSION`` with its manifest, as `verify` does."""
    from medreg.versions.verify import verify_release

    return verify_release(lab.registry, target, progress=progress)


def reproduce(  # noqa: PLR0913 - what, where to, and where from
    lab: Lab,
    release_name: str,
    *,
    into: Path,
    from_raw: bool = False,
    copy: str = "",
    exact: bool = False,
    progress: Progress | None = None,
) -> Reproduction:
    """Bring a release to *into* whatever happened since, from any tier or rebuilt from raw.

    *copy* is the folder or URL of a copy of what publishers offered, a folder for each dataset.
    *exact* does it in the environment that the release locked; then every byte must be the same.
    """
    from medreg.api.trace import require_agreement
    from medreg.versions.reproduce import reproduce as bring_back

    require_agreement(lab, release_name.partition("@")[0], tag=_tag(lab, release_name))
    if exact:
        from medreg.versions.exact import exact as in_its_environment

        words = (*(["--from-raw"] if from_raw else []), *(["--from", copy] if copy else []))
        return in_its_environment(lab.registry, release_name, into=into, words=words)
    return bring_back(
        lab.registry,
        release_name,
        into=into,
        engine=lab.engine,
        today=today(),
        from_raw=from_raw,
        copy=copy,
        progress=progress,
    )


def export_datalad(
    lab: Lab, release_name: str, into: Path, *, tier: str = "", url: str = ""
) -> Exported:
    """Write a release as a DataLad dataset whose git-annex keys lie in *tier*, served at *url*."""
    from medreg.versions.datalad import datalad

    return datalad(lab.registry, release_name, into, tier=tier, url=url)
