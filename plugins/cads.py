"""CADS: 22,022 CT of some 40 sources, with 167 structures drawn by models, head to knee (2025).

Nine files of masks per scan, by groups of structures (part 551 to 559): nine datasets here, whose
values start again in each. They were checked by rules, not by eye. Each scan keeps the license of
its source, which the README of its folder tells; some folders hold masks alone, and VISCERAL's
images are under controlled access. LiTS, KiTS21, BTCV, CHAOS, AMOS, TotalSegmentator, VerSe and
many more are inside: never test on these.
"""

from collections.abc import Iterator

from medreg import CT, About, Claim, Dataset, Gate, HuggingFace, Pairs, hookimpl
from medreg.model.about import Region

ORGANS = """
spleen kidney_right kidney_left gallbladder liver stomach aorta inferior_vena_cava
portal_and_splenic_vein pancreas adrenal_gland_right adrenal_gland_left lung_upper_lobe_left
lung_lower_lobe_left lung_upper_lobe_right lung_middle_lobe_right lung_lower_lobe_right
"""
VISCERA = """
esophagus trachea myocardium left_atrium left_ventricle right_atrium right_ventricle
pulmonary_artery brain iliac_artery_left iliac_artery_right iliac_vena_left iliac_vena_right
small_bowel duodenum colon urinary_bladder face
"""
LIMBS = """
humerus_left humerus_right scapula_left scapula_right clavicula_left clavicula_right femur_left
femur_right hip_left hip_right sacrum gluteus_maximus_left gluteus_maximus_right
gluteus_medius_left gluteus_medius_right gluteus_minimus_left gluteus_minimus_right
autochthon_left autochthon_right iliopsoas_left iliopsoas_right
"""
RADIOTHERAPY = """
spinal_canal larynx heart bowel_space sigmoid_colon rectum prostate seminal_vesicle breast_left
breast_right sternum psoas_major_right psoas_major_left rectus_abdominis_right
rectus_abdominis_left
"""
HEAD = """
white_matter gray_matter cerebrospinal_fluid scalp eye compact_bone spongy_bone blood head_muscle
"""
NECK = """
carotid_artery_left carotid_artery_right arytenoid_cartilage mandible brainstem buccal_mucosa
oral_cavity cochlea_left cochlea_right cricopharyngeal_inlet cervical_esophagus eye_anterior_left
eye_anterior_right eye_posterior_left eye_posterior_right lacrimal_gland_left lacrimal_gland_right
submandibular_gland_left submandibular_gland_right thyroid_gland glottis supraglottis lip
optic_chiasm optic_nerve_left optic_nerve_right parotid_gland_left parotid_gland_right
pituitary_gland
"""
TISSUES = """
subcutaneous_tissue skeletal_muscle abdominal_cavity thoracic_cavity bone head_and_neck_gland
pericardium breast_implant mediastinum spinal_cord
"""
SPINE = " ".join(
    f"vertebra_{region}{n}"
    for region, lowest in (("l", 5), ("t", 12), ("c", 7))
    for n in range(lowest, 0, -1)
)
RIBS = " ".join(f"rib_{side}_{n}" for side in ("left", "right") for n in range(1, 13))
GITHUB = "https://github.com/murong-xu/CADS"
MASKS = "LicenseRef-CADS-dataset"


def _cads(part: int, name: str, words: str, labels: str, region: Region = "whole body") -> Dataset:
    return Dataset(
        name=f"cads_{name}",
        title=f"CADS-dataset, part {part}: {words}",
        homepage="https://huggingface.co/datasets/mrmrx/CADS-dataset",
        licenses=(
            Claim(MASKS, f"{GITHUB} LICENSE_DATA", "2026-11", "publisher", covers="masks"),
            Claim(
                "LicenseRef-per-image",
                source=f"{GITHUB} LICENSE_DATA; README of each folder",
                date="2026-11",
                rank="publisher",
                covers="images",
            ),
        ),
        cite=("arXiv:2507.22953",),
        modality=CT,
        source=HuggingFace(
            repo="mrmrx/CADS-dataset",
            files=("*/images/*.nii.gz", f"*/segmentations/*/*_part_{part}.nii.gz"),
        ),
        layout=Pairs(
            image="**/images/{case}_0000.nii.gz",
            label=f"**/segmentations/{{case}}/*_part_{part}.nii.gz",
        ),
        labels=dict(enumerate(labels.split(), 1)),
        cases=22022,
        gate=Gate(kind="registration", terms="https://huggingface.co/datasets/mrmrx/CADS-dataset"),
        about=About(
            known="source",
            also=("CADS-dataset",),
            region=(region,),
            scans=22022,
            formats=("NIfTI", "CSV"),
            annotated_by="a model",
            quality="pseudo labels; several folders have no images",
            best_for="foundation models, the whole body",
            tags=("foundation model", "radiotherapy planning"),
        ),
    )


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the nine parts of each mask."""
    yield _cads(551, "organs", "organs of chest and abdomen", ORGANS)
    yield _cads(552, "spine", "vertebrae", SPINE, "spine")
    yield _cads(553, "viscera", "heart, bowel and others", VISCERA)
    yield _cads(554, "limbs", "bones and muscles of the limbs", LIMBS)
    yield _cads(555, "ribs", "ribs", RIBS, "chest")
    yield _cads(556, "radiotherapy", "organs at risk", RADIOTHERAPY)
    yield _cads(557, "head", "tissues of the head", HEAD, "head")
    yield _cads(558, "neck", "head and neck", NECK, "neck")
    yield _cads(559, "tissues", "tissues and cavities", TISSUES)
