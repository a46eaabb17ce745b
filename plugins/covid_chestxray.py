"""COVID-19 image data collection: chest X-rays and CT slices from papers and web pages (2020).

Some 950 pictures of 373 patients, not "1,000+ COVID cases"; also SARS, MERS, other pneumonias and a
few without finding. Pictures are figures: arrows, crops and JPEG, and the source may give the
disease away. Each picture has the license of its source, where known, in
metadata.csv. A few rows are CT volumes in volumes/ (NIfTI), which are left out here.
"""

from collections.abc import Iterator

from medreg import About, Claim, Dataset, GitHub, Images2d, Modality, hookimpl

COVID_CHESTXRAY = Dataset(
    name="covid_chestxray",
    title="COVID-19 image data collection",
    homepage="https://github.com/ieee8023/covid-chestxray-dataset",
    licenses=(
        Claim(
            "LicenseRef-per-image",
            source="SCHEMA.md of the repository: column license, blank if unknown",
            date="2026-11",
            rank="publisher",
        ),
    ),
    cite=("doi:10.48550/arXiv.2003.11597", "arXiv:2006.11988"),
    modality=Modality.DX,
    source=GitHub(
        repo="ieee8023/covid-chestxray-dataset",
        revision="master",
        files=("images/**", "metadata.csv"),
    ),
    layout=Images2d(
        image="**/images/{case}.jpg | **/images/{case}.jpeg | **/images/{case}.png",
        table="metadata.csv",
        key="filename",
        class_column="finding",
        patient_column="patientid",
    ),
    annotation="class",
    patients="by layout",
    about=About(
        known="source",
        also=("COVID-19 Image Dataset", "COVID-19 image data collection (ieee8023)"),
        region=("chest",),
        shows=("chest",),
        images=950,
        patients=373,
        counts=(Claim("1,000+ COVID cases", "first source list (002), unsupported", "2026-11"),),
        classes=dict(
            enumerate(("COVID-19", "viral", "bacterial", "SARS", "MERS", "ARDS", "no finding"))
        ),
        formats=("JPG", "PNG", "CSV"),
        annotated_by="mixed",
        quality="figures of papers: crops, arrows, JPEG; some pictures are CT slices, see the "
        "column modality; masks of the lungs by a model in annotations/lungVAE-masks",
        best_for="external looks at COVID-19 X-rays, not training",
        tags=("pulmonology", "infection", "longitudinal"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield COVID_CHESTXRAY
