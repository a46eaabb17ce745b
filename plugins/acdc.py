"""ACDC: cine MR of the heart at end-diastole and end-systole, with masks (2017).

150 patients in five groups of 30: healthy, infarction, dilated, hypertrophic and abnormal right
ventricle; ``Info.cfg`` says which. Two frames of each are annotated: two cases of one patient.
Masks of the test patients were published later. Some lists number the left ventricle 1; the files
have the right one as 1. Slices are 5 to 10 mm thick. The license was not read there.
"""

from collections.abc import Iterator

from medreg import MR, About, Claim, Clinical, Column, Dataset, Http, Pairs, hookimpl

SERVER = "https://humanheart-project.creatis.insa-lyon.fr/database/api/v1/collection"
ARCHIVE = f"{SERVER}/637218c173e9f0047faa00fb/download"
FRAME = "**/{patient}/{patient}_frame"

ACDC = Dataset(
    name="acdc",
    title="Automated Cardiac Diagnosis Challenge",
    homepage="https://www.creatis.insa-lyon.fr/Challenge/acdc/",
    licenses=(
        Claim(
            "CC-BY-NC-SA-4.0",
            source="a public benchmark (BiometricVQA) that lists ACDC",
            date="2026-11",
        ),
    ),
    cite=("doi:10.1109/TMI.2018.2837502",),
    modality=MR,
    source=Http(urls={"ACDC.zip": (ARCHIVE,)}),
    layout=Pairs(image=FRAME + "{case}.nii.gz", label=FRAME + "{case}_gt.nii.gz"),
    labels={1: "right_ventricle", 2: "myocardium", 3: "left_ventricle"},
    cases=300,
    patients="by layout",
    clinical=(
        Clinical(
            file="**/{case}/Info.cfg",
            of="patient",
            columns=(
                Column("group", "Group"),
                Column("height", "Height", "number", "cm"),
                Column("weight", "Weight", "number", "kg"),
            ),
        ),
    ),
    about=About(
        known="source",
        also=("ACDC Challenge",),
        region=("heart",),
        scans=150,
        patients=150,
        formats=("NIfTI",),
        splits="100 patients for training, 50 for testing; all masks are public",
        annotated_by="experts",
        typical="216 x 256 x 9 voxels of 1.52 x 1.52 x 10 mm (median)",
        best_for="cine MR of the heart, and diagnosis by group",
        tags=("cardiology", "benchmark"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield ACDC
