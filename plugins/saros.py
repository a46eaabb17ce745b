"""SAROS: body regions, and body parts, on 900 CT of 28 collections of TCIA (2023).

Models proposed and people corrected every fifth slice; everywhere else the value is 255, which
nobody judged. TCIA offers the masks; a program of the authors gets the CT from TCIA and resamples
them to 5 mm. Six of the collections (174 cases) ask for a restricted license, so 726 cases are
open. Each scan keeps the license of its collection. Cases 609, 623 and 816 have abnormal values
such as -3000 HU.
"""

from collections.abc import Iterator, Mapping

from medreg import CT, IGNORED, About, Claim, Dataset, Manual, Pairs, hookimpl

REGIONS: Mapping[int | str, str] = {
    1: "subcutaneous_tissue",
    2: "skeletal_muscle",
    3: "abdominal_cavity",
    4: "thoracic_cavity",
    5: "bone",
    6: "parotid_gland",
    7: "pericardium",
    8: "breast_implant",
    9: "mediastinum",
    10: "brain",
    11: "spinal_cord",
    12: "thyroid_gland",
    13: "submandibular_gland",
    255: IGNORED,
}
PARTS: Mapping[int | str, str] = {
    1: "torso",
    2: "head",
    3: "leg_right",
    4: "leg_left",
    5: "arm_right",
    6: "arm_left",
    255: IGNORED,
}

MIX = ("CC-BY-3.0", "CC-BY-4.0", "CC-BY-NC-3.0", "LicenseRef-TCIA-Restricted")


def _saros(name: str, mask: str, labels: Mapping[int | str, str]) -> Dataset:
    return Dataset(
        name=f"saros_{name}",
        title=f"Sparsely Annotated Region and Organ Segmentation, body {name}",
        homepage="https://doi.org/10.25737/SZ96-ZG60",
        licenses=(
            *(Claim(one, "README_0040_saros of CADS", "2026-11", covers="images") for one in MIX),
            Claim("LicenseRef-unknown", "TCIA's page was not read", "2026-11", covers="masks"),
            Claim("CC-BY-NC-ND-4.0", "first source list (002), unsupported", "2026-11"),
        ),
        cite=("doi:10.25737/SZ96-ZG60", "doi:10.1038/s41597-024-03337-6"),
        modality=CT,
        source=Manual(
            files=("data",),
            steps="Download the segmentations and Segmentation Info from the homepage (Aspera)\n"
            "git clone https://github.com/UMEssen/saros-dataset, unpack the masks into data\n"
            "Ask TCIA for its restricted license, for 174 of the cases\n"
            "poetry run python3 download.py, which adds image.nii.gz to each case",
        ),
        layout=Pairs(image="**/{case}/image.nii.gz", label=f"**/{{case}}/{mask}.nii.gz"),
        labels=labels,
        cases=900,
        about=About(
            known="source",
            also=("SAROS Dataset",),
            region=("whole body",),
            scans=900,
            patients=882,
            formats=("NIfTI", "DICOM (the CT at TCIA)"),
            splits="five folds and a test set, in Segmentation Info",
            annotated_by="experts corrected a model",
            quality="20,150 slices, every fifth; CT resampled to 5 mm by the authors' program",
            best_for="body composition",
            tags=("body composition",),
            contact="help@cancerimagingarchive.net",
        ),
    )


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield regions and parts: two masks of the same scans."""
    yield _saros("regions", "body-regions", REGIONS)
    yield _saros("parts", "body-parts", PARTS)
