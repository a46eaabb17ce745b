"""Answers are counted, and the gravest decides how a command ends."""

from __future__ import annotations

import pytest

from medreg.report import Answer, Outcome, Progress, Silent, StageReport, tally


def report(*answers: Answer) -> StageReport:
    return StageReport("convert", "toy", answers)


KEPT = Answer("a", Outcome.KEPT)
MADE = Answer("b", Outcome.CONVERTED, size=10)
REFUSED = Answer("c", Outcome.REFUSED, "a gap", exit_code=1)
FAILED = Answer("d", Outcome.FAILED, "a bug", exit_code=70)


@pytest.mark.parametrize(
    ("answers", "text"),
    [
        ((), "nothing to do"),
        ((KEPT, KEPT), "2 kept"),
        ((FAILED, REFUSED, KEPT, MADE), "1 converted, 1 kept, 1 refused, 1 failed"),
    ],
)
def test_answers_are_counted_in_one_order(answers: tuple[Answer, ...], text: str) -> None:
    assert tally(answers) == text


@pytest.mark.parametrize(
    ("answers", "code"),
    [((), 0), ((KEPT, MADE), 0), ((KEPT, REFUSED), 1), ((FAILED, REFUSED), 70)],
)
def test_the_gravest_answer_decides_the_exit_code(answers: tuple[Answer, ...], code: int) -> None:
    assert report(*answers).exit_code == code


@pytest.mark.parametrize("outcome", Outcome)
def test_only_refused_and_failed_are_not_right(outcome: Outcome) -> None:
    answer = Answer("a", outcome)
    assert answer.ok == (outcome not in (Outcome.REFUSED, Outcome.FAILED))
    one = report(answer)
    assert (one.refused == (answer,)) == (outcome is Outcome.REFUSED)
    assert (one.failed == (answer,)) == (outcome is Outcome.FAILED)
    assert one.changed == (outcome is not Outcome.KEPT)


def test_progress_need_not_be_watched() -> None:
    silent: Progress = Silent()
    silent.start("convert toy", 2)
    silent.moved(3)
    silent.answered(KEPT)
    silent.finish()
