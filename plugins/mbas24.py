"""MBAS: late gadolinium-enhanced MR of both atria, with masks of cavities and walls (2024).

100 scans are public, all labelled: 70 of the challenge's training set and 30 more, which the file
names call testing. The 100 scans of its hidden test are not. The license is the publisher's own:
non-commercial development of AI, with citation. During the challenge an image was called _gt.
"""

from collections.abc import Iterator

from medreg import MR, About, Claim, Dataset, Pairs, Zenodo, hookimpl

MBAS24 = Dataset(
    name="mbas24",
    title="Multi-class Bi-Atrial Segmentation 2024",
    homepage="https://zenodo.org/records/19120533",
    licenses=(
        Claim(
            "LicenseRef-MBAS-custom-nc",
            source="torch_em/data/datasets/medical/mbas.py, of Zenodo record 19120533",
            date="2026-11",
        ),
    ),
    cite=("doi:10.1016/j.media.2026.104203",),
    modality=MR,
    source=Zenodo(record="19120533", files=("MBAS_Training_4C.zip", "MBAS_Testing_4C.zip")),
    layout=Pairs(
        image="**/{case}_image.nii.gz | **/{case}_gt.nii.gz", label="**/{case}_label.nii.gz"
    ),
    labels={
        1: "right_atrium_wall",
        2: "left_atrium_wall",
        3: "right_atrium",
        4: "left_atrium",
    },
    cases=100,
    patients="each case",
    about=About(
        known="source",
        also=("MBAS", "MBAS 2024"),
        region=("heart",),
        scans=100,
        formats=("NIfTI",),
        splits="70 for training, 30 more with masks",
        annotated_by="experts",
        best_for="the atria in atrial fibrillation",
        tags=("cardiology", "benchmark"),
    ),
    notes="atria (3, 4) are cavities; their walls are labels of their own",
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield MBAS24
