"""BraTS: gliomas in four MR sequences, skull-stripped on one grid, by year (2012-2025).

A series, not a dataset: patients return from year to year under new names, and 2023's adult gliomas
are 2021's. The enhancing tumor is 4 until 2021 and 3 from 2023 on, and 4 is the resection cavity in
2024 (after treatment, not here): never mix years by value. An early list counts 500 scans, another
4,500 of all years and tasks. TCIA has subsets alone. 2020 is here as people load it from Kaggle,
uploaded by a third party, whose terms were not read; Synapse has the later years.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from medreg import MR, About, Claim, Dataset, Gate, Kaggle, Manual, Pairs, Synapse, hookimpl
from medreg.model import Case, Source, Tree

HOME = "https://www.synapse.org/Synapse:syn51514105"
CITE = (
    "doi:10.1109/TMI.2014.2377694",
    "doi:10.1038/sdata.2017.117",
    "arXiv:1811.02629",
    "arXiv:2107.02314",
)
CLAIMS = (
    Claim("CC-BY-NC-SA-4.0", source="neuro-ml/amid, amid/brats2021.py (of 2021)", date="2026-11"),
    Claim("CC-BY-NC-4.0", source="first source list (000), unsupported", date="2026-11"),
    Claim("LicenseRef-Research", source="first source list (001), unsupported", date="2026-11"),
)
NAMES = {
    "2020": ("_flair.nii", "_t1.nii", "_t1ce.nii", "_t2.nii", "_seg.nii"),
    "2021": ("_flair.nii.gz", "_t1.nii.gz", "_t1ce.nii.gz", "_t2.nii.gz", "_seg.nii.gz"),
    "2023": ("-t2f.nii.gz", "-t1n.nii.gz", "-t1c.nii.gz", "-t2w.nii.gz", "-seg.nii.gz"),
}
# awsaf49/brats2020-training-data, which an early list names, holds slices as HDF5
UPLOAD = Kaggle(dataset="awsaf49/brats20-dataset-training-validation")
ODD = "W39_1998.09.19_Segm.nii"  # the mask of 2020's case 355


@dataclass(frozen=True)
class Visits(Pairs):
    """Cases that are called after their patient, a dash and the number of the visit."""

    def cases(self, tree: Tree) -> Iterator[Case]:
        """Yield every case with its patient."""
        for case in super().cases(tree):
            yield replace(case, patient=case.id.rpartition("-")[0] or case.id)


def _brats(  # noqa: PLR0913, PLR0917 - an edition has these parts
    short: str,
    folder: str,
    source: Source,
    cases: int,
    enhancing: int,
    splits: str = "",
    quality: str = "",
) -> Dataset:
    year = short[:4]
    flair, t1, t1ce, t2, seg = (f"**/{folder}/{{case}}/{{case}}{end}" for end in NAMES[year])
    return Dataset(
        name=f"brats_{short}",
        title=f"Brain Tumor Segmentation {year}, gliomas of adults",
        homepage=HOME,
        licenses=CLAIMS,
        cite=CITE,
        modality={"flair": MR, "t1": MR, "t1ce": MR, "t2": MR},
        source=source,
        layout=Visits(
            image={"flair": flair, "t1": t1, "t1ce": t1ce, "t2": t2},
            label=f"{seg} | **/{folder}/{{case}}/{ODD}",
        ),
        labels={
            1: "brain_tumor_non_enhancing",
            2: "brain_tumor_edema",
            enhancing: "brain_tumor_enhancing",
        },
        cases=cases,
        patients="by layout",
        gate=Gate(kind="registration", terms=HOME),
        about=About(
            known="source",
            also=(
                "BraTS",
                "BraTS (Brain Tumor)",
                f"BraTS {year}",
                "BraTS (Brain Tumor Segmentation)",
            ),
            region=("head",),
            shows=("brain tumor",),
            scans=cases,
            formats=("NIfTI",),
            annotated_by="experts",
            typical="240 x 240 x 155 voxels of 1 mm, skull-stripped, four sequences on one grid",
            best_for="brain tumors",
            tags=("oncology", "neurology", "benchmark"),
            counts=(
                Claim("500 scans, 150 GB", "first source list (000), unsupported", date="2026-11"),
                Claim("4500 cases in all, 10-50 GB a year", "first source list (001)", "2026-11"),
                Claim("15 GB of 2021", "neuro-ml/amid, docs/datasets.md", "2026-11"),
            ),
            splits=splits,
            quality=quality,
        ),
        notes="label 1 is the necrotic and non-enhancing core",
    )


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield three years of adult gliomas."""
    folder = "MICCAI_BraTS2020_TrainingData"
    yield _brats("2020", folder, UPLOAD, 369, 4, quality="a third party's upload")
    folder = "RSNA_ASNR_MICCAI_BraTS2021_TrainingData"
    splits = "1,251 for training, 219 for validation and 530 for testing without masks"
    by_hand = Manual((folder,), f"Register at {HOME} and join the challenge\nUnpack {folder}")
    yield _brats("2021", folder, by_hand, 1251, 4, splits=splits)
    folder = "ASNR-MICCAI-BraTS2023-GLI-Challenge-TrainingData"
    quality = "the scans of 2021 under new names (the organizers have the map); 1,133 patients"
    source = Synapse("syn51514105", files=(f"{folder}.zip",))
    yield _brats("2023_gli", folder, source, 1251, 3, splits=splits, quality=quality)
