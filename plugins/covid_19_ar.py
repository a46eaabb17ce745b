"""COVID-19-AR: radiographs and CT of 105 people with COVID-19 in rural Arkansas (TCIA, 2020).

Radiographs for the most part: 236 series of DX and 26 of CR, 199 of CT from 23 people. No masks;
a table tells course and outcome, and which viral genomes in GenBank are whose.
"""

from collections.abc import Iterator

from medreg import CT, About, Claim, Dataset, Idc, Modality, hookimpl

COVID_19_AR = Dataset(
    name="covid_19_ar",
    title="Chest Imaging with Clinical and Genomic Correlates Representing a Rural COVID-19 "
    "Positive Population",
    homepage="https://www.cancerimagingarchive.net/collection/covid-19-ar/",
    licenses=(
        Claim("CC-BY-4.0", "idc-index-data 25.0.5 (IDC v25): all series", "2026-11", "archive"),
    ),
    cite=("doi:10.7937/TCIA.2020.PY71-5978",),
    modality=(CT, Modality.DX, Modality.CR),
    source=Idc(collection="covid_19_ar"),
    annotation="none",
    patients="by layout",
    about=About(
        known="source",
        also=("COVID-19-AR", "COVID-19-AR (Rural COVID-19 positive)"),
        region=("chest",),
        shows=("lung",),
        scans=461,
        patients=105,
        size_gb=19.93,
        counts=(Claim("31,935 images, 19.0 GB", "first source list (003)", "2026-11"),),
        formats=("DICOM", "CSV"),
        contents="COVID-19-AR-{id}/{study}/{CT|DX|CR}_{series}.zip, as the IDC has it",
        best_for="a rural cohort with COVID-19",
        tags=("pulmonology", "infection", "clinical data"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield COVID_19_AR
