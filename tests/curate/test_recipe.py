from __future__ import annotations

from fractions import Fraction

import pytest

from medreg.curate.recipe import Recipe, parse
from medreg.errors import DeclarationError, NotFound
from tests.curate.facts import VOCABULARY

WHERE = "registry/sets/liver_ct/recipe.yaml"
BASE = """\
title: Liver CT
datasets: [lits, msd_liver]
labels: [liver, liver_tumor]
"""


def read(text: str) -> Recipe:
    return parse(
        text,
        WHERE,
        name="liver_ct",
        datasets=["lits", "msd_liver", "kits23"],
        vocabulary=VOCABULARY.names,
    )


def test_defaults_are_said_once() -> None:
    recipe = read(BASE)
    assert recipe.model_dump(exclude={"title", "datasets", "labels"}) == {
        "channels": ("ct",),
        "extent": {},
        "missing": "drop_label",
        "alike": "drop",
        "spacing": {"min": 0.0, "max": float("inf")},
        "select": "",
        "size": {"min": 0, "max": None, "share": 1.0},
        "hold_out": (),
        "folds": 5,
        "split": {"by": (), "test": 0.0, "val": 0.0, "official": ()},
        "seed": "liver_ct",
        "use": "research",
        "trust": (),
        "quality": {"accept_fail": ()},
        "transform": None,
        "export": ("nnunet", "monai"),
    }


def test_a_full_recipe_is_read() -> None:
    recipe = read(
        BASE
        + """\
channels: [ct]
missing: ignore
spacing: {min: 0.5, max: 5}
size: {min: 500, max: 1000, share: 0.4}
hold_out: [lits]
folds: 3
seed: 42
use: commercial
trust:
  - {dataset: lits, claim: CC-BY-4.0, by: R. Doe, because: the publisher wrote so}
quality: {accept_fail: [body]}
export: [nnunet]
"""
    )
    assert recipe.seed == "42"
    assert recipe.size.most_of_one == Fraction(2, 5)
    assert recipe.spacing.max == 5
    assert recipe.trust[0].by == "R. Doe"


WRONG = [
    ("folds: 5\nlables: [liver]", f"{WHERE}:5: there is no key lables; did you mean labels?"),
    ("size: {mn: 3}", f"{WHERE}:4: there is no key size.mn; did you mean min?"),
    ("folds: 1", f"{WHERE}:4: folds: input should be greater than or equal to 2; it is 1"),
    ("folds: many", f"{WHERE}:4: folds: input should be a valid integer"),
    (
        "missing: drop",
        f"{WHERE}:4: missing: input should be 'drop_case', 'drop_label', 'ignore' or",
    ),
    (
        "missing: valid_labels",
        f"{WHERE}:4: missing: nnU-Net takes no valid labels; it would learn background instead",
    ),
    ("split: {test: 0.5, val: 0.5}", f"{WHERE}:4: split: test and val leave nothing to train on"),
    ("split: {by: [spacing.w]}", f"{WHERE}:4: split: by: spacing.w: 'w' is not known"),
    ("split: {official: [{dataset: kits23}]}", f"{WHERE}:4: split: datasets lists no 'kits23'"),
    ("export: [{slices: 8}]", f"{WHERE}:4: export: {{'slices': 8}} is neither a name nor as in"),
    ("hold_out: lits", f"{WHERE}:4: hold_out is a list, as in [lits]; it is 'lits'"),
    ("size: 500", f"{WHERE}:4: size is a mapping of keys to values, not 500"),
    ("size:\n  min: 9\n  max: 3", f"{WHERE}:4: size: min is above max"),
    ("spacing: {min: 5, max: 1}", f"{WHERE}:4: spacing: min is above max"),
    ("size: {share: 1.5}", f"{WHERE}:4: size.share: input should be less than or equal to 1"),
    (
        "trust:\n  - dataset: lits\n    claim: MIT\n    by: me",
        f"{WHERE}:5: trust.0.because is miss",
    ),
    (
        "trust: [{dataset: kits23, claim: a, by: b, because: c}]",
        f"{WHERE}:4: trust: datasets lists",
    ),
    ("hold_out: [kits23]", f"{WHERE}:4: hold_out: datasets lists no 'kits23'"),
    ("hold_out: [lits, msd_liver]", f"{WHERE}:4: hold_out: nothing is left to train on"),
    ("export: [nnunett]", f"{WHERE}:4: export: there is no exporter 'nnunett'"),
    ("channels: [ct, ct]", f"{WHERE}:4: channels: ct is listed twice; list it once"),
    ("use: money", f"{WHERE}:4: use: input should be 'research', "),
    ("folds: 3\nfolds: 4", f"{WHERE}:5: not valid YAML: found duplicate key"),
    ("folds: [3", f"{WHERE}:5: not valid YAML"),
]


@pytest.mark.parametrize(("more", "message"), WRONG)
def test_a_wrong_key_is_named_with_file_line_and_remedy(more: str, message: str) -> None:
    with pytest.raises(DeclarationError) as wrong:
        read(f"{BASE}{more}\n")
    assert wrong.value.message.startswith(message)
    assert wrong.value.exit_code == 2
    assert wrong.value.hint


@pytest.mark.parametrize("key", ["title", "datasets", "labels"])
def test_a_missing_key_is_named(key: str) -> None:
    text = "".join(line for line in BASE.splitlines(keepends=True) if not line.startswith(key))
    with pytest.raises(DeclarationError, match=f"{key} is missing; add it"):
        read(text)


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(DeclarationError) as wrong:
        read(f"{BASE}folds: 0\nuse: x\n")
    assert len(wrong.value.message.splitlines()) == 2


@pytest.mark.parametrize("text", ["", "[]", "liver", "a: b: c", "\t"])
def test_what_is_no_recipe_at_all(text: str) -> None:
    with pytest.raises(DeclarationError) as wrong:
        read(text)
    assert wrong.value.message.startswith(WHERE)


def test_an_unknown_dataset_is_not_found_with_the_nearest() -> None:
    with pytest.raises(NotFound) as missing:
        read(BASE.replace("lits,", "litts,"))
    assert missing.value.message == f"{WHERE}:2: there is no dataset named 'litts'"
    assert missing.value.hint == "did you mean lits?"


def test_an_unknown_label_is_a_wrong_declaration_with_the_nearest() -> None:
    with pytest.raises(DeclarationError) as wrong:
        read(BASE.replace("liver_tumor", "liver_tumour"))
    assert (
        wrong.value.message == f"{WHERE}:3: labels: registry/vocabulary.csv lists no 'liver_tumour'"
    )
    assert wrong.value.hint == "did you mean liver_tumor?"


def test_a_label_may_say_how_far_it_reaches() -> None:
    recipe = read(BASE.replace("[liver, liver_tumor]", "[{liver: parenchyma}, spleen]"))
    assert recipe.labels == ("liver_parenchyma", "spleen")
    assert recipe.base("liver_parenchyma") == "liver"
    whole = read(BASE.replace("[liver, liver_tumor]", "[{liver: whole}, liver_tumor]"))
    assert whole.labels == ("liver", "liver_tumor")
    assert whole.extent == {"liver": "whole"}


def test_an_exporter_may_be_told_more() -> None:
    recipe = parse(
        BASE + "export: [nnunet, {slices: {bits: 16}}]\n",
        WHERE,
        name="liver_ct",
        datasets=["lits", "msd_liver"],
        vocabulary=VOCABULARY.names,
        exporters=["nnunet", "slices"],
    )
    assert recipe.exporters == {"nnunet": {}, "slices": {"bits": 16}}


def test_val_makes_one_fold() -> None:
    assert read(BASE).validating == 5
    assert read(BASE + "split: {val: 0.1}\n").validating == 1
    assert read(BASE + "split: {official: [{dataset: lits, val: a*}]}\n").validating == 1
