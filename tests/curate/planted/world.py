"""What is planted where: 510 scans in thirteen datasets, from names and numbers alone."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import cycle
from typing import TYPE_CHECKING

from medreg.curate.group import Edge, components
from tests.curate.planted.changes import COPIES, MISTAKES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

COUNTS = {
    "pairs": 130,
    "decathlon": 80,
    "nnunet": 90,
    "per_label": 50,
    "bids": 60,
    "seg": 20,
    "rtstruct": 12,
    "png": 12,
    "petct": 8,
    "held": 24,
    "terms_a": 8,
    "terms_b": 8,
    "terms_c": 8,
}
SLICES = 36
SHAPE = (48, 48, SLICES)
DICOM = f"1-{{001..{SLICES:03d}}}.dcm"
FILES = {
    "decathlon": ("Task01_Liver/imagesTr/CASE.nii.gz", "Task01_Liver/labelsTr/CASE.nii.gz"),
    "nnunet": ("imagesTr/CASE_0000.nii.gz", "labelsTr/CASE.nii.gz"),
    "per_label": (
        "CASE/ct.nii.gz",
        *(
            f"CASE/masks/{organ}.nii.gz"
            for organ in ("liver", "spleen", "kidney_right", "kidney_left")
        ),
    ),
    "bids": (
        "PATIENT/SESSION/anat/CASE_ct.nii.gz",
        "derivatives/PATIENT/SESSION/anat/CASE_dseg.nii.gz",
    ),
    "seg": (f"CASE/CT/{DICOM}", "CASE/SEG/1-1.dcm"),
    "rtstruct": (f"CASE/CT/{DICOM}", "CASE/RT/1-1.dcm"),
    "png": (f"CASE/CT/{DICOM}", f"CASE/Ground/{{001..{SLICES:03d}}}.png"),
    "petct": (
        f"PATIENT/CASE/CT/{DICOM}",
        f"PATIENT/CASE/PT/{DICOM}",
        "PATIENT/CASE/SEG/1-1.dcm",
    ),
    "held": ("CASE.nii.gz", "labelNUMBER.nii.gz"),
}
EACH = 3  # of every kind
ORIGINALS = ("pairs", "decathlon", "nnunet", "per_label", "seg", "rtstruct", "png")
CARRIERS = ("nnunet", "pairs", "decathlon", "per_label", "pairs", "nnunet")
DIRECT = ("re-orientation", "gzip level", "crop in z", "dtype change")  # copies of held-out scans


def cases(name: str) -> Sequence[str]:
    """Return the case ids of a dataset: two visits of each patient where it knows patients."""
    count = COUNTS[name]
    match name:
        case "bids":
            return [f"sub-{n:02d}_ses-{s}" for n in range(1, count // 2 + 1) for s in (1, 2)]
        case "petct":
            return [f"s{n}{s}" for n in range(1, count // 2 + 1) for s in (1, 2)]
        case "held":
            return [f"img{n:03d}" for n in range(1, count + 1)]
        case _:
            return [f"{n:03d}" for n in range(1, count + 1)]


def files(name: str, case: str) -> Sequence[str]:
    """Return the paths of a case's image, or its slices, and of its masks."""
    patient, session = case.split("_") if name == "bids" else (f"p{case[1:2]}", "")
    words = {"CASE": case, "NUMBER": case[3:], "PATIENT": patient, "SESSION": session}
    paths = []
    for path in FILES.get(name, ("images/CASE.nii.gz", "labels/CASE.nii.gz")):
        for word, text in words.items():
            path = path.replace(word, text)  # noqa: PLW2901 - word by word
        paths.append(path)
    return paths


@dataclass(frozen=True)
class Copy:
    """A copy of the scan *of*, changed as *kind* says; each is ``dataset/case``."""

    kind: str
    of: str
    ref: str


@dataclass
class World:
    """Everything planted; what is in none of these is innocent."""

    copies: list[Copy] = field(default_factory=list)
    relatives: list[Copy] = field(default_factory=list)  # copies that lead to a held-out scan
    declared: list[tuple[str, str]] = field(default_factory=list)  # one patient, as a file says
    mistakes: dict[str, str] = field(default_factory=dict)  # kind by case

    @property
    def patients(self) -> Iterator[tuple[str, str]]:
        """Yield the two visits of each patient."""
        for name in ("bids", "petct"):
            refs = [f"{name}/{case}" for case in cases(name)]
            yield from zip(refs[::2], refs[1::2], strict=True)

    @property
    def changed(self) -> Mapping[str, str]:
        """The kind of change of every copy."""
        return {one.ref: one.kind for one in (*self.copies, *self.relatives)}

    def shows(self, ref: str) -> tuple[str, bool]:
        """Return the subject that a case shows, and whether it is another visit of theirs."""
        of = {one.ref: one.of for one in (*self.copies, *self.relatives)}
        while ref in of:
            ref = of[ref]
        first = {second: first for first, second in self.patients if ref.startswith("bids/")}
        return (self.shows(first[ref])[0], True) if ref in first else (ref, False)

    def groups(self) -> dict[str, str]:
        """Return the group of every case, by a representative: who shows whom, as planted."""
        edges = [(one.ref, one.of) for one in (*self.copies, *self.relatives)]
        joined = [Edge(a, b, "") for a, b in (*edges, *self.declared, *self.patients)]
        return components([f"{name}/{case}" for name in COUNTS for case in cases(name)], joined)


def world() -> World:
    """Plant: originals are taken from a dataset's beginning, what is planted from its end."""
    begin = {name: iter(cases(name)) for name in COUNTS}
    end = {name: iter(cases(name)[::-1]) for name in COUNTS}
    made, carriers, originals = World(), cycle(CARRIERS), cycle(ORIGINALS)

    def take(side: Mapping[str, Iterator[str]], name: str) -> str:
        return f"{name}/{next(side[name])}"

    for kind in COPIES:
        for _ in range(EACH):
            carrier = next(carriers)
            original = next(name for name in originals if name != carrier)
            made.copies.append(Copy(kind, take(begin, original), take(end, carrier)))
    for number, kind in enumerate(MISTAKES):
        for name in ("pairs", "nnunet", "pairs" if number % 2 else "nnunet"):
            made.mistakes[take(end, name)] = kind
    for kind in DIRECT:
        made.relatives.append(Copy(kind, take(begin, "held"), take(end, "nnunet")))
    for _ in range(EACH):  # held - first visit - second visit - its copy
        second, first = take(end, "bids"), take(end, "bids")
        made.relatives.append(Copy("dtype change", take(begin, "held"), first))
        made.relatives.append(Copy("gzip level", second, take(end, "pairs")))
    for _ in range(EACH):  # held - the same patient elsewhere - a copy of that
        same = take(end, "per_label")
        made.declared.append((take(begin, "held"), same))
        made.relatives.append(Copy("crop in plane", same, take(end, "decathlon")))
    _require_room(made)
    return made


def _require_room(made: World) -> None:
    """Raise when an original is somewhere a copy, too: the two ends of a dataset have met."""
    roles: dict[str, set[str]] = defaultdict(set)
    for one in made.copies:
        roles[one.ref].add("copy")
        roles[one.of].add("original")
    for ref in made.mistakes:
        roles[ref].add("mistake")
    met = [ref for ref, found in roles.items() if len(found) > 1]
    if met:
        raise ValueError(f"{met[0]} is planted twice; raise COUNTS")
