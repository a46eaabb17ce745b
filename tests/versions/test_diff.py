"""What lies between two versions, what the next must be called, and what a release refuses."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from medreg.cli import main
from medreg.errors import Misuse, NotFound
from medreg.files.hashing import sha256_file
from medreg.imaging import nifti
from medreg.registry import json_bytes
from medreg.tables import ManifestRow, SelectionRow, to_csv
from medreg.versions.dice import dice
from medreg.versions.diff import Side, between, diff, sides
from medreg.versions.pull import pull
from medreg.versions.release import release
from medreg.versions.steps import next_version, raised, step_between
from medreg.volume import Volume
from tests.versions.standin import fill, record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medreg.registry import Registry

LABELS = {"background": 0, "liver": 1}


def row(path: str, voxels: str, source: str, sha256: str = "") -> ManifestRow:
    return ManifestRow(path=path, size=1, sha256=sha256 or voxels, voxels=voxels, source=source)


def side(cases: Mapping[str, str], **keys: object) -> Side:
    """Cases by ``dataset/case``: ``image mask fold``."""
    volumes, folds = {}, {}
    for case, told in cases.items():
        image, mask, folds[case] = told.split()
        volumes[case] = {"0000": row("i", image, case), "mask": row("m", mask, case)}
    made = Side(
        what="x",
        name="x",
        revision="",
        volumes=volumes,
        others={},
        folds=folds,
        labels=LABELS,
        terms={"research": "allowed"},
    )
    return replace(made, **keys)


BEFORE = {"a/1": "i1 m1 0", "a/2": "i2 m2 1", "a/10": "i3 m3 test"}

CHANGES = [
    ({}, {}, "patch", {}),
    ({"b/1": "i4 m4 0"}, {}, "minor", {"added": ("b/1",)}),
    ({"a/1": "i1 m9 0"}, {}, "major", {"relabelled": ("a/1",)}),
    ({"a/1": "i9 m1 0"}, {}, "major", {"changed": ("a/1",)}),
    ({"a/10": "i3 m3 0"}, {}, "major", {"moved": {"a/10": ("test", "0")}}),
    ({}, {"labels": {"background": 0, "liver": 2}}, "major", {"labels": {"liver": (1, 2)}}),
    ({}, {"labels": {**LABELS, "spleen": 2}}, "minor", {"labels": {"spleen": (None, 2)}}),
    (
        {},
        {"terms": {"research": "unclear"}},
        "patch",
        {"terms": {"research": ("allowed", "unclear")}},
    ),
    ({}, {"others": {"data/x.json": "s"}}, "patch", {"rewritten": ("data/x.json",)}),
]


@pytest.mark.parametrize(("cases", "keys", "step", "told"), CHANGES)
def test_what_changed_says_how_far_the_version_goes(
    cases: dict[str, str], keys: dict[str, object], step: str, told: dict[str, object]
) -> None:
    found = between(side(BEFORE), side(BEFORE | cases, **keys))
    assert found.step == step
    kinds = ("added", "removed", "changed", "relabelled", "rewritten", "moved", "labels", "terms")
    assert {kind: getattr(found, kind) for kind in kinds if getattr(found, kind)} == told


def test_a_removed_case_is_a_major_step() -> None:
    found = between(side(BEFORE), side({"a/2": BEFORE["a/2"]}))
    assert found.removed == ("a/1", "a/10")
    assert found.step == "major"
    assert found.because == "2 removed (a/1, ...)"


def test_other_bytes_of_the_same_voxels_are_a_patch() -> None:
    after = side(BEFORE)
    volumes = {**after.volumes, "a/1": {**after.volumes["a/1"], "mask": row("m", "m1", "a/1", "z")}}
    found = between(side(BEFORE), replace(after, volumes=volumes))
    assert (found.step, found.rewritten) == ("patch", ("m",))


@pytest.mark.parametrize(
    ("step", "version"), [("patch", "1.2.4"), ("minor", "1.3.0"), ("major", "2.0.0")]
)
def test_steps_of_versions(step: str, version: str) -> None:
    assert raised("1.2.3", step) == version
    assert step_between("1.2.3", version) == step


# --- in a registry -----------------------------------------------------------------------------


def mask(shift: int) -> Volume:
    array = np.zeros((8, 8, 8), dtype=np.uint8)
    array[2 + shift : 6 + shift, 2:6, 2:6] = 1
    return Volume(array, np.eye(4), "label")


def hold(lab: Registry, cases: Mapping[str, int], fold: str = "0") -> None:
    """Let open_set hold these cases, each with its mask shifted, and record it."""
    folder = lab.set("open_set")
    for file in sorted(folder.data.rglob("*.nii.gz")):
        file.unlink()
    rows = []
    for case, shift in cases.items():
        for path, volume in ((f"imagesTr/{case}_0000", mask(0)), (f"labelsTr/{case}", mask(shift))):
            file = folder.data / "D" / f"{path}.nii.gz"
            file.parent.mkdir(parents=True, exist_ok=True)
            nifti.write(volume, file)
            kept = row(f"data/D/{path}.nii.gz", volume.digest(), f"tiny/{case}")
            rows.append(replace(kept, size=file.stat().st_size, sha256=sha256_file(file)))
    json_file = folder.data / "dataset.json"
    rows.append(
        ManifestRow(
            path="data/dataset.json", size=json_file.stat().st_size, sha256=sha256_file(json_file)
        )
    )
    selected = [
        SelectionRow(
            dataset="tiny", case=case, decision="kept", step="", reason="", fold=fold,
            group=f"tiny/{case}", patient="", annotated="liver", files="",
        )
        for case in cases
    ]  # fmt: skip
    tables = {
        "manifest.csv": to_csv(rows, ManifestRow),
        "selection.csv": to_csv(selected, SelectionRow),
        "provenance.json": json_bytes({"labels": LABELS, "ignore": None}),
    }
    fill(folder.path, tables)
    record(lab, "open_set")


@pytest.fixture
def released(lab: Registry) -> Registry:
    hold(lab, {"a": 0, "b": 0})
    release(lab, "open_set", "1.0.0")
    return lab


def test_a_release_refuses_a_smaller_step_and_names_what_changed(released: Registry) -> None:
    hold(released, {"a": 0, "b": 1, "c": 0})
    with pytest.raises(Misuse, match=r"a major one: 1 relabelled \(tiny/b\); 1 added") as refused:
        release(released, "open_set", "1.1.0")
    assert refused.value.hint == "medreg release open_set 2.0.0"
    assert refused.value.exit_code == 2
    assert next_version(released, "open_set") == "2.0.0"
    release(released, "open_set", "2.0.0")
    found = diff(released, "open_set@v1.0.0", "v2.0.0")
    assert (found.added, found.relabelled) == (("tiny/c",), ("tiny/b",))
    assert diff(released, "open_set@v2.0.0", "1.0.0").removed == ("tiny/c",)


def test_more_cases_are_a_minor_step(released: Registry) -> None:
    assert next_version(released, "open_set") == "1.0.1"
    hold(released, {"a": 0, "b": 0, "c": 0})
    with pytest.raises(Misuse, match="a patch step from"):
        release(released, "open_set", "1.0.1")
    release(released, "open_set", "1.1.0")


def test_a_case_that_moves_to_another_fold_is_a_major_step(released: Registry) -> None:
    hold(released, {"a": 0, "b": 0}, fold="1")
    with pytest.raises(Misuse, match="2 moved"):
        release(released, "open_set", "1.1.0")


def test_dice_of_relabelled_masks_from_the_cache(released: Registry) -> None:
    hold(released, {"a": 0, "b": 1})
    before, after = sides(released, "open_set")
    found = between(before, after)
    assert dice(released, before, after, found) == {"tiny/b": {"liver": 0.75}}


def test_the_command_prints_what_changed(
    released: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    hold(released, {"b": 1, "c": 0})
    words = ["diff", "open_set@v1.0.0", "--registry", str(released.root)]
    assert main([*words, "--dice"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].startswith("open_set@v1.0.0 -> open_set in the working tree: major (1 removed")
    assert shown[1:] == ["+      tiny/c", "-      tiny/a", "mask   tiny/b  Dice liver 0.7500"]
    assert main([*words, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["step"], told["removed"]) == ("major", ["tiny/a"])


def test_nothing_to_compare_with(lab: Registry) -> None:
    with pytest.raises(NotFound, match="never released"):
        diff(lab, "open_set")
    with pytest.raises(NotFound, match="never_made"):
        diff(lab, "never_made@v1.0.0")


def test_links_of_a_set_are_released_and_come_back_as_their_files(lab: Registry) -> None:
    """What the exporter ``bids`` links is pulled whole, and verified, like any other file."""
    folder = lab.set("open_set")
    hold(lab, {"a": 0})
    link = folder.data / "bids" / "sub-a_dseg.nii.gz"
    link.parent.mkdir()
    link.symlink_to("../D/labelsTr/a.nii.gz")
    rows = folder.rows("manifest.csv", ManifestRow)
    mask_row = next(row for row in rows if "labelsTr" in row.path)
    linked = replace(mask_row, path="data/bids/sub-a_dseg.nii.gz", voxels="", source="")
    fill(folder.path, {"manifest.csv": to_csv([*rows, linked], ManifestRow)})
    record(lab, "open_set")
    release(lab, "open_set", "1.0.0")
    shutil.rmtree(folder.data)
    assert pull(lab, "open_set@v1.0.0") == 4
    assert link.read_bytes() == (folder.data / "D" / "labelsTr" / "a.nii.gz").read_bytes()
