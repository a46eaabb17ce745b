"""From checked datasets to a set on disk: what is in it, and what keeps it honest."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from importlib.metadata import requires, version
from typing import TYPE_CHECKING

import nibabel
import numpy as np
import pytest

from medreg import stages
from medreg.engine import Inline, Processes
from medreg.errors import DeclarationError, NotFound
from medreg.export.nnunet import folder as nnunet_folder
from medreg.files.hashing import sha256_bytes, sha256_file
from medreg.registry import Registry
from medreg.report import Outcome, Silent
from medreg.stages.decide import explain, plan
from medreg.stages.provenance import LIBRARIES
from medreg.tables import ManifestRow, SelectionRow
from tests.stages.toy import liver

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from medreg.engine import Engine
    from medreg.report import StageReport
    from tests.stages.toy import Lab

IDS = [
    "other__volume-a",
    "other__volume-bb",
    "other__volume-ccc",
    "toy__volume-1",
    "toy__volume-2",
    "toy__volume-10",
]


def curate(lab: Lab, engine: Engine | None = None) -> list[StageReport]:
    return [lab.run(stage, "both", engine) for stage in ("decide", "write")]


def content(lab: Lab) -> Path:
    return lab.registry.set("both").path


def manifest(lab: Lab) -> dict[str, ManifestRow]:
    return {row.path: row for row in lab.registry.set("both").rows("manifest.csv", ManifestRow)}


def provenance(lab: Lab) -> dict[str, object]:
    return json.loads((content(lab) / "provenance.json").read_bytes())


# --- what is in it -----------------------------------------------------------------------------


def test_a_set_has_everything(both: Lab) -> None:
    reports = curate(both)
    assert [report.exit_code for report in reports] == [0, 0]
    assert sorted(file.name for file in content(both).iterdir()) == [
        "SHA256SUMS",
        "card.md",
        "data",
        "licenses.md",
        "manifest.csv",
        "provenance.json",
        "recipe.yaml",
        "references.bib",
        "selection.csv",
        "splits.json",
        "stats.csv",
        "stats.svg",
    ]
    rows = both.registry.set("both").rows("selection.csv", SelectionRow)
    assert [row.id for row in rows if row.decision == "kept"] == IDS


def test_sha256sum_confirms_it_without_medreg(both: Lab) -> None:
    curate(both)
    done = subprocess.run(
        ["sha256sum", "-c", "--strict", "SHA256SUMS"],
        cwd=content(both),
        capture_output=True,
        text=True,
        check=True,
    )
    files = {line.partition(": ")[0] for line in done.stdout.splitlines()}
    beside = {"manifest.csv", "recipe.yaml", "selection.csv", "splits.json"}
    assert files == {*manifest(both), *beside}


def test_the_manifest_lists_all_data_and_nothing_else(both: Lab) -> None:
    curate(both)
    rows = manifest(both)
    found = both.bytes(content(both) / "data")
    assert {path: row.sha256 for path, row in rows.items()} == {
        f"data/{path}": digest for path, digest in found.items()
    }
    volumes = {path: row for path, row in rows.items() if path.endswith(".nii.gz")}
    assert len(volumes) == 12
    assert all(row.voxels.startswith("sha256:") for row in volumes.values())
    assert {row.source for row in volumes.values()} == {id_.replace("__", "/") for id_ in IDS}
    assert all(row.source == row.voxels == "" for p, row in rows.items() if p not in volumes)


@pytest.mark.parametrize("case_id", IDS)
def test_images_are_placed_unchanged_and_masks_mapped(both: Lab, case_id: str) -> None:
    curate(both)
    dataset, _, case = case_id.partition("__")
    base = content(both) / "data" / nnunet_folder("both")
    image = base / "imagesTr" / f"{case_id}_0000.nii.gz"
    converted = both.dataset(dataset).converted / case
    assert image.read_bytes() == (converted / "ct.nii.gz").read_bytes()
    assert image.stat().st_ino != (converted / "ct.nii.gz").stat().st_ino
    mask = nibabel.load(base / "labelsTr" / f"{case_id}.nii.gz")
    expected = liver(case.removeprefix("volume-"))[::-1]
    np.testing.assert_array_equal(np.asarray(mask.dataobj), expected)
    np.testing.assert_array_equal(mask.affine, nibabel.load(image).affine)


def test_a_whole_takes_back_its_part(both: Lab) -> None:
    both.recipe(labels=["liver"])
    curate(both)
    file = content(both) / "data" / nnunet_folder("both") / "labelsTr" / "toy__volume-1.nii.gz"
    mask = np.asarray(nibabel.load(file).dataobj)
    np.testing.assert_array_equal(mask, liver("1")[::-1] > 0)


def test_held_out_cases_lie_apart(both: Lab) -> None:
    both.recipe(hold_out=["other"])
    curate(both)
    base = content(both) / "data" / nnunet_folder("both")
    names = {
        folder.name: len(list(folder.iterdir())) for folder in base.iterdir() if folder.is_dir()
    }
    assert names == {"imagesTr": 3, "labelsTr": 3, "imagesTs": 3, "labelsTs": 3}


def test_the_splits_are_those_that_readers_get(both: Lab) -> None:
    curate(both)
    splits = json.loads((content(both) / "splits.json").read_bytes())
    base = content(both) / "data" / nnunet_folder("both")
    assert json.loads((base / "splits_final.json").read_bytes()) == splits["folds"]
    assert sorted(splits["folds"][0]["train"] + splits["folds"][0]["val"]) == sorted(IDS)


def test_provenance_names_what_decided_the_bytes_and_nobody(both: Lab) -> None:
    curate(both)
    said = provenance(both)
    folder = content(both)
    for key, file in (
        ("manifest", "manifest.csv"),
        ("recipe", "recipe.yaml"),
        ("selection", "selection.csv"),
        ("splits", "splits.json"),
    ):
        assert said[key] == f"sha256:{sha256_file(folder / file)}"
    assert said["libraries"]["numpy"] == version("numpy")
    assert said["codec"]["version"] == version("isal")
    plugin = both.registry.plugins / "toy.py"
    assert said["datasets"]["toy"]["plugin"] == f"sha256:{sha256_file(plugin)}"
    assert said["datasets"]["toy"]["claims"][0]["value"] == "CC-BY-4.0"
    assert said["terms"]["research"]["answer"] == "allowed"
    assert "volume-" not in (folder / "provenance.json").read_text()
    for file in ("provenance.json", "card.md", "licenses.md", "references.bib", "manifest.csv"):
        assert str(both.registry.root) not in (folder / file).read_text()


def test_the_libraries_of_provenance_are_those_that_are_required() -> None:
    required = " ".join(requires("medreg") or ()).lower()
    assert [name for name in LIBRARIES if name.lower() not in required] == []


def test_papers_name_title_terms_and_works(both: Lab) -> None:
    curate(both)
    folder = content(both)
    assert "Both toys" in (folder / "card.md").read_text()
    assert "CC-BY-4.0" in (folder / "licenses.md").read_text()
    text = (folder / "references.bib").read_text()
    assert text.count("@misc{") == 2
    assert "10.1000/toy" in text


def test_an_exporter_of_a_plugin_writes_too(both: Lab) -> None:
    (both.registry.plugins / "lines.py").write_text(EXPORTER)
    both.recipe(export=["nnunet", "lines"])
    curate(both)
    assert (content(both) / "data" / "cases.txt").read_text().split() == IDS
    assert "data/cases.txt" in manifest(both)
    both.recipe(export=["nnunet"])
    curate(both)
    assert "data/cases.txt" not in manifest(both)
    assert not (content(both) / "data" / "cases.txt").exists()


EXPORTER = '''\
"""Case ids, one per line."""

from medreg import hookimpl


class Lines:
    name = "lines"

    def write(self, content, into):
        text = "".join(f"{case.id}\\n" for case in content.cases)
        (into / "cases.txt").write_text(text, encoding="utf-8")


@hookimpl
def medreg_exporters():
    yield Lines()
'''


# --- done again --------------------------------------------------------------------------------


def test_a_second_run_keeps_everything(both: Lab) -> None:
    curate(both)
    before = both.bytes()
    for report in curate(both):
        assert {answer.outcome for answer in report.answers} == {Outcome.KEPT}, report.stage
    assert both.bytes() == before


def test_two_processes_give_the_same_bytes_as_one(both: Lab, tmp_path: Path) -> None:
    curate(both)
    one = both.bytes()
    (content(both) / "data").rename(tmp_path / "data")
    both.registry.scratch.rename(tmp_path / "scratch")
    curate(both, Processes(2, patience=0))
    assert both.bytes() == one


def test_only_what_changed_is_written_again(both: Lab) -> None:
    curate(both)
    before = both.bytes()
    base = content(both) / "data" / nnunet_folder("both")
    (base / "labelsTr" / "toy__volume-2.nii.gz").write_bytes(b"")
    (base / "imagesTr" / "other__volume-bb_0000.nii.gz").unlink()
    (base / "imagesTr" / "stranger_0000.nii.gz").write_bytes(b"x")
    report = both.run("write", "both")
    done = [a.item for a in report.answers if a.outcome is Outcome.REPAIRED]
    assert done == ["other/volume-bb", "toy/volume-2"]
    assert both.bytes() == before


def test_a_case_that_is_no_longer_wanted_leaves(both: Lab) -> None:
    curate(both)
    both.recipe(datasets=["toy"])
    curate(both)
    assert not [path for path in manifest(both) if "other__" in path]
    assert not list(content(both).rglob("other__*"))


# --- honesty -----------------------------------------------------------------------------------


def test_other_bytes_than_were_decided_about_are_named(both: Lab) -> None:
    both.run("decide", "both")
    file = both.dataset().converted / "volume-2" / "mask.nii.gz"
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    report = both.run("write", "both")
    (failed,) = report.failed
    assert failed.item == "toy/volume-2"
    assert "not those that were decided about" in failed.reason
    assert report.exit_code == 5
    assert not (content(both) / "SHA256SUMS").exists()


@pytest.mark.parametrize("lost", ["volume-2", "volume-2/case.json", "volume-2/ct.nii.gz"])
def test_missing_cases_are_obtained_and_only_those(both: Lab, tmp_path: Path, lost: str) -> None:
    both.run("decide", "both")
    stored = tmp_path / "stored"
    (both.dataset().converted / lost).rename(stored)
    asked = []

    def obtain(cases: Sequence[tuple[str, str]]) -> None:
        asked.extend(cases)
        stored.rename(both.dataset().converted / lost)

    report = stages.write(
        both.registry, both.plugins, "both", obtain=obtain, engine=Inline(), progress=Silent()
    )
    assert report.exit_code == 0
    assert asked == [("toy", "volume-2")]


def test_cases_that_cannot_be_obtained_fail_by_name(both: Lab) -> None:
    both.run("decide", "both")
    for file in (both.dataset().converted / "volume-2").iterdir():
        file.unlink()
    (both.dataset().converted / "volume-2").rmdir()
    report = both.run("write", "both")
    assert [answer.item for answer in report.failed] == ["toy/volume-2"]
    assert report.exit_code == 5


def test_deciding_reads_no_voxel(both: Lab, tmp_path: Path) -> None:
    for name in ("toy", "other"):
        for folder in ("raw", "converted"):
            (both.dataset(name).path / folder).rename(tmp_path / f"{name}-{folder}")
    decision = plan(both.registry, both.plugins, "both")
    assert not (content(both) / "selection.csv").exists()
    assert both.run("decide", "both").exit_code == 0
    written = both.registry.set("both").rows("selection.csv", SelectionRow)
    assert tuple(written) == decision.selection


def test_an_unknown_set_or_dataset_is_named(both: Lab) -> None:
    with pytest.raises(NotFound, match="no set named 'bothh'") as raised:
        both.run("decide", "bothh")
    assert raised.value.hint == "did you mean both?"
    both.recipe(datasets=["toy", "othr"])
    with pytest.raises(NotFound) as raised:
        both.run("decide", "both")
    assert raised.value.hint == "did you mean other?"
    both.recipe(labels=["livr"])
    with pytest.raises(DeclarationError, match=r"recipe\.yaml:3: .*livr"):
        both.run("decide", "both")


def test_a_set_is_decided_before_it_is_written(both: Lab) -> None:
    with pytest.raises(NotFound) as raised:
        both.run("write", "both")
    assert raised.value.hint == "medreg curate both"


def test_a_dataset_is_checked_before_it_is_curated(both: Lab) -> None:
    (both.dataset("other").path / "cases.csv").unlink()
    with pytest.raises(NotFound) as raised:
        both.run("decide", "both")
    assert raised.value.hint == "medreg check other"


def test_every_case_can_be_explained(both: Lab) -> None:
    image, _ = both.publish("bad")
    image.write_bytes(b"")
    both.prepare()
    both.run("decide", "both")
    assert "fold" in explain(both.registry, both.plugins, "both", "toy/volume-1")[0]
    refused = explain(both.registry, both.plugins, "both", "toy/volume-bad")
    assert refused[0].startswith("refused")
    assert "volume-bad.nii.gz" in refused[0]
    for unknown in ("toy/volume-3", "nobody/volume-1", "volume-1"):
        with pytest.raises(NotFound):
            explain(both.registry, both.plugins, "both", unknown)


def test_a_case_is_explained_as_the_dry_run_decides_now(both: Lab) -> None:
    both.run("decide", "both")
    case = "toy/volume-1"
    said = explain(both.registry, both.plugins, "both", case)
    assert not any("written" in line for line in said)
    table = both.registry.facts / "withdrawn.csv"
    table.write_text("dataset,case,reason,by,date\ntoy,volume-1,consent,A. Tester,2026-01-01\n")
    now = explain(both.registry, both.plugins, "both", case)
    assert now[:2] == ["dropped   consent", "  step    withdrawn"]
    assert now[-1].startswith("written   kept, fold ")
    (both.dataset("toy").path / "cases.csv").unlink()
    assert explain(both.registry, both.plugins, "both", case) == said, "as it was written"


def test_labels_that_nobody_lists_cannot_be_written(both: Lab) -> None:
    mask = liver("1")
    mask[20, 15, 4:9] = 9
    both.publish("3", mask=mask)
    both.prepare()
    curate(both)
    assert not [path for path in manifest(both) if "volume-3" in path]
    both.recipe(quality={"accept_fail": ["labels"]})
    both.run("decide", "both")
    report = both.run("write", "both")
    (failed,) = report.failed
    assert (failed.item, failed.exit_code) == ("toy/volume-3", 2)
    assert "9" in failed.reason


def test_the_digest_of_the_set_does_not_depend_on_where_it_is(both: Lab, tmp_path: Path) -> None:
    curate(both)
    before = both.bytes(content(both))
    moved = both.registry.root.rename(tmp_path / "elsewhere")
    there = replace(both, registry=Registry(moved))
    (content(there) / "card.md").unlink()
    curate(there)
    assert there.bytes(content(there)) == before
    assert sha256_bytes((content(there) / "manifest.csv").read_bytes()) == before["manifest.csv"]
