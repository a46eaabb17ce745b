"""KiTS19: late arterial CT of kidneys with tumors, before surgery (MICCAI 2019).

210 of 300 cases are labelled and public; the 90 of the test set came out with KiTS21. Cysts belong
to the kidney here. KiTS21 and KiTS23 hold the same patients under the same numbers, with masks
redone. TCIA shows the same 210 scans as DICOM under CC BY 3.0 (C4KC-KiTS, 41 GB,
doi:10.7937/tcia.2019.ix49e8nx): a more permissive license. Arrays lie slice first, which the
affine says. Images and masks are apart.
"""

from collections.abc import Iterator

from medreg import (
    CT,
    About,
    Claim,
    Clinical,
    Column,
    Dataset,
    GitHub,
    HuggingFace,
    Pairs,
    Parts,
    hookimpl,
)

KITS19 = Dataset(
    name="kits19",
    title="2019 Kidney and Kidney Tumor Segmentation Challenge",
    homepage="https://kits19.grand-challenge.org/",
    licenses=(
        Claim(
            "CC-BY-NC-SA-4.0",
            source="https://github.com/neheller/kits19 data/LICENSE",
            date="2026-11",
            rank="publisher",
        ),
        Claim("CC-BY-NC-SA-4.0", source="AbdomenAtlas table of sources (KiTS)", date="2026-11"),
        Claim("CC-BY-NC-4.0", source="first source list (000), unsupported", date="2026-11"),
    ),
    cite=("doi:10.1016/j.media.2020.101821", "arXiv:1904.00445"),
    modality=CT,
    source=Parts(
        images=HuggingFace(
            repo="neheller/KiTS-Challenge-Imaging",
            files=("images/case_000??.nii.gz", "images/case_001??.nii.gz", "images/case_0020?.*"),
        ),
        labels=GitHub(
            repo="neheller/kits19",
            revision="456b293435b25303bbc7995f094f83a0afdff0eb",
            files=("data/case_*/segmentation.nii.gz", "data/kits.json"),
        ),
    ),
    layout=Pairs(
        image="**/case_{case}/imaging.nii.gz | **/images/case_{case}.nii.gz",
        label="**/case_{case}/segmentation.nii.gz",
    ),
    labels={1: "kidney", 2: "kidney_tumor"},  # the tumor is carved out of the kidney
    cases=210,
    patients="each case",
    clinical=(
        Clinical(
            file="data/kits.json",
            key="case_id",
            columns=(
                Column("age", "age_at_nephrectomy", "number", "years"),
                Column("sex", "gender", "sex"),
                Column("bmi", "body_mass_index", "number", "kg/m2"),
                Column("smoking", "smoking_history"),
                Column("tumor_size", "radiographic_size", "number", "cm"),
            ),
        ),
    ),
    about=About(
        known="source",
        also=("C4KC-KiTS", "c4kc_kits"),
        region=("abdomen",),
        scans=300,
        patients=210,
        counts=(Claim("40.72 GB", "IDC v25: C4KC-KiTS, as DICOM", "2026-11"),),
        formats=("NIfTI", "DICOM (C4KC-KiTS)"),
        splits="210 train, 90 test",
        quality="errors corrected in 2019-04 and 2019-12, see changelog.md of its repository",
        best_for="kidney tumors",
        tags=("oncology", "clinical data"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield KITS19
