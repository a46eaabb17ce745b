"""TotalSegmentator: 117 structures in 1,228 CT of a hospital's routine (v2, 2023), and 104 on NLST.

v2 has one file of 0 and 1 per structure; where two overlap, the later one of the program's list
wins, as in its own converter. The heart is whole (v1 had chambers); faces were removed, not so
visibly as in v1. Labels were grown by a model and corrected: better than v1, and not free of
errors. v3 (1,939 CT, torch_em says) is Zenodo record 22688904. An early list names the program's
license, Apache-2.0, and sorts the 117 as v1's 104 were. The second dataset is the program's output
(v1) on the screening CT of NLST, by NCI's Imaging Data Commons, seen by nobody.
"""

from collections.abc import Iterator

from medreg import CT, About, Claim, Clinical, Column, Dataset, Idc, PerLabel, Zenodo, hookimpl

ORDER = """
spleen kidney_right kidney_left gallbladder liver stomach pancreas adrenal_gland_right
adrenal_gland_left lung_upper_lobe_left lung_lower_lobe_left lung_upper_lobe_right
lung_middle_lobe_right lung_lower_lobe_right esophagus trachea thyroid_gland small_bowel duodenum
colon urinary_bladder prostate kidney_cyst_left kidney_cyst_right sacrum vertebrae_S1 vertebrae_L5
vertebrae_L4 vertebrae_L3 vertebrae_L2 vertebrae_L1 vertebrae_T12 vertebrae_T11 vertebrae_T10
vertebrae_T9 vertebrae_T8 vertebrae_T7 vertebrae_T6 vertebrae_T5 vertebrae_T4 vertebrae_T3
vertebrae_T2 vertebrae_T1 vertebrae_C7 vertebrae_C6 vertebrae_C5 vertebrae_C4 vertebrae_C3
vertebrae_C2 vertebrae_C1 heart aorta pulmonary_vein brachiocephalic_trunk subclavian_artery_right
subclavian_artery_left common_carotid_artery_right common_carotid_artery_left
brachiocephalic_vein_left brachiocephalic_vein_right atrial_appendage_left superior_vena_cava
inferior_vena_cava portal_vein_and_splenic_vein iliac_artery_left iliac_artery_right
iliac_vena_left iliac_vena_right humerus_left humerus_right scapula_left scapula_right
clavicula_left clavicula_right femur_left femur_right hip_left hip_right spinal_cord
gluteus_maximus_left gluteus_maximus_right gluteus_medius_left gluteus_medius_right
gluteus_minimus_left gluteus_minimus_right autochthon_left autochthon_right iliopsoas_left
iliopsoas_right brain skull rib_left_1 rib_left_2 rib_left_3 rib_left_4 rib_left_5 rib_left_6
rib_left_7 rib_left_8 rib_left_9 rib_left_10 rib_left_11 rib_left_12 rib_right_1 rib_right_2
rib_right_3 rib_right_4 rib_right_5 rib_right_6 rib_right_7 rib_right_8 rib_right_9 rib_right_10
rib_right_11 rib_right_12 sternum costal_cartilages
"""
OTHERWISE = {
    "portal_vein_and_splenic_vein": "portal_and_splenic_vein",
    "costal_cartilages": "costal_cartilage",
}
NAMES = tuple(ORDER.split())
META = (Column("age", "age", "number", "years"), Column("sex", "gender", "sex"),
        *map(Column, ("institute", "study_type", "split")))  # fmt: skip
LABELS = {n: OTHERWISE.get(n, n.replace("vertebrae", "vertebra").lower()) for n in NAMES}

V2 = Dataset(
    name="totalsegmentator_v2",
    title="TotalSegmentator dataset, v2",
    homepage="https://github.com/wasserth/TotalSegmentator",
    licenses=(
        Claim("CC-BY-4.0", source="amid, totalsegmentator (the record of v1)", date="2026-11"),
        Claim("CC-BY-4.0", source="card of YongchengYAO/TotalSegmentator-CT-Lite", date="2026-11"),
        Claim("CC-BY-4.0", source="FAQ of MrGiovanni/AbdomenAtlas (v1)", date="2026-11"),
        Claim("Apache-2.0", source="first source list (002): the program's", date="2026-11"),
    ),
    cite=("doi:10.1148/ryai.230024", "doi:10.5281/zenodo.10047292"),
    modality=CT,
    source=Zenodo(record="10047292", files=("Totalsegmentator_dataset_v201.zip",)),
    layout=PerLabel(
        image="**/{case}/ct.nii.gz",
        label="**/{case}/segmentations/{label}.nii.gz",
        priority=NAMES[::-1],
        absent="empty",  # files of zeros are shipped
    ),
    labels=LABELS,
    cases=1228,
    patients="each case",
    clinical=(Clinical(file="meta.csv", key="image_id", columns=META),),
    about=About(
        known="source",
        also=("TotalSegmentator CT", "TotalSegmentator v2"),
        region=("whole body",),
        scans=1228,
        size_gb=23.58,
        counts=(Claim("23 GB", "recall, unverified", "2026-11"),),
        formats=("NIfTI", "CSV"),
        splits="1,082 train, 57 validation, 89 test: column split of meta.csv",
        annotated_by="experts corrected a model",
        quality="any field of view, none below the knee; faces removed",
        best_for="whole-body anatomy",
        tags=("start", "foundation model", "body composition", "clinical data"),
        contact="jakob.wasserthal@usb.ch",
    ),
)

NLST = Dataset(
    name="totalsegmentator_nlst",
    title="TotalSegmentator-CT-Segmentations: 104 structures on the CT of NLST",
    homepage="https://doi.org/10.5281/zenodo.8347011",
    licenses=(Claim("CC-BY-4.0", "idc-index-data 25.0.5 (IDC v25)", "2026-11", "archive"),),
    cite=("doi:10.5281/zenodo.8347011",),
    modality=CT,
    source=Idc(
        collection="nlst", modalities=("CT", "SEG"), analyses=("totalsegmentator_ct_segmentations",)
    ),
    patients="by layout",
    about=About(
        known="source",
        also=("TotalSegmentator (NCI)",),
        region=("chest",),
        shows=("104 structures of TotalSegmentator v1",),
        scans=126051,
        patients=26194,
        size_gb=25324,  # CT 11,137, SEG 14,187
        counts=(Claim("14,328.2 GB", "IDC v25: SEG and SR, without the CT", "2026-11"),),
        formats=("DICOM SEG", "DICOM SR", "DICOM"),
        contents="{PatientID}/{StudyInstanceUID}/SEG_{SeriesInstanceUID}.zip beside CT_*.zip; a "
        "SEG names its CT series inside, where studies have several",
        annotated_by="a model",
        quality="126,051 SEG and 252,102 SR (radiomics) of a model, checked by nobody",
        best_for="very many annotations by AI",
        tags=("foundation model",),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the training data of the program, and its output on NLST."""
    yield V2
    yield NLST
