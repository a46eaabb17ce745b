from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medreg.curate.casemaps import unpadded
from medreg.curate.overlaps import edges, parse
from medreg.errors import DeclarationError
from tests.curate.facts import REGISTRY

if TYPE_CHECKING:
    from pathlib import Path

WHERE = "registry/overlaps/lits__msd_liver.yaml"
TEXT = """\
a: lits
b: msd_liver
relation: same scans
cases: "volume-{n} = liver_{n}"
confidence: proved
evidence:
  - source: 'nnU-Net #602'
    date: 2020-12
    says: MSD corrected some wrong spacing
"""


def pairs(text: str, **cases: list[str]) -> set[tuple[str, str]]:
    return {(edge.a, edge.b) for edge in edges(parse(text, WHERE), cases)}


def test_a_pattern_joins_existing_cases_whatever_the_padding() -> None:
    found = pairs(TEXT, lits=["volume-0", "volume-10"], msd_liver=["liver_000", "liver_010"])
    assert found == {
        ("lits/volume-0", "msd_liver/liver_000"),
        ("lits/volume-10", "msd_liver/liver_010"),
    }


def test_a_counterpart_that_is_not_here_is_a_node_all_the_same() -> None:
    assert pairs(TEXT, lits=["volume-007"]) == {("lits/volume-007", "msd_liver/liver_7")}
    assert pairs(TEXT, msd_liver=["liver_7"]) == {("lits/volume-7", "msd_liver/liver_7")}
    assert pairs(TEXT, lits=["other-3"], msd_liver=["liver"]) == set()


def test_explicit_pairs() -> None:
    text = TEXT.replace('"volume-{n} = liver_{n}"', "[[volume-28, liver_1], [volume-29, liver_2]]")
    found = pairs(text, lits=["volume-28"], msd_liver=["liver_01"])
    assert ("lits/volume-28", "msd_liver/liver_01") in found
    assert len(found) == 2


def test_a_dataset_may_overlap_itself() -> None:
    text = TEXT.replace("b: msd_liver", "b: lits").replace(
        '"volume-{n} = liver_{n}"', "[[volume-1, volume-2]]"
    )
    assert pairs(text, lits=["volume-1", "volume-2"]) == {("lits/volume-1", "lits/volume-2")}


def test_no_map_gives_no_edge() -> None:
    assert pairs(TEXT.replace('cases: "volume-{n} = liver_{n}"\n', ""), lits=["volume-1"]) == set()


@pytest.mark.parametrize("relation", ["same scans", "contains", "same patients"])
def test_only_scans_are_duplicates(relation: str) -> None:
    overlap = parse(TEXT.replace("same scans", relation), WHERE)
    (edge,) = edges(overlap, {"lits": ["volume-1"]})
    assert edge.same_scan == (relation != "same patients")


def test_an_edge_says_who_says_so() -> None:
    overlap = parse(TEXT.replace("proved", "suspected"), WHERE)
    (edge,) = edges(overlap, {"lits": ["volume-1"]})
    assert edge.says == (f'{WHERE} (suspected): "MSD corrected some wrong spacing" (nnU-Net #602)')


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("relation: same scans", "relation: equals", "relation is 'equals'"),
        ("confidence: proved", "confidence: sure", "confidence is 'sure'"),
        ("a: lits\n", "", "a names a dataset; it is None"),
        ("cases:", "case:", "there is no key 'case'"),
        ("volume-{n} = liver_{n}", "volume-{n}", "is not of the form"),
        ("volume-{n} = liver_{n}", "volume-{n} = liver_{m}", "names n on one side and m"),
        ('"volume-{n} = liver_{n}"', "[a, b]", "is not a pair"),
        ('"volume-{n} = liver_{n}"', "7", "it is 7"),
        ("    says: MSD corrected some wrong spacing\n", "", "lacks source or says"),
        ("evidence:", "evidence: [", "not valid YAML"),
    ],
)
def test_a_wrong_file_is_named(old: str, new: str, says: str) -> None:
    assert old in TEXT
    with pytest.raises(DeclarationError) as wrong:
        parse(TEXT.replace(old, new), WHERE)
    assert wrong.value.message.startswith(WHERE)
    assert says in wrong.value.message


@given(st.integers(0, 9999), st.integers(0, 6), st.integers(0, 6))
def test_padding_never_matters(number: int, here: int, there: int) -> None:
    a, b = f"volume-{number:0{here}d}", f"liver_{number:0{there}d}"
    assert pairs(TEXT, lits=[a], msd_liver=[b]) == {(f"lits/{a}", f"msd_liver/{b}")}


@pytest.mark.parametrize(
    ("case", "expected"),
    [("case_00012", "case_12"), ("x-0", "x-0"), ("a00b010", "a0b10"), ("v100", "v100")],
)
def test_unpadded(case: str, expected: object) -> None:
    assert unpadded(case) == expected


def test_zeros_before_a_pattern_are_padding_too() -> None:
    text = TEXT.replace("volume-{n}", "volume-000{n}")
    assert pairs(text, lits=["volume-00012"], msd_liver=["liver_12"]) == {
        ("lits/volume-00012", "msd_liver/liver_12")
    }


@pytest.mark.parametrize("file", sorted(REGISTRY.glob("overlaps/*.yaml")), ids=lambda f: f.stem)
def test_every_declared_overlap_can_be_read(file: Path) -> None:
    overlap = parse(file.read_text(encoding="utf-8"), file.name)
    assert overlap.evidence
    assert all(edge.a != edge.b for edge in edges(overlap, {}))
