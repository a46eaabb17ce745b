"""TorchXRayVision: a library that reads a dozen chest X-ray datasets as one; it has no images.

NIH ChestX-ray14, RSNA Pneumonia, CheXpert, MIMIC-CXR, PadChest, VinDr-CXR, SIIM, COVID-19 and
others, each as its publisher arranges it, with labels mapped to 18 targets; a label that a dataset
lacks is NaN. It ships label tables of several, so what it says of files can be checked. Its
Apache license covers the program: each dataset keeps its own terms.
"""

from collections.abc import Iterator

from medreg import About, Claim, Dataset, Modality, Portal, hookimpl

TORCHXRAYVISION = Dataset(
    name="torchxrayvision",
    title="TorchXRayVision",
    homepage="https://github.com/mlmed/torchxrayvision",
    licenses=(
        Claim(
            "Apache-2.0",
            source="mlmed/torchxrayvision LICENSE (the program; images keep their own terms)",
            date="2026-11",
            rank="publisher",
        ),
    ),
    cite=("doi:10.48550/arXiv.2111.00595",),
    modality=(Modality.DX,),
    source=Portal(
        steps="See its datasets here: medreg list chest --modality DX\n"
        "Fetch those that you need: medreg fetch nih_chestxray14\n"
        "pip install torchxrayvision, and point its classes to the raw folders"
    ),
    annotation="none",
    about=About(
        known="source",
        region=("chest",),
        counts=(Claim("multiple datasets combined", "first source list (002)", "2026-11"),),
        classes=dict(
            enumerate(
                (
                    *("Atelectasis", "Consolidation", "Infiltration", "Pneumothorax", "Edema"),
                    *("Emphysema", "Fibrosis", "Effusion", "Pneumonia", "Pleural_Thickening"),
                    *("Cardiomegaly", "Nodule", "Mass", "Hernia", "Lung Lesion", "Fracture"),
                    *("Lung Opacity", "Enlarged Cardiomediastinum"),
                )
            )
        ),
        formats=("Python library",),
        annotated_by="mixed",
        best_for="reading chest X-rays of many datasets alike",
        tags=("pulmonology", "external validation"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the portal."""
    yield TORCHXRAYVISION
