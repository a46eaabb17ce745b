"""Cases in the order in which a person should look at them: worst findings first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg.tables import findings, natural

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medreg.tables import CaseRow


def worst_first(rows: Mapping[str, CaseRow]) -> list[str]:
    """Return the keys of *rows* (``dataset/case``): most failures, then most warnings, then name.

    Cases without a finding come last, in natural order.
    """

    def badness(ref: str) -> tuple[int, int]:
        found = [severity for _, severity, _ in findings(rows[ref].findings)]
        return -found.count("fail"), -found.count("warn")

    return sorted(rows, key=lambda ref: (*badness(ref), natural(ref)))


def told(row: CaseRow) -> list[str]:
    """Return each finding of a case as a line for people, failures first."""
    found = sorted(findings(row.findings), key=lambda one: one[1] != "fail")
    return [f"{severity}  {check}: {message}" for check, severity, message in found]
