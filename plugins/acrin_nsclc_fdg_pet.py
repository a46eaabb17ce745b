"""ACRIN-NSCLC-FDG-PET (ACRIN 6668): FDG PET/CT before and after chemoradiotherapy of lung cancer.

242 patients, nearly 4 PET series each, corrected and uncorrected for attenuation, from many
scanners. Outcomes are at TCIA; nobody drew a tumor, but IDC has masks by a model of 197 patients
(bamf_aimi_annotations, CC BY 4.0). SAROS annotates some of these CTs. A patient is 600 MB on
average, not 30 to 50 as an early list says.
"""

from collections.abc import Iterator

from medreg import CT, MR, PT, About, Claim, Dataset, Idc, hookimpl

ACRIN_NSCLC_FDG_PET = Dataset(
    name="acrin_nsclc_fdg_pet",
    title="ACRIN-NSCLC-FDG-PET (ACRIN 6668)",
    homepage="https://www.cancerimagingarchive.net/collection/acrin-nsclc-fdg-pet/",
    licenses=(
        Claim(
            "CC-BY-3.0",
            source="idc-index-data 25.0.5 (IDC v25): all 3,377 series",
            date="2026-11",
            rank="archive",
        ),
        Claim(
            "LicenseRef-unknown",
            source='first source list (001), unsupported: "Public access via TCIA"',
            date="2026-11",
        ),
    ),
    cite=("doi:10.7937/tcia.2019.30ilqfcl", "doi:10.1200/JCO.2012.47.5947"),
    modality=(CT, PT, MR),
    source=Idc(collection="acrin_nsclc_fdg_pet", modalities=("CT", "PT", "MR")),
    annotation="none",
    patients="by layout",
    about=About(
        known="source",
        also=("ACRIN-NSCLC-FDG-PET", "ACRIN 6668"),
        region=("chest", "whole body"),
        shows=("lung cancer",),
        scans=936,
        patients=242,
        size_gb=144.9,
        counts=(
            Claim("30-50 MB per patient", "first source list (001), unsupported", date="2026-11"),
            Claim(
                "950 studies, 145.5 GB, with NM, CR, DX and OT", "idc-index-data 25.0.5", "2026-11"
            ),
            Claim("4 PET series of 195 slices", "first source list (001)", date="2026-11"),
        ),
        formats=("DICOM",),
        contents="ACRIN-NSCLC-FDG-PET-001/{study}/{CT,PT,MR}_{series}: 2,259 CT, 997 PT, 70 MR",
        quality="which series belong together, only their headers say",
        best_for="response to treatment; outcome",
        tags=("oncology", "pulmonology", "clinical data", "longitudinal"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield ACRIN_NSCLC_FDG_PET
