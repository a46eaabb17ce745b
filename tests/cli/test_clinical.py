"""A clinical table from its publisher's file to a recipe's question and its strata (F089)."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

from medreg import plugins
from medreg.testing.miniature import miniature

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Terminal

PLUGIN = '''"""Three phantoms with a table beside them."""

from medreg import CT, Claim, Clinical, Column, Dataset, Local, Pairs, hookimpl

THREE = Dataset(
    name="three",
    title="Three",
    homepage="https://example.org",
    licenses=(Claim("CC0-1.0", "made here", "2026-11", "publisher"),),
    cite=(),
    modality=CT,
    source=Local("{folder}"),
    layout=Pairs(image="**/{{case}}_ct.nii.gz", label="**/{{case}}_seg.nii.gz"),
    labels={{1: "liver"}},
    patients="each case",
    clinical=(
        Clinical(
            file="people.csv",
            key="id",
            form="{{}}_ct",
            columns=(Column("age", kind="number", unit="years"), Column("sex", kind="sex")),
        ),
    ),
)


@hookimpl
def medreg_datasets():
    yield THREE
'''
RECIPE = """
title: Adults
datasets: [three]
labels: [liver]
select: clinical.age >= 18
folds: 2
split:
  by: [clinical.sex]
quality:
  accept_fail: [geometry, labels, body, values, sides, counts, privacy]
"""
PEOPLE = "id,age,sex\np1,17,F\np2,64,male\np3,30,F\np4,51,m\np5,,F\n"


def rows_of(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))


def test_a_recipe_asks_for_adults(medreg: Terminal) -> None:
    raw = medreg.root.parent / "given"
    (medreg.root / "plugins/three.py").write_text(PLUGIN.format(folder=raw), encoding="utf-8")
    dataset = plugins.load(medreg.root / "plugins").get("three").dataset
    names = [f"p{n}_{kind}.nii.gz" for n in range(1, 6) for kind in ("ct", "seg")]
    miniature(dataset, [*names, "people.csv"], raw)
    (raw / "people.csv").write_text(PEOPLE, encoding="utf-8")
    for verb in ("track", "fetch", "convert"):
        assert medreg(verb, "three").code == 0
    medreg("check", "three")
    folder = medreg.root / "registry/datasets/three"
    rows = rows_of(folder / "clinical.csv")
    assert [(row["age"], row["sex"]) for row in rows] == [
        ("17", "F"), ("64", "M"), ("30", "F"), ("51", "M"), ("", "F"),
    ]  # fmt: skip
    shown = medreg("show", "three").out
    assert "clinical.age  number of 4 in 5 cases: 51 (17 to 64) years" in shown
    assert "clinical.sex  sex of 5 in 5 cases: F (3), M (2)" in shown
    recipe = medreg.root / "registry/sets/adults/recipe.yaml"
    recipe.parent.mkdir(parents=True)
    recipe.write_text(RECIPE, encoding="utf-8")
    result = medreg("curate", "adults")
    assert result.code == 0, result.err
    selection = rows_of(recipe.parent / "selection.csv")
    kept = {row["case"]: row["fold"] for row in selection if row["decision"] == "kept"}
    assert sorted(kept) == ["p2_ct", "p3_ct", "p4_ct"]
    assert kept["p2_ct"] != kept["p4_ct"]  # two men, one in each fold
    assert "clinical.csv" in (recipe.parent / "dvc.yaml").read_text(encoding="utf-8")
    recipe.write_text(RECIPE.replace("age >=", "aeg >="), encoding="utf-8")
    wrong = medreg("curate", "adults", "--json")
    assert wrong.code == 2
    assert "did you mean age?" in json.loads(wrong.out)["hint"]
