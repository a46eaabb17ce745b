"""CT-ORG: 140 CT, many of them of LiTS, with liver, bladder, lungs, kidneys, bone and brain (TCIA).

Volumes 0 to 20 are the test set, drawn by hand; in 21 to 139 lungs and bones come from rules, the
rest is drawn. 10 are the CT of a PET/CT. The brain is in 9 scans, the bladder in 114. Most show
lesions of the liver. Sides are not told apart. TCIA hands it out by Aspera alone; a copy at Hugging
Face (MedOtter/ct-org) was not compared with it. Nobody published which scan is which of LiTS.
"""

from collections.abc import Iterator

from medreg import CT, About, Claim, Dataset, Manual, Pairs, hookimpl

CT_ORG = Dataset(
    name="ct_org",
    title="CT Volumes with Multiple Organ Segmentations",
    homepage="https://www.cancerimagingarchive.net/collection/ct-org/",
    licenses=(
        Claim("CC-BY-3.0", source="AbdomenAtlas table of sources", date="2026-11"),
        Claim("CC-BY-NC-ND-4.0", source="first source list (002), no version", date="2026-11"),
    ),
    cite=("doi:10.7937/tcia.2019.tt7f4v7o", "doi:10.1038/s41597-020-00715-8"),
    modality=CT,
    source=Manual(
        files=("CT-ORG",),
        steps="Install IBM Aspera Connect in the browser\n"
        "Open https://www.cancerimagingarchive.net/collection/ct-org/ and download the package\n"
        "It arrives as PKG - CT-ORG, with the folder CT-ORG",
    ),
    layout=Pairs(image="**/volume-{case}.nii.gz", label="**/labels-{case}.nii.gz"),
    labels={1: "liver", 2: "urinary_bladder", 3: "lung", 4: "kidney", 5: "bone", 6: "brain"},
    cases=140,
    about=About(
        known="source",
        also=("CTORG",),
        region=("whole body",),
        scans=140,
        formats=("NIfTI",),
        splits="0-20 test, 21-139 train",
        annotated_by="mixed",
        accuracy="by hand from active contours; lungs and bones of the train set by morphology",
        typical="512 x 512 x 458, 0.78 x 0.78 x 1 mm in the median",
        best_for="a start; a test set drawn by hand",
        tags=("start",),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield CT_ORG
