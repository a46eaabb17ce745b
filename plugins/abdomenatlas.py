"""AbdomenAtlas: abdominal CT of many public datasets, organs drawn by models, some corrected.

1.0 Mini has 9 structures in 5,195 scans; 1.1 has 25 in 9,262, but images of the first 5,195 alone;
the paper's whole of 20,460 scans was never seen to be offered. The scans are those of LiTS, KiTS,
MSD, AbdomenCT-1K, FLARE23, CT-ORG, BTCV, CHAOS, Pancreas-CT, AMOS and WORD, renamed to BDMAP
numbers: nobody published a map, so never test on these. The hub asks for a login and for terms
that forbid to pass any portion on, beside a CC BY-NC-SA tag. combined_labels.nii.gz holds all
organs; one file per organ lies beside it. "intestine" is taken for the small bowel, as its lab
renames that of TotalSegmentator. The seven tumors of 1.1 are pseudo labels, and not among the
values. 1.0 Mini is 340 GB in folders, 328 GB in zips, and 3.3 GB its masks alone (README).
"""

from collections.abc import Iterator

from medreg import CT, About, Claim, Dataset, Gate, HuggingFace, Pairs, Portal, hookimpl
from medreg.model import Source

HUB = "https://huggingface.co/datasets/AbdomenAtlas"
LIST = "first source list (002), unsupported"
NINE = (
    "aorta",
    "gallbladder",
    "kidney_left",
    "kidney_right",
    "liver",
    "pancreas",
    "inferior_vena_cava",
    "spleen",
    "stomach",
)
MORE = (
    "adrenal_gland_left",
    "adrenal_gland_right",
    "urinary_bladder",
    "celiac_trunk",
    "colon",
    "duodenum",
    "esophagus",
    "femur_left",
    "femur_right",
    "hepatic_vessel",
    "small_bowel",
    "lung_left",
    "lung_right",
    "portal_and_splenic_vein",
    "prostate",
    "rectum",
)


def _atlas(name: str, title: str, source: Source, labels: tuple[str, ...], about: About) -> Dataset:
    offered = not isinstance(source, Portal)
    return Dataset(
        name=f"abdomenatlas_{name}",
        title=title,
        homepage="https://github.com/MrGiovanni/AbdomenAtlas",
        licenses=(
            Claim(
                "LicenseRef-AbdomenAtlas-terms",
                source=f"{HUB}/AbdomenAtlas1.0Mini, and the same for 1.1",
                date="2026-11",
                rank="publisher",
            ),
            Claim("CC-BY-NC-SA-4.0", f"{HUB}/AbdomenAtlas1.0MiniBeta, tag", "2026-11", "publisher"),
            Claim("CC-BY-NC-SA-4.0", "nnU-Net, Dataset023_AbdomenAtlas1_1Mini.py", "2026-11"),
        ),
        cite=("doi:10.1016/j.media.2024.103285", "arXiv:2407.16697"),
        modality=CT,
        source=source,
        layout=Pairs(image="**/{case}/ct.nii.gz", label="**/{case}/combined_labels.nii.gz")
        if offered
        else None,
        labels=dict(enumerate(labels, 1)),
        cases=about.scans if offered else None,
        restricted=True,
        gate=Gate(kind="agreement", terms=f"{HUB}/AbdomenAtlas1.0Mini"),
        about=about,
    )


def _about(scans: int, claimed: str, size: float | None, also: str, quality: str) -> About:
    return About(
        known="source",
        also=(also,),
        region=("abdomen",),
        scans=scans,
        size_gb=size,
        counts=(Claim(claimed, source=LIST, date="2026-11"),) if claimed else (),
        formats=("NIfTI",),
        annotated_by="experts corrected a model",
        quality=quality,
        best_for="pre-training on many abdomens",
        tags=("foundation model",),
    )


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the two that are offered, and the whole."""
    folders = ("BDMAP_*/ct.nii.gz", "BDMAP_*/combined_labels.nii.gz")
    mini = HuggingFace(repo="AbdomenAtlas/AbdomenAtlas1.0Mini", files=folders)
    parts = HuggingFace(repo="AbdomenAtlas/_AbdomenAtlas1.1Mini", files=("*.tar.gz",))
    way = Portal(steps="Look whether https://github.com/MrGiovanni/AbdomenAtlas offers more by now")
    quality = "a scan comes with the errors of its source; only some masks were corrected by hand"
    about = _about(5195, "", 340, "AbdomenAtlas Mini", quality)
    yield _atlas("mini", "AbdomenAtlas 1.0 Mini", mini, NINE, about)
    about = _about(9262, "8,448 scans", None, "AbdomenAtlas 1.1 Mini", "5196-9262 without images")
    yield _atlas("1_1", "AbdomenAtlas 1.1", parts, NINE + MORE, about)
    about = _about(
        20460, "", None, "AbdomenAtlas (all)", "20,460 scans of 112 hospitals, says the paper"
    )
    yield _atlas("full", "AbdomenAtlas, the whole", way, NINE + MORE, about)
