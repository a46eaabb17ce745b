"""CAMELYON16 and 17: whole slides of lymph nodes of breast cancer patients (2016, 2017).

CAMELYON16 has 399 slides (270 train, 129 test: test_049 was a duplicate and is gone), CAMELYON17
1,000 of 200 patients, five each, from five Dutch centers. Outlines are ASAP XML: every metastasis
in CAMELYON16 (test_114 not exhaustively), 50 slides of CAMELYON17, where isolated tumor cells are
not all outlined. stages.csv grades patients (pN) and slides. normal_086 is tumor_111 today.
"""

from collections.abc import Iterator

from medreg import S3, About, Claim, Dataset, Modality, WholeSlide, hookimpl

CAMELYON = Dataset(
    name="camelyon",
    title="CAMELYON16 and CAMELYON17",
    homepage="https://camelyon17.grand-challenge.org/",
    licenses=(
        Claim(
            "CC0-1.0",
            source="https://camelyon17.grand-challenge.org/Data/",
            date="2026-11",
            rank="publisher",
        ),
        Claim(
            "CC0-1.0",
            source="AWS Open Data registry, datasets/camelyon.yaml",
            date="2026-11",
            rank="archive",
        ),
        Claim("Apache-2.0", source="README of owkin/camelyon16-features", date="2026-11"),
    ),
    cite=("doi:10.1093/gigascience/giy065", "doi:10.1109/TMI.2018.2867350"),
    modality=Modality.SM,
    source=S3(
        bucket="camelyon-dataset",
        files=("CAMELYON16/**", "CAMELYON17/**"),
        region="us-west-2",
    ),
    layout=WholeSlide(slide="**/CAMELYON16/images/{case}.tif | **/CAMELYON17/images/{case}.tif"),
    annotation="class",
    cases=1399,
    about=About(
        known="source",
        also=("CAMELYON16", "CAMELYON17", "CAMELYON16/17"),
        region=("breast",),
        shows=("lymph node metastases",),
        images=1399,
        size_gb=3000,
        counts=(Claim("1,000 slides", "first source list (002): CAMELYON17", date="2026-11"),),
        classes={
            "normal": "no metastasis",
            "itc": "isolated tumor cells",
            "micro": "micrometastasis",
            "macro": "macrometastasis",
        },
        quality="the patient of CAMELYON17 stands in the file's name: patient_NNN_node_M",
        formats=("pyramidal TIFF", "ASAP XML", "CSV"),
        splits="CAMELYON16: 270 train, 129 test; CAMELYON17: 100 patients each",
        annotated_by="experts",
        accuracy="checked with cytokeratin stains where in doubt",
        typical="about 0.25 um per pixel, 100,000 to 250,000 pixels a side",
        best_for="detection of metastases",
        tags=("oncology", "pathology", "benchmark"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield CAMELYON
