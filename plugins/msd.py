"""The Medical Segmentation Decathlon: ten tasks, each a dataset of its own (2018).

Counts are those of the released files; the paper says 263 hippocampi and 64 lungs, which makes
2,633 scans of all. Masks of the test images were never published. Tumors are carved out of their
organ. Task03 shows the scans of LiTS; the file names of Task01 were changed so that they cannot be
mapped to BraTS. The record in the AWS registry says CC-BY-SA 4.0 but links to the text of CC-BY
4.0. The md5 are MONAI's. All ten take 98 GB (amid). Early lists say 1.3, 25 or 50 GB, number the
tasks otherwise, call Task01 CT, and know a kidney task and a bucket that do not exist.
"""

import re
from collections.abc import Iterator, Mapping

from medreg import CT, MR, About, Claim, Dataset, Decathlon, Http, hookimpl
from medreg.model import Modality, channel_name
from medreg.model.about import Region

LICENSES = (
    Claim("CC-BY-SA-4.0", "http://medicaldecathlon.com/index.html", "2026-11", "publisher"),
    Claim("CC-BY-SA-4.0", "AWS Open Data registry, datasets/msd.yaml", "2026-11", "archive"),
    Claim("CC-BY-NC-4.0", "first source list (000), unsupported", "2026-11"),
)
HOSTS = (
    "https://msd-for-monai.s3-us-west-2.amazonaws.com",
    "https://msd-for-monai-eu.s3.eu-west-2.amazonaws.com",
)
MODALITY: Mapping[str, Modality | Mapping[str, Modality]] = {
    "Task01_BrainTumour": {"flair": MR, "t1": MR, "t1gd": MR, "t2": MR},
    "Task02_Heart": MR,
    "Task04_Hippocampus": MR,
    "Task05_Prostate": {"t2": MR, "adc": MR},
}
LABELS = {
    "Task01_BrainTumour": "brain_tumor_edema brain_tumor_non_enhancing brain_tumor_enhancing",
    "Task02_Heart": "left_atrium",
    "Task03_Liver": "liver liver_tumor",
    "Task04_Hippocampus": "hippocampus_anterior hippocampus_posterior",
    "Task05_Prostate": "prostate_peripheral_zone prostate_transition_zone",
    "Task06_Lung": "lung_tumor",
    "Task07_Pancreas": "pancreas pancreas_tumor",
    "Task08_HepaticVessel": "hepatic_vessel liver_tumor",
    "Task09_Spleen": "spleen",
    "Task10_Colon": "colon_tumor",
}
NAMES = (
    "Medical Segmentation Decathlon",
    "Medical Segmentation Decathlon (MSD)",
    "Medical Decathlon",
    "decathlon",
    "MSD",
)
ALSO = {"Task06_Lung": ("MSD Task 6 (Lung)", "Medical Segmentation Decathlon - Task07 Lungs")}
CLAIMS = {
    "Task01_BrainTumour": ("484 CT scans and 100 test", "first source list (000), unsupported"),
    "Task04_Hippocampus": ("263 train and 131 test", "the paper; first source list (001)"),
    "Task06_Lung": ("64 train and 32 test", "the paper; first source lists (000, 001, 002)"),
}


def _task(task: str, md5: str, scans: tuple[int, int], region: Region, size: float) -> Dataset:
    number, _, words = task.partition("_")
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", words).lower()
    tar, modality = f"{task}.tar", MODALITY.get(task, CT)
    channels = (channel_name(modality),) if isinstance(modality, Modality) else tuple(modality)
    claims = [
        (f"{size} GB", "first source list (001), unsupported"),
        ("97.8 GB", "amid, on all ten tasks"),
        ("2,633 scans", "the paper, on all ten tasks"),
    ]
    claims += [CLAIMS[task]] if task in CLAIMS else []
    return Dataset(
        name=f"msd_{name}",
        title=f"Medical Segmentation Decathlon, {task}",
        homepage="http://medicaldecathlon.com/",
        licenses=LICENSES,
        cite=("doi:10.1038/s41467-022-30695-9", "arXiv:1902.09063"),
        modality=modality,
        source=Http(
            urls={tar: tuple(f"{host}/{tar}" for host in HOSTS)},
            checksums={tar: f"md5:{md5}"},
        ),
        layout=Decathlon(task=task, channels=channels),
        labels=dict(enumerate(LABELS[task].split(), 1)),
        cases=scans[0],
        about=About(
            known="source",
            also=(task, f"msd_{number.lower()}_{name}", *NAMES, *ALSO.get(task, ())),
            region=(region,),
            scans=sum(scans),
            counts=tuple(Claim(value, source, "2026-11") for value, source in claims),
            formats=("NIfTI",),
            splits=f"{scans[0]} train, {scans[1]} test without masks",
            best_for="benchmarks",
            tags=("start", "benchmark"),
            contact="medicaldecathlon@gmail.com",
        ),
    )


TASKS = (
    _task("Task01_BrainTumour", "240a19d752f0d9e9101544901065d872", (484, 266), "head", 4.5),
    _task("Task02_Heart", "06ee59366e1e5124267b774dbd654057", (20, 10), "heart", 0.5),
    _task("Task03_Liver", "a90ec6c4aa7f6a3d087205e23d4e6397", (131, 70), "abdomen", 2.5),
    _task("Task04_Hippocampus", "9d24dba78a72977dbd1d2e110310f31b", (260, 130), "head", 1.2),
    _task("Task05_Prostate", "35138f08b1efaef89d7424d2bcc928db", (32, 16), "pelvis", 0.8),
    _task("Task06_Lung", "8afd997733c7fc0432f71255ba4e52dc", (63, 32), "chest", 1.8),
    _task("Task07_Pancreas", "4f7080cfca169fa8066d17ce6eb061e4", (281, 139), "abdomen", 3.2),
    _task("Task08_HepaticVessel", "641d79e80ec66453921d997fbf12a29c", (303, 140), "abdomen", 3.5),
    _task("Task09_Spleen", "410d4a301da4e5b2f6f86ec3ddba524e", (41, 20), "abdomen", 0.9),
    _task("Task10_Colon", "bad7a188931dc2f6acf72b08eb6202d0", (126, 64), "abdomen", 2.1),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the ten tasks."""
    yield from TASKS
