"""Take a few cases of a dataset to look at: the same ones every time (F086)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from medreg.errors import Misuse, NotFound
from medreg.tables import CaseRow, natural

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from medreg.api.lab import Lab


def sample(lab: Lab, name: str, count: int = 10, seed: str = "") -> Sequence[CaseRow]:
    """Return *count* checked cases of a dataset, in natural order; all if it has fewer.

    Those whose SHA-256 of ``seed/dataset/case`` is least: a new case may take the place of one,
    and reshuffles no other. Raises `NotFound` before a check and `Misuse` for no case.
    """
    if count < 1:
        raise Misuse(f"{count} cases are no sample", hint=f"medreg sample {name} -n 10")
    lab.declared(name)
    rows = {row.case: row for row in lab.registry.dataset(name).rows("cases.csv", CaseRow)}
    if not rows:
        raise NotFound(f"{name} has no case", hint=f"medreg convert {name} tells why")
    return [rows[case] for case in first(rows, count, f"{seed}/{name}")]


def first(cases: Iterable[str], count: int, seed: str) -> list[str]:
    """Return the *count* cases of least rank, in natural order.

    >>> first(["a", "b", "c"], 2, "x") == first(["c", "b", "a"], 2, "x")
    True
    """
    ranked = sorted(cases, key=lambda case: hashlib.sha256(f"{seed}/{case}".encode()).digest())
    return sorted(ranked[:count], key=natural)
