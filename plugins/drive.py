"""DRIVE: fundus photographs with outlines of the retinal vessels (2004).

20 training and 20 test images; the masks of the test images were public once (two observers) and
are not in Grand Challenge's download. The field of view (folder mask) is no label. MedSegBench
calls the license CC BY 4.0; the publisher's page permits research and education only, and no
redistribution. RITE and MedSegBench show the same images.
"""

from collections.abc import Iterator

from medreg import About, Claim, Dataset, Gate, Images2d, Manual, Modality, hookimpl

DRIVE = Dataset(
    name="drive",
    title="Digital Retinal Images for Vessel Extraction (DRIVE)",
    homepage="https://drive.grand-challenge.org/",
    licenses=(
        Claim(
            "LicenseRef-DRIVE-terms",
            source="http://www.isi.uu.nl/Research/Databases/DRIVE/, Using the database",
            date="2026-11",
            rank="publisher",
        ),
        Claim("CC-BY-4.0", source="zekikus/MedSegBench, medsegbench/info.py", date="2026-11"),
    ),
    cite=("doi:10.1109/TMI.2004.825627",),
    modality=Modality.OP,
    source=Manual(
        files=("training.zip", "test.zip"),
        steps="Register at https://grand-challenge.org and join https://drive.grand-challenge.org\n"
        "Download training.zip and test.zip from its page Download",
    ),
    layout=Images2d(
        image="**/images/{case}_training.tif | **/images/{case}_test.tif",
        mask="**/1st_manual/{case}_manual1.gif",
        above=0,
    ),
    labels={1: "retinal_vessel"},
    cases=40,
    restricted=True,
    gate=Gate(kind="registration", terms="http://www.isi.uu.nl/Research/Databases/DRIVE/"),
    about=About(
        known="source",
        region=("eye",),
        images=40,
        formats=("TIFF", "GIF"),
        splits="20 train (21 to 40), 20 test (01 to 20)",
        annotated_by="experts",
        quality="drawn from photographs of 400 people; whether each is of another is not said",
        accuracy="pixels of which an observer was at least 70 % certain",
        typical="565x584 pixels, 45 degrees; 7 of 40 with mild diabetic retinopathy",
        best_for="segmentation of vessels",
        tags=("start", "ophthalmology", "benchmark"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield DRIVE
