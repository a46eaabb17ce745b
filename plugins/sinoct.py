"""SinoCT: 9,776 head CT of Stanford, normal or abnormal, with simulated sinograms (2021).

A label per scan, from its report; not a set of hemorrhage masks, as lists have it. Many scans are
also in RSNA's hemorrhage challenge of 2019, to which Stanford contributed. All of it is 1.3 TB
(a user's README), the sinograms most of that; nobody has written down the folders.
"""

from collections.abc import Iterator

from medreg import CT, About, Claim, Dataset, Gate, Manual, hookimpl

SINOCT = Dataset(
    name="sinoct",
    title="SinoCT, head CT with sinograms",
    homepage="https://aimi.stanford.edu/datasets/sinoct",
    licenses=(Claim("LicenseRef-Stanford-AIMI-DUA", source="recall, unverified", date="2026-11"),),
    cite=("doi:10.71718/6tfs-tm78", "doi:10.1148/ryai.2021200229"),
    modality=(CT,),
    source=Manual(
        files=("SinoCT",),
        steps="Create an account at Stanford AIMI: https://aimi.stanford.edu/datasets/sinoct\n"
        "Accept its agreement and copy the link to the Azure storage\n"
        "azcopy copy '<link>' SinoCT --recursive=true (1.3 TB)",
    ),
    annotation="class",
    cases=9776,
    restricted=True,
    gate=Gate(kind="agreement", terms="https://aimi.stanford.edu/datasets/sinoct"),
    about=About(
        known="recall",
        also=("SinoCT (Stanford AIMI)",),
        region=("head",),
        shows=("brain", "head"),
        scans=9776,
        size_gb=1300,
        counts=(Claim("~50 GB", "first source list (004), unsupported", date="2026-11"),),
        classes={0: "normal", 1: "abnormal"},
        formats=("DICOM", "sinograms"),
        contents="SinoCT/{accession}/... (DICOM and .sin)",
        annotated_by="reports",
        quality="shares scans with RSNA's intracranial hemorrhage challenge",
        best_for="head CT, reconstruction",
        tags=("emergency", "neurology"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield SINOCT
