"""What each exporter writes, read with the standard library (F082, F083, F087)."""

from __future__ import annotations

import csv
import json
import tarfile
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from medreg.errors import DeclarationError
from medreg.export import BUILT_IN
from medreg.export.auto3dseg import task
from medreg.export.bids import description
from medreg.export.nnunet import dataset_json, folder
from medreg.export.options import configured
from medreg.export.slices import Slices
from medreg.imaging import nifti
from medreg.model import PT, SetContent
from tests.export.sets import content, write_volumes

if TYPE_CHECKING:
    from pathlib import Path

TEXT_ONLY = ["auto3dseg", "bids", "croissant", "monai", "nnunet", "splits", "torchio"]


@pytest.fixture
def made(tmp_path: Path) -> SetContent:
    made = content(tmp_path)
    write_volumes(made)
    return made


def export(made: SetContent, into: Path, name: str, **options: object) -> None:
    configured(BUILT_IN[name], options).write(made, into)


def rows(file: Path, separator: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(file.read_text().splitlines(), delimiter=separator))


def test_splits_csv_agrees_with_nnunet_and_monai(made: SetContent, tmp_path: Path) -> None:
    for name in ("splits", "nnunet", "monai"):
        export(made, tmp_path, name)
    table = rows(tmp_path / "splits.csv")
    splits = json.loads((tmp_path / folder("tiny") / "splits_final.json").read_text())
    datalist = json.loads((tmp_path / "datalist.json").read_text())
    for number, fold in enumerate(splits):
        validates = [row["id"] for row in table if row["fold"] == str(number)]
        assert validates == fold["val"]
        listed = [item["label"] for item in datalist["training"] if item["fold"] == number]
        assert listed == [row["mask"] for row in table if row["id"] in validates]
    test = [row["mask"] for row in table if row["part"] == "test"]
    assert test == [item["label"] for item in datalist["testing"]]
    assert {row["valid"] for row in table} == {"background liver spleen"}


def test_one_fold_validates_where_the_recipe_says_val(made: SetContent) -> None:
    one = replace(made, validating=1)
    assert [len(fold["val"]) for fold in one.folds()] == [2]
    assert [len(fold["train"]) for fold in one.folds()] == [4]
    assert {one.part(case) for case in one.cases} == {"fold0", "train", "test"}


@pytest.mark.parametrize("name", TEXT_ONLY)
def test_no_voxel_is_copied_unless_told(made: SetContent, tmp_path: Path, name: str) -> None:
    before = {file for file in tmp_path.rglob("*") if file.is_file()}
    export(made, tmp_path, name)
    new = {file for file in tmp_path.rglob("*") if file.is_file()} - before
    assert new
    assert all(file.is_symlink() for file in new if file.name.endswith(".nii.gz"))


def test_torchio_gets_a_path_per_channel(made: SetContent, tmp_path: Path) -> None:
    export(made, tmp_path, "torchio")
    table = rows(tmp_path / "subjects.csv")
    assert [row["subject"] for row in table] == [case.id for case in made.cases]
    for row in table:
        assert (tmp_path / row["ct"]).is_file()
        assert (tmp_path / row["label"]).is_file()


def test_regions_are_nnunets_and_auto3dsegs(tmp_path: Path) -> None:
    whole = content(tmp_path, ignore=3, regions={"liver": (1, 2)})
    spelled = dataset_json(whole)
    assert spelled["labels"] == {"background": 0, "liver": [1, 2], "spleen": 2, "ignore": 3}
    assert list(spelled["labels"]) == ["background", "liver", "spleen", "ignore"]
    assert spelled["regions_class_order"] == [1, 2]
    made = task(whole)
    assert made["sigmoid"] is True
    assert made["class_names"][0] == {"name": "liver", "index": [1, 2]}
    assert "regions_class_order" not in dataset_json(content(tmp_path))


def test_valid_labels_are_told_case_by_case(made: SetContent, tmp_path: Path) -> None:
    first, *rest = made.cases
    partly = replace(made, cases=[replace(first, valid=("liver",)), *rest])
    for name in ("splits", "monai"):
        export(partly, tmp_path, name)
    assert rows(tmp_path / "splits.csv")[0]["valid"] == "liver"
    training = json.loads((tmp_path / "datalist.json").read_text())["training"]
    assert training[0]["valid_labels"] == ["liver"]
    assert "valid_labels" not in training[1]


# --- BIDS --------------------------------------------------------------------------------------


@pytest.mark.parametrize("files", ["links", "copies"])
def test_bids_has_the_masks(made: SetContent, tmp_path: Path, files: str) -> None:
    export(made, tmp_path, "bids", files=files)
    root = tmp_path / "bids"
    mask = root / "sub-ax0" / "anat" / "sub-ax0_desc-tiny_dseg.nii.gz"
    assert mask.is_symlink() == (files == "links")
    assert mask.read_bytes() == made.cases[0].mask.read_bytes()
    labels = rows(root / "desc-tiny_dseg.tsv", "\t")
    assert labels[1] == {"index": "1", "name": "liver", "color": "#e84028", "snomed": "10200004"}
    people = rows(root / "participants.tsv", "\t")
    assert [one["participant_id"] for one in people][-1] == "sub-ty0"
    told = json.loads((root / "dataset_description.json").read_text())
    assert told["DatasetType"] == "derivative"
    assert told["SourceDatasets"][0] == {"URL": "https://example.org/a"}


def test_two_cases_of_one_patient_are_sessions(made: SetContent, tmp_path: Path) -> None:
    both = [replace(case, group="a/x-0") for case in made.cases[:2]]
    export(replace(made, cases=both), tmp_path, "bids")
    folders = sorted(path.name for path in (tmp_path / "bids" / "sub-ax0").iterdir())
    assert folders == ["ses-ax0", "ses-ax1"]


def test_ids_that_bids_would_spell_alike_stay_apart(made: SetContent, tmp_path: Path) -> None:
    twins = [
        replace(case, group=group)
        for case, group in zip(made.cases, ("a/x-1", "a/x_1"), strict=False)
    ]
    export(replace(made, cases=twins), tmp_path, "bids")
    assert len(list((tmp_path / "bids").glob("sub-ax1x*"))) == 2


def test_a_label_of_bids_has_letters_and_digits() -> None:
    assert description("abdomen_ct_2") == "abdomenCt2"


# --- Croissant, shards, slices -------------------------------------------------------------------


def test_croissant_says_who_is_responsible(made: SetContent, tmp_path: Path) -> None:
    export(made, tmp_path, "croissant")
    told = json.loads((tmp_path / "croissant.json").read_text())
    assert "http://mlcommons.org/croissant/1.1" in told["conformsTo"]
    assert told["license"] == ["https://spdx.org/licenses/CC-BY-4.0"]
    assert told["rai:dataBiases"].startswith("Cases by dataset: a 6, t 1.")
    assert (tmp_path / "splits.csv").is_file()


def test_shards_are_by_fold_and_in_order(made: SetContent, tmp_path: Path) -> None:
    export(made, tmp_path, "webdataset", cases=1)
    names = sorted(file.name for file in (tmp_path / "shards").iterdir())
    assert names[:2] == ["fold0-000000.tar", "fold0-000001.tar"]
    assert names[-1] == "test-000000.tar"
    with tarfile.open(tmp_path / "shards" / names[0]) as tar:
        members = tar.getmembers()
        assert [m.name for m in members] == [
            f"a__x-0.{ending}" for ending in ("ct.nii.gz", "mask.nii.gz", "json")
        ]
        assert {(m.mtime, m.uid, m.gid, m.uname) for m in members} == {(0, 0, 0, "")}
        about = json.load(tar.extractfile(members[2]))
    assert about["fold"] == 0


def test_slices_look_as_a_radiologist_does(made: SetContent, tmp_path: Path) -> None:
    """F083: 16-bit slices hold every value; the patient's right is on the left."""
    export(made, tmp_path, "slices", bits=16, every=5)
    volume = nifti.load(made.cases[0].images["ct"], "HU").array
    with Image.open(tmp_path / "slices" / "a__x-0" / "ct_0010.png") as picture:
        pixels = np.asarray(picture).astype(np.int32) - 32768
    assert np.array_equal(pixels, volume[::-1, ::-1, 10].T)
    table = rows(tmp_path / "slices.csv")
    own = [int(row["slice"]) for row in table if row["id"] == "a__x-0"]
    assert own == [0, 5, 10, 15, 20, 25]
    assert {row["labels"] for row in table} == {"", "liver spleen"}
    mask = nifti.load(made.cases[0].mask, "label").array
    with Image.open(tmp_path / table[2]["mask"]) as picture:
        assert np.array_equal(np.asarray(picture), mask[::-1, ::-1, 10].T)


def test_statistics_are_those_of_the_masks(made: SetContent, tmp_path: Path) -> None:
    export(made, tmp_path, "stats")
    table = rows(tmp_path / "stats.csv")
    assert [row["id"] for row in table] == [case.id for case in made.cases]
    voxels = int((nifti.load(made.cases[0].mask, "label").array == 1).sum())
    assert float(table[0]["ml_liver"]) == pytest.approx(voxels * 1.5 * 1.5 * 2.5 / 1000)
    assert (table[0]["shape"], table[0]["spacing"]) == ("40 36 28", "1.5 1.5 2.5")
    picture = ET.parse(tmp_path / "stats.svg").getroot()  # noqa: S314 - our own
    shown = [element.text for element in picture if element.tag.endswith("text")]
    assert "liver (7)" in shown
    assert "1 (1 test)" in shown


def test_a_window_is_spread_over_8_bits(made: SetContent, tmp_path: Path) -> None:
    export(made, tmp_path, "slices", window=[-1000, 155])
    volume = nifti.load(made.cases[0].images["ct"], "HU").array[..., 10].astype(float)
    expected = np.rint((np.clip(volume, -1000, 155) + 1000) / 1155 * 255)
    with Image.open(tmp_path / "slices" / "a__x-0" / "ct_0010.png") as picture:
        assert np.array_equal(np.asarray(picture), expected[::-1, ::-1].T)


def test_16_bits_hold_no_fractions(tmp_path: Path) -> None:
    made = content(tmp_path, modalities={"pet": PT})
    write_volumes(made)
    image = nifti.load(made.cases[0].images["pet"], "SUV")
    nifti.write(replace(image, array=image.array + np.float32(0.5)), made.cases[0].images["pet"])
    with pytest.raises(DeclarationError, match="no whole numbers") as wrong:
        Slices(bits=16).write(made, tmp_path)
    assert "window" in wrong.value.hint


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("slices", {"bit": 8}, "slices has no option 'bit'"),
        ("slices", {"bits": 12}, "slices: bits: "),
        ("bids", {"files": "moved"}, "bids: files: "),
        ("webdataset", {"cases": 0}, "webdataset: cases: "),
        ("splits", {"x": 1}, "splits has no option 'x'"),
    ],
)
def test_a_wrong_option_is_named(name: str, options: dict[str, object], message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        configured(BUILT_IN[name], options)
