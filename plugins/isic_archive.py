"""ISIC: photographs of skin lesions by dermatoscope, and the 2018 challenge's lesion masks.

The archive grows: lists say 70,000 images, a public dump of June 2024 has 81,722, and 400,000
crops of SLICE-3D came since. Each image has a license of its own (CC0, CC BY or CC BY-NC), in the
metadata. `isic_archive_2018` is task 1 of ISIC 2018: 3,694 images, one binary mask each; HAM10000
(task 3, and MedMNIST's DermaMNIST) shows some lesions several times: group by lesion_id.
"""

from collections.abc import Iterator

from medreg import About, Claim, Dataset, Http, Images2d, Manual, Modality, hookimpl

BUCKET = "https://isic-challenge-data.s3.amazonaws.com/2018"
ZIPS = (
    "ISIC2018_Task1-2_Training_Input",
    "ISIC2018_Task1_Training_GroundTruth",
    "ISIC2018_Task1-2_Validation_Input",
    "ISIC2018_Task1_Validation_GroundTruth",
    "ISIC2018_Task1-2_Test_Input",
    "ISIC2018_Task1_Test_GroundTruth",
)

ISIC_ARCHIVE = Dataset(
    name="isic_archive",
    title="International Skin Imaging Collaboration (ISIC) Archive",
    homepage="https://www.isic-archive.com/",
    licenses=(
        Claim(
            "LicenseRef-per-image",
            source="AWS Open Data registry, datasets/isic-archive.yaml: CC0, CC BY or CC BY-NC",
            date="2026-11",
            rank="archive",
        ),
    ),
    cite=("doi:10.1038/sdata.2018.161", "arXiv:1902.03368"),
    modality=(Modality.DMS, Modality.XC),
    source=Manual(
        files=("metadata.csv", "**/ISIC_*.jpg"),
        steps="pip install isic-cli\n"
        "isic image download images, which also writes images/metadata.csv\n"
        "Or list the open bucket: aws s3 ls --no-sign-request s3://isic-archive",
    ),
    annotation="class",
    about=About(
        known="secondary",
        also=("ISIC",),
        region=("skin",),
        shows=("skin lesions",),
        images=81722,
        counts=(Claim("70,000+ images", "first source list (002)", date="2026-11"),),
        formats=("JPEG", "CSV"),
        contents="ISIC_NNNNNNN.jpg, metadata.csv (diagnosis, site, age, sex, license)",
        annotated_by="mixed",
        quality="many images of one lesion or patient: group by lesion_id and patient_id",
        best_for="skin lesions",
        tags=("dermatology", "oncology", "foundation model"),
        contact="support@isic-archive.com",
    ),
)

ISIC_2018 = Dataset(
    name="isic_archive_2018",
    title="ISIC 2018 challenge, task 1: lesion boundary segmentation",
    homepage="https://challenge.isic-archive.com/data/#2018",
    licenses=(
        Claim("CC-BY-NC-4.0", source="zekikus/MedSegBench, medsegbench/info.py", date="2026-11"),
    ),
    cite=("arXiv:1902.03368", "doi:10.1038/sdata.2018.161"),
    modality=Modality.DMS,
    source=Http(urls=tuple(f"{BUCKET}/{name}.zip" for name in ZIPS)),
    layout=Images2d(image="**/{case}.jpg", mask="**/{case}_segmentation.png"),
    labels={255: "skin_lesion"},
    cases=3694,
    about=About(
        known="source",
        also=("ISIC 2018", "ISIC2018 task 1"),
        region=("skin",),
        images=3694,
        formats=("JPEG", "PNG"),
        splits="2,594 train, 100 validation, 1,000 test",
        annotated_by="experts",
        best_for="segmentation of skin lesions",
        tags=("dermatology", "oncology", "benchmark", "start"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the archive, and the challenge whose masks are public."""
    yield ISIC_ARCHIVE
    yield ISIC_2018
