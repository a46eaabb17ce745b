"""LUNA16: the 888 scans of LIDC-IDRI with slices of 2.5 mm or less, for finding nodules (2016).

Names are the series UIDs of LIDC-IDRI, so a case is easily matched with its origin: never train
on one and test on the other. Nodules are centers and diameters in annotations.csv (1,186, those
that three of four readers marked), not masks; the masks are of the lungs and the trachea, by an
algorithm, and no reference to be judged by. The publisher splits into ten folds: subset0 to 9.
"""

from collections.abc import Iterator

from medreg import CT, About, Claim, Dataset, Http, Pairs, hookimpl

ONE, TWO = (f"https://zenodo.org/records/{record}/files" for record in ("3723295", "4121926"))
TABLES = ("annotations.csv", "candidates_V2.zip")
PART1 = (*(f"subset{n}.zip" for n in range(7)), "seg-lungs-LUNA16.zip", *TABLES)
PART2 = tuple(f"subset{n}.zip" for n in range(7, 10))

LUNA16 = Dataset(
    name="luna16",
    title="Lung Nodule Analysis 2016",
    homepage="https://luna16.grand-challenge.org/",
    licenses=(
        Claim("CC-BY-4.0", "MONAI lung_nodule_ct_detection, docs/data_license.txt", "2026-11"),
        Claim(
            "CC-BY-3.0",
            "idc-index-data 25.0.5: LIDC-IDRI, of which these are scans",
            "2026-11",
            "archive",
            "images",
        ),
        Claim("LicenseRef-Research", "first source list (002), unsupported", "2026-11"),
    ),
    cite=("doi:10.1016/j.media.2017.06.015",),
    modality=CT,
    source=Http(
        urls=tuple(f"{ONE}/{file}" for file in PART1) + tuple(f"{TWO}/{file}" for file in PART2)
    ),
    layout=Pairs(image="**/subset*/{case}.mhd", label="**/seg-lungs-LUNA16/{case}.mhd"),
    labels={3: "lung_left", 4: "lung_right", 5: "trachea"},
    cases=888,
    about=About(
        known="source",
        region=("chest",),
        shows=("lung nodules, as centers and diameters", "candidates, in candidates_V2.csv"),
        scans=888,
        size_gb=60,
        formats=("MetaImage", "CSV"),
        splits="ten folds: subset0 to subset9",
        annotated_by="mixed",
        accuracy="nodules by four radiologists; lungs by an algorithm, not corrected",
        quality="287 of the scans have no nodule; 14 are stored turned by 180 degrees about z",
        best_for="benchmark of nodule detection",
        tags=("oncology", "pulmonology", "benchmark"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield LUNA16
