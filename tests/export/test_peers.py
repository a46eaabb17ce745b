"""What is written is read by the programs it is written for: nnU-Net, MONAI and TorchIO.

`make test-peers` installs them; without them these tests skip.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from medreg.export import BUILT_IN
from medreg.export.monai import FILE as DATALIST
from medreg.export.nnunet import folder
from tests.export.sets import LABELS, content, write_volumes
from tests.peers import peer

if TYPE_CHECKING:
    from pathlib import Path

    from medreg.model import SetContent

pytestmark = [
    pytest.mark.peers,
    pytest.mark.filterwarnings("ignore"),  # the peers' own warnings are not ours to fix
]


@pytest.fixture(params=[None, 3], ids=["complete", "with ignore"])
def made(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> SetContent:
    """A written set, its ``data/`` as nnU-Net's raw folder."""
    made = content(tmp_path / "data", ignore=request.param)
    write_volumes(made)
    for exporter in BUILT_IN.values():
        exporter.write(made, tmp_path / "data")
    for variable, place in (("raw", "data"), ("preprocessed", "pre"), ("results", "results")):
        (tmp_path / place).mkdir(exist_ok=True)
        monkeypatch.setenv(f"nnUNet_{variable}", str(tmp_path / place))
    return made


def test_nnunet_finds_the_set_intact(made: SetContent, tmp_path: Path) -> None:
    verify = peer("nnunetv2.experiment_planning.verify_dataset_integrity")
    verify.verify_dataset_integrity(str(tmp_path / "data" / folder(made.name)), num_processes=1)


def test_nnunet_plans_with_our_folds_and_trains_on_them(made: SetContent, tmp_path: Path) -> None:
    api = peer("nnunetv2.experiment_planning.plan_and_preprocess_api")
    trainer = peer("nnunetv2.training.nnUNetTrainer.nnUNetTrainer").nnUNetTrainer
    torch = peer("torch")
    home = folder(made.name)
    number = int(home[7:10])
    api.extract_fingerprint_dataset(number, num_processes=1, show_progress_bar=False)
    plans, identifier = api.plan_experiment_dataset(number)
    api.preprocess_dataset(number, identifier, ("2d",), (1,), show_progress_bar=False)

    taken = json.loads((tmp_path / "pre" / home / "splits_final.json").read_text())
    assert taken == made.folds()
    dataset = json.loads((tmp_path / "data" / home / "dataset.json").read_text())
    for fold, expected in enumerate(made.folds()):
        own = json.loads(json.dumps(plans | {"continue_training": False}))
        run = trainer(own, "2d", fold, dataset, device=torch.device("cpu"))
        train, validate = run.do_split()
        assert sorted(train) == sorted(expected["train"])
        assert sorted(validate) == sorted(expected["val"])
        assert run.label_manager.ignore_label == made.ignore


def test_monai_loads_the_datalist_and_its_volumes(made: SetContent, tmp_path: Path) -> None:
    monai_data = peer("monai.data")
    transforms = peer("monai.transforms")
    lists = {
        key: monai_data.load_decathlon_datalist(
            str(tmp_path / "data" / DATALIST), is_segmentation=True, data_list_key=key
        )
        for key in ("training", "testing")
    }
    assert [item["fold"] for item in lists["training"]] == [
        case.fold for case in made.cases if case.fold is not None
    ]
    assert len(lists["testing"]) == 1
    load = transforms.LoadImaged(keys=["image", "label"])
    for item in lists["training"] + lists["testing"]:
        read = load(item)
        assert read["image"].shape == read["label"].shape
        assert (read["image"].affine == read["label"].affine).all()


def test_torchio_reads_subjects(made: SetContent) -> None:
    torchio = peer("torchio")
    allowed = {*LABELS.values(), *([made.ignore] if made.ignore else [])}
    for case in made.cases:
        (image,) = case.images.values()
        subject = torchio.Subject(
            image=torchio.ScalarImage(image), label=torchio.LabelMap(case.mask)
        )
        subject.check_consistent_space()
        assert subject["image"].orientation == ("R", "A", "S")
        assert set(subject["label"].data.unique().tolist()) <= allowed
