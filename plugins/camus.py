"""CAMUS: two-dimensional echocardiography, apical two- and four-chamber views, with masks (2019).

500 patients; each view has a frame at end-diastole, one at end-systole, and the half cycle between
them, all with masks. Cases here are the single frames: 2,000, four of a patient. The files of the
half cycles hold time as their third axis and are left out. Label 2 is the myocardium, not the
cavity with it. The server packs the archive anew at each download, so its digest varies.
"""

from collections.abc import Iterator

from medreg import About, Claim, Dataset, Gate, Http, Modality, Pairs, hookimpl

SERVER = "https://humanheart-project.creatis.insa-lyon.fr/database/api/v1/folder"
ARCHIVE = f"{SERVER}/63fde55f73e9f004868fb7ac/download"
FRAME = "**/{patient}/{patient}_{view}_E{case}"  # ED and ES

CAMUS = Dataset(
    name="camus",
    title="Cardiac Acquisitions for Multi-structure Ultrasound Segmentation",
    homepage="https://www.creatis.insa-lyon.fr/Challenge/camus/",
    licenses=(
        Claim(
            "CC-BY-NC-SA-4.0", source="a public converter of CAMUS's NIfTI files", date="2026-11"
        ),
    ),
    cite=("doi:10.1109/TMI.2019.2900516",),
    modality=Modality.US,
    source=Http(urls={"CAMUS.zip": (ARCHIVE,)}),
    layout=Pairs(image=FRAME + ".nii.gz", label=FRAME + "_gt.nii.gz"),
    labels={1: "left_ventricle", 2: "myocardium", 3: "left_atrium"},
    cases=2000,
    patients="by layout",
    gate=Gate(kind="registration"),
    about=About(
        known="source",
        region=("heart",),
        images=2000,
        patients=500,
        formats=("NIfTI",),
        annotated_by="experts",
        quality="image quality and ejection fraction of each view: Info_2CH.cfg, Info_4CH.cfg",
        best_for="chambers in two-dimensional echocardiography",
        tags=("cardiology", "benchmark", "clinical data"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield CAMUS
