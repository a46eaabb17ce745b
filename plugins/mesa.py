"""MESA: cardiac CT and MR in a cohort of four ethnic groups, followed for coronary disease (2000-).

More than 6,500 participants with calcium scores, risk factors and events. Data are asked for at
NHLBI's BioLINCC or MESA's coordinating center; whether images come with them, and in which form,
was not seen.
"""

from collections.abc import Iterator

from medreg import CT, MR, About, Claim, Dataset, Gate, Manual, hookimpl

TERMS = "https://biolincc.nhlbi.nih.gov/studies/mesa/"

MESA = Dataset(
    name="mesa",
    title="Multi-Ethnic Study of Atherosclerosis",
    homepage="https://www.mesa-nhlbi.org/",
    licenses=(Claim("LicenseRef-NHLBI-BioLINCC-DUA", source="recall, unverified", date="2026-11"),),
    cite=("doi:10.1093/aje/kwf113",),
    modality=(CT, MR),
    source=Manual(
        files=("mesa",),
        steps=f"Ask for the data at {TERMS}: a plan of research and ethics approval are needed\n"
        "Ask the coordinating center (https://www.mesa-nhlbi.org) for images\n"
        "Put what was granted into a folder mesa",
    ),
    annotation="class",
    patients="by layout",
    restricted=True,
    gate=Gate(kind="application", terms=TERMS),
    about=About(
        known="recall",
        also=("MESA",),
        region=("heart", "chest"),
        shows=("coronary calcium",),
        counts=(Claim("6500 participants", "first source list (002): more than", date="2026-11"),),
        formats=("DICOM",),
        annotated_by="experts",
        best_for="validation against events",
        tags=("cardiology", "clinical data", "external validation", "longitudinal"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield MESA
