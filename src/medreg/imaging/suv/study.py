"""What lies in a folder of PET/CT: one PET series, its CT and its segmentation."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medreg.errors import NotFound, Refused
from medreg.imaging.dicom import read_dataset
from medreg.imaging.guard import refusing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medreg.model import Tree

READ = [
    *("SOPClassUID", "Modality", "SeriesInstanceUID", "StudyInstanceUID", "FrameOfReferenceUID"),
    *("ImageType", "SeriesDescription"),
]
SHOWN = 6  # series listed in a message


@dataclass(frozen=True, slots=True)
class Found:
    """One series: its files, and what tells whose it is."""

    uid: str
    modality: str
    study: str
    frame: str  # FrameOfReferenceUID
    description: str
    paths: tuple[str, ...]

    def told(self) -> str:
        """Return a line for a person who must choose."""
        named = f" {self.description!r}" if self.description else ""
        return f"{self.modality}{named}, {len(self.paths)} files, UID {self.uid or '(none)'}"


@dataclass(frozen=True, slots=True)
class Study:
    """The PET series, and what lies beside it."""

    pet: Found
    ct: Found | None
    seg: Found | None
    notes: tuple[str, ...]


def study(tree: Tree, paths: Sequence[str], series: str = "") -> Study:
    """Find the PET series among *paths*, and the CT and SEG of its frame of reference or study.

    Files that are not DICOM are passed over. *series* is a PET's UID where there are several.
    Raises `NotFound` when there is no PET, `Refused` when there are several to choose from.
    """
    found, strange = _series(tree, paths)
    pets = [one for one in found if one.modality == "PT" and series in ("", one.uid)]
    if not pets:
        wanted = f"PET series {series}" if series else "PET series"
        raise NotFound(f"no {wanted} among {len(paths)} files", hint=_listed(found))
    if len(pets) > 1:
        raise Refused(
            f"there are {len(pets)} PET series, and one is converted at a time",
            hint=f"say which with --series UID: {_listed(pets)}",
        )
    notes = [f"{strange} files are not DICOM and were passed over"] if strange else []
    ct = _beside(pets[0], found, "CT", notes)
    if ct is None and not notes:
        notes.append("no CT of the PET's space or study lies here or beside it: no CTres")
    return Study(pets[0], ct, _beside(pets[0], found, "SEG", notes), tuple(notes))


def _series(tree: Tree, paths: Sequence[str]) -> tuple[list[Found], int]:
    groups: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    strange = 0
    for path in paths:
        try:
            dataset = read_dataset(tree, path, only=READ, pixels=False)
        except Refused:
            strange += 1
            continue
        with refusing(path, "DICOM"):
            if "LOCALIZER" in (dataset.get("ImageType") or []):
                continue
            named = ("SeriesInstanceUID", "Modality", "StudyInstanceUID")
            more = ("FrameOfReferenceUID", "SeriesDescription")
            key = tuple(str(dataset.get(name) or "").strip() for name in (*named, *more))
        groups[key].append(path)
    return [
        Found(uid, modality, study, frame, description, tuple(files))
        for (uid, modality, study, frame, description), files in groups.items()
    ], strange


def _beside(pet: Found, found: Sequence[Found], modality: str, notes: list[str]) -> Found | None:
    """Return the only series of *modality* that shares space with *pet*; note what is ambiguous."""
    ways: Mapping[str, list[Found]] = {
        "frame of reference": [o for o in found if o.frame and o.frame == pet.frame],
        "study": [o for o in found if o.study and o.study == pet.study],
    }
    for how, others in ways.items():
        near = [other for other in others if other.modality == modality]
        if len(near) == 1:
            return near[0]
        if near:
            notes.append(f"{len(near)} {modality} series share the PET's {how}: none was taken")
            return None
    return None


def _listed(found: Sequence[Found]) -> str:
    told = [one.told() for one in found[:SHOWN]]
    return "; ".join(told) + ("; ..." if len(found) > SHOWN else "")
