"""QIN-HEADNECK: PET/CT of 279 people with head and neck cancer, before and after therapy (Iowa).

59 of them have tumors outlined on the PET, several times by three readers, as DICOM SEG, and
measurements as SR. TCIA gives it out under its restricted license alone, and the Imaging Data
Commons has none of it. SAROS took scans of it: its masks need these images.
"""

from collections.abc import Iterator

from medreg import CT, PT, About, Claim, Dataset, Gate, Manual, hookimpl

QIN_HEADNECK = Dataset(
    name="qin_headneck",
    title="QIN-HEADNECK",
    homepage="https://doi.org/10.7937/K9/TCIA.2015.K0F5CGLI",
    licenses=(
        Claim(
            "LicenseRef-TCIA-Restricted",
            source="README of UMEssen/saros-dataset, list of restricted collections",
            date="2026-11",
        ),
    ),
    cite=("doi:10.7937/k9/tcia.2015.k0f5cgli", "doi:10.7717/peerj.2057"),
    modality=(PT, CT),
    source=Manual(
        files=("QIN-HEADNECK",),
        steps="Sign TCIA's restricted license agreement and send it to "
        "help@cancerimagingarchive.net\n"
        "Log in at https://www.cancerimagingarchive.net/ and take the collection's manifest\n"
        "Open it with the NBIA Data Retriever: a folder QIN-HEADNECK appears",
    ),
    annotation="segmentation",
    patients="by layout",
    restricted=True,
    gate=Gate(
        kind="agreement",
        terms="https://www.cancerimagingarchive.net/data-usage-policies-and-restrictions/",
    ),
    about=About(
        known="secondary",
        also=("QIN-HeadNeck", "QIN-HEADNECK"),
        region=("head", "neck"),
        shows=("GTV",),
        patients=279,
        size_gb=201.2,
        counts=(
            Claim("279 patients, 701002 images, 201.2 GB", "first source list (003)", "2026-11"),
        ),
        formats=("DICOM", "DICOM SEG", "DICOM SR"),
        contents="QIN-HEADNECK-01-{NNNN}/{study}/{series}/*.dcm",
        annotated_by="experts",
        quality="59 of 279 patients have outlines; several of one tumor, by reader and tool",
        best_for="PET/CT response",
        tags=("oncology", "clinical data", "longitudinal"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield QIN_HEADNECK
