"""Scans that are made here: nobody's, free of terms, and known to the voxel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from medreg.errors import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from medreg.model import FetchJob, FileRecord
    from medreg.report import Answer
    from medreg.volume import Volume

CT_LABELS: Mapping[int, str] = dict(
    enumerate(
        (
            *("liver", "liver_tumor", "spleen"),
            *("kidney_left", "kidney_right", "kidney_tumor", "kidney_cyst"),
            *("pancreas", "pancreas_tumor", "gallbladder", "stomach", "esophagus"),
            *("aorta", "inferior_vena_cava", "portal_and_splenic_vein"),
            *("adrenal_gland_left", "adrenal_gland_right"),
        ),
        start=1,
    )
)  # what ``mask.nii.gz`` of a synthetic CT means; a part is painted over its whole
PETCT_LABELS: Mapping[int, str] = {1: "lesion"}  # what ``SEG.nii.gz`` means

FINE, COARSE = (128, 128, 192), (64, 64, 96)  # voxels of a whole body in CT, and in PET


@dataclass(frozen=True, slots=True)
class Synthetic:
    """*cases* phantoms, made from *seed*: the same bytes on every machine.

    ``"ct"`` gives ``case_001/{ct,mask}.nii.gz``: an abdomen, its mask with `CT_LABELS`.
    ``"petct"`` gives ``patient_001/{CT,CTres,SUV,SEG}.nii.gz``: a whole body; all but CT lie on
    the PET's grid, SEG has `PETCT_LABELS`.
    """

    kind: Literal["ct", "petct"]
    cases: int
    seed: str

    def __post_init__(self) -> None:
        if self.kind not in _KINDS:
            raise DeclarationError(
                f"nothing synthetic is of kind {self.kind!r}", hint=f"kinds: {', '.join(_KINDS)}"
            )
        if self.cases < 1:
            raise DeclarationError(f"{self.cases} synthetic cases are none")

    @property
    def access(self) -> Literal["generated"]:
        """Return ``"generated"``."""
        return "generated"

    def wanted(self) -> Sequence[str]:
        """Return the cases' folders."""
        prefix, _, _ = _KINDS[self.kind]
        return tuple(f"{prefix}_{n:03}" for n in range(1, self.cases + 1))

    def fetch(self, job: FetchJob) -> Iterator[tuple[FileRecord, Answer]]:
        """Make what is not here; raises `BytesDiffer` when that is not what is on record."""
        from medreg.sources.gather import bring_item
        from medreg.sources.made import Made, OneVolume

        _, files, draw = _KINDS[self.kind]
        for case in self.wanted():
            made = Made(draw, f"{self.seed}/{case}")
            for name in files:
                path = f"{case}/{name}.nii.gz"
                item = OneVolume(made, name, recorded=path in job.known)
                yield bring_item(job, path, item, f"synthetic:{made.seed}")


def _ct(seed: str) -> Mapping[str, Volume]:
    import numpy as np

    from medreg.imaging import phantoms
    from medreg.volume import Volume

    phantom = phantoms.ct(seed)
    mask = np.zeros(phantom.image.shape, np.uint8)
    for value, label in CT_LABELS.items():
        mask[phantom.organs[label]] = value
    return {"ct": phantom.image, "mask": Volume(mask, phantom.image.affine, "label")}


def _petct(seed: str) -> Mapping[str, Volume]:
    import numpy as np

    from medreg.imaging import phantoms
    from medreg.volume import Volume

    fine, coarse = phantoms.petct(seed, FINE), phantoms.petct(seed, COARSE)
    mask = Volume(coarse.lesions.astype(np.uint8), coarse.pet.affine, "label")
    return {"CT": fine.ct, "CTres": coarse.ct, "SUV": coarse.pet, "SEG": mask}


_KINDS: Mapping[str, tuple[str, tuple[str, ...], Callable[[str], Mapping[str, Volume]]]] = {
    "ct": ("case", ("ct", "mask"), _ct),
    "petct": ("patient", ("CT", "CTres", "SUV", "SEG"), _petct),
}
