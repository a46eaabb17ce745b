"""APTOS 2019: fundus photographs from Aravind Eye Hospital in India, graded for retinopathy.

3,662 images for training and 1,928 for the public test, whose grades were never published; about
13,000 is said where the hidden test set is counted too. Several clinics and cameras; duplicates
were found by participants (recall).
"""

from collections.abc import Iterator

from medreg import About, Claim, Dataset, Gate, Images2d, Kaggle, Modality, hookimpl

KAGGLE = "https://www.kaggle.com/c/aptos2019-blindness-detection"

APTOS2019 = Dataset(
    name="aptos2019",
    title="APTOS 2019 Blindness Detection",
    homepage=KAGGLE,
    licenses=(Claim("LicenseRef-Kaggle-competition", source="recall, unverified", date="2026-11"),),
    cite=(KAGGLE,),
    modality=Modality.OP,
    source=Kaggle(competition="aptos2019-blindness-detection"),
    layout=Images2d(
        image="**/*_images/{case}.png",
        table="train.csv",
        key="id_code",
        class_column="diagnosis",
    ),
    annotation="class",
    cases=5590,
    restricted=True,
    gate=Gate(kind="registration", days=0, terms=f"{KAGGLE}/rules"),
    about=About(
        known="secondary",
        also=("APTOS 2019", "APTOS"),
        region=("eye",),
        shows=("diabetic retinopathy",),
        images=5590,
        size_gb=10,
        counts=(Claim("13,000 fundus images", "first source list (002)", date="2026-11"),),
        classes={0: "no DR", 1: "mild", 2: "moderate", 3: "severe", 4: "proliferative DR"},
        formats=("PNG", "CSV"),
        splits="3,662 train, 1,928 public test without grades",
        annotated_by="experts",
        quality="several clinics and cameras; blur, artifacts, duplicates",
        best_for="grading of diabetic retinopathy",
        tags=("ophthalmology",),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield APTOS2019
