"""CBIS-DDSM: digitized film mammograms, curated from DDSM, with masks of masses and calcifications.

1,566 women; the archive counts 6,671 patients because each image and each lesion has a PatientID of
its own (``Calc-Test_P_00038_LEFT_CC_1``): the P number is the patient. A mask and a crop share a
series, in no fixed order, and a lesion's series is not its image's. The CSV files name paths of an
older release: join by names, not by paths. Women appear in both mass and calcification sets.
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
        ),
        classes={0: "benign", 1: "malignant", 2: "benign_without_callback"},
        formats=("DICOM", "CSV"),
        contents="{Calc,Mass}-{Training,Test}_P_00038_LEFT_CC[_1]/{study}/MG_{series}: 2,857 "
        "series of full mammograms, 1,681 of masks, 1,991 of crops",
        splits="Training and Test, in the names",
        best_for="masses and calcifications in mammography",
        tags=("oncology", "benchmark"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield CBIS_DDSM
