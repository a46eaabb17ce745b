"""RibFrac: some 5,000 rib fractures on 660 chest CT (MICCAI 2020).

Each fracture has a value of its own in its scan's mask, 1, 2, ... (36 at most), so every value
means a fracture here. Its kind (displaced, non-displaced, buckle, segmental, or not to be told: -1)
stands in the CSV beside: 1 to 4 in a loader's table are those codes, not values of the mask. 20 of
the validation scans show no fracture; the 160 test scans have no masks. Masks of the 24 ribs are
another dataset, RibSeg.
"""

from collections.abc import Iterator

from medreg import ANY, CT, About, Claim, Dataset, Http, Pairs, hookimpl

RECORDS = "https://zenodo.org/records"
FILES = {
    "3893508": ("train-images-1.zip", "train-labels-1.zip", "train-info-1.csv"),
    "3893498": ("train-images-2.zip", "train-labels-2.zip", "train-info-2.csv"),
    "3893496": ("val-images.zip", "val-labels.zip", "val-info.csv"),
    "3993380": ("test-images.zip",),
}

RIBFRAC = Dataset(
    name="ribfrac",
    title="Rib Fracture Detection and Classification Challenge",
    homepage="https://ribfrac.grand-challenge.org/",
    licenses=(
        Claim("CC-BY-NC-4.0", source="amid, amid/ribfrac/dataset.py", date="2026-11"),
        Claim("CC-BY-NC-4.0", source="tag of MedOtter/RibFrac2020", date="2026-11"),
        Claim("LicenseRef-Research", source="first source list (002), unsupported", date="2026-11"),
    ),
    cite=("arXiv:2402.09372", "doi:10.5281/zenodo.3893508"),
    modality=CT,
    source=Http(
        urls=tuple(
            f"{RECORDS}/{record}/files/ribfrac-{name}"
            for record, names in FILES.items()
            for name in names
        )
    ),
    layout=Pairs(image="**/{case}-image.nii.gz", label="**/{case}-label.nii.gz"),
    labels={ANY: "rib_fracture"},
    cases=660,
    about=About(
        known="source",
        also=("RibFrac 2020", "MICCAI 2020 RibFrac"),
        region=("chest",),
        shows=("displaced", "non-displaced", "buckle", "segmental"),
        scans=660,
        annotated=500,
        size_gb=77.8,
        formats=("NIfTI", "CSV"),
        splits="420 train, 80 validation, 160 test without masks",
        best_for="rib fractures",
        tags=("emergency", "musculoskeletal", "benchmark"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield RIBFRAC
