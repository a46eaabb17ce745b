"""What is written is read by the programs it is written for.

`make test-peers` installs them; without them these tests skip.
"""

from __future__ import annotations

import csv
import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from medreg.export import BUILT_IN
from medreg.export.bids import Bids
from medreg.export.monai import FILE as DATALIST
from medreg.export.nnunet import dataset_json, folder
from tests.export.sets import LABELS, content, write_volumes
from tests.peers import peer, program

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


def test_monai_reads_the_task_of_auto3dseg(
    made: SetContent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    auto3dseg = peer("monai.apps.auto3dseg")
    monkeypatch.chdir(tmp_path / "data")
    runner = auto3dseg.AutoRunner(
        work_dir=str(tmp_path / "work"), input="auto3dseg.yaml", algos=["segresnet"]
    )
    assert runner.num_fold == 3
    assert runner.data_src_cfg["class_names"] == ["liver", "spleen"]
    assert runner.data_src_cfg["modality"] == "CT"


def test_torchio_makes_subjects_of_the_table(made: SetContent, tmp_path: Path) -> None:
    tio = peer("torchio")
    data = tmp_path / "data"
    with (data / "subjects.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    subjects = [
        tio.Subject(ct=tio.ScalarImage(data / row["ct"]), label=tio.LabelMap(data / row["label"]))
        for row in rows
    ]
    assert len(subjects) == len(made.cases)
    assert subjects[0].spatial_shape == (40, 36, 28)
    subjects[0].check_consistent_space()


def test_mlcroissant_validates_and_reads_the_records(made: SetContent, tmp_path: Path) -> None:
    mlcroissant = peer("mlcroissant")
    dataset = mlcroissant.Dataset(tmp_path / "data" / "croissant.json")
    assert str(dataset.metadata.ctx.conforms_to).endswith("V_1_1")
    assert not dataset.metadata.ctx.issues.errors
    assert "Cases by dataset: a 6, t 1." in dataset.metadata.data_biases[0]
    records = list(dataset.records("cases"))
    assert [record["cases/id"].decode() for record in records] == [case.id for case in made.cases]


@pytest.mark.parametrize("files", ["links", "copies"])
def test_bids_validator_finds_no_error(made: SetContent, tmp_path: Path, files: str) -> None:
    validator = program("bids-validator-deno", "bids-validator-deno")
    if files == "copies":
        Bids(files="copies").write(made, tmp_path / "data")
    done = subprocess.run(
        [validator, str(tmp_path / "data" / "bids"), "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    told = json.loads(done.stdout)
    issues = told["issues"]["issues"]
    assert [issue for issue in issues if issue["severity"] == "error"] == []
    assert len(told["summary"]["subjects"]) == len(made.cases)
    assert done.returncode == 0


def test_webdataset_reads_the_shards(made: SetContent, tmp_path: Path) -> None:
    webdataset = peer("webdataset")
    shards = sorted(str(file) for file in (tmp_path / "data" / "shards").glob("fold0*.tar"))
    samples = list(webdataset.WebDataset(shards, shardshuffle=False))
    assert [sample["__key__"] for sample in samples] == ["a__x-0", "a__x-3"]
    assert samples[0]["mask.nii.gz"] == made.cases[0].mask.read_bytes()


def test_nnunet_takes_regions(tmp_path: Path) -> None:
    labels = peer("nnunetv2.utilities.label_handling.label_handling")
    told = dataset_json(content(tmp_path, ignore=3, regions={"liver": (1, 2)}))
    manager = labels.LabelManager(told["labels"], told["regions_class_order"])
    assert manager.has_regions
    assert manager.foreground_regions == [(1, 2), 2]
    assert manager.ignore_label == 3
