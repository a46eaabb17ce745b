"""Brain metastases of lung cancer: MR with masks, and slides of the same lesions (TCIA, 2025).

103 patients of Yale; 111 H&E slides (SVS, 20x), T1CE of 107 lesions with the tumor's core and
FLAIR of 104 with the whole lesion. The masks of each sequence lie on its own grid, hence two
datasets; the slides have no layout here. A table gives histology, EGFR, ALK, PD-L1, GPA, KPS. No
registration is needed. TCIA's page was not read; an example set on Hugging Face says CC BY-NC.
"""

from collections.abc import Iterator

from medreg import MR, About, Claim, Dataset, Manual, Pairs, hookimpl

PAGE = "https://www.cancerimagingarchive.net/collection/brain-mets-lung-mri-path-segs/"


def _sequence(name: str, sequence: str, part: str, cases: int) -> Dataset:
    image, mask = f"_{sequence.lower()}_img.nii.gz", f"_{part}_seg.nii.gz"
    return Dataset(
        name=name,
        title=f"Brain-Mets-Lung-MRI-Path-Segs, {sequence}",
        homepage=PAGE,
        licenses=(
            Claim("CC-BY-NC-4.0", source="hf:cyyu96/AutoMSC_examples dataset.json", date="2026-11"),
        ),
        cite=("doi:10.7937/k0sm-y874", "doi:10.1038/s41597-025-06353-2"),
        modality=MR,
        source=Manual(
            files=(f"**/*{image}", f"**/*{mask}"),
            steps=f"Open {PAGE}\n"
            "Download the radiology part (622 MB, IBM Aspera) and unpack it (slides: 18.6 GB)",
        ),
        layout=Pairs(image=f"**/{{case}}{image}", label=f"**/{{case}}{mask}"),
        labels={1: "brain_metastasis"},
        cases=cases,
        about=About(
            known="secondary",
            also=("Brain-Mets-Lung-MRI-Path-Segs", "Brain-Mets-Lung", "BMLMPS"),
            region=("head",),
            shows=("brain metastases",),
            scans=cases,
            images=111,
            patients=103,
            size_gb=19.2,
            formats=("NIfTI", "SVS", "XLSX"),
            contents="a folder of NIfTI per lesion; slides: *.svs; clinical data: *.xlsx",
            annotated_by="experts",
            quality="a patient may have several lesions",
            best_for="pathology and radiology together, molecular markers",
            tags=("oncology", "neurology", "pathology", "clinical data"),
        ),
    )


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the core in T1CE, and the whole lesion in FLAIR."""
    yield _sequence("brain_mets_lung", "T1CE", "core", 107)
    yield _sequence("brain_mets_lung_flair", "FLAIR", "whole", 104)
