"""The demo's set is taken as it is by nnU-Net and MONAI."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.demo.conftest import SET, Told
from tests.peers import peer

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.peers,
    pytest.mark.filterwarnings("ignore"),  # the peers' own warnings are not ours to fix
]


@pytest.fixture
def home(told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The set as nnU-Net's raw folder; returns the folder of its dataset."""
    shutil.copytree(told.folder / SET / "data", tmp_path / "raw")
    for place in ("raw", "preprocessed", "results"):
        (tmp_path / place).mkdir(exist_ok=True)
        monkeypatch.setenv(f"nnUNet_{place}", str(tmp_path / place))
    (dataset,) = (tmp_path / "raw").glob("Dataset*")
    return dataset


def test_nnunet_verifies_plans_and_trains_on_our_folds(home: Path, told: Told) -> None:
    integrity = peer("nnunetv2.experiment_planning.verify_dataset_integrity")
    api = peer("nnunetv2.experiment_planning.plan_and_preprocess_api")
    trainer = peer("nnunetv2.training.nnUNetTrainer.nnUNetTrainer").nnUNetTrainer
    torch = peer("torch")
    integrity.verify_dataset_integrity(str(home), num_processes=2)
    number = int(home.name[7:10])
    api.extract_fingerprint_dataset(number, num_processes=2, show_progress_bar=False)
    plans, identifier = api.plan_experiment_dataset(number)
    api.preprocess_dataset(number, identifier, ("2d",), (2,), show_progress_bar=False)
    folds = json.loads((told.folder / SET / "splits.json").read_text())["folds"]
    preprocessed = home.parents[1] / "preprocessed" / home.name
    assert json.loads((preprocessed / "splits_final.json").read_text()) == folds
    dataset = json.loads((home / "dataset.json").read_text())
    for number_of_fold, expected in enumerate(folds):
        settings = json.loads(json.dumps(plans | {"continue_training": False}))
        run = trainer(settings, "2d", number_of_fold, dataset, device=torch.device("cpu"))
        train, validate = run.do_split()
        assert sorted(train) == sorted(expected["train"])
        assert sorted(validate) == sorted(expected["val"])


def test_monai_loads_the_datalist(told: Told) -> None:
    monai_data = peer("monai.data")
    splits = json.loads((told.folder / SET / "splits.json").read_text())
    wanted = {"training": len(splits["folds"][0]["train"]) + len(splits["folds"][0]["val"])}
    wanted["testing"] = len(splits["test"])
    for key, count in wanted.items():
        items = monai_data.load_decathlon_datalist(
            str(told.folder / SET / "data/datalist.json"),
            is_segmentation=True,
            data_list_key=key,
        )
        assert len(items) == count
