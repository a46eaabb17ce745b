"""The tables of a check: in order whatever cases are called, and made without holding cases."""

from __future__ import annotations

import gc
import json
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from medreg.report import StageReport
from medreg.stages.checked import told
from medreg.stages.opened import opened
from medreg.tables import CaseRow, FingerprintRow, ManifestRow, to_csv
from tests.stages.toy import make

if TYPE_CHECKING:
    from pathlib import Path

    from tests.stages.toy import Lab

HELD = (
    3_000  # bytes of one more case: names, numbers, what is not collected yet; no result of 18 kB
)


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """Cases whose files mix in natural order (01 and 1), or whose names do (a and a-1)."""
    made = make(tmp_path)
    for case in ("01", "001", "a", "a-1"):
        made.publish(case)
    made.prepare()
    return made


def test_tables_stand_in_natural_order(lab: Lab) -> None:
    folder = lab.dataset()
    for name, kind in (
        ("cases.csv", CaseRow),
        ("fingerprints.csv", FingerprintRow),
        ("manifest.csv", ManifestRow),
    ):
        assert folder.read(name) == to_csv(folder.rows(name, kind), kind)
    assert len(folder.rows("cases.csv", CaseRow)) == 7


def test_one_more_case_costs_few_bytes(lab: Lab) -> None:
    """Measured results of 18 kB each are read one by one (F067, F068)."""
    results = lab.registry.work("check", "toy")
    one = json.loads((results / "volume-1.json").read_bytes())
    one["fingerprint"]["slices"] = "x" * 16_000
    peaks = []
    for number in (200, 1_200):
        cases = [f"case-{n:05}" for n in range(number)]
        for case in cases:
            one["row"]["case"] = one["fingerprint"]["case"] = case
            one["files"][0]["path"] = f"{case}/case.json"
            (results / f"{case}.json").write_text(json.dumps({**one, "files": one["files"][:1]}))
        with opened(lab.registry, "toy") as dataset:
            gc.collect()
            tracemalloc.start()
            told(dataset, results, cases, StageReport("check", "toy", []))
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert (peaks[1] - peaks[0]) / 1_000 < HELD, peaks
