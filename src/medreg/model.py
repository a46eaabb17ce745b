"""The nouns: what a dataset is, what a case is, and what a source, layout and check promise.

Everything here is a frozen value that costs nothing to build: no plugin runs code to be listed.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, BinaryIO, Literal, Protocol, runtime_checkable

from medreg.errors import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from medreg.report import Answer, Progress
    from medreg.volume import Volume

IGNORED = "ignored"  # a raw value that says "nobody judged this voxel", in `Dataset.labels`
LONE = "image"  # the channel of a layout that was given one pattern, until `Dataset.find` names it


class Modality(StrEnum):
    """DICOM's codes for Modality (0008,0060)."""

    CT = "CT"
    MR = "MR"
    PT = "PT"


CT, MR, PT = Modality.CT, Modality.MR, Modality.PT

Rank = Literal["publisher", "archive", "paper", "third party"]


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody's statement: *value* (an SPDX id, say), where it was read and when.

    *rank* orders contradicting claims: publisher, then archive record, then paper, then third
    party. *covers* says of what it speaks: ``"all"``, ``"images"`` or ``"masks"``.
    """

    value: str
    source: str
    date: str = ""
    rank: Rank = "third party"
    covers: Literal["all", "images", "masks"] = "all"


# --- raw bytes ---------------------------------------------------------------------------------


class Tree(Protocol):
    """The publisher's files by path; archives look like folders of their own name.

    A path is POSIX, relative, and drops an archive's ending: the member ``volume-0.nii`` of
    ``Training_Batch1.zip`` is ``Training_Batch1/volume-0.nii``.
    """

    def paths(self) -> Sequence[str]:
        """Return every file's path, in natural order (``v2`` before ``v10``)."""

    def open(self, path: str) -> BinaryIO:
        """Open one file for reading.

        Raises `NotFound` for an unknown path and `Refused` for a damaged archive.
        """

    def read(self, path: str) -> bytes:
        """Return one file's bytes; raises as `open` does."""

    def container(self, path: str) -> str:
        """Return the path, relative to the raw folder, of the real file that holds *path*."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRecord:
    """What is known of one raw file: a row of ``files.csv``."""

    path: str
    size: int
    sha256: str
    source: str  # the URL without its query, or how a person got it
    checksum: str = ""  # the publisher's own, as "md5:..."
    version: str = ""  # ETag or version at the source
    date: str = ""  # of the first fetch, ISO 8601


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchJob:
    """What a source is told: where to put files, where to look first, what is on record."""

    into: Path  # the dataset's raw folder
    scratch: Path  # same file system as *into*, survives a restart: for partial downloads
    given: Path | None  # `--from`: where a person put what they downloaded
    known: Mapping[str, FileRecord]  # earlier rows of files.csv, by path
    today: str  # ISO date for new records
    progress: Progress


class Source(Protocol):
    """Where bytes come from."""

    @property
    def access(self) -> Literal["open", "manual", "generated"]:
        """Tell whether a program may fetch it, a person must, or it is made here."""

    def wanted(self) -> Sequence[str]:
        """Name what will be fetched, as a person would recognize it; touches no network."""

    def fetch(self, job: FetchJob) -> Iterator[tuple[FileRecord, Answer]]:
        """Bring every file, whole or not at all, and yield its record and outcome.

        Raises `ActionNeeded` with steps, `BytesDiffer`, `Transient` or `CannotHere`.
        """


# --- cases -------------------------------------------------------------------------------------


class ImageRef(Protocol):
    """An image or mask that can be read when it is wanted."""

    @property
    def members(self) -> Sequence[str]:
        """The paths in the raw `Tree` that it is made of, in natural order."""

    def read(self) -> Volume:
        """Read the voxels; raises `Refused` when they would not be a right volume."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One subject's images and mask at one time, not yet read.

    *images* maps channel names to references, in the order of nnU-Net's ``_0000``, ``_0001``.
    The mask lies on the grid of the channel *mask_on* (the first one when empty).
    *patient* is None when unknown. *labels* narrows what was annotated in this very case;
    None means all that the dataset lists (none at all where there is no mask).
    """

    id: str
    images: Mapping[str, ImageRef]
    mask: ImageRef | None = None
    mask_on: str = ""
    patient: str | None = None
    labels: frozenset[str] | None = None

    @property
    def grid(self) -> str:
        """The channel whose grid the mask shares."""
        return self.mask_on or next(iter(self.images))


class Layout(Protocol):
    """How files are arranged, and so what a case is."""

    def cases(self, tree: Tree) -> Iterator[Case]:
        """Yield every case in natural order, from names alone; reads no voxels."""


class Fix(Protocol):
    """A published erratum as a value: see `medreg.fixes`."""

    @property
    def source(self) -> str:
        """Where the erratum was published."""

    def case(self, case: Case) -> Case | None:
        """Return the repaired case, or None to drop it."""


# --- datasets ----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """What a publisher offers: everything a person asserts about it, nothing measured.

    *labels* maps raw mask values (or segment names) to vocabulary labels; 0 is *none of these*.
    A vocabulary label that is not listed is unknown everywhere in this dataset, not background.
    *patients* says how a case's patient is known: ``"each case"`` is one patient of its own,
    ``"by layout"`` takes the layout's ``{patient}``, ``"unknown"`` makes every split say so.
    """

    name: str
    title: str
    homepage: str
    licenses: tuple[Claim, ...]
    cite: tuple[str, ...]
    modality: Modality | Mapping[str, Modality]
    source: Source
    layout: Layout
    labels: Mapping[int | str, str] = field(default_factory=dict)
    annotation: Literal["segmentation", "class", "boxes", "measurement", "none"] = "segmentation"
    cases: int | None = None  # as published; the audit compares
    patients: Literal["each case", "by layout", "unknown"] = "unknown"
    restricted: bool = False  # institutional, or under a use agreement: never leaves its tier
    fixes: tuple[Fix, ...] = ()
    notes: str = ""

    def __post_init__(self) -> None:
        if not self.name.isidentifier() or self.name != self.name.lower():
            raise DeclarationError(
                f"a dataset is named in snake_case, not {self.name!r}",
                hint="use letters, digits and underscores, as in msd_liver",
            )
        if 0 in self.labels:
            raise DeclarationError(
                f"{self.name}: labels lists 0, which always means none of the listed labels"
            )

    @property
    def modalities(self) -> Mapping[str, Modality]:
        """The modality of each channel; a single image is a channel named for its modality."""
        if isinstance(self.modality, Modality):
            return {channel_name(self.modality): self.modality}
        return self.modality

    def find(self, tree: Tree) -> Iterator[Case]:
        """Yield every case of *tree*: channels named, errata repaired, dropped cases left out."""
        for case in self.layout.cases(tree):
            repaired: Case | None = self.with_channels(case)
            for fix in self.fixes:
                repaired = repaired and fix.case(repaired)
            if repaired is not None:
                yield repaired

    def with_channels(self, case: Case) -> Case:
        """Return *case* with the channels that `modalities` lists; a lone image gets its name."""
        if list(case.images) == [LONE] and isinstance(self.modality, Modality):
            return replace(case, images={channel_name(self.modality): case.images[LONE]})
        if list(case.images) == list(self.modalities):
            return case
        raise DeclarationError(
            f"{self.name}: the layout's channels are {', '.join(case.images)}, "
            f"those of modality= are {', '.join(self.modalities)}",
            hint="name the same channels in the same order in both",
        )

    def patient_of(self, case: Case) -> str | None:
        """Return the patient of *case* within this dataset, or None when nobody knows."""
        return case.id if self.patients == "each case" else case.patient


def channel_name(modality: Modality) -> str:
    """Return the channel name of a lone image: ``ct``, ``mr`` or ``pet``."""
    return "pet" if modality is PT else modality.lower()


# --- checks and exporters ----------------------------------------------------------------------


class Severity(StrEnum):
    """How bad a finding is: a failing case enters no set unless a recipe says so."""

    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a person should know of one case: which *check* found it, and the value."""

    check: str
    severity: Severity
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """One case as it lies in ``converted/``, read back: what a check looks at."""

    dataset: Dataset
    case: str
    images: Mapping[str, Volume]
    mask: Volume | None
    grid: str
    annotated: frozenset[str]
    raw: Mapping[str, str] = field(default_factory=dict)  # the file behind each channel, "mask"

    @property
    def mask_file(self) -> str:
        """The raw file that the mask was read from, as a person would look for it."""
        return self.raw.get("mask", "its mask")


@runtime_checkable
class Check(Protocol):
    """One question, asked of every converted case."""

    name: str

    def ask(self, case: Converted) -> Iterator[Finding]:
        """Yield what is wrong with *case*; nothing when it is right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetCase:
    """One case of a set, as an exporter sees it: files that exist, and where it stands."""

    id: str  # "<dataset>__<case>"
    dataset: str
    case: str
    images: Mapping[str, Path]
    mask: Path
    fold: int | None  # the fold that validates on it; None for the held-out test


@dataclass(frozen=True, slots=True, kw_only=True)
class SetContent:
    """What an exporter writes: the cases, and what the set's values mean."""

    name: str
    title: str
    modalities: Mapping[str, Modality]
    labels: Mapping[str, int]  # background included, as 0
    ignore: int | None  # the value of voxels that nobody judged
    cases: Sequence[SetCase]
    license: str
    references: Sequence[str]

    def folds(self) -> Sequence[Mapping[str, Sequence[str]]]:
        """Return nnU-Net's splits: per fold the case ids to train and to validate on."""
        training = [case for case in self.cases if case.fold is not None]
        return [
            {
                "train": [case.id for case in training if case.fold != fold],
                "val": [case.id for case in training if case.fold == fold],
            }
            for fold in sorted({case.fold for case in training if case.fold is not None})
        ]


@runtime_checkable
class Exporter(Protocol):
    """Writes what one reader wants, beside the images of a set."""

    name: str

    def write(self, content: SetContent, into: Path) -> None:
        """Write this reader's files below *into* (the set's ``data/``)."""
