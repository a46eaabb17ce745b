"""BTCV: portal venous CT of the abdomen with 13 organs (MICCAI 2015), known as Synapse.

30 training scans are labelled; the masks of 20 test scans were never published. It is the usual
benchmark: keep it for testing. Its scans also appear in the multi-organ reference standard of
Zenodo record 1169361 and in AbdomenAtlas. The terms at Synapse were not read: registration shows
them.
"""

from collections.abc import Iterator

from medreg import CT, About, Claim, Dataset, Gate, Pairs, Synapse, hookimpl

BTCV = Dataset(
    name="btcv",
    title="Multi-Atlas Labeling Beyond the Cranial Vault: Abdomen",
    homepage="https://www.synapse.org/#!Synapse:syn3193805",
    licenses=(
        Claim("CC-BY-4.0", source="AbdomenAtlas table of sources", date="2026-11"),
        Claim("CC-BY-4.0", source="README of the CADS dataset", date="2026-11"),
        Claim("CC-BY-NC-4.0", source="first source list (000), unsupported", date="2026-11"),
        Claim("LicenseRef-Research", source="first source list (002), unsupported", date="2026-11"),
    ),
    cite=("https://www.synapse.org/#!Synapse:syn3193805/wiki/217785",),
    modality=CT,
    source=Synapse("syn3376386", files=("RawData.zip",)),  # its folder Abdomen; 1.5 GB
    layout=Pairs(
        image="**/Training/img/img{case}.nii.gz", label="**/Training/label/label{case}.nii.gz"
    ),
    labels={
        1: "spleen",
        2: "kidney_right",
        3: "kidney_left",
        4: "gallbladder",
        5: "esophagus",
        6: "liver",
        7: "stomach",
        8: "aorta",
        9: "inferior_vena_cava",
        10: "portal_and_splenic_vein",
        11: "pancreas",
        12: "adrenal_gland_right",
        13: "adrenal_gland_left",
    },
    cases=30,
    gate=Gate(kind="registration", terms="https://www.synapse.org/#!Synapse:syn3193805"),
    about=About(
        known="source",
        also=(
            "Multi-Atlas Labeling",
            "Synapse",
            "Synapse Multi-Organ",
            "Beyond the Cranial Vault",
            "syn3193805",
        ),
        region=("abdomen",),
        scans=50,
        size_gb=1.5,
        counts=(
            Claim("12 structures", source="first source list (002), unsupported", date="2026-11"),
            Claim("10 GB", source="first source list (000), unsupported", date="2026-11"),
        ),
        formats=("NIfTI",),
        splits="30 train, 20 test without masks",
        best_for="testing many organs",
        tags=("benchmark", "external validation"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield BTCV
