"""LPBA40: 40 healthy brains in T1-weighted MR, 56 structures drawn by hand (LONI, 2008).

Published in three spaces; cases are those of delineation space, skull-stripped, as pairs of .hdr
and .img. An Analyze header does not say how a brain lies: look which side is left before you trust
one. Odd values are left, even ones right, up to 166. The server is LONI's, not TCIA as an early
list says, whose download command cannot work.
"""

from collections.abc import Iterator

from medreg import MR, About, Claim, Dataset, Gate, Manual, Pairs, hookimpl

HOME = "https://resource.loni.usc.edu/resources/atlases-downloads/"
CASE = "**/{case}/{case}.delineation."  # an .img lies beside each .hdr
LEFT = {  # the value of the left one
    21: "superior_frontal_gyrus",
    23: "middle_frontal_gyrus",
    25: "inferior_frontal_gyrus",
    27: "precentral_gyrus",
    29: "middle_orbitofrontal_gyrus",
    31: "lateral_orbitofrontal_gyrus",
    33: "gyrus_rectus",
    41: "postcentral_gyrus",
    43: "superior_parietal_gyrus",
    45: "supramarginal_gyrus",
    47: "angular_gyrus",
    49: "precuneus",
    61: "superior_occipital_gyrus",
    63: "middle_occipital_gyrus",
    65: "inferior_occipital_gyrus",
    67: "cuneus",
    81: "superior_temporal_gyrus",
    83: "middle_temporal_gyrus",
    85: "inferior_temporal_gyrus",
    87: "parahippocampal_gyrus",
    89: "lingual_gyrus",
    91: "fusiform_gyrus",
    101: "insular_cortex",
    121: "cingulate_gyrus",
    161: "caudate_nucleus",
    163: "putamen",
    165: "hippocampus",
}
SIDED: dict[int | str, str] = {
    value + right: f"{name}_{side}"
    for value, name in LEFT.items()
    for right, side in enumerate(("left", "right"))
}

LPBA40 = Dataset(
    name="lpba40",
    title="LONI Probabilistic Brain Atlas",
    homepage=HOME,
    licenses=(Claim("LicenseRef-LONI", source="recall, unverified", date="2026-11"),),
    cite=("doi:10.1016/j.neuroimage.2007.09.031",),
    modality=MR,
    source=Manual(
        files=("LPBA40",),
        steps=f"Register at {HOME}, accept the terms and download LPBA40 with its single subjects\n"
        "Unpack it: the folder LPBA40 holds delineation_space with a folder per subject",
    ),
    layout=Pairs(image=CASE + "skullstripped.hdr", label=CASE + "structure.label.hdr"),
    labels={**SIDED, 181: "cerebellum", 182: "brainstem"},
    cases=40,
    patients="each case",
    restricted=True,
    gate=Gate(kind="agreement", terms=HOME),
    about=About(
        known="secondary",
        also=("LPBA40", "LONI Probabilistic Brain Atlas"),
        region=("head",),
        scans=40,
        patients=40,
        counts=(
            Claim("5 GB", "first source list (000); about 1 GB by recall", date="2026-11"),
            Claim("hosted by TCIA", "first source list (000), wrong: LONI", date="2026-11"),
        ),
        formats=("Analyze", "NIfTI"),
        annotated_by="experts",
        quality="sides hang on how the Analyze header is read",
        best_for="cortical regions; registration",
        tags=("neurology", "healthy", "benchmark"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield LPBA40
