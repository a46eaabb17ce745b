"""The Medical Segmentation Decathlon: ten tasks, each a dataset of its own (2018).

Counts are those of the released files; the paper says 263 hippocampi and 64 lungs. Masks of the
test images were never published. Tumors are carved out of their organ. Task03 shows the scans of
LiTS; the file names of Task01 were changed so that they cannot be mapped to BraTS. The record in
the AWS registry says CC-BY-SA 4.0 but links to the text of CC-BY 4.0. The md5 are MONAI's.
"""

import re
from collections.abc import Iterator, Mapping

from medreg import CT, MR, Claim, Dataset, Decathlon, Http, hookimpl
from medreg.model import Modality, channel_name

Modalities = Modality | Mapping[str, Modality]

LICENSES = (
    Claim(
        "CC-BY-SA-4.0", "http://medicaldecathlon.com/index.html", date="2026-11", rank="publisher"
    ),
    Claim(
        "CC-BY-SA-4.0",
        source="AWS Open Data registry, datasets/msd.yaml",
        date="2026-11",
        rank="archive",
    ),
    Claim("CC-BY-NC-4.0", source="first source list (000), unsupported", date="2026-11"),
)


def _task(task: str, md5: str, cases: int, modality: Modalities, *labels: str) -> Dataset:
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", task.partition("_")[2]).lower()
    tar = f"{task}.tar"
    channels = (channel_name(modality),) if isinstance(modality, Modality) else tuple(modality)
    return Dataset(
        name=f"msd_{name}",
        title=f"Medical Segmentation Decathlon, {task}",
        homepage="http://medicaldecathlon.com/",
        licenses=LICENSES,
        cite=("doi:10.1038/s41467-022-30695-9", "arXiv:1902.09063"),
        modality=modality,
        source=Http(
            urls={
                tar: (
                    f"https://msd-for-monai.s3-us-west-2.amazonaws.com/{tar}",
                    f"https://msd-for-monai-eu.s3.eu-west-2.amazonaws.com/{tar}",
                )
            },
            checksums={tar: f"md5:{md5}"},
        ),
        layout=Decathlon(task=task, channels=channels),
        labels=dict(enumerate(labels, 1)),
        cases=cases,
    )


TASKS = (
    _task(
        "Task01_BrainTumour",
        "240a19d752f0d9e9101544901065d872",
        484,
        {"flair": MR, "t1": MR, "t1gd": MR, "t2": MR},
        "brain_tumor_edema",
        "brain_tumor_non_enhancing",
        "brain_tumor_enhancing",
    ),
    _task("Task02_Heart", "06ee59366e1e5124267b774dbd654057", 20, MR, "left_atrium"),
    _task("Task03_Liver", "a90ec6c4aa7f6a3d087205e23d4e6397", 131, CT, "liver", "liver_tumor"),
    _task(
        "Task04_Hippocampus",
        "9d24dba78a72977dbd1d2e110310f31b",
        260,
        MR,
        "hippocampus_anterior",
        "hippocampus_posterior",
    ),
    _task(
        "Task05_Prostate",
        "35138f08b1efaef89d7424d2bcc928db",
        32,
        {"t2": MR, "adc": MR},
        "prostate_peripheral_zone",
        "prostate_transition_zone",
    ),
    _task("Task06_Lung", "8afd997733c7fc0432f71255ba4e52dc", 63, CT, "lung_tumor"),
    _task(
        "Task07_Pancreas",
        "4f7080cfca169fa8066d17ce6eb061e4",
        281,
        CT,
        "pancreas",
        "pancreas_tumor",
    ),
    _task(
        "Task08_HepaticVessel",
        "641d79e80ec66453921d997fbf12a29c",
        303,
        CT,
        "hepatic_vessel",
        "liver_tumor",
    ),
    _task("Task09_Spleen", "410d4a301da4e5b2f6f86ec3ddba524e", 41, CT, "spleen"),
    _task("Task10_Colon", "bad7a188931dc2f6acf72b08eb6202d0", 126, CT, "colon_tumor"),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the ten tasks."""
    yield from TASKS
