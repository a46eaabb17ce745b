"""CTSpine1K: vertebrae on 1,005 CT of four public datasets (2021).

784 of CT Colonography, 150 of the Decathlon's liver, 40 of CT Images in COVID-19 and 31 of
HNSCC-3DCT-RT: file names tell which scan it is, so overlaps can be found. Vertebrae cut by the
edge of the scan are labelled too, other than in VerSe. Value 25 is L6. The readme says that all
sources are CC BY-NC-SA and names no version; the Imaging Data Commons lists colonography as CC BY.
Another copy is at https://xnat.bmia.nl/data/archive/projects/africai_miccai2024_ctspine1k.
"""

from collections.abc import Iterator

from medreg import CT, About, Claim, Dataset, HuggingFace, Pairs, hookimpl

REGIONS = (("c", 7), ("t", 12), ("l", 6))
VERTEBRAE = [f"vertebra_{region}{n + 1}" for region, count in REGIONS for n in range(count)]

CTSPINE1K = Dataset(
    name="ctspine1k",
    title="CTSpine1K",
    homepage="https://github.com/MIRACLE-Center/CTSpine1K",
    licenses=(
        Claim(
            "CC-BY-NC-SA-4.0",
            source="https://github.com/MIRACLE-Center/CTSpine1K README, no version",
            date="2026-11",
            rank="publisher",
        ),
        Claim("LicenseRef-Research", source="first source list (002), unsupported", date="2026-11"),
    ),
    cite=("arXiv:2105.14711",),
    modality=CT,
    source=HuggingFace(
        repo="alexanderdann/CTSpine1K", files=("raw_data/volumes/**", "raw_data/labels/**")
    ),
    layout=Pairs(
        image="**/volumes/{source}/{case}.nii.gz", label="**/labels/{source}/{case}_seg.nii.gz"
    ),
    labels=dict(enumerate(VERTEBRAE, 1)),
    cases=1005,
    about=About(
        known="source",
        also=("CT Spine 1K",),
        region=("spine",),
        scans=1005,
        size_gb=150,
        counts=(Claim("1,000+ scans", source="first source list (002)", date="2026-11"),),
        formats=("NIfTI",),
        splits="610 train, 197 public test, 198 private test (data_split.txt)",
        annotated_by="experts corrected a model",
        best_for="vertebrae",
        tags=("musculoskeletal",),
        contact="dengy066@gmail.com",
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield CTSPINE1K
