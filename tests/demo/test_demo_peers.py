"""The demo's set is taken as it is by nnU-Net and MONAI, which trains on it for an epoch."""

from __future__ import annotations

import hashlib
import json
import math
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.demo.conftest import SET, Told
from tests.peers import peer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

RELEASE = "demo_abdomen@v1.0.0"
PATCH = (32, 32, 16)
SEED = 7

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


def test_nnunet_verifies_plans_and_trains_on_our_folds(
    home: Path, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
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
    _train_one_epoch(trainer, plans, dataset, monkeypatch)


def _train_one_epoch(
    trainer: Any, plans: Any, dataset: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let nnU-Net's own trainer learn from fold 0: an epoch of few steps and small patches."""
    monkeypatch.setenv("nnUNet_n_proc_DA", "0")
    monkeypatch.setenv("nnUNet_compile", "f")
    settings = json.loads(json.dumps(plans | {"continue_training": False}))
    settings["configurations"]["2d"] |= {"batch_size": 2, "patch_size": [32, 32]}
    run = trainer(settings, "2d", 0, dataset, device=peer("torch").device("cpu"))
    run.num_epochs, run.num_iterations_per_epoch, run.num_val_iterations_per_epoch = 1, 4, 2
    run.run_training()
    losses = run.logger.get_checkpoint()["train_losses"]
    assert len(losses) == 1
    assert math.isfinite(losses[0])


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


def test_a_training_repeated_from_reproduced_data_sees_the_same_tensors(
    told: Told, tmp_path: Path
) -> None:
    """Pinned here, reproduced from a fresh clone there: one epoch of MONAI, tensor by tensor."""
    home = told.folder.parent / "home"
    training, clone, again = tmp_path / "training", told.folder / "fresh", tmp_path / "again"
    training.mkdir()
    _medreg(home, training, "pin", str(told.folder / "registry"), RELEASE)
    _medreg(home, training, "pull")
    cases = json.loads(_python(home, training, LOADED.format(release=RELEASE)))
    pinned = Path(cases[0]["image"]).parents[2]
    subprocess.run(["git", "clone", "-q", str(told.folder / "registry"), str(clone)], check=True)
    _medreg(home, clone, "reproduce", RELEASE, "--into", str(again))

    provenance = json.loads((again / "provenance.json").read_bytes())
    first = _one_epoch(_training(pinned), provenance)
    assert {one["image"] for one in cases} == {one["image"] for one in _training(pinned)}
    assert _one_epoch(_training(again / "data"), provenance) == first
    other = [{**one, "label": one["image"]} for one in _training(again / "data")]
    assert _tensors(other)[0] != first[0], "a digest that tells nothing apart proves nothing"


LOADED = """
import json
from medreg import api
found = api.load({release!r})
print(json.dumps(api.dictionaries([case for case in found.cases if not case.test])))
"""


def _medreg(home: Path, folder: Path, *words: str) -> str:
    return _python(home, folder, "from medreg.cli import main; raise SystemExit(main())", *words)


def _python(home: Path, folder: Path, code: str, *words: str) -> str:
    """Run *code* as the demo's person, who has no other settings."""
    told = {key: os.environ[key] for key in ("PATH", "PYTHONPATH") if key in os.environ}
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=folder,
        env={**told, "HOME": str(home), "USER": "ann"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _training(data: Path) -> Sequence[Mapping[str, str]]:
    """Return what MONAI reads of the datalist: absolute paths of image and label."""
    listed = peer("monai.data").load_decathlon_datalist(
        str(data / "datalist.json"), is_segmentation=True, data_list_key="training"
    )
    return [{"image": str(one["image"]), "label": str(one["label"])} for one in listed]


def _loader(items: Sequence[Mapping[str, str]]) -> Any:
    data, spatial, utils = (peer(f"monai.{name}") for name in ("data", "transforms", "utils"))
    torch = peer("torch")
    utils.set_determinism(SEED)
    both = ["image", "label"]
    steps = spatial.Compose(
        [
            spatial.LoadImaged(both),
            spatial.EnsureChannelFirstd(both),
            spatial.Orientationd(both, axcodes="RAS"),
            spatial.ScaleIntensityRanged("image", -160, 240, 0, 1, clip=True),
            spatial.SpatialPadd(both, PATCH),
            spatial.RandSpatialCropd(both, PATCH, random_size=False),
            spatial.RandFlipd(both, prob=0.5, spatial_axis=0),
        ]
    ).set_random_state(SEED)
    shuffled = torch.Generator().manual_seed(SEED)
    return data.DataLoader(
        data.Dataset(list(items), steps), batch_size=2, shuffle=True, generator=shuffled
    )


def _tensors(items: Sequence[Mapping[str, str]]) -> tuple[str, list[Any]]:
    """Return the digest over every tensor of the loader's first epoch, and its batches."""
    digest, batches = hashlib.sha256(), []
    for batch in _loader(items):
        for key in ("image", "label"):
            tensor = batch[key].as_tensor().contiguous()
            digest.update(f"{key} {tuple(tensor.shape)} {tensor.dtype}".encode())
            digest.update(tensor.numpy().tobytes())
        batches.append(batch)
    return digest.hexdigest(), batches


def _one_epoch(
    items: Sequence[Mapping[str, str]], provenance: Mapping[str, Any]
) -> tuple[str, list[float]]:
    """Train a small U-Net on *items*; return the digest of what it saw, and each loss."""
    torch, nets = peer("torch"), peer("monai.networks.nets")
    digest, batches = _tensors(items)
    torch.manual_seed(SEED)
    net = nets.UNet(
        spatial_dims=3,
        in_channels=1,
        out_channels=len(provenance["labels"]),
        channels=(4, 8),
        strides=(2,),
    )
    unknown = provenance["ignore"] or -100
    loss_of = torch.nn.CrossEntropyLoss(ignore_index=unknown, reduction="sum")
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05)
    losses = []
    for batch in batches:
        optimizer.zero_grad()
        wanted = batch["label"].as_tensor()[:, 0].long()
        judged = (wanted != unknown).sum().clamp(min=1)  # a patch may lie where nobody judged
        loss = loss_of(net(batch["image"].as_tensor()), wanted) / judged
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert len(losses) == -(-len(items) // 2)
    assert all(math.isfinite(loss) for loss in losses)
    assert any(losses)
    return digest, losses
