"""Label names mean what SNOMED CT says, and parts lie within their wholes."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medreg.errors import DeclarationError, NotFound
from medreg.vocabulary import Label, Vocabulary

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "registry/vocabulary.csv").read_text(encoding="utf-8")
VOCABULARY = Vocabulary.parse(TEXT)
HEADER, *ROWS = TEXT.splitlines()
NAMES = st.sampled_from(VOCABULARY.names)

TABLE = "totalsegmentator_snomed_mapping.csv"
TYPE = "SegmentedPropertyTypeCodeSequence"
MODIFIER = "SegmentedPropertyTypeModifierCodeSequence.CodeMeaning"


def verified_by_table(label: Label, table: Path) -> bool:
    """Tell whether the TotalSegmentator table has the code with its meaning and side."""
    with table.open(encoding="utf-8", newline="") as stream:
        return any(
            row[f"{TYPE}.CodeValue"] == label.code
            and row[f"{TYPE}.CodeMeaning"] == label.meaning
            and row[MODIFIER].lower() == label.side
            for row in csv.DictReader(stream)
        )


def verified_by_dicom(label: Label) -> bool:
    """Tell whether DICOM's context groups (PS3.16) have the code and its meaning."""
    from pydicom.sr.codedict import codes

    found = (code for code in codes.SCT.concepts.values() if code.value == label.code)
    return label.meaning.lower() in {code.meaning.lower() for code in found}


@pytest.mark.parametrize("label", VOCABULARY, ids=lambda label: label.name)
def test_every_code_and_meaning_is_verified_where_its_source_says(
    label: Label, shared_data: Path
) -> None:
    table = shared_data / "reference-tables" / TABLE
    verified = {
        "TotalSegmentator SNOMED mapping": lambda: verified_by_table(label, table),
        "DICOM PS3.16 (pydicom.sr)": lambda: verified_by_dicom(label),
        "no code verified": lambda: label.code == "",
    }
    assert verified[label.source](), f"{label.name}: {label.source} does not say {label.code}"


@pytest.mark.parametrize("side", ["left", "right"])
def test_both_sides_are_there_and_lie_in_one_whole(side: str) -> None:
    other = {"left": "right", "right": "left"}[side]
    for label in VOCABULARY:
        if label.side == side and label.name.endswith(f"_{side}") and "lobe" not in label.name:
            twin = VOCABULARY[label.name.replace(side, other)]
            whole = label.part_of.replace(side, other)  # of a part of an eye: the other eye
            assert (twin.side, twin.part_of, twin.code) == (other, whole, label.code)
            own = {label.name.removesuffix(f"_{side}"), f"{whole.removesuffix(other)}{side}"}
            assert label.part_of in own


def test_tumors_lie_in_their_organ() -> None:
    for organ in ("liver", "kidney", "pancreas", "lung", "colon", "brain"):
        assert VOCABULARY.within(f"{organ}_tumor", organ)
        assert VOCABULARY[f"{organ}_tumor"].kind == "abnormality"


@given(NAMES, NAMES, NAMES)
def test_within_is_reflexive_transitive_and_antisymmetric(a: str, b: str, c: str) -> None:
    within = VOCABULARY.within
    assert within(a, a)
    assert within(a, c) or not (within(a, b) and within(b, c))
    assert a == b or not (within(a, b) and within(b, a))


def test_within_reaches_over_several_wholes() -> None:
    assert VOCABULARY.wholes("lung_upper_lobe_left") == ("lung_left", "lung")
    assert VOCABULARY.within("lung_upper_lobe_left", "lung")
    assert not VOCABULARY.within("lung", "lung_left")


def test_an_unknown_label_is_not_found_with_the_nearest_name() -> None:
    with pytest.raises(NotFound, match="no label named 'liver_tumour'") as caught:
        VOCABULARY["liver_tumour"]
    assert caught.value.hint == "did you mean liver_tumor?"
    with pytest.raises(NotFound):
        VOCABULARY.within("liver", "abdomen")


def edited(name: str, column: str, value: str) -> str:
    """Return the table with one cell of the row *name* changed."""
    columns = HEADER.split(",")
    rows = [row.split(",") for row in ROWS]
    for row in rows:
        if row[0] == name:
            row[columns.index(column)] = value
    return "\n".join([HEADER, *(",".join(row) for row in rows)]) + "\n"


@pytest.mark.parametrize(
    ("name", "column", "value", "message"),
    [
        ("liver", "name", "Liver", "'Liver' is not snake_case"),
        ("liver", "name", "spleen", "spleen and spleen share the name"),
        ("liver", "code", "T-62000", "no SNOMED CT code"),
        ("liver", "code", "78961009", "share the concept 78961009"),
        ("liver", "meaning", "", "code and meaning come together"),
        ("liver", "side", "middle", "side is left, right or empty"),
        ("liver", "kind", "organ", "kind is anatomy or abnormality"),
        ("liver", "color", "red", "color is like"),
        ("liver", "color", VOCABULARY["spleen"].color, "share the color"),
        ("liver", "source", "", "names no source"),
        ("liver", "part_of", "abdomen", "part of an unknown 'abdomen'"),
        ("liver", "part_of", "liver_tumor", "part of itself"),
        ("liver", "part_of", "liver", "part of itself"),
        ("liver", "source", "a,b", "more cells than columns"),
    ],
)
def test_a_wrong_row_is_named(name: str, column: str, value: str, message: str) -> None:
    with pytest.raises(DeclarationError, match=message) as caught:
        Vocabulary.parse(edited(name, column, value), where="here.csv")
    assert caught.value.message.startswith("here.csv")


def test_other_columns_are_an_error() -> None:
    with pytest.raises(DeclarationError, match="its columns are name, code"):
        Vocabulary.parse("name,code\nliver,1\n")
