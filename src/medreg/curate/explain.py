"""Explain the decision about one case, from selections alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg.curate.relatives import parts
from medreg.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from medreg.tables import SelectionRow


def why(selection: Sequence[SelectionRow], ref: str) -> list[str]:
    """Return the lines that explain what became of the case *ref*, ``dataset/case`` or its id.

    Raises `NotFound` with the nearest name when it was no candidate.
    """
    row = _row(selection, ref)
    if row is None:
        raise NotFound.named(
            "candidate",
            ref,
            [_ref(row) for row in selection],
            hint="name it as dataset/case; a case that conversion refused is in refused.csv",
        )
    told = _dropped(row) if row.decision == "dropped" else _kept(row)
    return [*told, *_relatives(row, selection)]


def changed(before: Sequence[SelectionRow], now: Sequence[SelectionRow], ref: str) -> str:
    """Return what became of the case *ref* before, where that is not what becomes of it now."""
    fates = [_fate(row) if row else "no candidate" for row in (_row(before, ref), _row(now, ref))]
    return fates[0] if before and fates[0] != fates[1] else ""


def _row(selection: Sequence[SelectionRow], ref: str) -> SelectionRow | None:
    return next((row for row in selection if ref in (_ref(row), row.id)), None)


def _fate(row: SelectionRow) -> str:
    if row.decision == "dropped":
        return f"dropped: {parts(row.reason)['what'][0]}"
    return f"kept, {'held-out test' if row.fold == 'test' else f'fold {row.fold}'}"


def _dropped(row: SelectionRow) -> Iterator[str]:
    told = parts(row.reason)
    yield f"dropped   {told['what'][0]}"
    yield f"  step    {row.step}"
    for edge in told.get("edge", ()):
        yield f"  edge    {edge}"
    for rule in told.get("rule", ()):
        yield f"  rule    {rule}"


def _kept(row: SelectionRow) -> Iterator[str]:
    test = row.fold == "test"
    yield f"kept      {'held-out test' if test else f'validates in fold {row.fold}'}"
    yield f"  id      {row.id}"
    yield f"  labels  {', '.join(row.annotated.split())}"
    yield f"  patient {row.patient or 'unknown'}"
    told = parts(row.reason)
    if "edge" in told:
        yield f"  group   {told['what'][0]}"
        yield from (f"  edge    {edge}" for edge in told["edge"])
    waived = told.get("quality", () if "edge" in told else filter(None, told["what"]))
    yield from (f"  quality {text}" for text in waived)


def _relatives(row: SelectionRow, selection: Sequence[SelectionRow]) -> Iterator[str]:
    """Tell what became of all others that show this patient."""
    for other in selection:
        if other.group == row.group and other is not row:
            fate = _fate(other).removeprefix("dropped: ")
            yield f"  with    {_ref(other)}: {fate}"


def _ref(row: SelectionRow) -> str:
    return f"{row.dataset}/{row.case}"
