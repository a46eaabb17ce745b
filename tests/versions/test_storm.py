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


def test_no_promise_breaks_in_a_storm(tmp_path: Path) -> None:
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
    found = json.loads(done.stdout)
    broken = [f"step {step}: {promise}\n{story}" for step, promise, story in found["broken"]]
    assert not broken, "\n".join(broken)
    assert sum(found["kills"].values()), found
    assert found["releases"], found
    for name, counts in found["mishaps"].items():
        assert counts["happened"] == counts["told"] == counts["repaired"], (name, counts)
    if os.environ.get("MEDREG_REQUIRE_REAL") == "1" and os.geteuid() == 0:
        assert not found["skipped"], found["skipped"]
    assert done.returncode == 0
