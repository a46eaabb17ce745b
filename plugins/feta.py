"""FeTA: fetal brains, reconstructed from T2-weighted MR, with masks of seven tissues (2021-2024).

The 80 subjects from Zurich come in one archive from Synapse: 40 reconstructed by mialSRTK, 40 by
IRTK. The 40 from Vienna are asked for separately and are no part of this plugin. Releases are
feta_2.1 to feta_2.4; the last adds biometry below ``derivatives``.
"""

from collections.abc import Iterator

from medreg import MR, About, Claim, Dataset, Gate, Pairs, Synapse, hookimpl

SYNAPSE = "https://www.synapse.org/Synapse:syn25649159"

FETA = Dataset(
    name="feta",
    title="Fetal Tissue Annotation",
    homepage="https://fetachallenge.github.io/",
    licenses=(
        Claim(
            "LicenseRef-FeTA-DUA",
            source=f"{SYNAPSE}, as nnLandmark quotes it: for research and education only",
            date="2026-11",
        ),
    ),
    cite=("doi:10.1038/s41597-021-00946-3", "doi:10.5281/zenodo.11192452"),
    modality=MR,
    source=Synapse("syn25649833", files=("feta_2.4.zip",)),
    layout=Pairs(image="**/{case}/anat/*_T2w.nii.gz", label="**/{case}/anat/*_dseg.nii.gz"),
    labels={
        1: "external_cerebrospinal_fluid",
        2: "gray_matter",
        3: "white_matter",
        4: "brain_ventricle",
        5: "cerebellum",
        6: "deep_gray_matter",
        7: "brainstem",
    },
    cases=80,
    patients="each case",
    gate=Gate(kind="agreement", terms=SYNAPSE),
    about=About(
        known="source",
        also=("FeTA", "FeTA 2021", "FeTA 2022", "FeTA 2024"),
        region=("head",),
        scans=80,
        patients=80,
        counts=(Claim("120 scans", "openmedlab FeTA.md: with the 40 from Vienna", date="2026-11"),),
        formats=("NIfTI", "BIDS"),
        annotated_by="experts",
        quality="two ways of reconstruction; many subjects have malformations",
        typical="256 x 256 x 256 voxels of 0.5 mm (median)",
        best_for="the fetal brain",
        tags=("neurology", "benchmark"),
    ),
    notes="gray matter (2) is cortical; deep gray matter (6) is a part of its whole",
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield FETA
