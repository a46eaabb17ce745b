"""CHAOS: abdominal CT and MR of healthy people, in DICOM, with masks as PNG slices (2019).

20 CT and 20 MR patients are labelled; the masks of as many test patients were never published.
CT has the liver alone; MR has four organs, as gray values, and no pancreas. The loader SAT-DS reads
ranges about these values (55 to 70, 110 to 135, 175 to 200, above 240): here any other value is a
finding. The in- and out-phase images of T1-DUAL were acquired together and share one mask; T2-SPIR
has its own, so 40 MR patients are 120 series. The license text inside the archive was not read
here: third parties quote it in two ways. No registration is needed, though an early list asks it.
"""

from collections.abc import Iterator, Mapping

from medreg import CT, MR, About, Claim, Dataset, Http, PngStack, hookimpl
from medreg.model import Modality

Labels = Mapping[int | str, str]

MR_LABELS: Labels = {63: "liver", 126: "kidney_right", 189: "kidney_left", 252: "spleen"}
T1 = "**/MR/{case}/T1DUAL"
T2 = "**/MR/{case}/T2SPIR"


def _chaos(
    name: str,
    title: str,
    modality: Modality | Mapping[str, Modality],
    layout: PngStack,
    labels: Labels,
) -> Dataset:
    return Dataset(
        name=name,
        title=f"Combined Healthy Abdominal Organ Segmentation, {title}",
        homepage="https://chaos.grand-challenge.org/",
        licenses=(
            Claim("CC-BY-SA-4.0", source="AbdomenAtlas table of sources", date="2026-11"),
            Claim(
                "CC-BY-NC-SA-4.0",
                source="README_LICENCE_CHAOS_MR.txt of Learn2Reg, as a mirror quotes it",
                date="2026-11",
            ),
            Claim(
                "LicenseRef-Research",
                source="first source lists (000, 002), unsupported",
                date="2026-11",
            ),
        ),
        cite=("doi:10.1016/j.media.2020.101950", "doi:10.5281/zenodo.3431873"),
        modality=modality,
        source=Http(urls=("https://zenodo.org/records/3431873/files/CHAOS_Train_Sets.zip",)),
        layout=layout,
        labels=labels,
        cases=20,
        patients="each case",
        about=About(
            known="source",
            also=("CHAOS 2019", "CHAOS (CT-MR Challenge)"),
            region=("abdomen",),
            scans=40,
            patients=40,
            counts=(
                Claim("60 CT and 60 MR", "first source list (000), unsupported", date="2026-11"),
                Claim("80 patients", "CT and MR together: 40 of each", date="2026-11"),
                Claim("10 GB", "first source list (000), unsupported", date="2026-11"),
            ),
            formats=("DICOM", "PNG"),
            splits="20 train, 20 test without masks",
            best_for="healthy organs, CT to MR",
            tags=("healthy", "benchmark"),
        ),
    )


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield CT, and MR by sequence."""
    yield _chaos(
        "chaos_ct",
        "CT",
        CT,
        PngStack(image="**/CT/{case}/DICOM_anon/*.dcm", mask="**/CT/{case}/Ground/*.png"),
        {255: "liver"},
    )
    yield _chaos(
        "chaos_mr_t1dual",
        "MR T1-DUAL",
        {"t1_in": MR, "t1_out": MR},
        PngStack(
            image={
                "t1_in": f"{T1}/DICOM_anon/InPhase/*.dcm",
                "t1_out": f"{T1}/DICOM_anon/OutPhase/*.dcm",
            },
            mask=f"{T1}/Ground/*.png",
        ),
        MR_LABELS,
    )
    yield _chaos(
        "chaos_mr_t2spir",
        "MR T2-SPIR",
        MR,
        PngStack(image=f"{T2}/DICOM_anon/*.dcm", mask=f"{T2}/Ground/*.png"),
        MR_LABELS,
    )
