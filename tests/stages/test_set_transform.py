"""A recipe that says ``transform:``: what is written, what is recorded, what stays as it was."""

from __future__ import annotations

import csv
import json
import re
from typing import TYPE_CHECKING, Any

import nibabel
import numpy as np
import pytest

from medreg.cli import main
from medreg.curate.recipe import parse
from medreg.engine import Processes
from medreg.errors import DeclarationError
from medreg.files.hashing import sha256_file
from medreg.imaging import nifti
from medreg.report import Outcome
from medreg.stages.decide import explain, plan
from medreg.tables import ManifestRow, TransformRow, from_csv

if TYPE_CHECKING:
    from pathlib import Path

    from medreg.curate.recipe import Recipe
    from medreg.engine import Engine
    from tests.stages.toy import Lab

EVERYTHING: dict[str, Any] = {
    "crop": "body",
    "margin": 3,
    "spacing": [1.5, 1.5, 2],
    "images": "bspline",
    "masks": "linear",
    "clip": [-160, 30],
    "cast": "float32",
    "orientation": "LPS",
}


def curate(lab: Lab, engine: Engine | None = None, **keys: Any) -> list[Any]:
    lab.recipe(**keys)
    return [lab.run(stage, "both", engine) for stage in ("decide", "write")]


def rows(lab: Lab) -> dict[str, ManifestRow]:
    found = lab.registry.set("both").rows("manifest.csv", ManifestRow)
    return {row.path: row for row in found if row.voxels}


def folder(lab: Lab) -> Path:
    return lab.registry.set("both").path


def test_everything_that_is_asked_for_is_done_and_recorded(both: Lab) -> None:
    curate(both, transform=EVERYTHING)
    table = from_csv((folder(both) / "transforms.csv").read_bytes(), TransformRow)
    assert len(table) == 6
    for row in table:
        assert (row.axes_before, row.axes) == ("RAS", "LPS")
        assert row.spacing == "1.5 1.5 2"
        assert row.types == "ct=int16>float32"
        assert 0 < float(row.clipped.removeprefix("ct=")) < 1
    for path, row in rows(both).items():
        file = folder(both) / path
        told = next(one for one in table if f"{one.dataset}/{one.case}" == row.source)
        found = nibabel.load(file)
        assert " ".join(map(str, found.shape)) == told.shape
        assert "".join(nibabel.aff2axcodes(found.affine)) == "LPS"
        assert np.abs(found.affine[:3].ravel() - [*map(float, told.affine.split())]).max() < 1e-5
        assert (row.sha256, row.voxels) == (sha256_file(file), nifti.load(file).digest())
        if "images" in path:
            values = np.asarray(found.dataobj)
            assert (values.dtype, values.min(), values.max()) == (np.float32, -160, 30)
        else:
            assert {*np.unique(np.asarray(found.dataobj))} == {0, 1, 2}
    provenance = json.loads((folder(both) / "provenance.json").read_bytes())
    assert provenance["transform"] == {**EVERYTHING, "margin": 3.0}
    line = "resample to 1.5 x 1.5 x 2 mm (bspline, masks linear); clip to -160..30"
    assert line in (folder(both) / "card.md").read_text()
    assert line in "\n".join(plan(both.registry, both.plugins, "both").notes)
    assert line in "\n".join(explain(both.registry, both.plugins, "both", "toy/volume-1"))
    assert "transforms.csv" in (folder(both) / "SHA256SUMS").read_text()


def test_the_table_leads_back_to_the_converted_voxel(both: Lab) -> None:
    """Every voxel of the set is the converted one at the place that the two affines name."""
    curate(both, transform={"crop": "body", "margin": 0, "orientation": "PIR"})
    for row in from_csv((folder(both) / "transforms.csv").read_bytes(), TransformRow):
        before, after = (
            np.vstack([np.array(cells.split(), float).reshape(3, 4), [0, 0, 0, 1]])
            for cells in (row.affine_before, row.affine)
        )
        converted = both.dataset(row.dataset).converted / row.case / "ct.nii.gz"
        raw = np.asarray(nibabel.load(converted).dataobj)
        path = next(
            p
            for p, r in rows(both).items()
            if p.count("images") and r.source == f"{row.dataset}/{row.case}"
        )
        made = np.asarray(nibabel.load(folder(both) / path).dataobj)
        assert made.size < raw.size
        for voxel in ((0, 0, 0), (3, 5, 2), tuple(n - 1 for n in made.shape)):
            back = np.linalg.inv(before) @ after @ (*voxel, 1)
            assert made[voxel] == raw[tuple(np.rint(back[:3]).astype(int))]


def test_without_a_transform_images_are_the_converted_bytes(both: Lab) -> None:
    curate(both)
    plain = {path: row.sha256 for path, row in rows(both).items()}
    assert not (folder(both) / "transforms.csv").exists()
    assert "transform" not in json.loads((folder(both) / "provenance.json").read_bytes())
    curate(both, transform={"cast": "float32"})
    assert {path for path, row in rows(both).items() if plain[path] == row.sha256} == {
        path for path in plain if "labels" in path
    }
    assert (folder(both) / "transforms.csv").exists()
    reports = curate(both)
    assert {path: row.sha256 for path, row in rows(both).items()} == plain
    assert not (folder(both) / "transforms.csv").exists()
    assert {a.outcome for a in reports[1].answers if "/" in a.item} == {Outcome.REPAIRED}


@pytest.mark.parametrize(
    "nothing",
    [
        {"spacing": [2, 2, 3]},
        {"orientation": "ras"},
        {"cast": "int16"},
        {"clip": {"ct": [-32768, 32767]}},
        {"crop": "body", "margin": 500},
    ],
    ids=lambda keys: next(iter(keys)),
)
def test_what_is_so_already_keeps_bytes_and_digest(both: Lab, nothing: dict[str, Any]) -> None:
    curate(both)
    plain = {path: (row.sha256, row.voxels) for path, row in rows(both).items()}
    curate(both, transform=nothing)
    assert {path: (row.sha256, row.voxels) for path, row in rows(both).items()} == plain


def test_a_turn_keeps_the_digest_and_a_second_run_keeps_all(both: Lab) -> None:
    curate(both)
    plain = {path: row.voxels for path, row in rows(both).items()}
    curate(both, transform={"orientation": "LAS"})
    assert {path: row.voxels for path, row in rows(both).items()} == plain
    before = both.bytes()
    reports = curate(both, transform={"orientation": "LAS"})
    assert {answer.outcome for answer in reports[1].answers} == {Outcome.KEPT}
    assert both.bytes() == before


def test_processes_give_the_same_bytes(both: Lab, tmp_path: Path) -> None:
    curate(both, transform=EVERYTHING)
    before = both.bytes()
    for file in both.registry.set("both").data.rglob("*.nii.gz"):
        file.unlink()
    curate(both, Processes(2), transform=EVERYTHING)
    assert both.bytes() == before


@pytest.mark.parametrize(
    ("transform", "told"),
    [
        ({}, "nothing is asked for: name crop, spacing, clip, cast or orientation"),
        ({"spacing": 0}, "greater than or equal to 0.05"),
        ({"spacing": [1, 1]}, "transform.spacing"),
        ({"masks": "linear"}, "name the spacing too"),
        ({"margin": 3, "cast": "int16"}, "write crop: body too"),
        ({"orientation": "LPP"}, "say where the three axes point to, as in RAS, LPS or PIR"),
        ({"clip": [240, -160]}, "the lower limit comes first"),
        ({"clip": {"pet": [0, 9]}}, "transform: clip: channels lists no 'pet'"),
        ({"cast": "float16"}, "'uint8', 'int16', 'uint16', 'int32' or 'float32'"),
        ({"resample": 1}, "there is no key transform.resample"),
    ],
    ids=json.dumps,
)
def test_a_wrong_word_is_named_with_its_line(transform: dict[str, Any], told: str) -> None:
    with pytest.raises(DeclarationError, match=re.escape(told)) as raised:
        read(transform)
    assert raised.value.message.startswith("recipe.yaml:5: ")
    assert raised.value.hint


def read(transform: dict[str, Any], *channels: str) -> Recipe:
    said = {
        "title": "A",
        "datasets": ["toy"],
        "channels": channels or ["ct"],
        "labels": ["liver"],
        "transform": transform,
    }
    text = "".join(f"{key}: {json.dumps(value)}\n" for key, value in said.items())
    return parse(text, "recipe.yaml", name="a", datasets=["toy"], vocabulary=["liver"])


def test_one_range_for_two_channels_is_refused() -> None:
    with pytest.raises(DeclarationError, match="one range for ct, pet") as raised:
        read({"clip": [0, 1]}, "ct", "pet")
    assert raised.value.hint == "say it by channel, as in clip: {ct: [-160, 240]}"


def test_a_case_that_cannot_be_cast_is_named(both: Lab) -> None:
    _, report = curate(both, transform={"cast": "uint8"})
    assert {a.item for a in report.failed} == {f"toy/volume-{n}" for n in (1, 2, 10)} | {
        f"other/volume-{name}" for name in ("a", "bb", "ccc")
    }
    assert "do not fit uint8" in report.failed[0].reason
    assert not (folder(both) / "SHA256SUMS").exists()


def test_the_dry_run_says_it(
    both: Lab, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(both.registry.root)
    both.recipe(transform={"spacing": 1, "masks": "linear"})
    assert main(["curate", "both", "--dry-run"]) == 0
    out, err = capsys.readouterr()
    assert "transform: resample to 1 x 1 x 1 mm (linear, masks linear)" in out
    assert "images are written anew, about 12 times their voxels" in err
    both.recipe()
    assert main(["curate", "both", "--dry-run"]) == 0
    assert "images are stored once" in capsys.readouterr().err


def test_statistics_are_those_of_the_written_masks(both: Lab) -> None:
    curate(both, transform={"spacing": 1.5})
    with (folder(both) / "stats.csv").open(newline="") as stream:
        table = {row["id"]: row for row in csv.DictReader(stream)}
    assert len(table) == 6
    for path in (path for path in rows(both) if "labels" in path):
        found = nibabel.load(folder(both) / path)
        row = table[path.rpartition("/")[2].removesuffix(".nii.gz")]
        assert row["shape"] == " ".join(map(str, found.shape))
        assert row["spacing"] == "1.5 1.5 1.5"
        liver = int((np.asarray(found.dataobj) == 1).sum()) * 1.5**3 / 1000
        assert float(row["ml_liver"]) == pytest.approx(liver, rel=1e-5)
    picture = (folder(both) / "stats.svg").read_text()
    assert picture.startswith("<svg")
    assert "liver_tumor (6)" in picture
    assert "| liver_tumor | 6 |" in (folder(both) / "card.md").read_text()
