"""MIMIC-CXR: 377,110 chest X-rays of 227,835 studies, with the radiologists' reports (2019).

From the emergency department of Beth Israel Deaconess, 65,379 patients, 2011 to 2016. Images are
DICOM, reports plain text; labels come with MIMIC-CXR-JPG, a project of its own (CheXpert's labeler,
0, 1, -1). A version 2.1.0 came in 2024. Count by image or by study: lists confuse them.
"""

from collections.abc import Iterator

from medreg import About, Claim, Dataset, Gate, Images2d, Modality, PhysioNet, hookimpl

MIMIC_CXR = Dataset(
    name="mimic_cxr",
    title="MIMIC-CXR 2.0.0",
    homepage="https://physionet.org/content/mimic-cxr/2.0.0/",
    licenses=(
        Claim(
            "LicenseRef-PhysioNet-Credentialed-1.5.0",
            source="its page says credentialed access and agreement; the name: recall, unverified",
            date="2026-11",
        ),
    ),
    cite=("doi:10.13026/C2JT1Q", "doi:10.1038/s41597-019-0322-0"),
    modality=Modality.DX,
    source=PhysioNet(project="mimic-cxr", version="2.0.0"),
    layout=Images2d(image="**/files/*/{patient}/{study}/{case}.dcm"),
    annotation="class",
    cases=377110,
    patients="by layout",
    restricted=True,
    gate=Gate(kind="agreement", terms="https://physionet.org/content/mimic-cxr/view-dua/2.0.0/"),
    about=About(
        known="source",
        also=("MIMIC-CXR", "MIMIC Chest X-ray"),
        region=("chest",),
        shows=("chest",),
        images=377110,
        patients=65379,
        counts=(
            Claim("370,000+ images, 227,000+ studies", "first source list (002)", "2026-11"),
            Claim("227,835 studies", "https://physionet.org/content/mimic-cxr/2.0.0/", "2026-11"),
        ),
        classes=dict(
            enumerate(
                (
                    *("No Finding", "Enlarged Cardiomediastinum", "Cardiomegaly", "Lung Opacity"),
                    *("Lung Lesion", "Edema", "Consolidation", "Pneumonia", "Atelectasis"),
                    *("Pneumothorax", "Pleural Effusion", "Pleural Other", "Fracture"),
                    "Support Devices",
                )
            )
        ),
        formats=("DICOM", "TXT", "JPG (MIMIC-CXR-JPG)"),
        splits="mimic-cxr-2.0.0-split.csv.gz, in MIMIC-CXR-JPG",
        annotated_by="reports",
        quality="frontal and lateral views, some of them CR; reports lie beside the studies; "
        "labels and splits are in another project",
        best_for="reports with images",
        tags=("pulmonology", "emergency", "clinical data", "longitudinal", "foundation model"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield MIMIC_CXR
