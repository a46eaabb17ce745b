"""UK Biobank imaging: brain, heart, body and retina of up to 100,000 participants in one country.

An application with a fee and a material transfer agreement; data are dispensed by field, and what
is derived comes back to UK Biobank. An early list has four rows as if they were four cohorts: it is
one, so that a participant (eid) is the same person in all of them. Nothing of it may be passed on.
"""

from collections.abc import Iterator

from medreg import MR, About, Claim, Dataset, Gate, Manual, Modality, Portal, hookimpl
from medreg.model.about import Region, Tag

APPLY = "https://www.ukbiobank.ac.uk/enable-your-research/apply-for-access"
IMAGING = "doi:10.1038/s41467-020-15948-9"
WAY_IN = f"""Apply at {APPLY}, sign the material transfer agreement and pay the access fee
Ask for the bulk fields you need: https://biobank.ndph.ox.ac.uk/showcase"""
ACK = "This research has been conducted using the UK Biobank Resource under application number [ ]."


def _uk_biobank(  # noqa: PLR0913  # all by name
    part: str,
    title: str,
    *modality: Modality,
    contents: str,
    region: Region,
    shows: tuple[str, ...],
    tags: tuple[Tag, ...],
    cite: str = IMAGING,
    also: tuple[str, ...] = (),
    field: str = "",
    formats: tuple[str, ...] = ("DICOM",),
) -> Dataset:
    return Dataset(
        name=f"uk_biobank{part}",
        title=f"UK Biobank {title}",
        homepage="https://www.ukbiobank.ac.uk",
        licenses=(Claim("LicenseRef-UKB-MTA", source="recall, unverified", date="2026-11"),),
        cite=(cite,),
        modality=modality,
        source=Manual(files=(field,), steps=f"{WAY_IN}\nFetch it with ukbfetch into {field}")
        if field
        else Portal(steps=f"{WAY_IN}\nmedreg list uk_biobank names its kinds of imaging"),
        annotation="none",
        restricted=True,
        gate=Gate(kind="application", terms=APPLY),
        about=About(
            known="recall",
            also=also,
            region=(region,),
            shows=shows,
            counts=(Claim("100000 subjects", "first source list (002), unsupported", "2026-11"),),
            formats=formats,
            contents=contents,
            best_for="imaging of a population",
            tags=("healthy", "foundation model", *tags),
            acknowledge=ACK,  # 5.15 of the agreement, quoted by files on GitHub, 2026-11
        ),
    )


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the portal and its four kinds of imaging."""
    yield _uk_biobank(
        "",
        "(imaging)",
        *(MR, Modality.OPT, Modality.US, Modality.DX),
        contents="a folder per field (20208, 20209, ...) once dispensed",
        region="whole body",
        shows=("brain", "heart", "organs", "retina"),
        formats=("DICOM", "NIfTI"),
        tags=("clinical data", "longitudinal"),
    )
    yield _uk_biobank(
        "_brain",
        "brain MR",
        MR,
        field="20252",
        contents="field 20252: T1-weighted MR in NIfTI, a zip per participant and visit",
        region="head",
        shows=("brain",),
        formats=("DICOM", "NIfTI"),
        tags=("neurology",),
        cite="doi:10.1038/nn.4393",
        also=("UK Biobank Brain", "UK Biobank Brain imaging"),
    )
    yield _uk_biobank(
        "_cmr",
        "cardiovascular MR",
        MR,
        field="20209",
        contents="fields 20208 (long axis) and 20209 (short axis), a zip per participant",
        region="heart",
        shows=("heart",),
        tags=("cardiology",),
        cite="doi:10.1186/s12968-016-0227-4",
        also=("UK Biobank CMR",),
    )
    yield _uk_biobank(
        "_body",
        "body MR and DXA",
        *(MR, Modality.DX),
        field="20201",
        contents="fields 20201 (Dixon MR) and 20158 (DXA), a zip per participant",
        region="whole body",
        shows=("organs", "bone", "fat"),
        tags=("body composition",),
        also=("UK Biobank Imaging", "UK Biobank body imaging"),
    )
    yield _uk_biobank(
        "_oct",
        "retinal OCT",
        Modality.OPT,
        field="21017",
        contents="fields 21017 (left eye) and 21018 (right eye)",
        region="eye",
        shows=("retina",),
        formats=("FDA", "DICOM"),
        tags=("ophthalmology",),
    )
