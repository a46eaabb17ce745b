"""PDDCA 1.4.1: planning CT of 48 people of RTOG 0522, nine structures of the head and neck (2015).

These are the scans of the MICCAI 2015 Head and Neck Auto-Segmentation Challenge: a list that has
both has one dataset twice. Also Head-Neck Cetuximab at TCIA shows the same trial. One file per
structure. Mandible is drawn in 40 cases, the submandibular glands in 41 and 36.
"""

from collections.abc import Iterator

from medreg import CT, About, Claim, Dataset, Http, PerLabel, hookimpl

ZIPS = tuple(f"https://www.imagenglab.com/data/pddca/PDDCA-1.4.1_part{n}.zip" for n in (1, 2, 3))

PDDCA = Dataset(
    name="pddca",
    title="Public Domain Database for Computational Anatomy, 1.4.1",
    homepage="https://www.imagenglab.com/newsite/pddca/",
    licenses=(
        Claim(
            "CC-BY-3.0",
            'card of MedVision PDDCA-Lite: "N/A (public domain) / CC BY 3.0"',
            "2026-09",
        ),
        Claim("LicenseRef-Research", "first source list (002), unsupported", "2026-11"),
    ),
    cite=("doi:10.1002/mp.12197",),
    modality=CT,
    source=Http(urls=ZIPS),
    layout=PerLabel(
        image="**/{case}/img.nrrd",
        label="**/{case}/structures/{label}.nrrd",
        priority=(
            *("Chiasm", "OpticNerve_L", "OpticNerve_R", "Submandibular_L", "Submandibular_R"),
            *("Parotid_L", "Parotid_R", "BrainStem", "Mandible"),
        ),
        absent="unknown",
    ),
    labels={
        "BrainStem": "brainstem",
        "Chiasm": "optic_chiasm",
        "Mandible": "mandible",
        "OpticNerve_L": "optic_nerve_left",
        "OpticNerve_R": "optic_nerve_right",
        "Parotid_L": "parotid_gland_left",
        "Parotid_R": "parotid_gland_right",
        "Submandibular_L": "submandibular_gland_left",
        "Submandibular_R": "submandibular_gland_right",
    },
    cases=48,
    patients="each case",
    about=About(
        known="source",
        also=(
            "PDDCA v1.4.1",
            "miccai-2015-hn",
            "MICCAI 2015 H&N",
            "MICCAI 2015 Head & Neck Auto-Segmentation Challenge",
        ),
        region=("head", "neck"),
        shows=("nine structures", "bony landmarks, in .fcsv"),
        scans=48,
        patients=48,
        formats=("NRRD", "FCSV"),
        splits="25 train, 8 more, 10 test off site, 5 on site",
        annotated_by="experts",
        quality="not every structure is drawn in every case",
        typical="512x512x76 to 360 voxels, pixels of 0.76 to 1.27 mm, slices of 1.25 to 3 mm",
        best_for="organs at risk of the head and neck",
        tags=("radiotherapy planning", "oncology", "benchmark"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield PDDCA
