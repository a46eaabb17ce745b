"""Take what lies on a disk into the registry, where it lies."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from medreg.errors import ActionNeeded, Misuse, NotFound
from medreg.report import Progress, Silent, StageReport

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from medreg.api.lab import Lab
    from medreg.api.plugin import Proposal
    from medreg.api.recognize import Recognized


OWN = ("registry", ".medreg", ".dvc", ".git")  # in which no scans are adopted


def recognized(lab: Lab, folder: Path, name: str = "") -> Sequence[Recognized]:
    """Return which datasets lie in *folder*, each with its place and how sure that is.

    With *name* the whole folder is taken for that dataset. Touches nothing. Raises `NotFound` for
    no folder or an empty one, `Misuse` for a file or a folder of the registry's own.
    """
    from medreg.api.recognize import recognize

    place = folder.expanduser()
    _refuse_own(lab.registry.root, place)
    found = recognize(lab, place, name)
    if not any(one.files for one in found):
        raise NotFound(f"there is no file in {folder}", hint="is its disk mounted?")
    first: dict[str, Recognized] = {}
    for one in sorted(found, key=lambda one: -one.cases):
        if one.name:
            first.setdefault(one.name, one)
    return [
        one
        if not one.name or first[one.name] is one
        else replace(one, name="", notes=(f"another {one.name} lies in {first[one.name].place}",))
        for one in found
    ]


def _refuse_own(root: Path, folder: Path) -> None:
    real, root = folder.resolve(), root.resolve()
    if real == root or any(real.is_relative_to(root / own) for own in OWN):
        raise Misuse(
            f"{folder} belongs to the registry itself",
            hint="medreg adopt takes a folder of scans that lies elsewhere",
        )


def drafted(lab: Lab, found: Sequence[Recognized]) -> dict[Path, Proposal]:
    """Return a draft of a plugin for each folder that no dataset is known for, where one fits."""
    from medreg.api.plugin import propose_plugin

    drafts = {}
    for one in found:
        beside = any(o.place != one.place and o.place.is_relative_to(one.place) for o in found)
        if not one.name and not one.notes and not beside and one.files:
            try:
                drafts[one.place] = propose_plugin(lab, "", str(one.place))
            except (NotFound, Misuse):  # no layout fits, or its name is taken
                continue
    return drafts


def adopt(
    lab: Lab, name: str, place: Path, *, copy: bool = False, progress: Progress | None = None
) -> StageReport:
    """Register the files in *place* as the raw files of dataset *name*: hashed, and not copied.

    With *copy* they are copied into the registry instead, as a fetch would. Raises `Misuse` when
    raw files were fetched already, `BytesDiffer` or `ActionNeeded` when they are not the recorded
    ones.
    """
    from medreg.api import work
    from medreg.stages import adopted
    from medreg.versions import dvc, git, outs

    folder = lab.registry.dataset(name)
    if not copy and folder.raw.is_dir() and any(folder.raw.iterdir()):
        raise Misuse(
            f"{name} has raw files in the registry already",
            hint=f"to let them go: medreg evict {name} and remove {folder.raw}",
        )
    work.track(lab, name)
    take = adopted.copy if copy else adopted.register
    report = take(lab.registry, name, place, today=work.today(), progress=progress or Silent())
    work.track(lab, name)  # where raw files lie in place, dvc.yaml names their record alone
    dvc.record(lab.registry, [outs.address(lab.registry, name, "fetch")])
    where = f"registry/datasets/{name}"
    there = (f"{where}/{file}" for file in (adopted.FILE, "dvc.yaml", ".gitignore"))
    git.stage(lab.registry.root, [path for path in there if (lab.registry.root / path).is_file()])
    return report


def undecided(
    found: Sequence[Recognized], folder: Path, name: str = ""
) -> ActionNeeded | NotFound | None:
    """Return what a person must decide before *folder* is adopted; None where all is clear.

    With *name*, which is not there: that.
    """
    if name and not any(one.name for one in found):
        return NotFound(
            f"{name} does not lie in {folder}: {'; '.join(found[0].why)}",
            hint=f"medreg adopt {shlex.quote(str(folder))} --dry-run tells what may lie there",
        )
    for one in found:
        if one.name and one.sure == "possible" and not name:
            names = [one.name, *one.rivals]
            doubt = "tells them apart" if one.rivals else "but its layout speaks for it"
            place = shlex.quote(str(one.place))
            return ActionNeeded(
                f"{one.place} may be {' or '.join(names)}: nothing in it {doubt}",
                steps=tuple(f"medreg adopt {place} --as {name}" for name in names),
                hint=""
                if one.rivals
                else f"or, if it is not: medreg add-plugin NAME --from {place}",
            )
    if not any(one.name for one in found):
        place = shlex.quote(str(folder))
        again = ", ".join(sorted({name for one in found for name in one.copies}))
        return ActionNeeded(
            f"{folder} holds copies of scans of {again}, named or packed otherwise"
            if again
            else f"no known dataset lies in {folder}",
            steps=(f"medreg add-plugin NAME --from {place}", f"medreg adopt {place} --as NAME"),
        )
    return None
