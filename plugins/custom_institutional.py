"""Scans of your own institution: copy this file, rename it, and say what your masks hold.

Three gates come first: the ethics approval, the patients' consent, and de-identification. Nothing
is fetched before ``gate=`` names your approval (``irb=``) and what was agreed to (``consent=``).
Scans lie as ``annotated/scan_001/ct.nii.gz`` with ``mask.nii.gz`` beside; what nobody annotated
yet lies in ``unlabeled/``, under other names, and has no mask. An archive is a source too:
``Dimse("pacs.example.org", 104, "ARCHIVE", query={"StudyDate": "2025*"})``, or ``DicomWeb``: both
de-identify what arrives. Nothing of it leaves a restricted remote.
"""

from collections.abc import Iterator

from medreg import CT, About, Claim, Dataset, Gate, Manual, Pairs, hookimpl

CUSTOM_INSTITUTIONAL = Dataset(
    name="custom_institutional",
    title="Custom institutional scans",
    homepage="",
    licenses=(
        Claim(
            "LicenseRef-Institutional",
            source="the ethics approval and the patients' consent; name yours here",
            date="2026-11",
            rank="publisher",
        ),
    ),
    cite=(),
    modality=CT,
    source=Manual(
        files=("annotated", "unlabeled"),
        steps="Get the ethics approval and the patients' consent\n"
        "De-identify the scans (DICOM PS3.15, Basic Application Level Confidentiality Profile)\n"
        "Put each scan in a folder of its own: annotated/scan_001/ct.nii.gz and mask.nii.gz\n"
        "Put what nobody annotated yet in unlabeled/scan_101/ct.nii.gz; have none? drop the word",
    ),
    layout=Pairs(
        image="**/annotated/{case}/ct.nii.gz | **/unlabeled/{case}/ct.nii.gz",
        label="**/annotated/{case}/mask.nii.gz",
    ),
    labels={
        1: "liver",
        2: "spleen",
        3: "kidney_left",
        4: "kidney_right",
        5: "pancreas",
    },
    restricted=True,
    gate=Gate(kind="application"),
    about=About(
        known="source",
        also=("Custom institutional scans",),
        region=("abdomen",),
        counts=(Claim("100-200 scans to annotate", "first source list (000)", "2026-11"),),
        formats=("NIfTI", "DICOM"),
        annotated_by="experts",
        accuracy="aim at a Dice coefficient above 0.90 between two raters",
        quality="plan 30 to 60 minutes per scan, and 5 to 10 for a second look",
        best_for="your own patients, under your own approval",
        tags=("external validation",),
    ),
    notes="its labels are an example",
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield CUSTOM_INSTITUTIONAL
