"""What is known of a series before anybody judges it: plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medreg.readiness.verdict import Level


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceFacts:
    """What one file, or one frame of it, says. None or an empty text: it does not say."""

    path: str
    frame: int = 0
    sop_class: str
    modality: str
    patient: str
    study: str
    series: str
    instance: str
    frame_of_reference: str
    image_type: tuple[str, ...]
    view: str  # ViewPosition: projections only
    number: int | None  # InstanceNumber
    rows: int
    columns: int
    samples: int
    photometric: str
    bits: tuple[int, int, int]  # allocated, stored, high bit
    signed: int | None  # PixelRepresentation
    slope: float | None
    intercept: float | None
    rescale_type: str
    padding: int | None
    spacing: tuple[float, ...] | None  # between rows, then between columns
    thickness: float | None
    position: tuple[float, ...] | None  # LPS, mm
    orientation: tuple[float, ...] | None
    kernel: str
    syntax: str
    lossy: bool
    damage: str = ""  # why its pixels cannot be all there


@dataclass(frozen=True, slots=True)
class Aside:
    """A file that is no slice of any series here, and why."""

    path: str
    reason: str
    grave: bool = False  # it should have been one: it is damaged


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """Statistics of the real values of *slices* sampled slices, without padding."""

    slices: int
    voxels: int
    low: float
    high: float
    top: float  # 99.9th percentile
    lost: float  # share below -1100, where lies no tissue; the others are shares of the rest
    air: float  # share in [-1100, -900]
    soft: float  # share in [-100, 100]
    below_500: float  # share under -500
    peak: float | None  # the most frequent of these values, to 10 HU; None where there is none


@dataclass(frozen=True, slots=True)
class Identifier:
    """An attribute that may tell who the patient is, in *files*; *shown* is all that is printed."""

    level: Level
    name: str
    shown: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the headers say about de-identification, in every file alike or not."""

    removed: tuple[str, ...]  # distinct values of PatientIdentityRemoved
    method: bool  # every file names a method
    codes: tuple[str, ...]  # of DeidentificationMethodCodeSequence, in every file


@dataclass(frozen=True, slots=True, kw_only=True)
class Geometry:
    """How slices lie, by the column names of IDC's ``volume_geometry_index``.

    Those names and rules: ImagingDataCommons/idc-index-data, volume_geometry_index.sql. Text
    there is compared as numbers here, so that rounding does not count. *gaps* are mm from slice
    to slice along the normal; *tilt* is the angle between the normal and the stack.
    """

    single_orientation: bool
    orthogonal_orientation: bool
    unique_slice_positions: bool
    consistent_in_plane_row: bool
    consistent_in_plane_col: bool
    consistent_pixel_spacing: bool
    consistent_image_dimensions: bool
    uniform_slice_spacing: bool
    obliquity_degrees: float
    tilt: float
    unique: int
    order: tuple[int, ...]  # of the slices, from the lowest
    heights: tuple[float, ...]  # mm along the normal, in that order
    gaps: tuple[float, ...]  # between unique positions
    gap: float  # their median; 0 for a lone position

    @property
    def regularly_spaced_3d_volume(self) -> bool:
        """Tell whether the slices form one rectilinear grid."""
        return all(self.booleans().values())

    def booleans(self) -> Mapping[str, bool]:
        """Return what `regularly_spaced_3d_volume` is the conjunction of, in IDC's order."""
        names = (
            *("single_orientation", "orthogonal_orientation", "unique_slice_positions"),
            *("consistent_in_plane_row", "consistent_in_plane_col", "consistent_pixel_spacing"),
            *("consistent_image_dimensions", "uniform_slice_spacing"),
        )
        return {name: bool(getattr(self, name)) for name in names}


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesFacts:
    """All that the checks look at, of one series.

    *slices* are in natural order of their paths; *beside* are series of other images in the same
    folder, by UID or path, and *strangers* the patients there.
    """

    uid: str
    body: str  # BodyPartExamined, lower case
    slices: tuple[SliceFacts, ...]
    aside: tuple[Aside, ...] = ()
    beside: tuple[str, ...] = ()
    strangers: int = 0
    geometry: Geometry | None = None  # None: some slice does not say where it lies
    values: Values | None = None
    unread: tuple[Aside, ...] = ()  # sampled slices whose pixels could not be read
    identifiers: tuple[Identifier, ...] = ()
    evidence: Evidence = Evidence(removed=(), method=False, codes=())
