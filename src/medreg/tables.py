"""The rows of a registry's tables, and the one way they are written: sorted, LF, UTF-8.

Every cell is text or a whole number; a cell that holds several words separates them by spaces.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar, TextIO, TypeVar

from medreg.errors import BytesDiffer, DeclarationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from _typeshed import DataclassInstance

    Row = TypeVar("Row", bound=DataclassInstance)


VERDICTS = ("pass", "warn", "fail")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """What was measured of one converted case: a row of ``cases.csv``."""

    case: str
    patient: str  # empty: unknown
    channels: str  # in order: "ct" or "flair t1 t2"
    aligned: str  # those of them that share the mask's grid, in order
    shape: str  # of the grid channel, in RAS+ order: "512 512 300"
    spacing: str  # mm, same order: "0.78 0.78 1"
    unit: str
    low: str  # smallest and largest value of the grid channel
    high: str
    annotated: str  # labels that were judged in this case, sorted
    voxels: str  # "liver=120034 liver_tumor=88", sorted by label
    verdict: str  # pass | warn | fail
    findings: str  # "geometry:fail:mask is 2 mm off | ..."
    fingerprint: str  # equal for scans with the same values, whatever their geometry
    digests: str  # "ct=sha256:... mask=sha256:...": voxel digests
    files: str  # sha256 over this case's rows in the dataset's manifest
    classes: str = ""  # what it shows as a whole, as published: "Edema|Effusion"

    KEY: ClassVar[tuple[str, ...]] = ("case",)

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            raise ValueError(f"the verdict is {self.verdict!r}; it is one of {', '.join(VERDICTS)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressRow:
    """Where a case lies that stays packed, and what was decoded there: ``addresses.csv``.

    Paths are those of the raw tree, in which archives look like folders; several are separated by
    ``|``. Of a clip the first frames were decoded, of a slide its thumbnail.
    """

    case: str
    path: str
    member: str  # the part of the file, such as "train_images[12]"; empty: all of it
    mask: str
    mask_member: str
    shape: str  # "columns rows", or "columns rows frames"; of the whole
    color: str  # gray | RGB
    dtype: str
    low: str  # smallest and largest value that was decoded
    high: str
    pixels: str  # sha256 over the decoded values and their shape
    mask_pixels: str
    values: str  # of the mask, with their pixels: "1=2034 2=88"
    annotated: str  # labels that were judged in this case, sorted
    classes: str
    patient: str

    KEY: ClassVar[tuple[str, ...]] = ("case",)


@dataclass(frozen=True, slots=True, kw_only=True)
class FingerprintRow:
    """What finds a case's scan again: a row of ``fingerprints.csv``.

    Cells are base64, as `medreg.imaging.fingerprints` writes them; the exact values' digest is
    `CaseRow.fingerprint`.
    """

    case: str
    slices: str
    sketch: str
    perceptual: str

    KEY: ClassVar[tuple[str, ...]] = ("case",)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRow:
    """A case that was not converted, and why: a row of ``refused.csv``."""

    case: str
    reason: str

    KEY: ClassVar[tuple[str, ...]] = ("case",)


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestRow:
    """One file of a content: a row of ``manifest.csv``. No name, date, tool or terms."""

    path: str
    size: int
    sha256: str  # hex
    voxels: str = ""  # the voxel digest, for volumes
    source: str = ""  # "<dataset>/<case>", where the file came from

    KEY: ClassVar[tuple[str, ...]] = ("path",)


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionRow:
    """What was decided about one candidate of a set: a row of ``selection.csv``."""

    dataset: str
    case: str
    decision: str  # kept | dropped
    step: str  # where it was dropped: channel, terms, quality, label, held_out, overlap, quota
    reason: str
    fold: str  # "0".."4" validates in that fold; "test" is held out; empty when dropped
    group: str  # the smallest "<dataset>/<case>" of all that show the same patient
    patient: str  # "<dataset>/<patient>", empty when unknown
    annotated: str  # wanted labels that were judged in this case
    files: str  # as in `CaseRow.files`: the bytes that were decided about

    KEY: ClassVar[tuple[str, ...]] = ("dataset", "case")

    @property
    def id(self) -> str:
        """The name of the case within the set."""
        return f"{self.dataset}__{self.case}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TransformRow:
    """What a recipe's ``transform`` did to one case: a row of ``transforms.csv``.

    It leads back: voxel *i* of the set lies at *affine* x *i*, and in the converted case at
    *affine_before*; both affines take voxels to mm in RAS+, as the first three rows of the matrix.
    """

    dataset: str
    case: str
    shape_before: str  # "512 512 300"
    shape: str
    spacing_before: str  # mm, along the array's axes
    spacing: str
    axes_before: str  # "RAS"
    axes: str
    crop: str  # planes that were kept of *shape_before*, as in "0:512 20:400 3:280"; empty: all
    clipped: str  # share of voxels beyond the range, before it held them: "ct=0.0312"
    types: str  # "ct=int16>float32"; empty: as they were
    affine_before: str
    affine: str

    KEY: ClassVar[tuple[str, ...]] = ("dataset", "case")


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawnRow:
    """A case that must not be used any more, anywhere: a row of ``registry/withdrawn.csv``."""

    dataset: str
    case: str
    reason: str
    by: str  # who took it out
    date: str  # ISO 8601

    KEY: ClassVar[tuple[str, ...]] = ("dataset", "case")


def natural(text: str) -> tuple[tuple[int, int | str], ...]:
    """Return a sort key that puts ``volume-2`` before ``volume-10``.

    >>> sorted(["v10", "v2"], key=natural)
    ['v2', 'v10']
    """
    parts = re.split(r"(\d+)", text)
    return (*((0, int(p)) if p.isdecimal() else (1, p) for p in parts if p), (-1, text))


def to_csv(rows: Iterable[Row], kind: type[Row]) -> bytes:
    """Write *rows* of type *kind*, sorted by their key in natural order."""
    key = getattr(kind, "KEY", ("path",))
    ordered = sorted(rows, key=lambda row: [natural(str(getattr(row, k))) for k in key])
    text = io.StringIO(newline="")
    put = adder(text, kind)
    for row in ordered:
        put(row)
    return text.getvalue().encode()


def adder(text: TextIO, kind: type[Row]) -> Callable[[Row], object]:
    """Write the header of a table of *kind* to *text*; return what adds one row more below.

    Rows stand in the order in which they are added: whoever calls it keeps that of their key.
    """
    names = [f.name for f in fields(kind)]
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    return lambda row: writer.writerow([getattr(row, name) for name in names])


def from_csv(data: bytes, kind: type[Row], where: str = "table") -> list[Row]:
    """Read rows of type *kind*; *where* names the file in errors.

    Raises `BytesDiffer` when the header or a number is not what `to_csv` writes.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise BytesDiffer(f"{where}: it is not UTF-8 text ({error.reason})") from None
    reader = csv.DictReader(io.StringIO(text, newline=""))
    names = [f.name for f in fields(kind)]
    if reader.fieldnames != names:
        raise BytesDiffer(
            f"{where}: its columns are {', '.join(reader.fieldnames or ())}; "
            f"expected {', '.join(names)}",
            hint="it was edited by hand, or written by another version of medreg",
        )
    numbers = {f.name for f in fields(kind) if f.type in ("int", int)}
    try:
        return [kind(**_typed(row, numbers)) for row in reader]
    except (ValueError, TypeError) as error:
        raise BytesDiffer(f"{where}, line {reader.line_num}: {error}") from None


def declared(text: str, columns: Sequence[str], where: str) -> csv.DictReader[str]:
    """Return the rows of a table that people write; raises `DeclarationError` for other columns."""
    reader = csv.DictReader(io.StringIO(text, newline=""))
    if list(reader.fieldnames or ()) != list(columns):
        raise DeclarationError(
            f"{where}: its columns are {', '.join(reader.fieldnames or ())}; "
            f"expected {', '.join(columns)}"
        )
    return reader


def _typed(row: Mapping[str, str | None], numbers: set[str]) -> dict[str, Any]:
    cells = {name: cell for name, cell in row.items() if cell is not None}
    if len(cells) < len(row):
        raise ValueError("it has fewer cells than columns")
    return {name: int(cell) if name in numbers else cell for name, cell in cells.items()}


def words(pairs: Mapping[str, object]) -> str:
    """Join *pairs* as one cell, sorted.

    >>> words({"spleen": 2, "liver": 1})
    'liver=1 spleen=2'
    """
    return " ".join(f"{key}={pairs[key]}" for key in sorted(pairs))


def pairs(cell: str) -> dict[str, str]:
    """Split a cell that `words` wrote."""
    split = (word.partition("=") for word in cell.split())
    return {key: value for key, _, value in split}


def findings(cell: str) -> list[tuple[str, str, str]]:
    """Read check, severity and message of each finding of a case.

    >>> findings("body:warn:reaches outside | labels:fail:holds 9")
    [('body', 'warn', 'reaches outside'), ('labels', 'fail', 'holds 9')]
    """
    parts = (finding.split(":", 2) for finding in cell.split(" | ") if finding)
    return [(check, severity, message) for check, severity, message in parts]


def numbers(cell: str) -> Sequence[float]:
    """Split a cell of numbers, such as a shape or a spacing."""
    return [float(word) for word in cell.split()]
