"""Abdominal CT made here, of nobody: 17 organs, tumors and vessels, known to the voxel.

It looks like a portal venous scan from afar and teaches a network nothing about patients. Use it
to try a pipeline before real data arrive, and in tests.
"""

from collections.abc import Iterator

from medreg import CT, About, Claim, Dataset, Pairs, Synthetic, hookimpl
from medreg.sources.synthetic import CT_LABELS

SYNTHETIC_CT = Dataset(
    name="synthetic_ct",
    title="Synthetic abdominal CT",
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
    modality=CT,
    source=Synthetic(kind="ct", cases=8, seed="synthetic_ct"),
    layout=Pairs(image="{case}/ct.nii.gz", label="{case}/mask.nii.gz"),
    labels={**CT_LABELS},
    cases=8,
    patients="each case",
    about=About(
        known="source",
        also=("Synthetic CT",),
        region=("abdomen",),
        scans=8,
        patients=8,
        formats=("NIfTI",),
        accuracy="exact: the mask is what the scan was made of",
        best_for="trying a pipeline before real data arrive",
        tags=("start",),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield SYNTHETIC_CT
