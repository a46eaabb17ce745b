"""Pipelines: plain DVC that re-runs what an edit decides, and shares nothing restricted."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from medreg.versions import outs
from medreg.versions.pipeline import artifacts, dataset_pipeline, set_pipeline
from tests.versions.standin import dataset_named

if TYPE_CHECKING:
    from medreg.curate.recipe import Recipe

RECIPE = cast("Recipe", SimpleNamespace(datasets=["zeta", "alpha"], transform=None))
NAMES_CASES = {
    "dataset": {"files.csv", "refused.csv", "cases.csv", "fingerprints.csv", "manifest.csv"},
    "set": {
        "selection.csv",
        "splits.json",
        "manifest.csv",
        "SHA256SUMS",
        "licenses.md",
        "stats.csv",
    },
}


def stages(kind: str, *, restricted: bool) -> dict[str, Any]:
    text = (
        dataset_pipeline(
            dataset_named("tiny", restricted=restricted),
            "../../../plugins/t.py",
            restricted=restricted,
        )
        if kind == "dataset"
        else set_pipeline("tiny", RECIPE, restricted=restricted)
    )
    found: dict[str, Any] = outs.yaml(text.encode(), "dvc.yaml")["stages"]
    return found


def outputs(kind: str, *, restricted: bool) -> dict[str, Any]:
    found = stages(kind, restricted=restricted)
    return {path: opts for s in found.values() for path, opts in outs.entries(s["outs"])}


@pytest.mark.parametrize("kind", ["dataset", "set"])
def test_whatever_names_a_case_is_bound_to_the_restricted_tier(kind: str) -> None:
    for path, options in outputs(kind, restricted=True).items():
        cached = options.get("cache", True)
        assert options.get("remote") == ("restricted" if cached else None), path
    assert all(
        outputs(kind, restricted=True)[path].get("cache", True) for path in NAMES_CASES[kind]
    )


@pytest.mark.parametrize("kind", ["dataset", "set"])
def test_ordinary_outputs_are_bound_to_no_tier_and_tables_live_in_git(kind: str) -> None:
    found = outputs(kind, restricted=False)
    assert not any("remote" in options for options in found.values())
    held = {path for path, options in found.items() if options.get("cache", True)}
    assert held == ({"raw", "converted"} if kind == "dataset" else {"data"})
    assert all(found[path]["persist"] for path in held), "DVC must not delete what is kept by case"


def test_each_stage_is_called_by_name_and_only_fetch_is_frozen() -> None:
    found = stages("dataset", restricted=False) | stages("set", restricted=False)
    assert {name: stage["cmd"] for name, stage in found.items()} == {
        name: f"medreg stage {name} tiny" for name in found
    }
    assert [name for name, stage in found.items() if stage.get("frozen")] == ["fetch"]


def test_the_order_of_datasets_in_a_recipe_changes_nothing() -> None:
    other = cast("Recipe", SimpleNamespace(datasets=["alpha", "zeta"], transform=None))
    assert set_pipeline("x", RECIPE, restricted=False) == set_pipeline("x", other, restricted=False)


def test_artifacts_are_sorted_and_what_people_added_stays() -> None:
    known = {"artifacts": {"model": {"path": "m.pt", "type": "model"}, "b": {"path": "old"}}}
    text = artifacts(known, {"z": "registry/sets/z", "b": "registry/datasets/b"})
    content = outs.yaml(text.encode(), "dvc.yaml")["artifacts"]
    assert list(content) == ["b", "model", "z"]
    assert content["b"]["path"] == "registry/datasets/b"
    assert content["model"] == {"path": "m.pt", "type": "model"}
    assert artifacts(outs.yaml(text.encode(), ""), {}) == text
