"""Whole-body FDG PET/CT made here, of nobody: to try a pipeline before real data arrive.

CT is -1000 HU in air, about 0 in soft tissue and 300 in bone. SUV is 1 to 2 in the body, 6 to 8
in the brain and 5 to 12 in the two to four round lesions, which are 0.02 to 0.10 % of all voxels.
"""

from collections.abc import Iterator

from medreg import CT, PT, About, Claim, Dataset, Pairs, Synthetic, hookimpl

SYNTHETIC_PETCT = Dataset(
    name="synthetic_petct",
    title="Synthetic PET/CT",
    homepage="",
    licenses=(
        Claim(
            "CC0-1.0",
            source="made by medreg, which reserves no rights in it",
            date="2026-11",
            rank="publisher",
        ),
    ),
    cite=(),
    modality={"ct": CT, "pet": PT},
    source=Synthetic(kind="petct", cases=8, seed="synthetic_petct"),
    layout=Pairs(
        image={"ct": "{case}/CTres.nii.gz", "pet": "{case}/SUV.nii.gz"},
        label="{case}/SEG.nii.gz",
        mask_on="pet",
    ),
    labels={1: "lesion"},
    cases=8,
    patients="each case",
    about=About(
        known="source",
        also=("Synthetic PET/CT Data", "Synthetic PET/CT (generator)"),
        region=("whole body",),
        scans=8,
        patients=8,
        counts=(
            Claim("10 MB per patient", "first source list (001): its own generator", "2026-11"),
        ),
        formats=("NIfTI",),
        accuracy="exact: the mask is what the scan was made of",
        best_for="trying a pipeline before real data arrive",
        tags=("start",),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield SYNTHETIC_PETCT
