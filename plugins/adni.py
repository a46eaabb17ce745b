"""ADNI: brains of people who are healthy, mildly impaired or demented, followed for years (2004-).

MR and PET of more than 2,000 subjects, with diagnoses, cognition and biomarkers; no masks in bulk.
An application is reviewed, and nothing may be passed on. Later phases (ADNIGO, 2, 3, 4) are in the
same archive: subjects keep their number, so split by subject and never by scan.
"""

from collections.abc import Iterator

from medreg import MR, PT, About, Claim, Dataset, Gate, Manual, hookimpl

TERMS = "https://adni.loni.usc.edu/data-samples/adni-data/"

ADNI = Dataset(
    name="adni",
    title="Alzheimer's Disease Neuroimaging Initiative",
    homepage="https://adni.loni.usc.edu/",
    licenses=(Claim("LicenseRef-ADNI-DUA", source="recall, unverified", date="2026-11"),),
    cite=("doi:10.1002/jmri.21049",),
    modality=(MR, PT),
    source=Manual(
        files=("ADNI",),
        steps=f"Apply at {TERMS} and sign the Data Use Agreement\n"
        "When approved, make a collection in LONI's Image and Data Archive and download it\n"
        "Unpack it: the folder ADNI holds a folder per subject",
    ),
    annotation="class",
    patients="by layout",
    restricted=True,
    gate=Gate(kind="application", terms=TERMS),
    about=About(
        known="recall",
        also=("ADNI",),
        region=("head",),
        shows=("brain",),
        counts=(Claim("2000 subjects", "first source list (002): more than", date="2026-11"),),
        classes={"CN": "cognitively normal", "MCI": "mild impairment", "AD": "Alzheimer's disease"},
        formats=("DICOM", "NIfTI"),
        contents="ADNI/{subject}/{series}/{date}/I{image}/*.dcm",
        annotated_by="experts",
        best_for="dementia over time",
        tags=("neurology", "longitudinal", "clinical data", "healthy"),
        # source: public files on GitHub that quote it, 2026-11
        acknowledge="Data used in preparation of this article were obtained from the Alzheimer's "
        "Disease Neuroimaging Initiative (ADNI) database (adni.loni.usc.edu). As "
        "such, the investigators within the ADNI contributed to the design and "
        "implementation of ADNI and/or provided data but did not participate in "
        "analysis or writing of this report. A complete listing of ADNI investigators "
        "can be found at: "
        "http://adni.loni.usc.edu/wp-content/uploads/how_to_apply/ADNI_Acknowledgement_List.pdf",
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield ADNI
