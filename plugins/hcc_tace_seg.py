"""HCC-TACE-Seg: multiphase CT of 105 people with liver cancer, before and after TACE (TCIA, 2021).

One phase of the study before treatment has a DICOM SEG: liver, tumor, portal vein and abdominal
aorta. Two or three series of CT lie beside it, and only the SEG itself tells which one it is drawn
on; studies without a SEG, after treatment, are no cases here. An early list has a TCIA collection
"Liver Tumor", 200+ multiphase scans of 40 GB, which does not exist: this fits by phases, CRLM by
number.
"""

from collections.abc import Iterator

from medreg import CT, About, Claim, Dataset, DicomSeg, Idc, hookimpl

HCC_TACE_SEG = Dataset(
    name="hcc_tace_seg",
    title="HCC-TACE-Seg, multimodality annotated hepatocellular carcinoma",
    homepage="https://www.cancerimagingarchive.net/collection/hcc-tace-seg/",
    licenses=(
        Claim("CC-BY-4.0", "idc-index-data 25.0.5 (IDC v25): all series", "2026-11", "archive"),
    ),
    cite=("doi:10.7937/TCIA.5FNA-0924",),
    modality=CT,
    source=Idc(collection="hcc_tace_seg", modalities=("CT", "SEG")),
    layout=DicomSeg(
        image="{patient}/{case}/CT_*/*.dcm",
        label="{patient}/{case}/SEG_*/*.dcm",
        priority=("Mass", "Portal vein", "Abdominal aorta", "Liver"),
        named=True,
    ),
    labels={
        "Liver": "liver",
        "Mass": "liver_tumor",
        "Portal vein": "portal_vein",
        "Abdominal aorta": "aorta",
    },
    cases=105,
    patients="by layout",
    about=About(
        known="source",
        also=("tcia-liver-tumor", "Liver Tumor", 'TCIA "Liver Tumor" key collection'),
        region=("abdomen",),
        shows=("liver", "liver tumor", "portal vein", "abdominal aorta"),
        scans=572,
        patients=105,
        size_gb=28.57,
        counts=(
            Claim("105 SEG, 677 series", "idc-index-data 25.0.5", "2026-11"),
            Claim("200+ scans, 40 GB, as Liver Tumor", "first source list (000)", "2026-11"),
        ),
        formats=("DICOM", "DICOM SEG", "XLSX"),
        contents="HCC_{id}/{study}/CT_{series}.zip, two or three a study, and in one study "
        "SEG_{series}.zip, as the IDC has it",
        annotated_by="experts",
        accuracy="semi-automatic, corrected by hand",
        quality="phases differ from study to study; of 105 SEG, 103 lie beside several series; the "
        "names of the segments were not read at the source: a case that has others is refused",
        typical="512x512x40 to 185 voxels, slices of 2.5 to 5 mm",
        best_for="multiphase liver",
        tags=("oncology", "clinical data", "longitudinal"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield HCC_TACE_SEG
