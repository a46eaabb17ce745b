"""Messidor: 1,200 fundus photographs from three French departments, graded (2008).

Twelve folders of 100, Base11 to Base34; the first digit is the department. Each has an Excel table
with the retinopathy grade (0 to 3) and the risk of macular edema (0 to 2), which this layout does
not read. The publisher lists errata: duplicates in Base33 and wrong grades in others (recall).
Messidor-2 (1,748 images) shares 1,058 of them.
"""

from collections.abc import Iterator

from medreg import About, Claim, Dataset, Gate, Images2d, Manual, Modality, hookimpl

MESSIDOR = Dataset(
    name="messidor",
    title="Messidor",
    homepage="https://www.adcis.net/en/third-party/messidor/",
    licenses=(
        Claim(
            "LicenseRef-ADCIS-form",
            source="https://www.adcis.net/en/third-party/messidor/, Using the database",
            date="2026-11",
            rank="publisher",
        ),
    ),
    cite=("doi:10.5566/ias.1155",),
    modality=Modality.OP,
    source=Manual(
        files=("Base??.zip", "Annotation_Base??.xls"),
        steps="Fill in the form at https://www.adcis.net/en/third-party/messidor/\n"
        "Download the twelve Base zips and their Annotation tables",
    ),
    layout=Images2d(image="**/{case}_PP.tif"),
    annotation="class",
    cases=1200,
    restricted=True,
    gate=Gate(kind="agreement", terms="https://www.adcis.net/en/third-party/messidor/"),
    about=About(
        known="secondary",
        region=("eye",),
        shows=("diabetic retinopathy", "macular edema"),
        images=1200,
        classes={0: "no retinopathy", 1: "grade 1", 2: "grade 2", 3: "grade 3"},
        formats=("TIFF", "XLS"),
        annotated_by="experts",
        quality="risk of macular edema, 0 to 2, beside the grade; see the publisher's errata",
        typical="1440x960, 2240x1488 or 2304x1536 pixels, 45 degrees",
        best_for="screening for diabetic retinopathy",
        tags=("ophthalmology",),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield MESSIDOR
