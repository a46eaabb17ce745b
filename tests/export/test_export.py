from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from medreg.export import BUILT_IN
from medreg.export.nnunet import channel_name, folder, image_path, mask_path
from medreg.model import CT, MR, PT, Exporter, Modality
from tests.export.sets import content, write_volumes

if TYPE_CHECKING:
    from pathlib import Path


def written(into: Path, **keys: object) -> tuple[dict[str, object], dict[str, object]]:
    """Export with every exporter; return dataset.json and datalist.json."""
    made = content(into, **keys)
    write_volumes(made)
    for exporter in BUILT_IN.values():
        exporter.write(made, into)
    home = into / folder(made.name)
    return json.loads((home / "dataset.json").read_text()), json.loads(
        (into / "datalist.json").read_text()
    )


def test_exporters_are_named_and_keep_their_promise() -> None:
    assert set(BUILT_IN) == {
        *("auto3dseg", "bids", "croissant", "monai", "nnunet"),
        *("slices", "splits", "stats", "torchio", "webdataset"),
    }
    assert all(name == exporter.name for name, exporter in BUILT_IN.items())
    assert all(isinstance(exporter, Exporter) for exporter in BUILT_IN.values())


@pytest.mark.parametrize("name", ["demo_abdomen", "liver_ct", "a", "abdomen_ct"])
def test_a_set_keeps_one_number_that_nnunet_leaves_to_its_users(name: str) -> None:
    number = int(folder(name)[7:10])
    assert 500 <= number < 900
    assert folder(name) == f"Dataset{number}_{name}"
    assert folder("demo_abdomen") == "Dataset644_demo_abdomen"


def test_paths_are_nnunets() -> None:
    home = folder("s")
    assert image_path("s", "lits__volume-1", 1, test=False) == (
        f"{home}/imagesTr/lits__volume-1_0001.nii.gz"
    )
    assert image_path("s", "a__b", 0, test=True) == f"{home}/imagesTs/a__b_0000.nii.gz"
    assert mask_path("s", "a__b", test=False) == f"{home}/labelsTr/a__b.nii.gz"
    assert mask_path("s", "a__b", test=True) == f"{home}/labelsTs/a__b.nii.gz"


@pytest.mark.parametrize(
    ("channel", "modality", "name"),
    [
        ("ct", CT, "CT"),
        ("ctres", CT, "CT"),
        ("mr", MR, "mr"),
        ("flair", MR, "flair"),
        ("pet", PT, "pet"),
        ("ct", MR, "MR_ct"),
    ],
)
def test_only_ct_gets_the_normalization_of_ct(channel: str, modality: Modality, name: str) -> None:
    assert channel_name(channel, modality) == name


def test_nnunet_reads_labels_channels_and_folds(tmp_path: Path) -> None:
    dataset, _ = written(tmp_path)
    assert dataset["labels"] == {"background": 0, "liver": 1, "spleen": 2}
    assert dataset["channel_names"] == {"0": "CT"}
    assert dataset["numTraining"] == 6
    assert dataset["file_ending"] == ".nii.gz"
    splits = json.loads((tmp_path / folder("tiny") / "splits_final.json").read_text())
    assert [len(fold["val"]) for fold in splits] == [2, 2, 2]
    for fold in splits:
        assert sorted(fold["train"] + fold["val"]) == [f"a__x-{n}" for n in range(6)]


def test_ignore_is_the_highest_value(tmp_path: Path) -> None:
    dataset, datalist = written(tmp_path, ignore=3)
    assert dataset["labels"] == {"background": 0, "liver": 1, "spleen": 2, "ignore": 3}
    assert datalist["labels"] == {"0": "background", "1": "liver", "2": "spleen", "3": "ignore"}


def test_monai_reads_relative_paths_and_folds(tmp_path: Path) -> None:
    _, datalist = written(tmp_path)
    home = folder("tiny")
    assert datalist["training"][1] == {
        "image": f"{home}/imagesTr/a__x-1_0000.nii.gz",
        "label": f"{home}/labelsTr/a__x-1.nii.gz",
        "fold": 1,
    }
    assert [item["fold"] for item in datalist["training"]] == [0, 1, 2, 0, 1, 2]
    assert datalist["testing"] == [
        {
            "image": f"{home}/imagesTs/t__y-0_0000.nii.gz",
            "label": f"{home}/labelsTs/t__y-0.nii.gz",
        }
    ]


def test_several_channels_are_a_list_in_order(tmp_path: Path) -> None:
    dataset, datalist = written(tmp_path, modalities={"flair": MR, "ct": CT})
    assert dataset["channel_names"] == {"0": "flair", "1": "CT"}
    assert [path[-12:-7] for path in datalist["training"][0]["image"]] == ["_0000", "_0001"]


def test_the_same_content_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        written(tmp_path / name)
    files = {
        file.relative_to(tmp_path / "one")
        for file in (tmp_path / "one").rglob("*")
        if file.is_file()
    }
    assert len(files) > 100
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
