"""Any folder or archive of DICOM, to one NIfTI file per volume; knows no registry."""

from __future__ import annotations

import json
import os
import pickle
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from medreg.errors import Misuse, Refused
from medreg.files.atomic import machine_errors
from medreg.report import Answer, Outcome, Silent
from medreg.tables import natural

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from medreg.engine import Task
    from medreg.imaging.stack import Resample
    from medreg.imaging.study import Series, Study
    from medreg.model import Tree
    from medreg.report import Progress

STAGE = "dicom2nifti"
PATIENCE = 0.5  # seconds of work in this process before others are spawned
ENDING = ".nii.gz"


@dataclass(frozen=True, slots=True)
class Conversion:
    """What became of each series, in the order of their numbers, and which files are none."""

    answers: Sequence[Answer]
    sidecars: Mapping[str, Mapping[str, Any]]  # by series
    aside: Mapping[str, str]  # path -> reason

    @property
    def exit_code(self) -> int:
        """1 when anything was refused."""
        return max((answer.exit_code for answer in self.answers), default=0)


def dicom2nifti(
    source: Path,
    target: Path,
    *,
    resample: Collection[Resample] = (),
    workers: int = 0,
    progress: Progress | None = None,
) -> Conversion:
    """Convert every CT, MR and PET series in *source*, a folder, archive or file.

    *target* is a folder, or a name that ends in ``.nii.gz`` where there is one volume to write.
    *resample* names what is corrected instead of refused: ``"tilt"``, ``"spacing"``. What is
    written does not depend on *workers* (0: one per processor). Raises `Refused` when no file is
    an image, `Misuse` when one name is given to several series.
    """
    from medreg.engine import Inline, Processes, Task
    from medreg.imaging.study import find, opened

    progress = progress or Silent()
    with opened(source) as tree, TemporaryDirectory() as scratch:
        study = find(tree)
        if not study.series and not study.refused:
            raise _nothing(source, study)
        folder, stem = _target(target, study)
        listing = Path(scratch) / "series"
        job = _Job(source, folder, stem, listing, tuple(resample))
        named = {series.stem: series for series in study.series}
        listing.write_bytes(pickle.dumps(named))
        _OPENED[job.listing] = tree, named
        tasks = [Task(str(source), STAGE, str(target), name) for name in named]
        workers = min(workers or len(os.sched_getaffinity(0)), len(tasks))
        engine = Processes(workers, PATIENCE) if workers > 1 else Inline()
        progress.start(STAGE, len(tasks), "series")
        answers = [
            Answer(path, Outcome.REFUSED, reason, exit_code=Refused.exit_code)
            for path, reason in study.refused.items()
        ]
        try:
            for answer in engine.map(partial(_convert, job), tasks):
                progress.answered(answer)
                answers.append(answer)
        finally:
            del _OPENED[job.listing]
    progress.finish()
    done = [answer.item for answer in answers if answer.outcome is Outcome.CONVERTED]
    sidecars = {item: json.loads((folder / f"{stem or item}.json").read_bytes()) for item in done}
    answers.sort(key=lambda answer: natural(answer.item))
    return Conversion(
        answers, {item: sidecars[item] for item in sorted(done, key=natural)}, study.aside
    )


def _target(target: Path, study: Study) -> tuple[Path, str]:
    """Return the folder to write to, and the stem when *target* names a file."""
    if not target.name.endswith(ENDING):
        return target, ""
    if len(study.series) != 1:
        raise Misuse(
            f"{target} names one file, but there are {len(study.series)} series",
            hint="give a folder instead",
        )
    return target.parent, target.name.removesuffix(ENDING)


@dataclass(frozen=True, slots=True)
class _Job:
    """What all series of one run share: names only, as a task must be."""

    source: Path
    folder: Path
    stem: str
    listing: Path  # a file with the series by stem: too long to be sent with every task
    resample: Collection[Resample]


_OPENED: dict[Path, tuple[Tree, Mapping[str, Series]]] = {}  # by listing


def _opened(job: _Job) -> tuple[Tree, Mapping[str, Series]]:
    """Return the files of a run and its series; a worker opens them once, and keeps them."""
    from medreg.imaging.study import opened

    if job.listing not in _OPENED:
        tree = ExitStack().enter_context(opened(job.source))
        _OPENED[job.listing] = tree, pickle.loads(job.listing.read_bytes())  # noqa: S301 - our own
    return _OPENED[job.listing]


def _convert(job: _Job, task: Task) -> Answer:
    from medreg.imaging.tonifti import convert

    with machine_errors(job.folder):
        tree, series = _opened(job)
        files = convert(tree, series[task.item], job.folder, stem=job.stem, resample=job.resample)
    size = sum((job.folder / name).stat().st_size for name in files)
    return Answer(task.item, Outcome.CONVERTED, size=size)


def _nothing(source: Path, study: Study) -> Refused:
    reasons = [f"{path}: {reason}" for path, reason in study.aside.items()]
    said = "; ".join(reasons[:3]) + (f"; and {len(reasons) - 3} more" if len(reasons) > 3 else "")  # noqa: PLR2004 - a sentence's worth
    return Refused(
        f"no CT, MR or PET image in {source}" + (f": {said}" if said else ": it holds no files")
    )
