"""What a person should look at, and what a person decided: ``reviews.csv`` of a dataset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medreg.errors import NotFound
from medreg.reviews import ANNOTATIONS, FILE, GATE, Annotation, Review
from medreg.tables import CaseRow, findings, natural, pairs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from medreg.registry import Folder, Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """A case that somebody should look at: *told* are its findings, *lowest* the least Dice."""

    case: str  # dataset/case
    verdict: str
    told: tuple[tuple[str, str, str], ...]  # check, severity, message
    lowest: float | None  # of two raters, over labels; None when nobody drew it twice
    raters: str  # whose masks fall short, and of which label: "ada liver_tumor 0.81"
    review: Review | None

    @property
    def decision(self) -> str:
        """What was decided, or ``open``; a decision about other bytes counts no longer."""
        return self.review.decision if self.review else "open"


def to_review(registry: Registry, names: Sequence[str]) -> list[Open]:
    """Return every case with findings, low agreement or a decision: the open and worst first.

    Raises `NotFound` for a dataset that was not checked.
    """
    found = [one for name in names for one in _of_dataset(registry, name)]
    return sorted(found, key=_order)


def _order(one: Open) -> tuple[object, ...]:
    grave = sum(severity == "fail" for _, severity, _ in one.told)
    lowest = 1.0 if one.lowest is None else one.lowest
    return (
        one.decision != "open",
        -grave,
        lowest >= GATE,
        -len(one.told),
        lowest,
        natural(one.case),
    )


def _of_dataset(registry: Registry, name: str) -> list[Open]:
    folder = registry.dataset(name)
    reviews = {review.case: review for review in registry.reviews(name)}
    drawn: dict[str, list[Annotation]] = {}
    for one in drawn_anew(folder):
        drawn.setdefault(one.case, []).append(one)
    found = []
    for row in folder.rows("cases.csv", CaseRow):
        review = reviews.get(row.case)
        short = _short(drawn.get(row.case, ()))
        told = tuple(findings(row.findings))
        if told or short or review:
            stands = review if review and review.stands(row) else None
            news = review and any(not review.waives(check, row) for check, _, _ in told)
            if stands and stands.decision == "accept" and news:
                stands = None  # something was found since
            found.append(
                Open(
                    case=f"{name}/{row.case}",
                    verdict=row.verdict,
                    told=told,
                    lowest=min((dice for _, _, dice in short), default=None),
                    raters=", ".join(f"{who} {label} {dice:.2f}" for who, label, dice in short),
                    review=stands,
                )
            )
    return [one for one in found if one.told or one.raters or one.review]


def _short(rows: Sequence[Annotation]) -> list[tuple[str, str, float]]:
    """Return rater, label and Dice of each agreement below the gate."""
    return [
        (row.rater, label, float(dice))
        for row in rows
        for label, dice in pairs(row.agreement).items()
        if float(dice) < GATE
    ]


def decide(  # noqa: PLR0913 - what a decision is made of
    registry: Registry, case: str, decision: str, *, by: str, because: str, today: str
) -> Review:
    """Record what *by* decided about *case* (``dataset/case``), in place of what stood there.

    Raises `NotFound` for a case that was not checked.
    """
    name, _, item = case.partition("/")
    folder = registry.dataset(name)
    rows = {row.case: row for row in folder.rows("cases.csv", CaseRow)}
    if item not in rows:
        known = [f"{name}/{other}" for other in rows]
        raise NotFound.named("checked case", case, known, hint=f"medreg review {name}")
    checks = dict.fromkeys(check for check, _, _ in findings(rows[item].findings))
    review = Review(
        case=item,
        decision=decision,
        person=by,
        date=today,
        because=" ".join(because.split()),
        checks=" ".join(checks),
        files=rows[item].files,
    )
    kept = [one for one in registry.reviews(name) if one.case != item]
    folder.write_rows(FILE, [*kept, review], Review)
    return review


def drawn_anew(folder: Folder) -> Sequence[Annotation]:
    """Return what people drew of a dataset's cases."""
    return folder.rows(ANNOTATIONS, Annotation) if (folder.path / ANNOTATIONS).is_file() else ()


def keep_out_of_git(folder: Folder, *names: str) -> None:
    """Make git ignore *names* of a dataset's folder: what names restricted cases, and masks."""
    file: Path = folder.path / ".gitignore"
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    more = [f"/{name}" for name in names if f"/{name}" not in lines]
    if more:
        folder.write(".gitignore", "".join(f"{line}\n" for line in [*lines, *more]).encode())


def told(one: Open) -> Mapping[str, str]:
    """Return a case as a row for people."""
    worst = [*one.told, ("", "", "")][0]
    what = f"{worst[0]}: {worst[2]}" if worst[0] else ""
    more = f" (+{len(one.told) - 1})" if len(one.told) > 1 else ""
    return {
        "case": one.case,
        "verdict": one.verdict,
        "decision": one.decision,
        "by": one.review.person if one.review else "",
        "agreement": one.raters,
        "finding": what + more,
    }
