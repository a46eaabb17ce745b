"""VerSe: 374 spine CT of 355 patients with every vertebra (MICCAI 2019 and 2020, complete release).

26 values: 1 to 25 (C1 to L6) and 28, an additional T13; 26 and 27 (sacrum, coccyx) are not used.
Vertebrae cut by the edge of a scan are not labelled. Patients of VerSe19 numbered from 400 have two
or three scans (_split-...). This is the restructured release; that of the challenges, at OSF too
(https://osf.io/nqjyw of 2019, https://osf.io/t98fz of 2020), has other names and centroids.
Fracture grades are in the paper of Löffler et al.
"""

from collections.abc import Iterator

from medreg import CT, About, Claim, Dataset, Http, Pairs, hookimpl

REGIONS = (("c", 7), ("t", 12), ("l", 6))
VERTEBRAE = [f"vertebra_{region}{n + 1}" for region, count in REGIONS for n in range(count)]
HOST = "https://s3.bonescreen.de/public/VerSe-complete"
SETS = [f"verse{year}{split}" for year in (19, 20) for split in ("training", "validation", "test")]

VERSE = Dataset(
    name="verse",
    title="VerSe 2019 and 2020: Large Scale Vertebrae Segmentation Challenge",
    homepage="https://github.com/anjany/verse",
    licenses=(
        Claim(
            "CC-BY-SA-4.0",
            source="https://github.com/anjany/verse README, License",
            date="2026-11",
            rank="publisher",
        ),
        Claim("CC-BY-SA-4.0", source="https://osf.io/b2wxj/wiki", date="2026-11", rank="publisher"),
        Claim("CC-BY-SA-4.0", source="amid, amid/verse.py", date="2026-11"),
        Claim("LicenseRef-Research", source="first source list (002), unsupported", date="2026-11"),
    ),
    cite=("doi:10.1016/j.media.2021.102166", "doi:10.1148/ryai.2020190138", "arXiv:2103.06360"),
    modality=CT,
    source=Http(urls=tuple(f"{HOST}/dataset-{name}.zip" for name in SETS)),
    layout=Pairs(
        image="**/rawdata/{patient}/{case}_ct.nii.gz",
        label="**/derivatives/{patient}/{case}_seg-vert_msk.nii.gz",
    ),
    labels={**dict(enumerate(VERTEBRAE, 1)), 28: "vertebra_t13"},
    cases=374,
    patients="by layout",
    about=About(
        known="source",
        also=("VerSe19", "VerSe20", "VerSe 2019/2020"),
        region=("spine",),
        scans=374,
        patients=355,
        size_gb=97,
        formats=("NIfTI", "JSON", "PNG"),
        splits="141 train, 120 validation, 113 test, all with masks",
        quality="any field of view and orientation, several vendors",
        best_for="vertebrae; fractures, with the grades of Löffler et al.",
        tags=("musculoskeletal", "benchmark"),
        contact="jan.kirschke@tum.de",
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield VERSE
