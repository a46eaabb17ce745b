"""The table of tissues is sound, and says where it was read (F070)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from medreg.checks.neighbors import APART
from medreg.cli import main
from medreg.errors import DeclarationError
from medreg.tissues import COLUMNS, of_labels, parse
from medreg.vocabulary import Vocabulary

FACTS = Path(__file__).resolve().parents[2] / "registry"
VOCABULARY = Vocabulary.parse((FACTS / "vocabulary.csv").read_text(encoding="utf-8"))
TABLE = parse((FACTS / "tissues.csv").read_text(encoding="utf-8"))
ASKED = ("brain", "skull", "liver", "kidney", "pancreas", "lung", "heart")
ROW = "liver,-30,220,45 to 65,1,yes,100,gray,draw it,somewhere"


def test_every_tissue_is_a_label_of_the_vocabulary() -> None:
    assert set(TABLE) <= set(VOCABULARY.names)
    assert set(ASKED) <= set(TABLE)
    assert {label for pair in APART for label in pair} <= set(VOCABULARY.names)


@pytest.mark.parametrize("label", TABLE)
def test_a_tissue_tells_range_appearance_rule_and_source(label: str) -> None:
    tissue = TABLE[label]
    assert tissue.low < tissue.high
    assert tissue.appearance
    assert tissue.rule
    assert tissue.source.startswith("http") or tissue.source == "unverified"


def test_a_part_has_the_density_of_its_whole_and_a_tumor_any() -> None:
    found = of_labels(TABLE, VOCABULARY, ["vertebra_l1", "liver_tumor", "liver", "lung_nodule"])
    assert sorted(found) == ["liver", "vertebra_l1"]
    bone = TABLE["bone"]
    assert (found["vertebra_l1"].low, found["vertebra_l1"].high) == (bone.low, bone.high)
    assert found["vertebra_l1"].pieces == 0


@pytest.mark.parametrize(("text", "words"), [
    ("label,low\n", "its columns are label, low"),
    (ROW.replace("-30", "300"), "line 2: low 300 is not below high 220"),
    (ROW.replace("yes", "maybe"), "line 2: solid is yes or no"),
    (ROW.replace("-30", "few"), "line 2"),
    (ROW.replace(",somewhere", ","), "line 2: it names no label or no source"),
    (ROW.replace("gray", "gray, even"), "line 2: it has not as many cells"),
    (f"{ROW}\n{ROW}", "line 3: liver stands twice"),
])  # fmt: skip
def test_a_wrong_row_is_named(text: str, words: str) -> None:
    with pytest.raises(DeclarationError, match=words):
        parse(text if text.startswith("label") else f"{','.join(COLUMNS)}\n{text}\n")


def test_the_guide_prints_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["guide", "hu", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {row["label"] for row in found} >= set(ASKED)
