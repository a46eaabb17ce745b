"""Hand a case to a person who draws, and take the mask back (F070-F074).

The working folder is scratch: image, mask, and what its values mean. What comes back is kept as
``annotations/<case>/<rater>.nii.gz`` of the dataset, under DVC, with its row in
``annotations.csv``; the converter uses the row that says so in place of the publisher's mask.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from medreg.errors import BytesDiffer, NotFound, Refused
from medreg.files.atomic import write_bytes
from medreg.files.hashing import sha256_file
from medreg.model import IGNORED, Severity
from medreg.report import Answer, Outcome, StageReport
from medreg.reviews import ANNOTATIONS, DRAWN, Annotation
from medreg.stages import sidecar
from medreg.stages.measure import all_checks, converted, known
from medreg.stages.review import drawn_anew, keep_out_of_git
from medreg.tables import words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from medreg.model import Case, Converted, Dataset, Finding
    from medreg.registry import Folder, Registry
    from medreg.volume import Volume

FALLBACK = "#ffd400"  # of a label that the vocabulary does not color


@dataclass(frozen=True, slots=True)
class Bench:
    """A working folder: *image*, *mask*, and the label files of two programs."""

    folder: Path
    image: Path
    mask: Path
    itksnap: Path
    slicer: Path


def prepare(registry: Registry, dataset: Dataset, case: str, into: Path | None = None) -> Bench:
    """Write what a person needs to draw *case*; a mask that is there already is kept.

    Raises `NotFound` for a case that was not converted.
    """
    from medreg.imaging import labelfiles, nifti

    folder, content = _found(registry, dataset, case)
    place = into or registry.work("annotate", dataset.name) / case
    bench = Bench(
        place,
        place / f"{content['grid']}.nii.gz",
        place / "mask.nii.gz",
        place / "labels.txt",
        place / "labels.ctbl",
    )
    place.mkdir(parents=True, exist_ok=True)
    for channel, entry in content["images"].items():
        shutil.copyfile(folder / entry["file"], place / f"{channel}.nii.gz")
    if not bench.mask.exists():
        image, mask = sidecar.load_case(folder)
        nifti.write(mask or _blank(image), bench.mask)
    names = _names(registry, dataset)
    write_bytes(bench.itksnap, labelfiles.itksnap(names).encode())
    write_bytes(bench.slicer, labelfiles.slicer(names).encode())
    return bench


def _found(registry: Registry, dataset: Dataset, case: str) -> tuple[Path, sidecar.Sidecar]:
    folder = registry.dataset(dataset.name)
    content = sidecar.read(folder.converted / case)
    if content is None:
        there = folder.converted.iterdir() if folder.converted.is_dir() else ()
        known_ = sorted(f"{dataset.name}/{entry.name}" for entry in there)
        hint = f"medreg convert {dataset.name}"
        raise NotFound.named("converted case", f"{dataset.name}/{case}", known_, hint=hint)
    return folder.converted / case, content


def _blank(image: Volume) -> Volume:
    import numpy as np

    return replace(image, array=np.zeros(image.shape, np.uint8), unit="label", notes=())


def _names(registry: Registry, dataset: Dataset) -> dict[int, tuple[str, str]]:
    vocabulary = registry.vocabulary()
    return {
        value: (label, vocabulary[label].color if label in vocabulary else FALLBACK)
        for value, label in dataset.raw_labels.items()
    }


@dataclass(frozen=True, slots=True)
class Handed:
    """A mask that came back: its row, and what the checks say about it (warnings only)."""

    annotation: Annotation
    findings: tuple[Finding, ...]


def collect(  # noqa: PLR0913 - what a person says of their mask
    registry: Registry,
    dataset: Dataset,
    case: str,
    file: Path,
    *,
    rater: str,
    today: str,
    minutes: int | None = None,
    tool: str = "",
    use: bool = False,
) -> Handed:
    """Take the mask in *file* back as *rater*'s, after geometry and label checks.

    It is compared with the mask that the case has, label by label. It replaces that one if *use*,
    if there is none, or if a review said ``fix``; the next ``medreg convert`` brings it in.
    Raises `Refused` for another grid, a value that nobody listed, or the mask that is there.
    """
    from medreg.imaging import nifti
    from medreg.imaging.canonical import canonical_mask

    folder, content = _found(registry, dataset, case)
    if not file.is_file():
        hint = f"medreg annotate {dataset.name}/{case}"
        raise NotFound(f"there is no mask {file}", hint=hint)
    before = converted(dataset, folder, content)
    grid = before.images[before.grid]
    mask = canonical_mask(nifti.load(file, "label"), grid)
    if before.mask is not None and before.mask.digest() == mask.digest():
        raise Refused(
            f"{file} is the mask that {case} has: nothing was drawn",
            hint="draw, save the mask over this file, and collect it then",
        )
    after = replace(before, mask=mask, raw={**before.raw, "mask": file.name})
    found = _asked(registry, dataset, after)
    home = registry.dataset(dataset.name)
    fixed = any(r.case == case and r.decision == "fix" for r in registry.reviews(dataset.name))
    row = Annotation(
        case=case,
        rater=slug(rater),
        date=today,
        minutes="" if minutes is None else str(minutes),
        tool=tool,
        used="yes" if use or fixed or before.mask is None else "no",
        agreement=_agreement(dataset, before.mask, mask),
        sha256="",
    )
    keep_out_of_git(home, DRAWN)
    (home.path / row.path).parent.mkdir(parents=True, exist_ok=True)
    nifti.write(mask, home.path / row.path)
    row = replace(row, sha256=sha256_file(home.path / row.path))
    home.write_rows(ANNOTATIONS, _with(drawn_anew(home), row), Annotation)
    return Handed(row, found)


def annotated(registry: Registry, name: str) -> StageReport:
    """Answer for every mask that people drew of dataset *name*; no program makes one.

    Raises `NotFound` and `BytesDiffer` for a mask that is not the one on record.
    """
    folder = registry.dataset(name)
    rows = drawn_anew(folder)
    for row in rows:
        Drawn(folder.path / row.path, row.path, row.sha256).require()
    return StageReport("annotate", name, [Answer(row.path, Outcome.KEPT) for row in rows])


def _with(rows: Sequence[Annotation], row: Annotation) -> list[Annotation]:
    """Return *rows* with *row* in place of the rater's last; one mask of a case is used."""
    others = [one for one in rows if (one.case, one.rater) != (row.case, row.rater)]
    if row.used == "yes":
        others = [replace(one, used="no") if one.case == row.case else one for one in others]
    return [*others, row]


def _asked(registry: Registry, dataset: Dataset, case: Converted) -> tuple[Finding, ...]:
    about = known(dataset, registry.vocabulary(), registry.tissues())
    case = replace(case, tissues=about.tissues, wholes=about.wholes)
    found = tuple(finding for check in all_checks(()) for finding in check.ask(case))
    wrong = [one for one in found if one.severity is Severity.FAIL and one.check in MASKS]
    if wrong:
        raise Refused(
            "; ".join(f"{one.check}: {one.message}" for one in wrong),
            hint="correct the mask where it was drawn, and collect it again",
        )
    return tuple(one for one in found if one.check not in ("privacy", "values"))


MASKS = ("geometry", "labels")  # what a mask that comes back must pass


def _agreement(dataset: Dataset, before: Volume | None, after: Volume) -> str:
    """Return the Dice of each label with the mask that was there."""
    from medreg.imaging.agreement import agreements

    if before is None:
        return ""
    values: dict[str, list[int]] = {}
    for value, label in dataset.raw_labels.items():
        if label != IGNORED:
            values.setdefault(label, []).append(value)
    told = agreements(before, after, values)
    return words({one.label: f"{one.dice:.4f}" for one in told if one.a or one.b})


def slug(name: str) -> str:
    """Return a person's name as a file's.

    >>> slug("Ada Lovelace <ada@example.org>")
    'ada_lovelace'
    """
    word = re.sub(r"[^a-z0-9]+", "_", name.partition("<")[0].lower()).strip("_")
    if not word:
        raise Refused(f"{name!r} has no letter to name a file by")
    return word


# --- what the converter takes ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Drawn:
    """A mask that a person drew, in place of the publisher's."""

    file: Path
    path: str
    sha256: str

    @property
    def members(self) -> tuple[str, ...]:
        """Its folder; the file is called after the rater, whom no table of cases names."""
        return (self.path.rpartition("/")[0],)

    def read(self) -> Volume:
        """Read it; raises `NotFound` and `BytesDiffer` when it is not the one on record."""
        from medreg.imaging import nifti

        self.require()
        return nifti.load(self.file, "label")

    def require(self) -> None:
        """Raise `NotFound` or `BytesDiffer` unless it is the one on record."""
        if not self.file.is_file():
            name = self.file.parents[2].name
            raise NotFound(f"{self.path} is not here", hint=f"medreg pull {name}")
        if sha256_file(self.file) != self.sha256:
            raise BytesDiffer(f"{self.path} is not the mask that was handed in")


def with_drawn(folder: Folder, case: Case) -> tuple[Case, Mapping[str, str]]:
    """Return *case* with the mask that a person drew, and who; as it was, if nobody did."""
    row = next((r for r in drawn_anew(folder) if r.case == case.id and r.used == "yes"), None)
    if row is None:
        return case, {}
    mask = Drawn(folder.path / row.path, row.path, row.sha256)
    labels = case.labels if case.mask else None
    said = {"rater": row.rater, "date": row.date, "sha256": row.sha256}
    return replace(case, mask=mask, labels=labels), said
