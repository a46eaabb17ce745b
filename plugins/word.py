"""WORD: CT of the whole abdomen, with 16 organs (2022).

150 scans, all labelled; masks of the 30 test scans lie in its repository. The README puts the data
under GPL-3.0 and says in the next line that it is for academic research alone, not for commercial
or second development: treat it as non-commercial. Both adrenal glands are one label. "intestine"
is taken for the small bowel: colon and rectum are apart. The archive asks for a password.
"""

from collections.abc import Iterator

from medreg import CT, About, Claim, Dataset, Manual, Pairs, hookimpl

README = "https://github.com/HiLab-git/WORD README, Acknowledgment and Statement"

WORD = Dataset(
    name="word",
    title="Whole abdominal ORgan Dataset",
    homepage="https://github.com/HiLab-git/WORD",
    licenses=(
        Claim("GPL-3.0-only", source=README, date="2026-11", rank="publisher"),
        Claim("LicenseRef-Research", source=README, date="2026-11", rank="publisher"),
        Claim("GPL-3.0-only", source="AbdomenAtlas table of sources", date="2026-11"),
    ),
    cite=("doi:10.1016/j.media.2022.102642", "arXiv:2111.02403"),
    modality=CT,
    source=Manual(
        files=("WORD-V0.1.0",),
        steps="Follow the links to Google Drive or Baidu at https://github.com/HiLab-git/WORD\n"
        "Unpack the archive; its password is in the README\n"
        "Unpack WORD_V0.1.0_labelsTs.zip of the repository into the folder WORD-V0.1.0",
    ),
    layout=Pairs(image="**/images{split}/{case}.nii.gz", label="**/labels{split}/{case}.nii.gz"),
    labels={
        1: "liver",
        2: "spleen",
        3: "kidney_left",
        4: "kidney_right",
        5: "stomach",
        6: "gallbladder",
        7: "esophagus",
        8: "pancreas",
        9: "duodenum",
        10: "colon",
        11: "small_bowel",
        12: "adrenal_gland",
        13: "rectum",
        14: "urinary_bladder",
        15: "femoral_head_left",
        16: "femoral_head_right",
    },
    cases=150,
    about=About(
        known="source",
        region=("abdomen", "pelvis"),
        scans=150,
        formats=("NIfTI",),
        splits="100 train, 20 validation, 30 test, all with masks",
        best_for="the whole abdomen, bowel among it",
        tags=("radiotherapy planning",),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield WORD
