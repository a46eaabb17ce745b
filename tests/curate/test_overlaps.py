from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medreg.curate.casemaps import unpadded
from medreg.curate.overlaps import edges, parse, parse_all
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


def test_ranges_are_counted_off_and_a_list_may_tell_some() -> None:
    """F015: LiTS 28-44 and 46-48 are 3D-IRCADb-01, whose plugin nobody wrote."""
    text = TEXT.replace("b: msd_liver", "b: ircadb_01").replace("same scans", "contains")
    text = text.replace(
        '"volume-{n} = liver_{n}"', '["volume-{28..44} = {1..17}", [volume-46, 18]]'
    )
    overlap = parse(f"{text}complete: false\n", WHERE)
    assert not overlap.mapped
    found = pairs(text, lits=[f"volume-{n}" for n in range(131)])
    assert len(found) == 18
    assert {("lits/volume-28", "ircadb_01/1"), ("lits/volume-46", "ircadb_01/18")} <= found


def test_whole_names_may_be_the_same() -> None:
    text = TEXT.replace("volume-{n} = liver_{n}", "{case} = x_{case}")
    assert pairs(text, lits=["a-NA 07"]) == {("lits/a-NA 07", "msd_liver/x_a-NA 7")}


@pytest.mark.parametrize("relation", ["shared scans", "shared patients"])
def test_some_scans_are_shared(relation: str) -> None:
    text = TEXT.replace("relation: same scans", f"relation: {relation}\ncount: 7")
    overlap = parse(f"{text}transform: [crop, spacing reset]\n", WHERE)
    assert (overlap.of_all, overlap.count) == (False, 7)
    assert overlap.transform == ("crop", "spacing reset")
    assert overlap.same_scan == (relation == "shared scans")


def test_how_many_cases_of_one_dataset_repeat_may_be_all_that_is_known() -> None:
    text = TEXT.replace("b: msd_liver", "b: lits").replace('cases: "volume-{n} = liver_{n}"\n', "")
    with pytest.raises(DeclarationError, match="overlaps itself; say which cases do"):
        parse(text, WHERE)
    assert parse(f"{text}count: 7\n", WHERE).count == 7


def test_datasets_that_contain_each_other_are_an_error_that_names_the_files() -> None:
    text = TEXT.replace("same scans", "contains").replace('cases: "volume-{n} = liver_{n}"\n', "")
    files = {
        f"{a}__{b}.yaml": text.replace("a: lits", f"a: {a}").replace("b: msd_liver", f"b: {b}")
        for a, b in ("xy", "yz", "zx", "zw")
    }
    with pytest.raises(DeclarationError) as cycle:
        parse_all(files)
    for name in ("x__y.yaml", "y__z.yaml", "z__x.yaml", "x contains y contains z contains x"):
        assert name in cycle.value.message
    assert "z__w" not in cycle.value.message
    del files["z__x.yaml"]
    assert len(parse_all(files)) == 3


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("relation: same scans", "relation: same scans\ncount: many", "count is a number"),
        ("relation: same scans", "relation: same scans\ncomplete: maybe", "true or false"),
        ("relation: same scans", "relation: same scans\ntransform: [blur]", "has 'blur'"),
        ("volume-{n} = liver_{n}", "volume-{1..3} = liver_{1..2}", "as many numbers"),
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
