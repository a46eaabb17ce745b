"""NAKO: whole-body MR of some 30,000 people of the German National Cohort, aged 20 to 69.

Five centers with the same 3 T scanner: head, spine, heart and vessels, lungs, abdomen. 30,000 were
scanned at the baseline and 19,000 again. No image is public: one applies for a project and works
under a contract. So this is a signpost, and no annotation comes with it.
"""

from collections.abc import Iterator

from medreg import MR, About, Claim, Dataset, Gate, Manual, hookimpl

NAKO = Dataset(
    name="nako",
    title="German National Cohort (NAKO), MR study",
    homepage="https://nako.de/en/",
    licenses=(
        Claim(
            "LicenseRef-NAKO-application",
            source="recall, unverified: applications go through the TransferHub",
            date="2026-11",
        ),
    ),
    cite=("doi:10.1055/s-0042-104510",),
    modality=MR,
    source=Manual(
        files=("nako",),
        steps="Apply for the data of a project at NAKO's TransferHub: https://transfer.nako.de/\n"
        "Sign the contract of use; the images are handed over then\n"
        "Put them into a folder nako",
    ),
    annotation="none",
    patients="unknown",
    restricted=True,
    gate=Gate(kind="application", terms="https://transfer.nako.de/"),
    about=About(
        known="secondary",
        also=("GNC", "German National Cohort", "German National Cohort (NAKO) MRI"),
        region=("whole body",),
        shows=("whole-body MR",),
        patients=30000,
        counts=(
            Claim("30,000 subjects planned", "first source list (002)", "2026-11"),
            Claim(
                "more than 30,000 at the baseline, 19,000 again",
                source="https://nako.de/en/participating/examinations/mri-examination/",
                date="2026-11",
            ),
        ),
        formats=("DICOM",),
        best_for="whole-body MR of a population",
        tags=("healthy", "longitudinal", "body composition"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield NAKO
