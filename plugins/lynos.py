"""LyNoS: 15 contrast CT of the chest with lymph nodes and three organs beside them (SINTEF, 2022).

One file per structure; stations of each node are in stations_sto.csv. The scans are those of
AeroPath, under other numbers (Pat1 is its case 2, Pat10 its case 1, from Pat11 on they agree):
somebody compared SHA-256 of all 15, no publisher says so. Who outlined the organs is not told.
The record has the license CC BY 4.0; "MIT" is the one of the code. A copy is andreped/LyNoS at
Hugging Face. NIH's CT Lymph Nodes (176 patients, IDC's ct_lymph_nodes) is another dataset.
"""

from collections.abc import Iterator

from medreg import CT, About, Claim, Dataset, PerLabel, Zenodo, hookimpl

LYNOS = Dataset(
    name="lynos",
    title="LyNoS, mediastinal lymph nodes in contrast CT",
    homepage="https://github.com/raidionics/LyNoS",
    licenses=(
        Claim("CC-BY-4.0", "an audit that quotes the API of Zenodo record 10102261", "2026-11"),
        Claim("MIT", 'README of raidionics/LyNoS: "the code in this repository"', "2026-11"),
        Claim("LicenseRef-unknown", 'first source list (002): "Open"', "2026-11"),
    ),
    cite=("doi:10.1080/21681163.2022.2043778",),
    modality=CT,
    source=Zenodo(record="10102261", files=("LyNoS.zip",)),
    layout=PerLabel(
        image="**/{case}/pat{n}_data.nii.gz",
        label="**/{case}/pat{n}_labels_{label}.nii.gz",
        priority=("LymphNodes", "Azygos", "SubCarArt", "Esophagus"),
    ),
    labels={
        "LymphNodes": "lymph_node",
        "Azygos": "azygos_vein",
        "SubCarArt": "subclavian_and_carotid_artery",
        "Esophagus": "esophagus",
    },
    cases=15,
    patients="each case",
    about=About(
        known="source",
        also=("LyNoS - mediastinal lymph nodes",),
        region=("chest",),
        scans=15,
        patients=15,
        size_gb=2.9,
        counts=(
            Claim("variable; 3 structures", "first source list (002), unsupported", "2026-11"),
        ),
        formats=("NIfTI", "CSV"),
        annotated_by="experts",
        quality="each scan is also a scan of AeroPath; the folder in the zip is called Benchmark, "
        "LyNoS in the README, which also speaks of brachiocephalic veins",
        typical="slices of 0.5 mm, pixels of 0.65 to 0.82 mm",
        best_for="lymph node stations",
        tags=("oncology",),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield LYNOS
