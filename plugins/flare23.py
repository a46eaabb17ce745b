"""FLARE23: abdominal CT with 13 organs and tumors, partly labelled (MICCAI 2023).

Each of 2,200 scans has masks of some organs or tumors, and only some tumors are drawn: what a mask
leaves out was not judged, and is no background. Which were judged is told in its ReadMe, which was
not seen: so there is no layout here, although the names are known. Scans come from FLARE22, TCIA,
LiTS, MSD, KiTS, autoPET, TotalSegmentator and AbdomenCT-1K. An early list speaks of 30 structures.
"""

from collections.abc import Iterator

from medreg import CT, About, Claim, Dataset, Gate, Manual, hookimpl

FLARE23 = Dataset(
    name="flare23",
    title="Fast, Low-resource, and Accurate oRgan and Pan-cancer sEgmentation in Abdomen CT 2023",
    homepage="https://codalab.lisn.upsaclay.fr/competitions/12239",
    licenses=(
        Claim("CC-BY-NC-ND-4.0", source="AbdomenAtlas table of sources", date="2026-11"),
        Claim("CC-BY-NC-ND-4.0", source="first source list (002), no version", date="2026-11"),
    ),
    cite=("https://codalab.lisn.upsaclay.fr/competitions/12239",),
    modality=CT,
    source=Manual(
        files=("imagesTr2200", "labelsTr2200", "unlabeledTr1800", "validation"),
        steps="Register for https://codalab.lisn.upsaclay.fr/competitions/12239\n"
        "Open its page of the dataset, and download the folders",
    ),
    labels={
        1: "liver",
        2: "kidney_right",
        3: "spleen",
        4: "pancreas",
        5: "aorta",
        6: "inferior_vena_cava",
        7: "adrenal_gland_right",
        8: "adrenal_gland_left",
        9: "gallbladder",
        10: "esophagus",
        11: "stomach",
        12: "duodenum",
        13: "kidney_left",
        14: "tumor",
    },
    gate=Gate(kind="registration"),
    about=About(
        known="secondary",
        also=("FLARE 2023", "FLARE2023"),
        region=("abdomen",),
        scans=4500,
        counts=(
            Claim("4,650 scans", "first source list (002), unsupported", "2026-11"),
            Claim("4,000 scans", "AbdomenAtlas table of sources", "2026-11"),
        ),
        formats=("NIfTI",),
        contents="imagesTr2200/FLARE23_0001_0000.nii.gz, labelsTr2200/FLARE23_0001.nii.gz, "
        "unlabeledTr1800/, validation/, FLARE23Data-ReadMe",
        splits="2,200 partly labelled, 1,800 unlabelled (train), 100 (validation), 400 hidden",
        quality="partial labels: a missing organ is unknown, not background",
        best_for="pan-cancer",
        tags=("oncology", "benchmark"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield FLARE23
