"""LiTS: abdominal CT with masks of the liver and its tumors, from seven sites (2017).

131 training volumes are labelled; the masks of the 70 test volumes were never published. The
headers of volumes 28-47 hold an identity affine, so their spacing is unknown (issue 14 of
PatrickChrist/LITS-CHALLENGE); MSD's Task03 shows the same scans with some spacing corrected.
Volumes 28-44 and 46-48 come from 3D-IRCADb-01. Nobody quotes the publisher on the license. An early
list calls the masks binary and names another server; andrewmvd/lits-png at Kaggle is a copy as PNG.
"""

from collections.abc import Iterator

from medreg import CT, About, Claim, Dataset, Gate, Manual, Pairs, hookimpl

LITS = Dataset(
    name="lits",
    title="Liver Tumor Segmentation Benchmark",
    homepage="https://competitions.codalab.org/competitions/17094",
    licenses=(
        Claim("CC-BY-NC-ND-4.0", source="neuro-ml/amid, amid/lits/dataset.py", date="2026-11"),
        Claim("CC-BY-NC-ND-4.0", source="TheLion-ai/UMIE_datasets", date="2026-11"),
        Claim("CC-BY-NC-SA-4.0", source="MedIMeta, organ slices of LiTS", date="2026-11"),
        Claim("CC-BY-NC-SA-4.0", source="README of the CADS dataset", date="2026-11"),
        Claim("CC-BY-SA-4.0", source="AbdomenAtlas table of sources", date="2026-11"),
        Claim("CC0-1.0", source="first source list (000), unsupported", date="2026-11"),
        Claim("LicenseRef-Research", source="first source list (002), unsupported", date="2026-11"),
    ),
    cite=("doi:10.1016/j.media.2022.102680", "arXiv:1901.04056"),
    modality=CT,
    source=Manual(
        files=("Training_Batch1.zip", "Training_Batch2.zip"),
        steps="Register for competition 17094 at https://competitions.codalab.org\n"
        "Download both training batches",
    ),
    layout=Pairs(image="**/volume-{case}.nii", label="**/segmentation-{case}.nii"),
    labels={1: "liver", 2: "liver_tumor"},  # the tumor is carved out of the liver
    cases=131,
    gate=Gate(kind="registration"),
    about=About(
        known="source",
        also=("LiTS17", "LiTS (Liver Tumor)", "Liver Tumor Segmentation Challenge"),
        region=("abdomen",),
        scans=201,
        size_gb=35,
        counts=(
            Claim("201 labelled", source="first source list (000), unsupported", date="2026-11"),
            Claim("30 GB", source="first source list (000), unsupported", date="2026-11"),
        ),
        formats=("NIfTI",),
        splits="131 train, 70 test without masks",
        quality="spacing unknown in volumes 28-47",
        best_for="liver and its tumors",
        tags=("oncology", "benchmark"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield LITS
