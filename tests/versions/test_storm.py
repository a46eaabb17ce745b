"""A seeded storm: kill -9 at random moments, and mishaps between."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.peers


COUNTS = 22  # lines of the report
LEAST = 20  # kills: the storm goes on until then, however slow the machine is


def test_no_promise_breaks_in_a_storm(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "bench.storm", "--seed", "1", "--json"),
            *("--kills", "60", "--minutes", "4", "--keep", str(tmp_path / "storm")),
        ],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout, done.stderr
    with capsys.disabled():
        sys.stdout.write("\n".join(["", *done.stderr.splitlines()[-COUNTS:], ""]))
    found = json.loads(done.stdout)
    broken = [f"step {step}: {promise}\n{story}" for step, promise, story in found["broken"]]
    assert not broken, "\n".join(broken)
    assert sum(found["kills"].values()) >= LEAST, found
    assert set(found["resumed"]) == set(found["kills"]) | set(found["unharmed"]), found
    assert found["releases"], found
    for name, counts in found["mishaps"].items():
        assert counts["happened"] == counts["told"] == counts["repaired"], (name, counts)
    if os.environ.get("MEDREG_REQUIRE_REAL") == "1" and os.geteuid() == 0:
        assert not found["skipped"], found["skipped"]
    assert done.returncode == 0
