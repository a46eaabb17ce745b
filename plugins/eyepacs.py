"""EyePACS: 88,702 fundus photographs graded for retinopathy, of Kaggle's contest of 2015.

Both eyes of 44,351 people, N_left and N_right: split by number. One clinician graded each image;
grades and images are noisy (blurred, badly exposed, some inverted), says the publisher. The grades
of the 53,576 test images were published after the contest (recall).
"""

from collections.abc import Iterator

from medreg import About, Claim, Dataset, Gate, Images2d, Manual, Modality, hookimpl

KAGGLE = "https://www.kaggle.com/c/diabetic-retinopathy-detection"

EYEPACS = Dataset(
    name="eyepacs",
    title="EyePACS, Diabetic Retinopathy Detection (Kaggle 2015)",
    homepage=KAGGLE,
    licenses=(Claim("LicenseRef-Kaggle-competition", source="recall, unverified", date="2026-11"),),
    cite=(KAGGLE,),
    modality=Modality.OP,
    source=Manual(
        files=("train.zip", "trainLabels.csv"),
        steps=f"Log in and accept the rules: {KAGGLE}/rules\n"
        "kaggle competitions download -c diabetic-retinopathy-detection\n"
        "Join the parts (cat train.zip.00* > train.zip) and unpack trainLabels.csv.zip",
    ),
    layout=Images2d(
        image="**/train/{case}.jpeg", table="trainLabels.csv", key="image", class_column="level"
    ),
    annotation="class",
    cases=35126,
    restricted=True,
    gate=Gate(kind="registration", days=0, terms=f"{KAGGLE}/rules"),
    about=About(
        known="secondary",
        also=("Kaggle DR 2015", "Diabetic Retinopathy Detection"),
        region=("eye",),
        shows=("diabetic retinopathy",),
        images=88702,
        patients=44351,
        size_gb=84,
        counts=(Claim("35,126 images", "openmedlab: training alone", date="2026-11"),),
        classes={0: "no DR", 1: "mild", 2: "moderate", 3: "severe", 4: "proliferative DR"},
        formats=("JPEG", "CSV"),
        splits="35,126 train, 53,576 test (not fetched here)",
        annotated_by="experts",
        quality="one grader; noise in images and grades",
        typical="433x289 to 5184x3456 pixels",
        best_for="grading of diabetic retinopathy",
        tags=("ophthalmology", "foundation model"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield EYEPACS
