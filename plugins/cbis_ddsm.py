"""CBIS-DDSM: digitized film mammograms, curated from DDSM, with masks of masses and calcifications.

1,566 women; the archive counts 6,671 patients because each image and each lesion has a PatientID of
its own (``Calc-Training_P_00005_RIGHT_CC_1``): the P number is the patient. 246 images of Calc-Test
and 150 lesions are called ``P_00038_LEFT_CC.dcm`` and ``P_00038_LEFT_CC_1.dcm`` instead, and those
images have no SeriesDescription. A mask and a crop share a series, in no fixed order, whatever its
description says, and a lesion's series is not its image's. The CSV files name paths of an older
release: join by names, not by paths. Women appear in both mass and calcification sets.
"""

from collections.abc import Iterator

from medreg import About, Claim, Dataset, Idc, Modality, hookimpl

CBIS_DDSM = Dataset(
    name="cbis_ddsm",
    title="Curated Breast Imaging Subset of DDSM",
    homepage="https://www.cancerimagingarchive.net/collection/cbis-ddsm/",
    licenses=(
        Claim(
            "CC-BY-3.0",
            source="idc-index-data 25.0.5 (IDC v25): all 6,775 series",
            date="2026-11",
            rank="archive",
        ),
    ),
    cite=("doi:10.7937/k9/tcia.2016.7o02s9cy", "doi:10.1038/sdata.2017.177"),
    modality=(Modality.MG,),
    source=Idc(collection="cbis_ddsm"),
    patients="by layout",
    about=About(
        known="source",
        also=("CBIS-DDSM",),
        region=("breast",),
        shows=("mass", "calcification"),
        images=10239,
        patients=1566,
        size_gb=163.51,
        counts=(
            Claim("6671 patients", "IDC v25: PatientIDs, one per image or lesion", date="2026-11"),
            Claim("6,775 series, 3,568 lesions", "idc-index-data 25.0.5", date="2026-11"),
        ),
        classes={0: "benign", 1: "malignant", 2: "benign_without_callback"},
        formats=("DICOM", "CSV"),
        contents="{Calc,Mass}-{Training,Test}_P_00005_RIGHT_CC[_1]/{study}/MG_{series}, or "
        "P_00038_LEFT_CC[_1].dcm/...: 3,103 series of full mammograms, 3,464 of a mask with its "
        "crop, 104 of masks and 104 of crops alone",
        splits="Training and Test, in the names; 396 names without either are of Calc-Test",
        best_for="masses and calcifications in mammography",
        tags=("oncology", "benchmark"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield CBIS_DDSM
