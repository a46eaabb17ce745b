"""From the publisher's files to checked cases: what comes out, and what bad input gets."""

from __future__ import annotations

import errno
import gzip
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import nibabel
import numpy as np
import pytest

from medreg import stages
from medreg.engine import Processes
from medreg.errors import ActionNeeded, CannotHere, DeclarationError, NotFound, Transient
from medreg.files.lock import lock
from medreg.model import FileRecord
from medreg.report import Outcome
from medreg.tables import CaseRow, ManifestRow, RefusedRow
from tests.stages.toy import AFFINE, SHAPE, Lab, body, liver

if TYPE_CHECKING:
    from collections.abc import Callable

STAGES = ["declare", "fetch", "convert", "check"]
CASES = ["volume-1", "volume-2", "volume-10"]


def cases(lab: Lab) -> dict[str, CaseRow]:
    return {row.case: row for row in lab.dataset().rows("cases.csv", CaseRow)}


def refused(lab: Lab) -> dict[str, str]:
    return {row.case: row.reason for row in lab.dataset().rows("refused.csv", RefusedRow)}


# --- what comes out ----------------------------------------------------------------------------


def test_every_case_comes_through(lab: Lab) -> None:
    reports = lab.prepare()
    assert [report.exit_code for report in reports] == [0, 0, 0, 0]
    assert [answer.item for answer in reports[2].answers] == CASES
    assert list(cases(lab)) == CASES
    row = cases(lab)["volume-2"]
    assert row.patient == "volume-2"
    assert row.channels == "ct"
    assert row.shape == "24 20 12"
    assert row.spacing == "2 2 3"
    assert (row.unit, row.verdict, row.findings) == ("HU", "pass", "")
    assert row.annotated == "liver liver_tumor"
    image, mask = body("2")[::-1], liver("2")[::-1]
    assert (row.low, row.high) == (str(image.min()), str(image.max()))
    assert row.voxels == f"liver={(mask == 1).sum()} liver_tumor={(mask == 2).sum()}"


def test_converted_files_hold_the_voxels_in_ras(lab: Lab) -> None:
    lab.prepare()
    folder = lab.dataset().converted / "volume-1"
    assert sorted(file.name for file in folder.iterdir()) == [
        "case.json",
        "ct.nii.gz",
        "mask.nii.gz",
    ]
    for name, array in (("ct", body("1")), ("mask", liver("1"))):
        loaded = nibabel.load(folder / f"{name}.nii.gz")
        assert nibabel.aff2axcodes(loaded.affine) == ("R", "A", "S")
        np.testing.assert_array_equal(np.asarray(loaded.dataobj), array[::-1])
        expected = AFFINE @ np.array([SHAPE[0] - 1, 0, 0, 1])
        np.testing.assert_allclose(loaded.affine[:3, 3], expected[:3])


def test_the_sidecar_says_where_a_case_came_from(lab: Lab) -> None:
    lab.prepare()
    sidecar = json.loads((lab.dataset().converted / "volume-1" / "case.json").read_bytes())
    assert sidecar["case"] == sidecar["patient"] == "volume-1"
    assert sidecar["annotated"] == ["liver", "liver_tumor"]
    assert sidecar["grid"] == "ct"
    assert sidecar["corrections"] == []
    assert sidecar["images"]["ct"]["modality"] == "CT"
    assert sidecar["images"]["ct"]["members"] == ["volume-1.nii.gz"]
    assert sidecar["mask"]["members"] == ["segmentation-1.nii.gz"]


def test_the_manifest_lists_every_converted_file(lab: Lab) -> None:
    lab.prepare()
    folder = lab.dataset()
    rows = {row.path: row for row in folder.rows("manifest.csv", ManifestRow)}
    found = lab.bytes(folder.converted)
    assert {path: row.sha256 for path, row in rows.items()} == found
    digests = cases(lab)["volume-10"].digests.split()
    assert digests == [
        f"ct={rows['volume-10/ct.nii.gz'].voxels}",
        f"mask={rows['volume-10/mask.nii.gz'].voxels}",
    ]


def test_the_card_counts_and_names_no_case(lab: Lab) -> None:
    lab.publish("3", mask=np.zeros(SHAPE, np.uint8))
    lab.prepare()
    text = (lab.dataset().path / "card.json").read_text()
    card = json.loads(text)
    assert (card["cases"], card["refused"], card["patients"]) == (4, 0, 4)
    assert card["verdicts"] == {"pass": 3, "warn": 1, "fail": 0}
    assert card["findings"] == {"labels:warn": 1}
    assert card["labels"]["liver"]["annotated"] == 4
    assert card["labels"]["liver"]["shown"] == 3
    assert card["spacing"][2] == {"min": 3, "median": 3, "max": 3}
    assert "volume-" not in text


def test_two_processes_give_the_same_bytes_as_one(lab: Lab, tmp_path: Path) -> None:
    lab.publish("3", image=np.full(SHAPE, np.nan, np.float32))
    lab.prepare()
    one = lab.bytes()
    for file in (
        "converted",
        "cases.csv",
        "card.json",
        "fingerprints.csv",
        "manifest.csv",
        "refused.csv",
    ):
        (lab.dataset().path / file).rename(tmp_path / file)
    lab.registry.scratch.rename(tmp_path / "scratch")
    lab.prepare(engine=Processes(2, patience=0))
    assert lab.bytes() == one


def test_a_second_run_keeps_everything(lab: Lab) -> None:
    lab.prepare()
    before = lab.bytes()
    for report in lab.prepare():
        assert {answer.outcome for answer in report.answers} == {Outcome.KEPT}, report.stage
        assert not report.changed
    assert lab.bytes() == before


def test_nothing_is_left_in_scratch_but_results(lab: Lab) -> None:
    lab.prepare()
    left = {f.relative_to(lab.registry.scratch).parts[0] for f in lab.registry.scratch.rglob("*.*")}
    assert left == {"locks", "check", "compared"}


# --- what is done again ------------------------------------------------------------------------


def outcomes(lab: Lab, stage: str) -> dict[str, Outcome]:
    return {answer.item: answer.outcome for answer in lab.run(stage).answers}


def test_only_what_changed_is_done_again(lab: Lab) -> None:
    lab.prepare()
    before = lab.bytes(lab.dataset().converted)
    lab.publish("2", mask=np.roll(liver("2"), 1, axis=2))
    lab.replace("segmentation-2.nii.gz")
    assert outcomes(lab, "convert") == {
        "volume-1": Outcome.KEPT,
        "volume-2": Outcome.REPAIRED,
        "volume-10": Outcome.KEPT,
    }
    assert outcomes(lab, "check") == {
        "volume-1": Outcome.KEPT,
        "volume-2": Outcome.CHECKED,
        "volume-10": Outcome.KEPT,
    }
    after = lab.bytes(lab.dataset().converted)
    changed = {path for path, digest in after.items() if before[path] != digest}
    assert changed == {"volume-2/case.json", "volume-2/mask.nii.gz"}


@pytest.mark.parametrize("file", ["ct.nii.gz", "mask.nii.gz", "case.json"])
@pytest.mark.parametrize("damage", ["cut", "flip", "remove", "add"])
def test_a_damaged_conversion_is_repaired(lab: Lab, file: str, damage: str) -> None:
    lab.prepare()
    before = lab.bytes()
    victim = lab.dataset().converted / "volume-1" / file
    data = victim.read_bytes()
    match damage:
        case "cut":
            victim.write_bytes(data[:-9])
        case "flip":
            victim.write_bytes(data[:40] + bytes([data[40] ^ 1]) + data[41:])
        case "remove":
            victim.unlink()
        case "add":
            (victim.parent / "stray.txt").write_text("?")
    found = outcomes(lab, "convert")
    assert [case for case, outcome in found.items() if outcome is not Outcome.KEPT] == ["volume-1"]
    lab.run("check")
    assert lab.bytes() == before


def test_checking_damaged_files_is_a_named_failure(lab: Lab) -> None:
    lab.prepare()
    before = lab.bytes()
    victim = lab.dataset().converted / "volume-1" / "ct.nii.gz"
    victim.write_bytes(victim.read_bytes()[:-1])
    report = lab.run("check")
    (failed,) = report.failed
    assert failed.item == "volume-1"
    assert "does not hold what was converted" in failed.reason
    assert report.exit_code == 5
    tables = {path: d for path, d in lab.bytes().items() if "converted" not in path}
    assert tables == {path: d for path, d in before.items() if "converted" not in path}


def test_an_edited_docstring_changes_nothing(lab: Lab) -> None:
    lab.prepare()
    before = lab.bytes()
    plugin = lab.registry.plugins / "toy.py"
    plugin.write_text(plugin.read_text().replace("an ellipse", "still an ellipse"))
    assert not any(report.changed for report in lab.prepare())
    assert lab.bytes() == before


def test_edited_labels_are_converted_and_checked_again(lab: Lab) -> None:
    lab.prepare()
    lab.declare({1: "spleen", 2: "liver_tumor"})
    assert [report.changed for report in lab.prepare()] == [True, False, True, True]
    assert cases(lab)["volume-1"].annotated == "liver_tumor spleen"


def test_a_case_that_vanished_is_removed(lab: Lab) -> None:
    lab.prepare()
    for file in lab.dataset().raw.glob("*-2.nii.gz"):
        file.unlink()
    lab.run("convert")
    lab.run("check")
    assert list(cases(lab)) == ["volume-1", "volume-10"]
    assert sorted(f.name for f in lab.dataset().converted.iterdir()) == ["volume-1", "volume-10"]


# --- fetch -------------------------------------------------------------------------------------


def test_rows_of_files_stay_as_they_were(lab: Lab) -> None:
    lab.run("fetch")
    file = lab.dataset().path / "files.csv"
    first = file.read_bytes()
    lab.publish("3")
    report = stages.fetch(
        lab.registry, lab.plugins, "toy", given=None, today="2027-12-31", progress=_Watching()
    )
    assert [a.item for a in report.answers if a.outcome is Outcome.FETCHED] == [
        "segmentation-3.nii.gz",
        "volume-3.nii.gz",
    ]
    rows = {row.path: row for row in lab.dataset().rows("files.csv", FileRecord)}
    assert rows["volume-3.nii.gz"].date == "2027-12-31"
    assert rows["volume-1.nii.gz"].date == "2026-01-02"
    assert set(first.splitlines()) < set(file.read_bytes().splitlines())


def test_a_lost_raw_file_comes_back_under_its_row(lab: Lab) -> None:
    lab.run("fetch")
    before = lab.bytes()
    (lab.dataset().raw / "volume-1.nii.gz").unlink()
    assert outcomes(lab, "fetch")["volume-1.nii.gz"] is not Outcome.KEPT
    assert lab.bytes() == before


def test_two_fetches_of_one_dataset_do_not_collide(lab: Lab) -> None:
    with (
        lock(lab.registry.lock("toy"), "fetch toy"),
        pytest.raises(Transient, match="fetch toy"),
    ):
        lab.run("fetch")


class _Watching:
    """Progress that checks that it is told of every item between start and finish."""

    def __init__(self) -> None:
        self.open = False

    def start(self, *_: object) -> None:
        assert not self.open
        self.open = True

    def moved(self, _: int) -> None:
        assert self.open

    def piece(self, *_: object) -> None:
        assert self.open

    def answered(self, _: object) -> None:
        assert self.open

    def finish(self) -> None:
        assert self.open
        self.open = False


# --- bad input ---------------------------------------------------------------------------------


def test_stages_in_the_wrong_order_say_what_to_type(lab: Lab) -> None:
    for stage, hint in (("convert", "medreg fetch toy"), ("check", "medreg convert toy")):
        with pytest.raises(NotFound) as raised:
            lab.run(stage)
        assert raised.value.hint == hint
    with pytest.raises(NotFound) as raised:
        lab.run("convert", "toyy")
    assert raised.value.hint == "did you mean toy?"


def truncated(lab: Lab) -> str:
    image, _ = lab.publish("bad")
    image.write_bytes(image.read_bytes()[: image.stat().st_size // 2])
    return "volume-bad.nii.gz"


def garbage(lab: Lab) -> str:
    _, mask = lab.publish("bad")
    mask.write_bytes(gzip.compress(b"no NIfTI" * 100))
    return "segmentation-bad.nii.gz"


def empty(lab: Lab) -> str:
    image, _ = lab.publish("bad")
    image.write_bytes(b"")
    return "volume-bad.nii.gz"


def not_finite(lab: Lab) -> str:
    lab.publish("bad", image=np.full(SHAPE, np.nan, np.float32))
    return "volume-bad.nii.gz"


def beyond_int16(lab: Lab) -> str:
    lab.publish("bad", image=np.full(SHAPE, 40000, np.int32))
    return "volume-bad.nii.gz"


def fractional_mask(lab: Lab) -> str:
    lab.publish("bad", mask=liver("1").astype(np.float32) * 0.9999)
    return "segmentation-bad.nii.gz"


def other_shape(lab: Lab) -> str:
    lab.publish("bad", mask=liver("1")[:, :, :-1])
    return "segmentation-bad.nii.gz"


BAD = [truncated, garbage, empty, not_finite, beyond_int16, fractional_mask, other_shape]


@pytest.mark.parametrize("spoil", BAD)
def test_a_bad_case_is_refused_by_name_and_the_others_come_through(
    lab: Lab, spoil: Callable[[Lab], str]
) -> None:
    lab.prepare()
    before = lab.bytes(lab.dataset().converted)
    file = spoil(lab)
    report = lab.prepare()[2]
    assert [answer.item for answer in report.refused] == ["volume-bad"]
    assert report.exit_code == 1
    assert file in refused(lab)["volume-bad"]
    assert lab.bytes(lab.dataset().converted) == before
    assert list(cases(lab)) == CASES


@pytest.mark.parametrize("spoil", BAD)
def test_a_case_that_turns_bad_leaves(lab: Lab, spoil: Callable[[Lab], str]) -> None:
    lab.publish("bad")
    lab.prepare()
    assert "volume-bad" in cases(lab)
    spoil(lab)
    lab.replace("volume-bad.nii.gz", "segmentation-bad.nii.gz")
    lab.run("convert")
    lab.run("check")
    assert list(refused(lab)) == ["volume-bad"]
    assert list(cases(lab)) == CASES


def test_a_mask_that_lies_elsewhere_fails_the_geometry_check(lab: Lab) -> None:
    moved = AFFINE.copy()
    moved[2, 3] += 1.5
    lab.publish("3", mask_affine=moved)
    converted, checked = lab.prepare()[2:]
    assert not converted.refused
    row = cases(lab)["volume-3"]
    assert row.verdict == "fail"
    assert row.findings == "geometry:fail:segmentation-3.nii.gz lies 1.5 mm off the grid of ct"
    (answer,) = [answer for answer in checked.answers if answer.exit_code]
    assert (answer.item, answer.reason) == ("volume-3", row.findings)


def test_a_mask_flipped_in_its_header_fails_the_geometry_check(lab: Lab) -> None:
    flipped = AFFINE @ np.diag([-1.0, 1.0, 1.0, 1.0])
    lab.publish("3", mask_affine=flipped)
    lab.prepare()
    assert "geometry:fail:segmentation-3.nii.gz lies" in cases(lab)["volume-3"].findings


def test_an_unlisted_value_fails_the_labels_check_with_its_count(lab: Lab) -> None:
    mask = liver("1")
    mask[20, 15, 4:9] = 7
    lab.publish("3", mask=mask)
    lab.prepare()
    row = cases(lab)["volume-3"]
    assert row.verdict == "fail"
    expected = "segmentation-3.nii.gz holds the raw value 7 in 5 voxels; toy lists 1, 2"
    assert f"labels:fail:{expected}" in row.findings


def test_ignored_values_pass(lab: Lab) -> None:
    lab.declare({1: "liver", 2: "liver_tumor", 255: "ignored"})
    mask = liver("1")
    mask[12, 12, 3:9] = 255
    lab.publish("3", mask=mask)
    lab.prepare()
    row = cases(lab)["volume-3"]
    assert row.findings == ""
    assert row.annotated == "liver liver_tumor"
    assert "ignored" not in row.voxels


def test_two_cases_of_one_id_are_named_with_both_files(lab: Lab) -> None:
    lab.publish("1", folder="again")
    lab.run("fetch")
    with pytest.raises(DeclarationError, match="two cases") as raised:
        lab.run("convert")
    assert re.search(r" again/(\w+)-1.nii.gz and \1-1.nii.gz", raised.value.message)


def test_a_label_outside_the_vocabulary_is_named(lab: Lab) -> None:
    lab.declare({1: "livr"})
    with pytest.raises(DeclarationError, match="livr"):
        lab.run("declare")


def test_a_missing_upstream_asks_a_person(lab: Lab) -> None:
    lab.upstream.rename(lab.upstream.with_name("moved"))
    with pytest.raises(ActionNeeded):
        lab.run("fetch")
    assert not (lab.dataset().path / "files.csv").exists()


@pytest.mark.parametrize(
    ("number", "message"), [(errno.ENOSPC, "no room on disk"), (errno.EACCES, "no permission")]
)
@pytest.mark.parametrize("stage", ["declare", "fetch", "convert", "check"])
def test_a_machine_that_cannot_says_so_and_goes_on_later(
    lab: Lab, stage: str, number: int, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for earlier in STAGES[: STAGES.index(stage)]:
        lab.run(earlier)
    with monkeypatch.context() as broken:
        broken.setattr(Path, "replace", _failing(number))
        with pytest.raises(CannotHere, match=message) as raised:
            lab.run(stage)
    assert str(lab.registry.root) in raised.value.message
    assert not list(lab.registry.root.rglob("*.part"))
    lab.prepare()
    assert list(cases(lab)) == CASES


def _failing(number: int) -> Callable[[Path, Path], Path]:
    def replace(self: Path, target: Path) -> Path:
        raise OSError(number, os.strerror(number), str(target))

    return replace


FULL_IN_WORKERS = """
import errno, multiprocessing, sys

def watch(event, args):
    if event == "os.rename" and str(args[1]).endswith(".nii.gz"):
        raise OSError(errno.ENOSPC, "No space left on device", str(args[1]))

if multiprocessing.parent_process():
    sys.addaudithook(watch)
"""


def test_a_full_disk_in_a_worker_ends_the_stage(lab: Lab) -> None:
    lab.run("declare")
    lab.run("fetch")
    plugin = lab.registry.plugins / "toy.py"
    text = plugin.read_text()
    plugin.write_text(text + FULL_IN_WORKERS)
    with pytest.raises(CannotHere, match="no room on disk"):
        lab.run("convert", engine=Processes(2, patience=0))
    plugin.write_text(text)
    lab.prepare()
    assert list(cases(lab)) == CASES
