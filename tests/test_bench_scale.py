"""`bench.scale`: its plan is arithmetic that can be checked, and it runs."""

from __future__ import annotations

import json

import pytest
from bench import scale, scale_plan
from bench.scale_plan import STEPS, Asked

ASKED = Asked(cases=1000, voxels=1_000_000, bandwidth=1e8, share=0.9, dispatch=0.001)


def run(
    cases: int, each: float = 0.01, always: float = 1.0, voxels: int = 1000
) -> dict[str, float]:
    """Return a run in which every step takes *always* and *each* per case, in seconds."""
    took = {f"{step}_s": always + each * cases for step in STEPS}
    return {"cases": cases, "voxels": voxels, "raw_b": 1e6, "converted_b": 2e6, "set_b": 0, **took}


ROWS = [run(100), run(1000), run(10_000)]
REAL = run(10, each=10.0, voxels=1_000_000)


def test_what_grows_in_a_line_is_predicted() -> None:
    assert all(abs(error) < 1e-9 for error in scale_plan.errors(ROWS).values())
    bent = [*ROWS[:2], run(10_000, each=0.02)]
    assert scale_plan.errors(bent)["all"] == pytest.approx(-0.5, abs=0.01)
    assert scale_plan.exponent([run(n, always=0) for n in (100, 1000)]) == pytest.approx(1)


def test_hours_shrink_with_workers_until_the_client_or_the_line_is_the_limit() -> None:
    hours = {n: scale_plan.hours(ROWS, REAL, ASKED, n) for n in (1, 10, 10**9)}
    assert hours[1]["convert"] == pytest.approx((1 + 10 * 1000) / 3600)
    assert hours[10]["convert"] == pytest.approx((1 + 10 * 1000 / 9) / 3600)
    assert hours[10**9]["convert"] == pytest.approx((1 + 0.001 * 1000) / 3600)
    assert hours[1]["record"] == hours[10]["record"]  # the client's alone
    slow = Asked(1000, 1_000_000, 1e3, 0.9, 0.001)
    assert scale_plan.hours(ROWS, REAL, slow, 1)["fetch"] == pytest.approx(1e8 / 1e3 / 3600)
    assert hours[1]["all"] == pytest.approx(sum(hours[1][step] for step in STEPS))


def test_bytes_follow_the_voxels() -> None:
    sizes = scale_plan.sizes(REAL, ASKED)
    assert (sizes["raw"], sizes["converted"]) == (1e6 * 100, 2e6 * 100)
    assert sizes["cache"] == sizes["raw"] + sizes["converted"]


def test_it_runs_and_tells_its_assumptions(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GIT_CONFIG_GLOBAL", "DVC_SITE_CACHE_DIR", *scale.scale_runs.WHO):
        monkeypatch.setenv(name, "")  # taken back afterwards
    words = ["--quick", "--plan", "126000", "--workers", "1,100", "--bandwidth", "1Gbit/s"]
    assert scale.main([*words, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [row["cases"] for row in found["flat"]] == [2, 4, 8]
    assert set(found["error"]) == {*STEPS, "all"}
    assert set(found["plan"]["hours"]) == {"1", "100"}
    assert "1Gbit/s" in found["plan"]["assumptions"][1]
    told = scale.text(
        {**found, "plan": {**found["plan"], "hours": {1: found["plan"]["hours"]["1"]}}}
    )
    for word in ("ms per case", "multiprocessing.Pool", "plan for 126,000 cases", "TB: download"):
        assert word in told
