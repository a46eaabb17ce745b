"""Open a case in a program that draws, and take the mask back."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from typing import TYPE_CHECKING

from medreg.errors import CannotHere, Misuse

if TYPE_CHECKING:
    from pathlib import Path

    from medreg.api.lab import Lab
    from medreg.stages.annotate import Bench, Handed

PROGRAMS = {
    "itksnap": (("itksnap",), "ITK-SNAP", "https://www.itksnap.org"),
    "slicer": (("Slicer", "slicer"), "3D Slicer", "https://download.slicer.org"),
}


def annotate(lab: Lab, case: str, tool: str = "", into: Path | None = None) -> Bench:
    """Write the working folder of *case* and, with a *tool*, open it and wait until it is closed.

    Raises `NotFound`, `Misuse`, and `CannotHere` with the command when the program is missing; the
    folder stands all the same.
    """
    from medreg.stages.annotate import prepare

    name, _, item = case.partition("/")
    dataset = lab.declared(name).dataset
    if not item:
        raise Misuse(f"{case} is a dataset", hint=f"medreg annotate {name}/CASE")
    bench = prepare(lab.registry, dataset, item, into)
    if not tool:
        return bench
    words, title, home = PROGRAMS[tool]
    program = next(filter(None, map(shutil.which, words)), None)
    command = opening(bench, tool)
    if program is None:
        raise CannotHere(
            f"{title} is not installed here",
            hint=f"medreg annotate {case}   prints the files, for any other program",
            steps=(
                f"get {title} from {home}, and put {words[0]} on PATH",
                shlex.join(command),
                f"medreg annotate {case} --collect",
            ),
        )
    done = subprocess.run([program, *command[1:]], check=False, capture_output=True)
    if done.returncode:
        raise CannotHere(
            f"{title} ended with {done.returncode}: {done.stderr.decode(errors='replace')[-200:]}",
            hint=shlex.join(command),
        )
    return bench


def opening(bench: Bench, tool: str) -> list[str]:
    """Return the command that opens image, mask and label names in *tool*."""
    image, mask = str(bench.image), str(bench.mask)
    if tool == "itksnap":
        return ["itksnap", "-g", image, "-s", mask, "-l", str(bench.itksnap)]
    code = (
        f"slicer.util.loadVolume({image!r}); "
        f"colors = slicer.util.loadColorTable({str(bench.slicer)!r}); "
        f"slicer.util.loadSegmentation({mask!r}, {{'colorNodeID': colors.GetID()}})"
    )
    return ["Slicer", "--python-code", code]


def collect(  # noqa: PLR0913 - what a person says of their mask
    lab: Lab,
    case: str,
    *,
    mask: Path | None = None,
    into: Path | None = None,
    by: str = "",
    minutes: int | None = None,
    tool: str = "",
    use: bool = False,
) -> Handed:
    """Take a mask of *case* back from its working folder, or *mask*.

    Mask and table are outputs of the dataset from then on: ``medreg push`` takes them along. Of a
    dataset that may not be shared, the table stays out of git, as the mask always does.
    Raises as `medreg.stages.annotate.collect`, and `Misuse` when nobody is named.
    """
    from medreg.api.work import today
    from medreg.reviews import ANNOTATIONS
    from medreg.stages import annotate as drawing
    from medreg.stages.review import keep_out_of_git
    from medreg.versions import git
    from medreg.versions.track import is_restricted

    name, _, item = case.partition("/")
    dataset = lab.declared(name).dataset
    rater = by.strip() or git.user(lab.registry.root)
    if not item or not rater:
        raise Misuse(
            "whose mask of which case?", hint=f"medreg annotate {name}/CASE --collect --by 'Ada'"
        )
    if minutes is not None and minutes < 0:
        raise Misuse(f"{minutes} minutes is no time", hint="--minutes 42")
    folder = into or lab.registry.work("annotate", name) / item
    if is_restricted(lab.registry, lab.plugins, name):
        keep_out_of_git(lab.registry.dataset(name), ANNOTATIONS)
    bring(lab, name)
    handed = drawing.collect(
        lab.registry,
        dataset,
        item,
        mask or folder / "mask.nii.gz",
        rater=rater,
        today=today(),
        minutes=minutes,
        tool=tool,
        use=use,
    )
    keep(lab, name)
    return handed


def bring(lab: Lab, name: str) -> None:
    """Bring what people drew and decided of a dataset before more is added to it."""
    from medreg.versions import annotated

    if name in lab.registry.tracked():
        annotated.bring(lab.registry, name)


def keep(lab: Lab, name: str) -> None:
    """Record what people drew and decided of a tracked dataset."""
    from medreg.api.work import track
    from medreg.versions import annotated

    if name in lab.registry.tracked():
        track(lab, name)  # its conversion now depends on the table
        annotated.record(lab.registry, name)
