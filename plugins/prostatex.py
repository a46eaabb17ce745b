"""PROSTATEx: multiparametric prostate MR of 346 men, with lesions as points (2017).

A case is one MR series: T2 (t2_tse_tra, _sag, _cor), diffusion, ADC, and dynamic contrast, whose
every phase is a series of its own (14,435 of the 18,321). Names of series are in the headers, not
in paths. Findings (place, significant or not) are in ProstateX-Findings-Train.csv; those of the 142
test men were kept. 328 of these men are in PI-CAI again. prostatex_zones has the axial T2 alone,
98 studies of it with zones drawn by a network; 79 other studies have that series twice, and are
refused. IDC has more by others: masks in high resolution (66 men), a model's (346), and the targets
of 345 men as SR (prostatex_targets).
"""

from collections.abc import Iterator

from medreg import MR, About, Claim, Dataset, DicomSeg, DicomSeries, Idc, hookimpl

PROSTATEX = Dataset(
    name="prostatex",
    title="PROSTATEx",
    homepage="https://www.cancerimagingarchive.net/collection/prostatex/",
    licenses=(
        Claim(
            "CC-BY-3.0",
            source="idc-index-data 25.0.5 (IDC v25): all 18,321 MR series",
            date="2026-11",
            rank="archive",
        ),
    ),
    cite=("doi:10.7937/k9tcia.2017.murs5cl", "doi:10.1109/TMI.2014.2303821"),
    modality=MR,
    source=Idc(collection="prostatex", modalities=("MR",)),
    layout=DicomSeries(image="**/{patient}/*/MR_{case}/*.dcm"),
    annotation="points",
    cases=18321,
    patients="by layout",
    about=About(
        known="source",
        also=("ProstateX",),
        region=("pelvis",),
        shows=("prostate lesions",),
        patients=346,
        size_gb=16.18,
        counts=(
            Claim("400+ prostate MRI exams", "first source list (002), unsupported", "2026-11"),
            Claim("349 studies, 309,251 instances", "idc-index-data 25.0.5", "2026-11"),
        ),
        classes={0: "not significant", 1: "clinically significant"},
        formats=("DICOM", "CSV"),
        splits="204 train / 142 test",
        annotated_by="experts",
        quality="two Siemens scanners, 3 T, no endorectal coil; some men have t2_tse_tra twice; "
        "Cuocolo and others drew gland and zones (1 peripheral, 2 transition), which are elsewhere",
        typical="T2: 0.5 mm in plane, 3.6 mm slices; diffusion: 2 mm, b 50, 400, 800",
        best_for="prostate cancer",
        tags=("oncology", "benchmark"),
    ),
)

ZONES = Dataset(
    name="prostatex_zones",
    title="PROSTATEx-Seg-Zones",
    homepage="https://doi.org/10.7937/tcia.nbb4-4655",
    licenses=(
        Claim(
            "CC-BY-3.0",
            source="idc-index-data 25.0.5 (IDC v25): collection and analysis prostatex_seg_zones",
            date="2026-11",
            rank="archive",
        ),
    ),
    cite=("doi:10.7937/tcia.nbb4-4655", "doi:10.7937/k9tcia.2017.murs5cl"),
    modality=MR,
    source=Idc(
        collection="prostatex",
        modalities=("MR", "SEG"),
        analyses=("prostatex_seg_zones",),
        where="Modality = 'SEG' OR SeriesDescription = 't2_tse_tra'",
    ),
    layout=DicomSeg(
        image="**/{patient}/{case}/MR_*/*.dcm",
        label="**/{patient}/{case}/SEG_*/*.dcm",
        absent="empty",
    ),
    labels={
        1: "prostate_peripheral_zone",
        2: "prostate_transition_zone",
        3: "prostate_anterior_fibromuscular_stroma",
        4: "prostatic_urethra",
    },
    cases=345,
    patients="by layout",
    about=About(
        known="source",
        region=("pelvis",),
        patients=344,
        size_gb=2.7,
        counts=(Claim("98 studies with masks", "idc-index-data 25.0.5", "2026-11"),),
        annotated_by="a model",
        quality="14 of the 98 men with masks have t2_tse_tra twice: these studies are refused",
        best_for="zones of the prostate",
        tags=("oncology",),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the series, and the axial T2 with its zones."""
    yield PROSTATEX
    yield ZONES
