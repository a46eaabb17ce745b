"""AMOS: 500 CT and 100 MR of the abdomen with 15 organs, from two hospitals in China (2022).

CT and MR lie in one archive, told apart by number alone: up to 500 CT, above MR. So they are two
datasets here. Masks of 300 CT and 60 MR are public, those of 240 test scans are not. Value 15 is
the prostate in men and the uterus in women. 1,899 more CT without masks are in other files of the
record (numbers 5000 to 6899; 5437 and 5514 are damaged). Sources disagree about the license. An
archive of the same name is also in record 7155725, where torch_em takes it. Neither record asks
for a registration, as an early list does.
"""

from collections.abc import Iterator

from medreg import CT, MR, About, Claim, Dataset, DropCase, Pairs, Zenodo, hookimpl
from medreg.model import Modality

ORGANS = (
    "spleen",
    "kidney_right",
    "kidney_left",
    "gallbladder",
    "esophagus",
    "liver",
    "stomach",
    "aorta",
    "inferior_vena_cava",
    "pancreas",
    "adrenal_gland_right",
    "adrenal_gland_left",
    "duodenum",
    "urinary_bladder",
    "prostate_or_uterus",
)


def _amos(modality: Modality, labelled: int, others: int, *numbers: str) -> Dataset:
    """Return the scans whose numbers begin so."""

    def files(folder: str) -> str:
        return " | ".join(f"**/{folder}{{split}}/amos_{n}{{case}}.nii.gz" for n in numbers)

    return Dataset(
        name=f"amos_{modality.lower()}",
        title=f"Multi-Modality Abdominal Multi-Organ Segmentation Challenge 2022, {modality}",
        homepage="https://amos22.grand-challenge.org/",
        licenses=(
            Claim("CC-BY-4.0", source="amid, amid/amos/dataset.py (the record)", date="2026-11"),
            Claim("CC-BY-4.0", source="FAQ of MrGiovanni/AbdomenAtlas", date="2026-11"),
            Claim("CC-BY-4.0", source="card of YongchengYAO/AMOS22-Lite", date="2026-11"),
            Claim("CC-BY-NC-SA-4.0", source="AbdomenAtlas table, no version", date="2026-11"),
            Claim("LicenseRef-Research", source="first source list (001)", date="2026-11"),
        ),
        cite=("arXiv:2206.08023", "doi:10.5281/zenodo.7262581"),
        modality=modality,
        source=Zenodo(record="7262581", files=("amos22.zip",)),
        layout=Pairs(image=files("images"), label=files("labels")),
        labels=dict(enumerate(ORGANS, 1)),
        cases=labelled + others,
        patients="each case" if modality is CT else "unknown",
        fixes=(DropCase("500", source="nnU-Net, Dataset218: CT up to 500"),)
        if modality is MR
        else (),
        about=About(
            known="source",
            also=("AMOS22", "AMOS (Abdominal Multi-Organ Segmentation)"),
            region=("abdomen",),
            scans=labelled + others,
            annotated=labelled,
            size_gb=23,
            counts=(
                Claim("~100 GB", source="first source list (001), unsupported", date="2026-11"),
                Claim("120 test scans", source="a mirror of its readme.md", date="2026-11"),
            ),
            formats=("NIfTI",),
            splits=f"{labelled} with masks (train, val), {others} without (test)",
            quality="several phases and diseases; slices 5 mm in the median",
            typical="512 x 512 x 100, 0.78 x 0.78 x 5 mm in the median",
            best_for="multi-organ, CT to MR",
            tags=("benchmark",),
        ),
    )


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield CT and MR."""
    yield _amos(CT, 300, 200, "00", "01", "02", "03", "04")
    yield _amos(MR, 60, 40, "05", "06")
