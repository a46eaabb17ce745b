"""Tables come back as they were written, in one order."""

from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medreg.errors import BytesDiffer
from medreg.model import FileRecord
from medreg.tables import (
    VERDICTS,
    CaseRow,
    ManifestRow,
    RefusedRow,
    SelectionRow,
    from_csv,
    natural,
    numbers,
    pairs,
    to_csv,
    words,
)

KINDS = [CaseRow, FileRecord, ManifestRow, RefusedRow, SelectionRow]
TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\r\0"), max_size=20)


def rows_of(kind: type) -> st.SearchStrategy:
    cells = {f.name: st.integers(0, 10**12) if f.type == "int" else TEXT for f in fields(kind)}
    if kind is CaseRow:
        cells["verdict"] = st.sampled_from(VERDICTS)
    key = getattr(kind, "KEY", ("path",))
    return st.lists(
        st.builds(kind, **cells),
        max_size=5,
        unique_by=tuple(lambda r, k=k: getattr(r, k) for k in key),
    )


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_rows_come_back(kind: type, data: st.DataObject) -> None:
    rows = data.draw(rows_of(kind))
    written = to_csv(rows, kind)
    assert sorted(from_csv(written, kind), key=repr) == sorted(rows, key=repr)
    assert b"\r" not in written


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_order_of_rows_does_not_matter(kind: type, data: st.DataObject) -> None:
    rows = data.draw(rows_of(kind))
    shuffled = data.draw(st.permutations(rows))
    assert to_csv(shuffled, kind) == to_csv(rows, kind)


def test_rows_stand_in_natural_order() -> None:
    rows = [RefusedRow(case=case, reason="") for case in ("v10", "v2", "v1")]
    assert [row.case for row in from_csv(to_csv(rows, RefusedRow), RefusedRow)] == [
        "v1",
        "v2",
        "v10",
    ]


@given(st.lists(st.text(max_size=8), unique=True))
def test_the_natural_order_is_total(texts: list[str]) -> None:
    backwards = texts[::-1]
    assert sorted(texts, key=natural) == sorted(backwards, key=natural)
    assert len({natural(text) for text in texts}) == len(texts)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("case,why\n", "columns are case, why; expected case, reason"),
        ("", "its columns are ; expected case, reason"),
    ],
)
def test_a_strange_header_is_named(text: str, message: str) -> None:
    with pytest.raises(BytesDiffer, match=r"refused\.csv: ") as raised:
        from_csv(text.encode(), RefusedRow, where="refused.csv")
    assert message in raised.value.message


@pytest.mark.parametrize("row", ["a,many,00,,", "a,1", "a,1,00,,,,"])
def test_a_strange_row_is_named_by_its_line(row: str) -> None:
    text = f"path,size,sha256,voxels,source\nb,1,00,,\n{row}\n"
    with pytest.raises(BytesDiffer, match=r"manifest.csv, line 3"):
        from_csv(text.encode(), ManifestRow, where="manifest.csv")


def test_a_verdict_that_is_none_is_named_by_its_line() -> None:
    cells = {f.name: "" for f in fields(CaseRow)}
    text = to_csv([CaseRow(**{**cells, "verdict": "pass"})], CaseRow).replace(b"pass", b"purr")
    with pytest.raises(BytesDiffer, match=r"cases.csv, line 2: the verdict is 'purr'"):
        from_csv(text, CaseRow, where="cases.csv")


def test_bytes_that_are_no_text_are_named() -> None:
    with pytest.raises(BytesDiffer, match=r"manifest\.csv"):
        from_csv(b"\xff\xfe\x00", ManifestRow, where="manifest.csv")


def test_cells_of_pairs_and_numbers() -> None:
    assert words({"spleen": 2, "liver": 10}) == "liver=10 spleen=2"
    assert pairs("liver=10 ct=sha256:ab=") == {"liver": "10", "ct": "sha256:ab="}
    assert pairs("") == {}
    assert numbers("0.78 0.78 1") == [0.78, 0.78, 1]


def test_a_case_of_a_set_is_named_for_its_dataset() -> None:
    row = SelectionRow(**{f.name: f.name for f in fields(SelectionRow)})
    assert row.id == "dataset__case"
