"""AbdomenCT-12organ: 50 abdominal CT with 13 structures, the labelled cases of FLARE22 (2022).

An extension of AbdomenCT-1K, and inside AbdomenAtlas. "12 organs" counts the kidneys once. The
record's license is told in two ways; nobody quotes the record itself.
"""

from collections.abc import Iterator

from medreg import CT, About, Claim, Dataset, Pairs, Zenodo, hookimpl

ABDOMENCT_12ORGAN = Dataset(
    name="abdomenct_12organ",
    title="AbdomenCT-12organ",
    homepage="https://zenodo.org/records/7860267",
    licenses=(
        Claim("CC-BY-NC-SA-4.0", source="AbdomenAtlas table, no version", date="2026-11"),
        Claim("CC-BY-NC-SA-4.0", source="kaiko-ai/eva, its dataset of FLARE22", date="2026-11"),
        Claim("CC-BY-NC-SA-4.0", source="card of YongchengYAO/FLARE22-Lite", date="2026-11"),
        Claim("CC-BY-4.0", source="torch_em, medical/flare.py", date="2026-11"),
    ),
    cite=("doi:10.5281/zenodo.7860267", "doi:10.1109/TPAMI.2021.3100536", "arXiv:2308.05862"),
    modality=CT,
    source=Zenodo(record="7860267", files=("FLARE22Train.zip",)),
    layout=Pairs(image="**/images/{case}_0000.nii.gz", label="**/labels/{case}.nii.gz"),
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
    },
    cases=50,
    about=About(
        known="source",
        also=("FLARE22 labelled", "AbdomenCT-12Organ"),
        region=("abdomen",),
        scans=50,
        formats=("NIfTI",),
        best_for="a small start with many organs",
        tags=("start",),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield ABDOMENCT_12ORGAN
