"""NLSTseg: 605 low-dose CT of the NLST with 715 lung lesions drawn by hand (2025).

A mask counts the lesions of its scan: 1, 2, ... Which of them is a tumor (662) and which a nodule
(53) is told only in 1_Table.zip, Label.xlsx, column labels_type, so all are "lesion" here. Older
versions of the Zenodo record are closed; this one is open. The Imaging Data Commons has 601 of
the 605 as DICOM SEG (analysis result nlstseg of the collection nlst).
"""

from collections.abc import Iterator

from medreg import ANY, CT, About, Claim, Dataset, Pairs, Zenodo, hookimpl

NLSTSEG = Dataset(
    name="nlstseg",
    title="NLSTseg, lung cancer lesions in low-dose CT of the NLST",
    homepage="https://doi.org/10.5281/zenodo.14838349",
    licenses=(
        Claim(
            "CC-BY-4.0",
            "torch_em, torch_em/data/datasets/medical/nlstseg.py, of Zenodo 14838349",
            "2026-11",
        ),
        Claim("CC-BY-4.0", "idc-index-data 25.0.5: nlst and nlstseg", "2026-11", "archive"),
        Claim("LicenseRef-unknown", 'first source list (002): "Public"', "2026-11"),
    ),
    cite=("doi:10.1038/s41597-025-05742-x", "doi:10.5281/zenodo.14838349"),
    modality=CT,
    source=Zenodo(
        record="14838349",
        files=("1_Table.zip", *(f"{n}_LungTumor.zip" for n in range(2, 8))),
    ),
    layout=Pairs(image="**/{case}/{case}_CT.nii.gz", label="**/{case}/{case}_tumor.nii.gz"),
    labels={ANY: "lesion"},  # each lesion of a scan has its own value
    cases=605,
    patients="each case",
    about=About(
        known="source",
        region=("chest",),
        shows=("lung tumor", "lung nodule"),
        scans=605,
        patients=605,
        size_gb=34,
        counts=(Claim("601 patients in the IDC", "idc-index-data 25.0.5", "2026-11"),),
        formats=("NIfTI", "DICOM SEG", "XLSX"),
        annotated_by="experts",
        quality="tumor or nodule is not in the mask",
        best_for="lesion segmentation in low-dose CT",
        tags=("oncology", "pulmonology"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield NLSTSEG
