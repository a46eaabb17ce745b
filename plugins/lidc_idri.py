"""LIDC-IDRI: 1,018 chest CT of 1,010 people, nodules outlined by four radiologists (TCIA, 2011).

Each reader drew alone, then again after seeing the others; the mask is what at least half of
those who outlined a nodule agree on. The XML lie beside the CT only when the NBIA Data Retriever
brings them: the Imaging Data Commons has the same series without, and as DICOM SEG one file per
nodule and reader (dicom_lidc_idri_nodules, 6,859 SEG). 290 radiographs are in the same
collection: leave them out. Four series have unequal distances between slices. There is no PET.
"""

from collections.abc import Iterator

from medreg import CT, About, Claim, Dataset, LidcXml, Manual, hookimpl

SERIES = "**/{patient}/*/{case}"

LIDC_IDRI = Dataset(
    name="lidc_idri",
    title="LIDC-IDRI, Lung Image Database Consortium image collection",
    homepage="https://www.cancerimagingarchive.net/collection/lidc-idri/",
    licenses=(
        Claim("CC-BY-3.0", "idc-index-data 25.0.5 (IDC v25): all series", "2026-11", "archive"),
        Claim(
            "LicenseRef-unknown", 'first source lists: "TCIA/NIH" (000), "Public" (002)', "2026-11"
        ),
    ),
    cite=("doi:10.7937/K9/TCIA.2015.LO9QL9SX", "doi:10.1118/1.3528204"),
    modality=CT,
    source=Manual(
        files=("LIDC-IDRI",),
        steps="Open https://www.cancerimagingarchive.net/collection/lidc-idri/, then Search\n"
        "Keep the 1,018 series of CT and download their manifest; no login is needed\n"
        "Open it with the NBIA Data Retriever: it brings a folder LIDC-IDRI, XML included",
    ),
    layout=LidcXml(image=f"{SERIES}/*.dcm", label=f"{SERIES}/*.xml"),
    labels={"nodule": "lung_nodule"},
    cases=1018,
    patients="by layout",
    about=About(
        known="source",
        also=("LIDC", "Lung Image Database Consortium", "LIDC-IDRI (Lung)"),
        region=("chest",),
        shows=("nodule of 3 mm or more", "smaller nodule", "what is no nodule, of 3 mm or more"),
        scans=1018,
        patients=1010,
        size_gb=128.41,
        counts=(
            Claim("133.15 GB, radiographs too", "idc-index-data 25.0.5", "2026-11"),
            Claim("1K+ scans, 150 GB", "first source list (000), unsupported", "2026-11"),
            Claim("1,186 nodules, which is LUNA16", "first source list (002)", "2026-11"),
            Claim("1,018 cases, 125 GB, PET/CT", "first source list (003), unsupported", "2026-11"),
        ),
        formats=("DICOM", "XML"),
        annotated_by="experts",
        quality="up to four outlines of one nodule; nodules below 3 mm are a point only; "
        "an early list asks for a registration, which there is none",
        best_for="lung nodules with the consensus of readers; nine ratings of each nodule",
        tags=("oncology", "pulmonology", "benchmark"),
        contact="help@cancerimagingarchive.net",
        # source: public files on GitHub that quote it as required, 2026-11
        acknowledge="The authors acknowledge the National Cancer Institute and the Foundation for "
        "the National Institutes of Health, and their critical role in the creation "
        "of the free publicly available LIDC/IDRI Database used in this study.",
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield LIDC_IDRI
