"""Clinical tables (F089): read as declared, joined, typed, shown, asked in recipes and strata."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from medreg import plugins
from medreg.curate import expression
from medreg.curate.clinical import Told, kinds, values
from medreg.errors import DeclarationError, Refused
from medreg.files.archive import RawTree
from medreg.model import Clinical, Column
from medreg.plugins import bundled
from medreg.stages import clinical
from medreg.tables import CaseRow
from medreg.testing.listing import listing
from medreg.testing.miniature import miniature
from medreg.versions.pipeline import dataset_pipeline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medreg.model import Dataset

FOUND = plugins.load(bundled() / "plugins")
DECLARED = [d.dataset for d in FOUND.datasets.values() if d.dataset.clinical]
LISTINGS = Path(__file__).parents[1] / "listings"
COLUMNS = (
    Column("age", "Age (y)", "number", "years"),
    Column("sex", "Sex", "sex", values={"1": "male", "2": "F"}),
    Column("smoker", "Smoker", "yes/no"),
    Column("scanned", "Scan", "date"),
    Column("died", "Death", "date"),
)
HEAD = ("ID", "Age (y)", "Sex", "Smoker", "Scan", "Death")
RECORDS = [
    dict(zip(HEAD, cells, strict=True))
    for cells in (
        ("p-1.nii", "64", "1", "Yes", "2001-03-04", ""),
        ("p-2.nii", "17.0", "2", "0", "2001-03-04", "2002-03-04"),
        ("p-9.nii", "NA", "", "", "", ""),
    )
]


def row(case: str) -> CaseRow:
    names = ("channels", "aligned", "unit", "low", "high", "annotated", "voxels")
    more = dict.fromkeys((*names, "findings", "fingerprint", "digests", "files"), "")
    return CaseRow(case=case, patient="", shape="1 1 1", spacing="1 1 1", verdict="pass", **more)


def made(folder: Path, declared: Clinical, people: Sequence[tuple[str, str]], **more: Any) -> Any:
    dataset = replace(FOUND.get("lits").dataset, clinical=(declared,), **more)
    with RawTree(folder) as tree:
        return clinical.table(SimpleNamespace(dataset=dataset, tree=tree), people)  # type: ignore[arg-type]


def write(folder: Path, name: str) -> None:
    """Write `RECORDS` as the ending of *name* says."""
    from medreg.testing.clinical import _written

    declared = Clinical(file=name, key="ID", columns=COLUMNS)
    (folder / name).write_bytes(_written(name, RECORDS, declared))


@pytest.mark.parametrize("name", ["t.csv", "t.xlsx", "t.json"])
def test_a_table_of_any_format_gives_the_same_typed_cells(tmp_path: Path, name: str) -> None:
    write(tmp_path, name)
    declared = Clinical(file=name, key="ID", pattern=r"p-(\d)", form="case_{}", columns=COLUMNS)
    data, summary = made(tmp_path, declared, [("case_2", ""), ("case_1", ""), ("case_3", "")])
    cells = list(csv.DictReader(io.StringIO(data.decode())))
    assert [list(one.values()) for one in cells] == [
        ["case_1", "64", "M", "yes", "0", ""],
        ["case_2", "17", "F", "no", "0", "365"],
        ["case_3", "", "", "", "", ""],
    ]
    assert b"2001" not in data  # no date leaves the raw files
    assert summary["age"] == {
        "kind": "number",
        "unit": "years",
        "cases": 2,
        "of": 3,
        "min": 17.0,
        "median": 64.0,
        "max": 64.0,
    }
    assert summary["sex"]["values"] == {"F": 1, "M": 1}


def test_a_patient_s_row_is_said_of_each_of_its_cases(tmp_path: Path) -> None:
    write(tmp_path, "t.csv")
    declared = Clinical(file="t.csv", key="ID", of="patient", pattern=r"p-\d", columns=COLUMNS)
    data, _ = made(tmp_path, declared, [("a", "p-2"), ("b", "p-2"), ("c", "p-1")])
    assert [one.split(",")[:3] for one in data.decode().splitlines()[1:]] == [
        ["a", "17", "F"],
        ["b", "17", "F"],
        ["c", "64", "M"],
    ]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"file": "absent.csv"}, "no absent.csv"),
        ({"key": "Name"}, "no column 'Name'"),
        ({"columns": (Column("age", "Sex", "yes/no"),)}, "is '2', which is no yes/no"),
        ({"columns": (Column("age", "Smoker", "number"),)}, "is 'Yes', which is no number"),
        ({"columns": (Column("age", "Smoker", "sex"),)}, "is 'Yes', which is no sex"),
        ({"columns": (Column("age", "Sex", "date"),)}, "is no date"),
    ],
)
def test_what_a_table_does_not_say_is_refused(
    tmp_path: Path, change: dict[str, Any], told: str
) -> None:
    write(tmp_path, "t.csv")
    declared = replace(Clinical(file="t.csv", key="ID", columns=COLUMNS), **change)
    with pytest.raises(Refused, match=told):
        made(tmp_path, declared, [("p-1.nii", "")])


@pytest.mark.parametrize("wrong", ["Age", "age at", ""])
def test_a_column_has_a_plain_name(wrong: str) -> None:
    with pytest.raises(DeclarationError):
        Column(wrong, "Age")


def test_of_restricted_data_the_card_tells_counts_alone(tmp_path: Path) -> None:
    write(tmp_path, "t.csv")
    declared = Clinical(file="t.csv", key="ID", pattern=r"p-\d", columns=COLUMNS)
    _, summary = made(tmp_path, declared, [("p-1", "")], restricted=True)
    assert summary["age"] == {"kind": "number", "unit": "years", "cases": 1, "of": 1}
    dataset = replace(FOUND.get("lits").dataset, clinical=(declared,), restricted=True)
    text = dataset_pipeline(dataset, "plugin.py", restricted=True)
    assert "- clinical.csv:\n          remote: restricted\n" in text
    plain = dataset_pipeline(FOUND.get("lits").dataset, "plugin.py", restricted=False)
    assert "clinical" not in plain


@pytest.mark.parametrize("dataset", DECLARED, ids=lambda one: one.name)
def test_a_declared_table_is_fabricated_and_read(dataset: Dataset, tmp_path: Path) -> None:
    paths = listing((LISTINGS / f"{dataset.name}.txt").read_text(encoding="utf-8"))
    miniature(dataset, paths, tmp_path, shape=(16, 16, 8))
    with RawTree(tmp_path) as tree:
        cases = list(dataset.find(tree))
        people = [(case.id, dataset.patient_of(case) or "") for case in cases]
        told = clinical.table(SimpleNamespace(dataset=dataset, tree=tree), people)  # type: ignore[arg-type]
    assert told is not None
    names = [column.name for one in dataset.clinical for column in one.columns]
    assert list(told[1]) == names
    assert all(one["cases"] for one in told[1].values())


def test_one_name_is_one_kind_everywhere() -> None:
    assert kinds(DECLARED)["age"] == "number"


TOLD = Told(
    {"age": "number", "sex": "text"},
    values("lits", b"case,age,sex\na,17,F\nb,64,\n"),
)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("clinical.age >= 18", ["b"]),
        ('clinical.age < 18 and clinical.sex == "F"', ["a"]),
        ('clinical.sex == ""', ["b", "c"]),
        ("not clinical.age < 18", ["b", "c"]),  # what nobody told is not below anything
    ],
)
def test_recipes_ask_for_clinical_values(text: str, wanted: list[str]) -> None:
    question = expression.parse(text, [], told=TOLD)
    assert [case for case in "abc" if question("lits", row(case))] == wanted


@pytest.mark.parametrize(
    ("text", "told", "hint"),
    [
        ("clinical.aeg > 1", "'aeg' is not known", "did you mean age?"),
        ('clinical.age == "F"', "compares a number with a text", "like with like"),
        ("clinical > 1", "is not known", ""),
    ],
)
def test_a_wrong_question_is_explained(text: str, told: str, hint: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        expression.parse(text, [], told=TOLD)
    assert told in caught.value.message
    assert hint in caught.value.hint


def test_clinical_values_are_strata() -> None:
    asked = expression.column("clinical.sex", [], TOLD)
    assert [asked("lits", row(case)) for case in "ab"] == ["F", ""]
    adult = expression.column("clinical.age >= 18", [], TOLD)
    assert [adult("lits", row(case)) for case in "ab"] == ["no", "yes"]
