"""The Cancer Genome Atlas: slides, and some CT and MR, of patients whose tumors were sequenced.

33 cancer types; 32 have images in the Imaging Data Commons (leukemia, LAML, has none): 11,050
patients, 76,401 series; 11,007 patients have slides. Genomes and clinical tables are at the
GDC, some under controlled access. TCGA-BRCA and the others are one collection each.
"""

from collections.abc import Iterator

from medreg import CT, MR, About, Claim, Dataset, Modality, Portal, hookimpl

TCGA = Dataset(
    name="tcga",
    title="The Cancer Genome Atlas, imaging",
    homepage="https://portal.gdc.cancer.gov/",
    licenses=(
        Claim(
            "CC-BY-3.0",
            source="idc-index-data 25.0.5 (IDC v25): 41,970 of 76,401 series in tcga_*",
            date="2026-11",
            rank="archive",
            covers="images",
        ),
        Claim(
            "CC-BY-4.0",
            source="idc-index-data 25.0.5 (IDC v25): 34,431 of 76,401 series in tcga_*",
            date="2026-11",
            rank="archive",
            covers="masks",
        ),
        Claim(
            "LicenseRef-NIH-GDS",
            source="Registry of Open Data on AWS, tcga.yaml (NIH GDS Policy), genomes included",
            date="2026-11",
        ),
    ),
    cite=("https://www.cancer.gov/tcga",),
    modality=(Modality.SM, CT, MR),
    source=Portal(
        steps="See what a collection has: medreg show idc:tcga_brca\n"
        "Make a plugin of one: medreg add-plugin NAME --from idc:tcga_brca\n"
        "Slides as SVS, and genomes: https://portal.gdc.cancer.gov/ or s3://tcga-2-open"
    ),
    annotation="none",
    about=About(
        known="source",
        also=("TCGA (imaging via GDC/IDC)", "TCGA"),
        shows=("tumors",),
        patients=11050,
        size_gb=25090,
        counts=(
            Claim("11,000+ cases, 33 cancer types", "first source list (002)", "2026-11"),
            Claim("32 collections, 76,401 series", "idc-index-data 25.0.5", "2026-11"),
        ),
        formats=("SVS", "DICOM"),
        contents="tcga_{project}/TCGA-{XX}-{XXXX}/{study}/{series}/*.dcm",
        quality="IDC adds masks of nuclei and maps of lymphocytes, made by models",
        best_for="pathology with genomics",
        tags=("oncology", "pathology", "clinical data", "foundation model"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the portal."""
    yield TCGA
