"""From recipe to files: what the recipe says of labels, splits and exporters is what is written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import nibabel
import numpy as np
import pytest

from medreg.errors import DeclarationError
from medreg.export.nnunet import folder
from tests.stages.toy import liver, make

if TYPE_CHECKING:
    from pathlib import Path

    from tests.stages.toy import Lab

BASE = {"missing": "ignore", "folds": 2}


@pytest.fixture
def mixed(tmp_path: Path) -> Lab:
    """``toy`` carves tumors out of its livers, as LiTS does; in ``other`` livers are whole."""
    lab = make(tmp_path)
    lab.declare({7: "liver"}, "other")
    for case in ("a", "bb", "ccc"):
        whole = np.where(liver(case) > 0, 7, 0).astype(np.uint8)
        lab.publish(case, "other", mask=whole)
    for name in ("toy", "other"):
        lab.prepare(name)
    return lab


def curate(lab: Lab, **keys: object) -> Path:
    lab.recipe(**{**BASE, **keys})
    for stage in ("decide", "write"):
        assert lab.run(stage, "both").exit_code == 0
    return lab.registry.set("both").path


def values(home: Path, case_id: str) -> dict[int, int]:
    mask = nibabel.load(home / "data" / folder("both") / "labelsTr" / f"{case_id}.nii.gz")
    found, counts = np.unique(np.asarray(mask.dataobj), return_counts=True)
    return dict(zip(found.tolist(), counts.tolist(), strict=True))


def raw(case: str) -> dict[int, int]:
    found, counts = np.unique(liver(case), return_counts=True)
    return dict(zip(found.tolist(), counts.tolist(), strict=True))


def test_whole_livers_mix(mixed: Lab) -> None:
    home = curate(mixed, labels=["liver"])
    carved, whole = raw("1"), raw("a")
    assert values(home, "toy__volume-1") == {0: carved[0], 1: carved[1] + carved[2]}
    assert values(home, "other__volume-a") == {0: whole[0], 1: whole[1] + whole[2]}


def test_parenchyma_is_unknown_where_livers_are_whole(mixed: Lab) -> None:
    """A whole liver may hold tumors: nothing of such a case could be taught, so it is dropped."""
    home = curate(mixed, labels=[{"liver": "parenchyma"}])
    carved = raw("1")
    assert values(home, "toy__volume-1") == {0: carved[0] + carved[2], 1: carved[1]}
    selection = (home / "selection.csv").read_text().splitlines()
    assert [line for line in selection if line.startswith("other,volume-a,dropped,label")]
    told = json.loads((home / "data" / folder("both") / "dataset.json").read_text())
    assert told["labels"] == {"background": 0, "liver_parenchyma": 1}


def test_a_whole_beside_its_tumor_is_a_region(mixed: Lab) -> None:
    home = curate(mixed, labels=[{"liver": "whole"}, "liver_tumor"], datasets=["toy"])
    told = json.loads((home / "data" / folder("both") / "dataset.json").read_text())
    assert told["labels"] == {"background": 0, "liver": [1, 2], "liver_tumor": 2}
    assert told["regions_class_order"] == [1, 2]
    assert values(home, "toy__volume-1") == raw("1")


def test_valid_labels_are_written_by_case(mixed: Lab) -> None:
    home = curate(
        mixed,
        labels=["liver", "liver_tumor"],
        missing="valid_labels",
        export=["monai", "splits"],
    )
    assert not (home / "data" / folder("both") / "dataset.json").exists()
    listed = json.loads((home / "data" / "datalist.json").read_text())["training"]
    told = {item["label"].rpartition("/")[2]: item.get("valid_labels") for item in listed}
    assert told["toy__volume-1.nii.gz"] is None


def test_provenance_records_what_became_of_each_raw_value(mixed: Lab) -> None:
    home = curate(mixed, labels=["liver"])
    told = json.loads((home / "provenance.json").read_text())["mapping"]
    assert told["toy"] == {
        "raw": {"1": "liver", "2": "liver_tumor"},
        "values": {"liver": {"0": 0, "1": 1, "2": 1}},
    }
    assert told["other"]["values"] == {"liver": {"0": 0, "7": 1}}


def test_every_exporter_of_one_selection(mixed: Lab) -> None:
    home = curate(
        mixed,
        labels=["liver"],
        export=[
            "nnunet",
            "bids",
            "croissant",
            {"slices": {"bits": 16, "every": 4}},
            {"webdataset": {"cases": 2}},
            "stats",
            "torchio",
        ],
        split={"val": 0.34, "by": ["volume"]},
    )
    manifest = (home / "manifest.csv").read_text()
    for file in (
        "bids/participants.tsv",
        "croissant.json",
        "slices.csv",
        "shards/fold0-000000.tar",
        "shards/train-000000.tar",
        "stats.svg",
        "subjects.csv",
    ):
        assert f"\ndata/{file}," in manifest
    splits = json.loads((home / "data" / folder("both") / "splits_final.json").read_text())
    assert len(splits) == 1
    before = {file: file.read_bytes() for file in home.rglob("*") if file.is_file()}
    again = mixed.run("write", "both")
    assert {answer.outcome.value for answer in again.answers} == {"kept"}
    assert {file: file.read_bytes() for file in home.rglob("*") if file.is_file()} == before


def test_a_wrong_option_stops_before_anything_is_decided(mixed: Lab) -> None:
    mixed.recipe(export=["nnunet", {"slices": {"bit": 16}}])
    with pytest.raises(DeclarationError, match="slices has no option 'bit'"):
        mixed.run("decide", "both")
