"""PadChest: 160,868 chest X-rays of 67,625 people in Alicante, with Spanish reports (2009 to 2017).

174 findings, 19 diagnoses and 104 places, on a tree mapped to UMLS; physicians labeled 27 % of the
reports, a network the rest. Six projections. A few files cannot be read, and rows without labels
are not normal ones. Labels are a list in one cell, as Python prints it.
"""

from collections.abc import Iterator

from medreg import About, Claim, Dataset, Gate, Images2d, Manual, Modality, hookimpl

PADCHEST = Dataset(
    name="padchest",
    title="PadChest",
    homepage="http://bimcv.cipf.es/bimcv-projects/padchest/",
    licenses=(
        Claim("LicenseRef-PadChest-RUA", source="recall, unverified", date="2026-11"),
        Claim("LicenseRef-Research", source="v7labs.com page of PadChest", date="2026-11"),
    ),
    cite=("doi:10.1016/j.media.2020.101797", "arXiv:1901.07441"),
    modality=Modality.DX,
    source=Manual(
        files=("PadChest", "PADCHEST_chest_x_ray_images_labels_160K_01.02.19.csv"),
        steps="Open http://bimcv.cipf.es/bimcv-projects/padchest/\n"
        "Fill in the form and accept the research use agreement\n"
        "Unpack the zips of images into a folder PadChest, and put the table of labels beside it",
    ),
    layout=Images2d(
        image="**/{case}.png",
        table="PADCHEST_chest_x_ray_images_labels_160K_01.02.19.csv",
        key="ImageID",
        patient_column="PatientID",
    ),
    annotation="class",
    patients="by layout",
    restricted=True,
    gate=Gate(kind="agreement", terms="http://bimcv.cipf.es/bimcv-projects/padchest/"),
    about=About(
        known="secondary",
        also=("BIMCV PadChest",),
        region=("chest",),
        shows=("174 findings",),
        images=160868,
        patients=67625,
        counts=(Claim("160,000+ images, 67,000 patients", "first source list (002)", "2026-11"),),
        formats=("PNG, 16 bit", "CSV"),
        annotated_by="mixed",
        accuracy="27 % by physicians; the network's labels reach a micro-F1 of 0.93",
        quality="a few files cannot be read: torchxrayvision lists them",
        best_for="reports with X-rays, in Spanish",
        tags=("pulmonology", "clinical data", "foundation model"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield PADCHEST
