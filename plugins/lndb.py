"""LNDb: 294 chest CT from Porto with nodules outlined by up to three of five readers (2019).

One mask per reader; its values are that reader's numbers of findings. The layout takes the first
reader alone: trainNodules_gt.csv tells which findings of several readers are one nodule, and
whether it is a nodule at all. 59 scans were read by one radiologist, 110 by two, 67 by three. The
58 test scans have no masks.
"""

from collections.abc import Iterator

from medreg import ANY, CT, About, Claim, Dataset, Pairs, Zenodo, hookimpl

LNDB = Dataset(
    name="lndb",
    title="LNDb, lung nodule database",
    homepage="https://lndb.grand-challenge.org/",
    licenses=(
        Claim("CC-BY-NC-ND-4.0", "recall of Zenodo 7153205, unverified", "2026-11"),
        Claim("LicenseRef-unknown", 'first source list (002): "Public"', "2026-11"),
    ),
    cite=("doi:10.5281/zenodo.7153205", "doi:10.1016/j.media.2021.102027"),
    modality=CT,
    source=Zenodo(record="7153205"),
    layout=Pairs(
        image="**/data*/LNDb-{case}.mhd",
        label="**/masks/LNDb-{case}_rad1.mhd",
    ),
    labels={ANY: "lung_nodule"},  # findings, by the reader's numbers
    cases=294,
    about=About(
        known="source",
        region=("chest",),
        shows=("lung nodules", "Fleischner score, texture and volume, in CSV"),
        scans=294,
        counts=(
            Claim("two radiologists", "first source list (002): up to three of five", "2026-11"),
        ),
        formats=("MetaImage", "CSV"),
        splits="236 train, 58 test; masks for train only",
        annotated_by="experts",
        quality="readers differ, and their findings include some that are no nodules",
        typical="512x512x251 to 631 voxels, pixels of 0.43 to 0.89 mm, slices of 0.5 to 1.4 mm",
        best_for="nodule segmentation, follow-up by Fleischner",
        tags=("oncology", "pulmonology", "benchmark"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield LNDB
