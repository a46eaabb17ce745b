"""EchoNet-Dynamic: apical four-chamber echocardiography as video, with ejection fractions (2019).

10,030 AVI files of 112 x 112 pixels. FileList.csv has EF, ESV, EDV and the split;
VolumeTracings.csv has lines that cut the left ventricle in two frames of each video, from which
masks can be drawn. Nothing is said of valves: it does not show stenosis, as an early list hopes.
"""

from collections.abc import Iterator

from medreg import About, AzureSas, Claim, Dataset, Gate, Modality, Video, hookimpl

TERMS = "https://aimi.stanford.edu/datasets/echonet-dynamic-cardiac-ultrasound"

ECHONET_DYNAMIC = Dataset(
    name="echonet_dynamic",
    title="EchoNet-Dynamic",
    homepage="https://echonet.github.io/dynamic/",
    licenses=(Claim("LicenseRef-Stanford-AIMI-DUA", source="recall, unverified", date="2026-11"),),
    cite=("doi:10.1038/s41586-020-2145-8",),
    modality=Modality.US,
    source=AzureSas(
        files=("EchoNet-Dynamic.zip",),
        steps=f"Register and agree at {TERMS}\n"
        "Copy the address that appears: it leads to the container echonetdynamic-2\n"
        "Or download the archive there, and --from its folder",
    ),
    layout=Video("**/Videos/{case}.avi"),
    annotation="measurement",
    cases=10030,
    restricted=True,
    gate=Gate(kind="agreement", days=1, terms=TERMS),
    about=About(
        known="source",
        also=("EchoNet-Dynamic (Stanford AIMI)",),
        region=("heart",),
        shows=("left ventricle",),
        size_gb=7.9,
        counts=(Claim("10 GB", "first source list (004), unsupported", date="2026-11"),),
        formats=("AVI", "CSV"),
        splits="FileList.csv: TRAIN, VAL, TEST",
        annotated_by="experts",
        accuracy="EF, ESV and EDV as reported in care; tracings at end-diastole and end-systole",
        typical="112 x 112 pixels, about 50 frames per second",
        best_for="function of the left ventricle",
        tags=("cardiology", "videos", "clinical data"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield ECHONET_DYNAMIC
