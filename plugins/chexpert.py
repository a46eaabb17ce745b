"""CheXpert: 224,316 chest X-rays of 65,240 people at Stanford, labels mined from reports (2019).

14 observations: "No Finding", 12 pathologies and support devices; no emphysema, whatever an early
list says. A label is 1, 0, -1 (uncertain) or missing; a class here is a 1 in train.csv. valid.csv
has 200 studies read by three radiologists, whose classes are not read here. Copies elsewhere call
themselves CheXpert-v1.0-small: the same paths, smaller images.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from medreg import About, AzureSas, Case, Claim, Dataset, Gate, Images2d, Modality, hookimpl
from medreg.layouts.table import Rows
from medreg.model import Tree

OBSERVATIONS = (
    *("No Finding", "Enlarged Cardiomediastinum", "Cardiomegaly", "Lung Opacity", "Lung Lesion"),
    *("Edema", "Consolidation", "Pneumonia", "Atelectasis", "Pneumothorax", "Pleural Effusion"),
    *("Pleural Other", "Fracture", "Support Devices"),
)


@dataclass(frozen=True)
class Studies(Images2d):
    """Images whose table begins their paths otherwise: patient, study and view are alike."""

    def cases(self, tree: Tree) -> Iterator[Case]:
        """Yield every image in natural order, with the classes of its row."""
        table = self.table and Rows.read(tree, self.table, self.key, self.class_column, "").rows
        told = {_view(key): row.classes for key, row in (table or {}).items()}
        for case in Images2d(self.image).cases(tree):
            path = next(iter(case.images.values())).members[0]
            yield replace(case, classes=told.get(_view(path)))


def _view(path: str) -> str:
    return "/".join(path.split("/")[-3:])


CHEXPERT = Dataset(
    name="chexpert",
    title="CheXpert",
    homepage="https://stanfordmlgroup.github.io/competitions/chexpert/",
    licenses=(
        Claim(
            "LicenseRef-Stanford-AIMI-DUA",
            source="recall, unverified: the agreement of COCA and the thyroid clips, read there",
            date="2026-11",
        ),
    ),
    cite=("doi:10.1609/aaai.v33i01.3301590", "arXiv:1901.07031"),
    modality=Modality.DX,
    source=AzureSas(
        files=(
            "CheXpert-v1.0 batch 1 (validate & csv).zip",
            "CheXpert-v1.0 batch 2 (train 1).zip",
            "CheXpert-v1.0 batch 3 (train 2).zip",
            "CheXpert-v1.0 batch 4 (train 3).zip",
        ),
        steps="Open https://aimi.stanford.edu/datasets/chexpert-chest-x-rays\n"
        "Register and accept the agreement; the address of the download follows\n"
        "439 GiB follow; or azcopy copy 'ADDRESS' . --recursive, and --from its folder",
    ),
    layout=Studies(
        image="**/{patient}/{study}/{case}.jpg",
        table="train.csv",
        key="Path",
        class_column=OBSERVATIONS,
    ),
    annotation="class",
    patients="by layout",
    restricted=True,
    gate=Gate(
        kind="agreement",
        days=1,
        terms="https://aimi.stanford.edu/datasets/chexpert-chest-x-rays",
    ),
    about=About(
        known="source",
        also=("CheXpert-v1.0", "CheXpert (Stanford AIMI)"),
        region=("chest",),
        shows=("lungs", "heart"),
        images=224316,
        patients=65240,
        size_gb=471,
        counts=(
            Claim("224,000 images, 14 pathology labels", "first source list (002)", "2026-11"),
            Claim("~440 GB", "first source list (004)", "2026-11"),
            Claim("400 GB of JPEG, 3 TB of DICOM", "openmedlab CheXpert.md", "2026-11"),
            Claim("11 GB, small", "recall, unverified", "2026-11"),
        ),
        classes=dict(enumerate(OBSERVATIONS)),
        formats=("JPG", "CSV"),
        splits="train, valid (200 studies); 500 studies of the test are kept",
        annotated_by="reports",
        quality="uncertain labels (-1) and missing ones are not negative ones",
        best_for="chest pathology",
        tags=("pulmonology", "cardiology", "foundation model", "benchmark"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield CHEXPERT
