"""What every stage does around its cases: ask the engine, tell progress, collect the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg.engine import Task
from medreg.files.atomic import machine_errors
from medreg.report import Answer, Outcome, StageReport
from medreg.tables import natural

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medreg.engine import Engine, Work
    from medreg.registry import Folder, Registry
    from medreg.report import Progress


def run(  # noqa: PLR0913 - a task has these parts
    stage: str,
    registry: Registry,
    name: str,
    items: Sequence[str],
    work: Work,
    *,
    engine: Engine,
    progress: Progress,
) -> StageReport:
    """Answer every item once; the answers stand in natural order, whoever ended first."""
    tasks = [Task(str(registry.root), stage, name, item) for item in items]
    answers: list[Answer] = []
    progress.start(f"{stage} {name}", len(tasks))
    try:
        for answer in engine.map(work, tasks):
            answers.append(answer)
            progress.answered(answer)
    finally:
        progress.finish()
    return StageReport(stage, name, sorted(answers, key=lambda answer: natural(answer.item)))


def replaced(folder: Folder, files: Mapping[str, bytes]) -> list[Answer]:
    """Write *files* whole, and only those whose bytes would change; answer for each."""
    answers = []
    for name, data in files.items():
        file = folder.path / name
        with machine_errors(file):
            kept = file.is_file() and file.read_bytes() == data
            folder.write(name, data)
        answers.append(Answer(name, Outcome.KEPT if kept else Outcome.WRITTEN, size=len(data)))
    return answers
