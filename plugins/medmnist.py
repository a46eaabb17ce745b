"""MedMNIST: twelve published datasets as pictures of 28 pixels, for quick trials (2021 to 2024).

707,962 pictures in all, each set a few MB, with splits of its own; versions of 64, 128 and 224
pixels and six sets in 3-D lie in the same record and are not declared here. All are CC BY 4.0 but
DermaMNIST (CC BY-NC 4.0). They repeat other datasets: ChestMNIST is NIH ChestX-ray14, the three
organ sets are slices of LiTS (not 3-D scans, as a list has it), DermaMNIST is HAM10000, where
2,545 pictures repeat a lesion. Not for clinical use.
"""

from collections.abc import Iterator

from medreg import CT, About, Arrays, Claim, Dataset, Modality, Zenodo, hookimpl
from medreg.model.about import Region

INFO = "MedMNIST/MedMNIST, medmnist/info.py 3.0.2"
WHOLE = (  # of all sets together
    Claim("717,958 images, with the six sets in 3-D", source="MedMNIST v2's paper", date="2026-11"),
    Claim("<1 GB, few MB per task", source="first source list (001), unsupported", date="2026-11"),
)
ORGANS = (
    "bladder|femur-left|femur-right|heart|kidney-left|kidney-right|liver|lung-left|lung-right|"
    "pancreas|spleen"
)


def _set(  # noqa: PLR0913, PLR0917  # a row of the table below
    name: str,
    modality: Modality,
    region: Region | None,
    splits: tuple[int, int, int],
    origin: str,
    classes: str,
    spdx: str = "CC-BY-4.0",
) -> Dataset:
    title = f"{name}MNIST"
    return Dataset(
        name=f"medmnist_{title.lower()}",
        title=title,
        homepage="https://medmnist.com/",
        licenses=(Claim(spdx, source=INFO, date="2026-11", rank="publisher"),),
        cite=("doi:10.1038/s41597-022-01721-8", "doi:10.5281/zenodo.10519652"),
        modality=modality,
        source=Zenodo(record="10519652", files=(f"{title.lower()}.npz",)),
        layout=Arrays(file=f"{title.lower()}.npz"),
        annotation="class",
        cases=sum(splits),
        about=About(
            known="source",
            also=("MedMNIST", "MedMNIST v2"),
            region=(region,) if region else (),
            shows=tuple(classes.split("|")),
            images=sum(splits),
            counts=WHOLE,
            classes=dict(enumerate(classes.split("|"))),
            formats=("NPZ",),
            splits="{:,} train, {:,} val, {:,} test".format(*splits),
            annotated_by="mixed",
            quality=f"made from {origin}",
            typical="28x28 pixels",
            best_for="quick prototyping",
            tags=("start", "benchmark"),
        ),
    )


SETS = (
    _set("Path", Modality.SM, "abdomen", (89996, 10004, 7180), "NCT-CRC-HE-100K, CRC-VAL-HE-7K",
        "adipose|background|debris|lymphocytes|mucus|smooth muscle|normal colon mucosa|"
        "cancer-associated stroma|colorectal adenocarcinoma epithelium"),
    _set("Chest", Modality.DX, "chest", (78468, 11219, 22433), "NIH ChestX-ray14; multi-label",
        "atelectasis|cardiomegaly|effusion|infiltration|mass|nodule|pneumonia|pneumothorax|"
        "consolidation|edema|emphysema|fibrosis|pleural|hernia"),
    _set("Derma", Modality.DMS, "skin", (7007, 1003, 2005), "HAM10000; lesions repeat",
        "actinic keratoses and intraepithelial carcinoma|basal cell carcinoma|"
        "benign keratosis-like lesions|dermatofibroma|melanoma|melanocytic nevi|vascular lesions",
        spdx="CC-BY-NC-4.0"),
    _set("OCT", Modality.OPT, "eye", (97477, 10832, 1000), "109,309 retinal OCT images",
        "choroidal neovascularization|diabetic macular edema|drusen|normal"),
    _set("Pneumonia", Modality.DX, "chest", (4708, 524, 624), "5,856 chest radiographs of children",
        "normal|pneumonia"),
    _set("Retina", Modality.OP, "eye", (1080, 120, 400), "DeepDRiD, retinopathy", "0|1|2|3|4"),
    _set("Breast", Modality.US, "breast", (546, 78, 156), "780 breast ultrasound images (BUSI)",
        "malignant|normal, benign"),
    _set("Blood", Modality.SM, None, (11959, 1712, 3421), "17,092 cells of healthy blood",
        "basophil|eosinophil|erythroblast|"
        "immature granulocytes(myelocytes, metamyelocytes and promyelocytes)|lymphocyte|monocyte|"
        "neutrophil|platelet"),
    _set("Tissue", Modality.SM, "abdomen", (165466, 23640, 47280), "BBBC051, kidney cortex cells",
        "Collecting Duct, Connecting Tubule|Distal Convoluted Tubule|"
        "Glomerular endothelial cells|Interstitial endothelial cells|Leukocytes|Podocytes|"
        "Proximal Tubule Segments|Thick Ascending Limb"),
    _set("OrganA", CT, "abdomen", (34561, 6491, 17778), "LiTS, axial slices", ORGANS),
    _set("OrganC", CT, "abdomen", (12975, 2392, 8216), "LiTS, coronal slices", ORGANS),
    _set("OrganS", CT, "abdomen", (13932, 2452, 8827), "LiTS, sagittal slices", ORGANS),
)  # fmt: skip


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the twelve sets."""
    yield from SETS
