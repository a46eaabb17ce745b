"""ODIR-5K: fundus photographs of both eyes of 5,000 people, with eight diagnoses (2019).

3,500 people are labeled and public (7,000 images, N_left and N_right: split by N), 500 more are
the off-site test; 1,000 were the on-site test. Diagnoses are per person in the Excel table, per
eye as keywords there; no layout of this program reads the table. Cameras vary.
"""

from collections.abc import Iterator

from medreg import About, Claim, Dataset, Gate, Images2d, Manual, Modality, hookimpl

ODIR = Dataset(
    name="odir",
    title="Ocular Disease Intelligent Recognition (ODIR-5K)",
    homepage="https://odir2019.grand-challenge.org/",
    licenses=(Claim("LicenseRef-ODIR-challenge", source="recall, unverified", date="2026-11"),),
    cite=("https://odir2019.grand-challenge.org/", "arXiv:2102.07978"),
    modality=Modality.OP,
    source=Manual(
        files=(
            "ODIR-5K_Training_Images.zip",
            "ODIR-5K_Testing_Images.zip",
            "ODIR-5K_Training_Annotations(Updated)_V2.xlsx",
        ),
        steps="Register at https://grand-challenge.org and join ODIR-2019\n"
        "Download from https://odir2019.grand-challenge.org/dataset/",
    ),
    layout=Images2d(
        image="**/ODIR-5K_Training_Dataset/{case}.jpg | **/ODIR-5K_Testing_Images/{case}.jpg"
    ),
    annotation="class",
    cases=8000,
    gate=Gate(kind="registration", terms="https://odir2019.grand-challenge.org/"),
    about=About(
        known="secondary",
        also=("ODIR-5K", "ODIR-2019"),
        region=("eye",),
        shows=("8 diagnoses",),
        images=8000,
        patients=5000,
        classes={
            "N": "normal",
            "D": "diabetes",
            "G": "glaucoma",
            "C": "cataract",
            "A": "age-related macular degeneration",
            "H": "hypertension",
            "M": "myopia",
            "O": "other",
        },
        formats=("JPEG", "XLSX"),
        splits="3,500 people train, 500 off-site test, 1,000 on-site test",
        annotated_by="experts",
        quality="labels of a person, not of an eye; several labels each",
        best_for="several diseases at once",
        tags=("ophthalmology", "clinical data"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield ODIR
