"""HaN-Seg: CT of 42 people with head and neck cancer, 30 organs at risk drawn (Ljubljana, 2023).

One file per organ. Each case also has a T1-weighted MR, which is not aligned with the CT and so
not a channel here; its masks are the CT's. Not every organ is drawn in every case. The mask of
case_19 has another shape than its CT. 14 more cases are the hidden test of the challenge.
"""

from collections.abc import Iterator

from medreg import CT, About, Claim, Dataset, PerLabel, Zenodo, hookimpl

SIDED = {
    "A_Carotid": "carotid_artery",
    "Cochlea": "cochlea",
    "Glnd_Lacrimal": "lacrimal_gland",
    "Glnd_Submand": "submandibular_gland",
    "OpticNrv": "optic_nerve",
    "Parotid": "parotid_gland",
}
WHOLE: dict[int | str, str] = {
    "Arytenoid": "arytenoid_cartilage",
    "Bone_Mandible": "mandible",
    "Brainstem": "brainstem",
    "BuccalMucosa": "buccal_mucosa",
    "Cavity_Oral": "oral_cavity",
    "Cricopharyngeus": "cricopharyngeal_inlet",
    "Esophagus_S": "cervical_esophagus",
    "Eye_AL": "eye_anterior_left",
    "Eye_AR": "eye_anterior_right",
    "Eye_PL": "eye_posterior_left",
    "Eye_PR": "eye_posterior_right",
    "Glnd_Thyroid": "thyroid_gland",
    "Glottis": "glottis",
    "Larynx_SG": "supraglottis",
    "Lips": "lip",
    "OpticChiasm": "optic_chiasm",
    "Pituitary": "pituitary_gland",
    "SpinalCord": "spinal_cord",
}
SIDES = {"L": "left", "R": "right"}
LABELS = {f"{n}_{s}": f"{label}_{SIDES[s]}" for n, label in SIDED.items() for s in SIDES} | WHOLE
LAST = ("Cavity_Oral", "Bone_Mandible", "BuccalMucosa", "Lips", "Larynx_SG")  # the large ones

HAN_SEG = Dataset(
    name="han_seg",
    title="HaN-Seg, head and neck organs at risk",
    homepage="https://han-seg2023.grand-challenge.org/",
    licenses=(
        Claim("CC-BY-NC-ND-4.0", "README of the CADS dataset, 0039_han_seg", "2026-09"),
        Claim("CC-BY-NC-ND-4.0", "a public README, of Zenodo 7442914", "2026-11"),
        Claim("LicenseRef-Research", "first source list (002), unsupported", "2026-11"),
    ),
    cite=("doi:10.1002/mp.16197", "doi:10.5281/zenodo.7442914"),
    modality=CT,
    source=Zenodo(record="7442914", files=("HaN-Seg.zip",)),
    layout=PerLabel(
        image="**/{case}/case_{n}_IMG_CT.nrrd",
        label="**/{case}/case_{n}_OAR_{label}.seg.nrrd",
        priority=(*sorted(str(name) for name in LABELS if name not in LAST), *reversed(LAST)),
        absent="unknown",
    ),
    labels=LABELS,
    cases=42,
    patients="each case",
    about=About(
        known="source",
        also=("HaN-Seg", "HaN-Seg 2023"),
        region=("head", "neck"),
        scans=84,
        patients=42,
        counts=(Claim("variable; 30 structures", "first source list (002)", "2026-11"),),
        formats=("NRRD", "CSV"),
        splits="42 public, 14 hidden in the challenge",
        annotated_by="experts",
        quality="MR and CT are not registered; case_19 has a mask of another shape",
        best_for="organs at risk of the head and neck; CT beside MR",
        tags=("radiotherapy planning", "oncology", "benchmark"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield HAN_SEG
