"""The tables of a dataset from what was measured of its cases, which are read one by one.

Each case's result lies in scratch; what is held of it here is a few numbers, however many there
are.
"""

from __future__ import annotations

import json
from array import array
from contextlib import contextmanager
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

from medreg.checks.outliers import outliers
from medreg.errors import Refused
from medreg.files.atomic import machine_errors
from medreg.files.hashing import sha256_file
from medreg.model import Finding
from medreg.registry import json_bytes
from medreg.stages import clinical
from medreg.stages.card import Seen, Totals, card
from medreg.stages.measure import with_findings
from medreg.tables import CaseRow, FingerprintRow, ManifestRow, natural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from medreg.registry import Folder
    from medreg.report import StageReport
    from medreg.stages.opened import Opened

People = list[tuple[str, str]]  # cases, each with its patient
Odd = dict[str, list[Finding]]


def file_of(results: Path, case: str) -> Path:
    """Return where the result of *case* lies."""
    return results / f"{case}.json"


def result_of(results: Path, case: str) -> dict[str, Any]:
    """Read the result of *case*; empty where there is none that can be read."""
    try:
        result = json.loads(file_of(results, case).read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return result if isinstance(result, dict) else {}


def told(dataset: Opened, results: Path, cases: Sequence[str], report: StageReport) -> StageReport:
    """Write the tables of *cases*, in natural order; return the answers, with what all tell."""
    odd, people = _compared(dataset, results, cases)
    totals = Totals()
    with written(dataset, totals, people) as folder:
        with folder.table("manifest.csv", ManifestRow) as add_file:
            for file in _files(results, cases):
                totals.add_file(file)
                add_file(file)
        with (
            folder.table("cases.csv", CaseRow) as add,
            folder.table("fingerprints.csv", FingerprintRow) as add_print,
        ):
            for case in cases:
                result = result_of(results, case)
                cells = result["row"]
                row = CaseRow(**(cells | with_findings(cells, odd[case]) if case in odd else cells))
                totals.add(row, Seen(result["labels"], result["channels"]))
                add_print(FingerprintRow(**result["fingerprint"]))
                add(row)
    answers = [
        replace(answer, reason=_with(answer.reason, odd[answer.item]), exit_code=Refused.exit_code)
        if answer.item in odd
        else answer
        for answer in report.answers
    ]
    return replace(report, answers=answers)


def _with(findings: str, more: Sequence[Finding]) -> str:
    return with_findings({"findings": findings}, more)["findings"]


@contextmanager
def written(dataset: Opened, totals: Totals, people: People) -> Iterator[Folder]:
    """Yield the folder to write tables into; then write the card of *totals*."""
    folder = dataset.folder
    said = clinical.table(dataset, people)
    with machine_errors(folder.path):
        if said:
            folder.write(clinical.NAME, said[0])
        yield folder
        content = card(dataset, totals, sha256_file(folder.path / "manifest.csv"))
        folder.write("card.json", json_bytes(content | ({"clinical": said[1]} if said else {})))


def _files(results: Path, cases: Sequence[str]) -> Iterator[ManifestRow]:
    """Yield the rows of all files, in natural order of their paths.

    That takes 01 and 1 for the same, so that files of such cases stand between each other.
    """
    ordered = sorted(cases, key=lambda case: natural(f"{case}/"))
    for _, alike in groupby(ordered, key=lambda case: natural(f"{case}/")[:-1]):
        files = [ManifestRow(**f) for case in alike for f in result_of(results, case)["files"]]
        yield from sorted(files, key=lambda file: natural(file.path))


def _compared(dataset: Opened, results: Path, cases: Sequence[str]) -> tuple[Odd, People]:
    """Compare each organ's volume with the dataset's own; return what is found of each case.

    And each case's patient where clinical tables ask. What was measured of a case alone stays in
    scratch without it.
    """
    volumes: dict[str, tuple[array[int], array[float]]] = {}  # the numbers of cases, and ml
    people: People = []
    for number, case in enumerate(cases):
        result = result_of(results, case)
        if dataset.dataset.clinical:
            people.append((case, str(result["row"]["patient"])))
        for label, facts in result["labels"].items():
            if facts["organ"] and not facts["cut"]:
                shown, ml = volumes.setdefault(label, (array("L"), array("d")))
                shown.append(number)
                ml.append(facts["ml"])
    odd: Odd = {}
    for label, (shown, ml) in volumes.items():
        by_case = {cases[number]: one for number, one in zip(shown, ml, strict=True)}
        for case, found in outliers({label: by_case}).items():
            odd.setdefault(case, []).extend(found)
    return odd, people
