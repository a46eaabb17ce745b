"""CT Images in COVID-19: unenhanced chest CT of 632 people with COVID-19 (TCIA, 2020).

NIfTI, and no masks; 121 more are later scans of some of them. The COVID-19-20 challenge drew
lesions on 199 of them (volume-covid19-A-0001_ct.nii.gz with _seg.nii.gz): that is another release.
CTSpine1K has 40 of these scans. It is no PET/CT, and not in the Imaging Data Commons.
"""

from collections.abc import Iterator

from medreg import CT, About, Claim, Dataset, Manual, hookimpl

CT_IMAGES_COVID_19 = Dataset(
    name="ct_images_covid_19",
    title="CT Images in COVID-19",
    homepage="https://www.cancerimagingarchive.net/collection/ct-images-in-covid-19/",
    licenses=(Claim("CC-BY-4.0", "recall of its TCIA page, unverified", "2026-11"),),
    cite=("doi:10.7937/TCIA.2020.GQRY-NC81", "doi:10.1038/s41467-020-17971-2"),
    modality=CT,
    source=Manual(
        files=("CT Images in COVID-19*",),
        steps="Open https://www.cancerimagingarchive.net/collection/ct-images-in-covid-19/\n"
        "Download the NIfTI archives (IBM Aspera), 11.8 GB; no login is needed",
    ),
    annotation="none",
    about=About(
        known="secondary",
        also=("CT-Images-in-COVID-19", "CT Images in COVID-19"),
        region=("chest",),
        shows=("lung",),
        scans=753,
        patients=632,
        size_gb=11.8,
        counts=(Claim("632 patients, among PET/CT", "first source list (003)", "2026-11"),),
        formats=("NIfTI",),
        contents="volume-covid19-A-{id}.nii.gz; later scans volume-covid19-A-{id}_day{NNN}.nii.gz",
        best_for="COVID-19",
        tags=("pulmonology", "infection"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield CT_IMAGES_COVID_19
