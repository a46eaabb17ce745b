"""RSNA Pneumonia: 26,684 frontal chest X-rays with boxes around opacities, by radiologists (2018).

The images are NIH ChestX-ray14's, as DICOM under new names: never test on one what the other
trained. Three classes: Normal (8,851), No Lung Opacity / Not Normal (11,821), Lung Opacity (6,012,
with boxes). The RSNA's page allows academic, commercial and other use with attribution, while
lists remember "non-commercial". The 3,000 test images come without labels.
"""

from collections.abc import Iterator

from medreg import About, Claim, Dataset, Gate, Images2d, Kaggle, Modality, hookimpl

PAGE = (
    "https://www.rsna.org/education/ai-resources-and-training/ai-image-challenge/"
    "rsna-pneumonia-detection-challenge-2018"
)

RSNA_PNEUMONIA = Dataset(
    name="rsna_pneumonia",
    title="RSNA Pneumonia Detection Challenge (2018)",
    homepage="https://www.kaggle.com/c/rsna-pneumonia-detection-challenge",
    licenses=(
        Claim("LicenseRef-RSNA-2018-Attribution", source=PAGE, date="2026-11", rank="publisher"),
        Claim("LicenseRef-RSNA-NC", source="recall, unverified", date="2026-11"),
    ),
    cite=("doi:10.1148/ryai.2019180041",),
    modality=Modality.DX,
    source=Kaggle(competition="rsna-pneumonia-detection-challenge"),
    layout=Images2d(
        image="**/stage_2_train_images/**/{case}.dcm | **/stage_2_test_images/**/{case}.dcm",
        table="stage_2_detailed_class_info.csv",
        key="patientId",
        class_column="class",
    ),
    annotation="boxes",
    cases=29684,
    patients="each case",
    gate=Gate(
        kind="registration",
        terms="https://www.kaggle.com/c/rsna-pneumonia-detection-challenge/rules",
    ),
    about=About(
        known="source",
        also=("RSNA Pneumonia",),
        region=("chest",),
        shows=("pneumonia boxes",),
        images=29684,
        counts=(
            Claim("30,000 frontal-view X-rays", "first source list (002)", "2026-11"),
            Claim("29,687 images", "a catalog of these rows, unsupported", "2026-11"),
            Claim("26,684 labeled images", "mlmed/torchxrayvision datasets.py", "2026-11"),
        ),
        classes={0: "Normal", 1: "No Lung Opacity / Not Normal", 2: "Lung Opacity"},
        formats=("DICOM", "CSV"),
        splits="26,684 train / 3,000 test",
        annotated_by="experts",
        quality="boxes: stage_2_train_labels.csv, one row each; all images are of ChestX-ray14",
        typical="1024 x 1024, 8 bit",
        best_for="pneumonia detection",
        tags=("pulmonology", "emergency", "infection", "benchmark"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield RSNA_PNEUMONIA
