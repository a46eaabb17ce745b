"""MedIMeta: 19 published datasets in one form, 54 classification tasks (2024).

Pictures of 224 pixels from ten domains, for few-shot learning across them. Each member keeps its
license; all permit redistribution, or their owners agreed. Members overlap with what is cataloged
elsewhere: organs_* are three views of the patients of LiTS, derm is HAM10000, mammo_* CBIS-DDSM,
skinl_clinic and skinl_derm the same people.
"""

from collections.abc import Iterator

from medreg import About, Claim, Dataset, Modality, Zenodo, hookimpl

MEMBERS = (
    "aml", "bus", "crc", "cxr", "derm", "dr_regular", "dr_uwf", "fundus", "glaucoma", "mammo_calc",
    "mammo_mass", "oct", "organs_axial", "organs_coronal", "organs_sagittal", "pbc", "pneumonia",
    "skinl_clinic", "skinl_derm",
)  # fmt: skip

MEDIMETA = Dataset(
    name="medimeta",
    title="Medical Imaging Meta-Dataset (MedIMeta)",
    homepage="https://zenodo.org/records/7884735",
    licenses=(
        Claim(
            "LicenseRef-per-dataset",
            source="StefanoWoerner/medimeta-pytorch README",
            date="2026-11",
            rank="publisher",
        ),
    ),
    cite=("doi:10.1038/s41597-025-04866-4", "arXiv:2404.16000", "doi:10.5281/zenodo.7884735"),
    modality=tuple(map(Modality, ("OP", "DMS", "XC", "US", "OPT", "CT", "MG", "DX", "SM"))),
    source=Zenodo(record="7884735", files=tuple(f"{member}.zip" for member in MEMBERS)),
    annotation="class",
    about=About(
        known="source",
        also=("MIMeta",),
        shows=MEMBERS,
        formats=("TIFF", "HDF5", "NPY", "YAML"),
        contents="{member}/images/NNNNNN.tiff, images.hdf5, task_labels/{task}.npy, "
        "splits/*, original_splits/*, info.yaml",
        splits="own, and the publishers' where they have one",
        annotated_by="mixed",
        typical="224x224 pixels",
        best_for="few-shot learning across domains",
        tags=("benchmark", "start"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the whole collection."""
    yield MEDIMETA
