"""MosMedData: 1,110 chest CT from hospitals of Moscow, graded for COVID-19, 50 with masks (2020).

The folder is the grade: CT-0 normal, to CT-4 more than 75 % of the lung. Masks of ground glass
and consolidation, one value for both, are there for study_0255 to study_0304, all of grade CT-1.
A scan has 30 to 64 slices, far apart.
"""

from collections.abc import Iterator

from medreg import CT, About, Claim, Dataset, Manual, Pairs, hookimpl

MOSMEDDATA = Dataset(
    name="mosmeddata",
    title="MosMedData, chest CT with COVID-19 related findings",
    homepage="https://mosmed.ai/en/datasets/covid191110/",
    licenses=(
        Claim("CC-BY-NC-ND-3.0", "arXiv:2005.06465, abstract on medRxiv", "2026-11", "publisher"),
        Claim("CC-BY-NC-ND-3.0", "MedSegBench info.py, mosmedplus", "2026-11"),
    ),
    cite=("arXiv:2005.06465",),
    modality=CT,
    source=Manual(
        files=("COVID19_1110",),
        steps="Open https://mosmed.ai/en/datasets/covid191110/ and ask for the download\n"
        "Unpack it: a folder COVID19_1110 with studies and masks (21 GB)",
    ),
    layout=Pairs(
        image="**/studies/{class}/study_{case}.nii.gz",
        label="**/masks/study_{case}_mask.nii.gz",
    ),
    labels={1: "lung_infection"},
    cases=1110,
    patients="each case",
    about=About(
        known="source",
        also=("MosMed", "COVID19_1110", "MosMedData COVID-19 (1110 studies)"),
        region=("chest",),
        shows=("ground glass and consolidation", "grade of COVID-19"),
        scans=1110,
        patients=1110,
        size_gb=21,
        counts=(
            Claim("33 GB", "README of sharmalab/GGOs_COVID-19", "2026-11"),
            Claim("scans of several hospitals", "first source list (000)", "2026-11"),
        ),
        classes={
            "CT-0": "normal",
            "CT-1": "below 25 % of the lung",
            "CT-2": "25 to 50 %",
            "CT-3": "50 to 75 %",
            "CT-4": "above 75 %",
        },
        formats=("NIfTI", "XLSX"),
        annotated_by="experts",
        quality="sparse slices: 30 to 64 a scan; masks for 50 scans of one grade",
        best_for="chest CT of diverse protocols",
        tags=("pulmonology", "infection"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield MOSMEDDATA
