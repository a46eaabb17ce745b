"""FLARE22: abdominal CT for semi-supervised learning, 50 labelled and 2,000 not (MICCAI 2022).

The labelled ones are abdomenct_12organ, which Zenodo hands out without registration. The tuning set
of 50 has had masks since the challenge in one description, and none in another. The 200 test cases
were never seen in a loader; names of theirs repeat those of the tuning set, so they are left out.
The challenge's rules forbade to pass data on, and called them free to use from February 2023; they
name no license.
"""

from collections.abc import Iterator

from medreg import CT, About, Claim, Dataset, Gate, Manual, Pairs, hookimpl

FLARE22 = Dataset(
    name="flare22",
    title="Fast and Low-resource semi-supervised Abdominal oRgan sEgmentation 2022",
    homepage="https://flare22.grand-challenge.org/",
    licenses=(
        Claim("CC-BY-NC-SA-4.0", source="kaiko-ai/eva, on the labelled 50", date="2026-11"),
        Claim(
            "LicenseRef-FLARE22-rules",
            source="https://flare22.grand-challenge.org/Rules/ (5)",
            date="2026-11",
            rank="publisher",
        ),
        Claim("LicenseRef-unknown", source="amid, amid/flare2022.py: none", date="2026-11"),
        Claim("CC-BY-NC-ND-4.0", source="first source list (002), no version", date="2026-11"),
    ),
    cite=("arXiv:2308.05862",),
    modality=CT,
    source=Manual(
        files=("Training", "Tuning"),
        steps="Register at https://flare22.grand-challenge.org/\n"
        "Open https://flare22.grand-challenge.org/Dataset/ and download the folders",
    ),
    layout=Pairs(
        image="**/images/{case}_0000.nii.gz | **/FLARE22_UnlabeledCase*/**/{case}_0000.nii.gz",
        label="**/labels/{case}.nii.gz",
    ),
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
    cases=2100,
    gate=Gate(kind="registration", terms="https://flare22.grand-challenge.org/Rules/"),
    about=About(
        known="source",
        also=("FLARE 2022", "FLARE2022"),
        region=("abdomen",),
        scans=2300,
        annotated=50,
        size_gb=247,
        counts=(Claim("2,100 scans", "first source list (002): without the test", "2026-11"),),
        formats=("NIfTI",),
        splits="50 with masks and 2,000 without (train), 50 (tuning), 200 (test)",
        quality="some 20 centers",
        best_for="semi-supervised learning",
        tags=("benchmark", "oncology"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield FLARE22
