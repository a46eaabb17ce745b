"""BreakHis: microscopy of breast tumors at four magnifications, in eight classes (2015).

7,909 images of 82 patients (the publisher's page says 9,109 and then adds up 7,909). A slide was
photographed at 40X, 100X, 200X and 400X, so split by patient, never by image; patient 13412 has
slides in two classes (recall). Four classes are benign, four malignant.
"""

from collections.abc import Iterator

from medreg import About, Claim, Dataset, Http, Images2d, Modality, hookimpl

BREAKHIS = Dataset(
    name="breakhis",
    title="Breast Cancer Histopathological Database (BreakHis)",
    homepage="https://web.inf.ufpr.br/vri/databases/breast-cancer-histopathological-database-breakhis/",
    licenses=(
        Claim("CC-BY-4.0", source="kaiko-ai/eva, docs/datasets/breakhis.md", date="2026-11"),
    ),
    cite=("doi:10.1109/TBME.2015.2496264",),
    modality=Modality.SM,
    source=Http(urls=("http://www.inf.ufpr.br/vri/databases/BreaKHis_v1.tar.gz",)),
    layout=Images2d(image="**/SOB/{class}/{patient}/*/{case}.png"),
    annotation="class",
    cases=7909,
    patients="by layout",
    about=About(
        known="source",
        also=("BreaKHis",),
        region=("breast",),
        shows=("8 tumor subtypes",),
        images=7909,
        patients=82,
        size_gb=4,
        counts=(
            Claim("7,900+ images", "first source list (002)", date="2026-11"),
            Claim("9,109 images", "the publisher's page", date="2026-11", rank="publisher"),
        ),
        classes={
            "adenosis": "A (benign)",
            "fibroadenoma": "F (benign)",
            "phyllodes_tumor": "PT (benign)",
            "tubular_adenoma": "TA (benign)",
            "ductal_carcinoma": "DC (malignant)",
            "lobular_carcinoma": "LC (malignant)",
            "mucinous_carcinoma": "MC (malignant)",
            "papillary_carcinoma": "PC (malignant)",
        },
        formats=("PNG",),
        annotated_by="experts",
        quality="22549AB and 22549CD may be one patient: folders are counted as patients",
        typical="700x460 pixels, RGB; 40X, 100X, 200X, 400X",
        best_for="breast histopathology",
        tags=("oncology", "pathology"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield BREAKHIS
