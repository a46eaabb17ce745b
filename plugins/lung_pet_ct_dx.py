"""Lung-PET-CT-Dx: chest CT and PET/CT of 355 people with lung cancer, tumors in boxes (TCIA, 2020).

The letter of a patient's id is the diagnosis. Boxes are PASCAL VOC files, one per slice, named
after the slice's SOP instance UID; the Imaging Data Commons has them as DICOM SR (analysis result
lung_pet_ct_dx_annotations, 354 patients). A study has several series of CT, which show the same
lungs before and after contrast, thick and thin: 1,162 of CT and 133 of PET.
"""

from collections.abc import Iterator

from medreg import CT, PT, About, Claim, Dataset, Idc, hookimpl

LUNG_PET_CT_DX = Dataset(
    name="lung_pet_ct_dx",
    title="Lung-PET-CT-Dx, a large-scale CT and PET/CT dataset for lung cancer diagnosis",
    homepage="https://www.cancerimagingarchive.net/collection/lung-pet-ct-dx/",
    licenses=(
        Claim("CC-BY-4.0", "idc-index-data 25.0.5 (IDC v25): all series", "2026-11", "archive"),
        Claim("LicenseRef-unknown", 'first source list (002): "Public"', "2026-11"),
    ),
    cite=("doi:10.7937/TCIA.2020.NNC2-0461",),
    modality=(CT, PT),
    source=Idc(collection="lung_pet_ct_dx", modalities=("CT", "PT")),
    annotation="boxes",
    patients="by layout",
    about=About(
        known="source",
        also=("Lung PET CT Dx",),
        region=("chest",),
        shows=("lung tumor",),
        scans=1295,
        patients=355,
        size_gb=127.18,
        counts=(Claim("355 scans", "first source list (002): it counts patients", "2026-11"),),
        classes={
            "A": "adenocarcinoma (251 patients)",
            "B": "small cell carcinoma (38 patients)",
            "E": "large cell carcinoma (5 patients)",
            "G": "squamous cell carcinoma (61 patients)",
        },
        formats=("DICOM", "PASCAL VOC XML"),
        contents="Lung_Dx-{A|B|E|G}{id}/{study}/{modality}_{series}.zip as IDC has it; boxes in "
        "Lung-PET-CT-Dx-Annotations-XML-Files-rev12222020.zip/Annotation/{A0001}/{SOP UID}.xml",
        annotated_by="experts",
        accuracy="boxes by five radiologists",
        quality="several series of CT in one study, and some series hold several acquisitions",
        best_for="diagnostic chest CT with PET",
        tags=("oncology", "pulmonology"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield LUNG_PET_CT_DX
