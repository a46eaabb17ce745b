from __future__ import annotations

import re
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from medreg import terms
from medreg.curate.verdicts import Verdicts
from medreg.export import cards
from medreg.model import CT, About, Claim, Dataset
from medreg.tables import SelectionRow
from tests.export.sets import content

if TYPE_CHECKING:
    from pathlib import Path

TABLE = {
    "CC-BY-4.0": terms.License(
        id="CC-BY-4.0",
        title="CC BY",
        attribution="yes",
        commercial="yes",
        share_alike="no",
        derivatives="yes",
        redistribution="yes",
        source="its text",
    )
}
HEARSAY = Claim("CC-BY-4.0", source="a | list", date="2026-11")


def dataset(name: str, *licenses: Claim, cite: tuple[str, ...]) -> Dataset:
    return Dataset(
        name=name,
        title=f"Scans & masks of {name}",
        homepage=f"https://example.org/{name}",
        licenses=licenses,
        cite=cite,
        modality=CT,
        source=SimpleNamespace(access="open"),
        layout=SimpleNamespace(),
    )


DATASETS = {
    "a": dataset(
        "a",
        Claim("CC-BY-4.0", source="its page", rank="publisher"),
        cite=("doi:10.1/a_b", "arXiv:1901.04056"),
    ),
    "t": dataset("t", HEARSAY, cite=("doi:10.1/a_b", "https://example.org/t", "Doe, 1999")),
    "u": dataset("u", cite=("doi:10.1/unused",)),
}


def row(name: str, case: str, fold: str = "", step: str = "", patient: str = "p") -> SelectionRow:
    return SelectionRow(
        dataset=name,
        case=case,
        decision="dropped" if step else "kept",
        step=step,
        reason=step,
        fold=fold,
        group=f"{name}/{case}",
        patient=patient,
        annotated="liver spleen" if name == "a" else "liver",
        files="",
    )


SELECTION = [
    *(row("a", f"x-{n}", str(n % 3)) for n in range(6)),
    row("a", "x-7", step="overlap"),
    row("t", "y-0", "test", patient=""),
    row("u", "z-0", step="terms"),
]


def verdicts() -> Verdicts:
    return Verdicts(
        {
            name: {use: terms.verdict(d.licenses, use, TABLE) for use in terms.USES}
            for name, d in DATASETS.items()
        },
        TABLE,
    )


def test_the_card_says_what_the_set_is(tmp_path: Path) -> None:
    text = cards.card(content(tmp_path, ignore=3), SELECTION, DATASETS, ["patients unknown: t"])
    assert text.startswith("# Tiny set\n\n`tiny`: 7 cases of 7 patients, as far as they are known")
    assert "6 to train on in 3 folds, 1 held out as test." in text
    assert "## Worth knowing\n\n- patients unknown: t" in text
    assert "| 1 | liver | 7 |" in text
    assert "| 2 | spleen | 6 |" in text
    assert "| 3 | ignore | judged by nobody |" in text
    assert "| a | [Scans & masks of a](https://example.org/a) | 7 | 6 | 0 | overlap 1 |" in text
    assert "| u | [Scans & masks of u](https://example.org/u) | 1 | 0 | 0 | terms 1 |" in text


def test_licenses_say_the_whole_each_dataset_and_each_case() -> None:
    text = cards.licenses(SELECTION, DATASETS, verdicts())
    table = {line.split(" | ")[0]: line for line in text.splitlines() if line.startswith("| ")}
    assert "| **the whole** | unclear | unclear | unclear |" in table["| **the whole**"]
    assert "| a | allowed | allowed | allowed | allowed | allowed |" in table["| a"]
    assert "| CC-BY-4.0 | all | third party | a / list | 2026-11 |" in text
    assert "Cases: x-0, x-1, x-2, x-3, x-4, x-5" in text
    assert "## u" not in text  # nothing of it is in the set
    assert "x-7" not in text


def test_licenses_say_what_a_paper_must_print() -> None:
    """F039: what a publisher demands word by word comes with every set that holds its scans."""
    about = About(known="2026-11", acknowledge="Data were provided by A.")
    text = cards.licenses(
        SELECTION, DATASETS | {"a": replace(DATASETS["a"], about=about)}, verdicts()
    )
    assert text.count("To be printed in every paper: Data were provided by A.") == 1
    assert "every paper" not in cards.licenses(SELECTION, DATASETS, verdicts())


def test_a_license_in_one_line_hides_no_contradiction() -> None:
    twice = dataset("v", HEARSAY, Claim("MIT", source="elsewhere"), cite=())
    line = cards.license_of(["v", "a", "u", "a"], DATASETS | {"v": twice})
    assert line == "a: CC-BY-4.0; u: no claim; v: CC-BY-4.0 or MIT"


def test_each_work_is_cited_once() -> None:
    assert cards.references(["t", "a"], DATASETS) == [
        "doi:10.1/a_b",
        "arXiv:1901.04056",
        "https://example.org/t",
        "Doe, 1999",
    ]
    text = cards.bibtex(["t", "a"], DATASETS)
    keys = re.findall(r"^@misc\{(\w+),$", text, flags=re.MULTILINE)
    assert keys == ["a", "a_2", "t_2", "t_3"]
    assert text.count("{") == text.count("}")


@pytest.mark.parametrize(
    "line",
    [
        "  doi = {10.1/a_b},",
        "  url = {https://doi.org/10.1/a_b}",
        "  eprint = {1901.04056},",
        "  url = {https://example.org/t}",
        "  howpublished = {Doe, 1999}",
        r"  note = {Cited for Scans \& masks of a},",
    ],
)
def test_bibtex_says_only_what_is_known(line: str) -> None:
    text = cards.bibtex(["t", "a"], DATASETS)
    assert line in text.splitlines()
    assert "author" not in text
    assert "year" not in text
