"""VinDr-CXR: 18,000 frontal chest X-rays from Hanoi with boxes by radiologists (2020).

22 findings have boxes, 6 diagnoses are said of the image. Each of the 15,000 training images was
read by three of 17 radiologists, apart: boxes overlap and contradict. The 3,000 test images have
the consensus of five. Files end in .dicom, some are MONOCHROME1. Kaggle's VinBigData challenge has
the training images with 14 classes.
"""

from collections.abc import Iterator

from medreg import About, Claim, Dataset, Gate, Images2d, Modality, PhysioNet, hookimpl

VINDR_CXR = Dataset(
    name="vindr_cxr",
    title="VinDr-CXR",
    homepage="https://physionet.org/content/vindr-cxr/1.0.0/",
    licenses=(
        Claim(
            "LicenseRef-PhysioNet-Credentialed-1.5.0",
            source="its page says credentialed access; a public report on the set names it",
            date="2026-11",
        ),
    ),
    cite=("doi:10.1038/s41597-022-01498-w", "doi:10.13026/3akn-b287"),
    modality=Modality.DX,
    source=PhysioNet(project="vindr-cxr", version="1.0.0"),
    layout=Images2d(image="**/train/{case}.dicom | **/test/{case}.dicom"),
    annotation="boxes",
    cases=18000,
    patients="unknown",
    restricted=True,
    gate=Gate(kind="agreement", terms="https://physionet.org/content/vindr-cxr/view-dua/1.0.0/"),
    about=About(
        known="source",
        also=("VinDr chest X-ray", "VinBigData chest X-ray"),
        region=("chest",),
        shows=("22 local + 6 global", "22 local findings"),
        images=18000,
        counts=(Claim("18,000 images with annotations", "first source list (002)", "2026-11"),),
        formats=("DICOM", "CSV"),
        splits="15,000 train / 3,000 test",
        annotated_by="experts",
        accuracy="train: three readers apart; test: consensus of five",
        quality="boxes are in annotations/annotations_{train,test}.csv, a row per box and reader; "
        "who is the patient was not published",
        best_for="finding and naming in chest X-rays",
        tags=("pulmonology", "benchmark", "external validation"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield VINDR_CXR
