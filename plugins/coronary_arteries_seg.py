"""Coronary arteries in CT angiography: a list's dead link, taken here for ASOCA (2020).

The list names no dataset, only "automated coronary artery segmentation", which ASOCA's name says.
ASOCA has 40 labelled scans, 20 healthy and 20 diseased, as NRRD. The large alternative is ImageCAS:
1,000 scans, folders of img.nii.gz and label.nii.gz, at GitHub XiaoweiXu/ImageCAS.
"""

from collections.abc import Iterator

from medreg import CT, About, Claim, Dataset, Gate, Manual, Pairs, hookimpl

HOME = "https://asoca.grand-challenge.org/"

CORONARY_ARTERIES_SEG = Dataset(
    name="coronary_arteries_seg",
    title="Automated Segmentation of Coronary Arteries (ASOCA)",
    homepage=HOME,
    licenses=(Claim("LicenseRef-unknown", source="nobody could be quoted on it", date="2026-11"),),
    cite=("doi:10.1038/s41597-023-02016-2", "arXiv:2211.01607"),
    modality=CT,
    source=Manual(
        files=("ASOCA",),
        steps=f"Register and join the challenge at {HOME}, and accept its terms\n"
        "Download and unpack the training data into a folder ASOCA",
    ),
    layout=Pairs(image="**/{group}/CTCA/{case}.nrrd", label="**/{group}/Annotations/{case}.nrrd"),
    labels={1: "coronary_artery"},
    cases=40,
    patients="each case",
    gate=Gate(kind="registration", terms=HOME),
    about=About(
        known="source",
        also=("Coronary Arteries Seg", "ASOCA"),
        region=("heart",),
        scans=40,
        patients=40,
        counts=(Claim("1000 scans", "ImageCAS, the alternative", date="2026-11"),),
        formats=("NRRD",),
        splits="40 with masks (Normal_1 to _20, Diseased_1 to _20), 20 for testing without",
        annotated_by="experts",
        best_for="coronary arteries",
        tags=("cardiology", "benchmark"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield CORONARY_ARTERIES_SEG
