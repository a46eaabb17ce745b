"""NLST: low-dose chest CT of 26,254 people in three years of lung cancer screening (TCIA, 2011).

11 TB; the images are open, only the trial's clinical tables are asked for at CDAS
(https://biometry.nci.nih.gov/cdas/studies/nlst). A series is a case: of one visit there are
several, by kernel and slice thickness, and localizers of one or two slices among them. No masks
came with it, but others made some, also in the Imaging Data Commons: organs by TotalSegmentator
(totalsegmentator_ct_segmentations), lesions by hand (nlstseg, and lidc_annot_nlst501). 54,000
people took part in the trial; half of them had radiographs instead.
"""

from collections.abc import Iterator

from medreg import CT, About, Claim, Dataset, DicomSeries, Idc, hookimpl

NLST = Dataset(
    name="nlst",
    title="National Lung Screening Trial",
    homepage="https://www.cancerimagingarchive.net/collection/nlst/",
    licenses=(
        Claim("CC-BY-4.0", "idc-index-data 25.0.5 (IDC v25): all CT", "2026-11", "archive"),
        Claim("CC-BY-3.0", "neuro-ml/amid, amid/nlst.py", "2026-11"),
        Claim(
            "LicenseRef-TCIA-Restricted",
            "first source list (003), limited access; unsupported",
            "2026-11",
        ),
    ),
    cite=("doi:10.7937/TCIA.HMQ8-J677", "doi:10.1056/NEJMoa1102873"),
    modality=CT,
    source=Idc(collection="nlst", modalities=("CT",)),
    layout=DicomSeries(image="{patient}/*/CT_{case}/*.dcm"),
    annotation="none",
    cases=203087,
    patients="by layout",
    about=About(
        known="source",
        also=("National Lung Screening Trial (NLST)",),
        region=("chest",),
        scans=203087,
        patients=26254,
        size_gb=11137.33,
        counts=(
            Claim(
                "26,410 patients with those of 1,259 pathology slides; 21,088,140 instances",
                "idc-index-data 25.0.5",
                "2026-11",
            ),
            Claim("54,000 participants, 42,165,004 images", "first source list (003)", "2026-11"),
            Claim("11.3 TB", "first source list (003)", "2026-11"),
            Claim("12,005.61 GB, slides too", "idc-index-data 25.0.5", "2026-11"),
        ),
        formats=("DICOM",),
        quality="several series of one visit; localizers among them",
        best_for="low-dose CT screening, pretraining",
        tags=("oncology", "pulmonology", "foundation model", "longitudinal", "clinical data"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield NLST
