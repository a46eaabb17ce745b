"""From files to series: read every header once, sample some pixels, and keep only facts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from medreg.errors import Refused
from medreg.imaging.dicom import parsed, read_bytes
from medreg.imaging.guard import refusing
from medreg.readiness import read
from medreg.readiness.facts import Aside, Identifier, SeriesFacts, SliceFacts
from medreg.readiness.geometry import geometry
from medreg.readiness.pixels import sampled
from medreg.readiness.privacy import Walk
from medreg.readiness.verdict import Level
from medreg.report import Answer, Outcome
from medreg.tables import natural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydicom import Dataset

    from medreg.model import Tree
    from medreg.readiness.profile import Profile
    from medreg.report import Progress

HEAD = 132  # bytes that tell a DICOM file: preamble and "DICM" (PS3.10 section 7.1)
OTHERS = {
    "a NIfTI volume": (".nii", ".nii.gz"),
    "a MetaImage volume": (".mha", ".mhd"),
    "an NRRD volume": (".nrrd", ".nhdr"),
}
BEGINS = (b"\x08\x00", b"\x02\x00", b"\x00\x08", b"\x00\x02")  # groups 2 and 8, either endian


@dataclass(slots=True)
class _Series:
    """What is gathered of one series while files come by."""

    slices: list[SliceFacts] = field(default_factory=list)
    aside: list[Aside] = field(default_factory=list)
    walk: Walk = field(default_factory=Walk)
    body: str = ""


def gathered(
    tree: Tree, profile: Profile, progress: Progress
) -> tuple[list[SeriesFacts], list[Aside]]:
    """Return every series of images below *tree*, by their first file, and what is none.

    A series is what has one SeriesInstanceUID; without one, the files of a folder. Files that
    should be slices but are damaged are set aside as grave.
    """
    found: defaultdict[str, _Series] = defaultdict(_Series)
    aside: list[Aside] = []
    directories: list[str] = []
    paths = tree.paths()
    progress.start("reading headers", len(paths), "files")
    for path in paths:
        reason = _take(tree, path, found, directories)
        if reason:
            aside.append(reason)
        progress.answered(Answer(path, Outcome.CHECKED))
    progress.finish()
    series = {uid: one for uid, one in found.items() if one.slices}
    for one in found.values():
        if not one.slices:
            aside += one.aside
    ordered = sorted(series, key=lambda uid: natural(series[uid].slices[0].path))
    progress.start("reading pixels", len(ordered), "series")
    known = _Gathered(series, aside, directories)
    made = []
    for uid in ordered:
        made.append(_facts(tree, uid, known, profile))
        progress.answered(Answer(uid, Outcome.CHECKED))
    progress.finish()
    return made, sorted(aside, key=lambda one: natural(one.path))


def _take(
    tree: Tree, path: str, found: defaultdict[str, _Series], directories: list[str]
) -> Aside | None:
    """Add the file *path* to its series; return what it is where it belongs to none."""
    head = b""
    try:
        with tree.open(path) as stream:
            head = stream.read(HEAD)
        if head[-4:] != b"DICM" and head[:2] not in BEGINS:
            return Aside(path, _other(path))
        dataset = parsed(read_bytes(tree, path), path)
        with refusing(path, "a DICOM header"):
            reason = read.not_a_slice(dataset)
            slices = [] if reason else list(read.slices(dataset, path))
            one = found[_series(dataset, path)]
            one.walk.look(dataset, path)
            if reason == "a DICOM directory":
                directories.append(path)
                return Aside(path, reason)
            one.body = one.body or str(dataset.get("BodyPartExamined") or "").strip().lower()
    except Refused as refusal:
        grave = not head or head[-4:] == b"DICM"  # none: its archive is damaged
        return Aside(path, refusal.message if grave else _other(path), grave=grave)
    except OSError as error:
        return Aside(path, f"cannot be read: {error.strerror}", grave=True)
    if reason:
        one.aside.append(Aside(path, reason))
    one.slices += slices
    return None


def _other(path: str) -> str:
    """Say what a file is that is no DICOM, as far as its ending tells."""
    kinds = (kind for kind, endings in OTHERS.items() if path.lower().endswith(endings))
    return next((f"{kind}, which needs no conversion" for kind in kinds), "not DICOM")


def _series(dataset: Dataset, path: str) -> str:
    """Return the series' UID; without one, the folder, which no UID looks like."""
    return str(dataset.get("SeriesInstanceUID") or "").strip() or f"{_folder(path)}/"


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


@dataclass(frozen=True, slots=True)
class _Gathered:
    """All that was found: series by UID, files set aside, DICOMDIRs."""

    series: dict[str, _Series]
    aside: list[Aside]
    directories: list[str]


def _facts(tree: Tree, uid: str, found: _Gathered, profile: Profile) -> SeriesFacts:
    series, aside = found.series, found.aside
    one = series[uid]
    slices = tuple(one.slices)
    folders = {_folder(s.path) for s in slices}
    beside = sorted(
        other
        for other, its in series.items()
        if other != uid and any(_folder(s.path) in folders for s in its.slices)
    )
    patients = {s.patient for other in (uid, *beside) for s in series[other].slices}
    own = [a for a in aside if a.grave and _folder(a.path) in folders]
    lies = geometry(slices, profile)
    values, unread = sampled(tree, [slices[k] for k in lies.order] if lies else slices, profile)
    return SeriesFacts(
        uid="" if uid.endswith("/") else uid,
        body=one.body,
        slices=slices,
        aside=(*one.aside, *own),
        beside=tuple(beside),
        strangers=len(patients) - 1,
        geometry=lies,
        values=values,
        unread=unread,
        identifiers=(*one.walk.identifiers, *_listed(found.directories, folders)),
        evidence=one.walk.evidence,
    )


def _listed(directories: Sequence[str], folders: set[str]) -> list[Identifier]:
    """Return the DICOMDIRs above a series: they list patients by name."""
    above = [d for d in directories if any(f.startswith(_folder(d)) for f in folders)]
    return [Identifier(Level.WARN, "DICOMDIR", "lists patients", tuple(above))] if above else []
