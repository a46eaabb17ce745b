"""COVID-19-CT-Seg: 20 CT of people with COVID-19, lungs and infection drawn (Ma and others, 2020).

An early list says "COVID-19-CT, various, 2 structures" and names no dataset; this benchmark is
what fits. Ten scans (radiopaedia_*) were gray pictures before, 0 to 255 and no Hounsfield units:
loaders leave them out. The same infections and lungs are also apart, in Infection_Mask.zip and
Lung_Mask.zip. The benchmark's README says CC BY-NC-SA, and no version.
"""

from collections.abc import Iterator

from medreg import CT, About, Claim, Dataset, Pairs, Zenodo, hookimpl

COVID_19_CT = Dataset(
    name="covid_19_ct",
    title="COVID-19 CT Lung and Infection Segmentation Dataset",
    homepage="https://github.com/JunMa11/COVID-19-CT-Seg-Benchmark",
    licenses=(
        Claim(
            "CC-BY-NC-SA-4.0",
            "README of JunMa11/COVID-19-CT-Seg-Benchmark: CC BY-NC-SA, no version",
            "2026-11",
            "publisher",
        ),
        Claim("LicenseRef-unknown", 'first source list (002): "Various"', "2026-11"),
    ),
    cite=("doi:10.1002/mp.14676", "doi:10.5281/zenodo.3757476"),
    modality=CT,
    source=Zenodo(
        record="3757476", files=("COVID-19-CT-Seg_20cases.zip", "Lung_and_Infection_Mask.zip")
    ),
    layout=Pairs(
        image="**/COVID-19-CT-Seg_20cases/{case}.nii.gz",
        label="**/Lung_and_Infection_Mask/{case}.nii.gz",
    ),
    labels={1: "lung_left", 2: "lung_right", 3: "lung_infection"},
    cases=20,
    about=About(
        known="source",
        also=("COVID-19-CT", "COVID-19-CT-Seg", "COVID-19-CT-Seg_20cases"),
        region=("chest",),
        scans=20,
        counts=(Claim("variable", "first source list (002): no dataset is named", "2026-11"),),
        formats=("NIfTI",),
        annotated_by="experts",
        accuracy="by two radiologists, verified by a third",
        quality="ten of the scans hold gray values, not Hounsfield units",
        best_for="COVID-19",
        tags=("pulmonology", "infection", "benchmark", "start"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield COVID_19_CT
