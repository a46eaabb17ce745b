"""What every stage does around its cases: ask the engine, tell progress, collect the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg.engine import Inline, Processes, Task
from medreg.engine.shown import marks
from medreg.files.atomic import machine_errors
from medreg.report import Answer, Outcome, StageReport
from medreg.tables import natural

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from medreg.engine import Engine, Work
    from medreg.registry import Folder, Registry
    from medreg.report import Mark, Progress


DECIDE = (  # what a stage's work depends on, in the folder of its dataset or set
    "declared.json",
    "files.csv",
    "partial.json",
    "adopted.json",
    "annotations.csv",
    "refused.csv",
    "recipe.yaml",
    "selection.csv",
    "splits.json",
)


def decided(registry: Registry, folder: Folder) -> tuple[Mark, ...]:
    """Return the marks of what decides about every case of *folder*: workers must see the same."""
    tables = sorted(registry.facts.glob("*.csv"))
    own = [file for name in DECIDE if (file := folder.path / name).is_file()]
    return marks(registry.root, [registry.plugins, *tables, *own])


def run(  # noqa: PLR0913 - a task has these parts
    stage: str,
    registry: Registry,
    name: str,
    items: Sequence[str],
    work: Work,
    *,
    engine: Engine,
    progress: Progress,
    reads: Callable[[str], Path] | None = None,
) -> StageReport:
    """Answer every item once; the answers stand in natural order, whoever ended first.

    *reads* names the file that tells of one item's input: a worker on a cluster must see it as it
    is here.
    """
    tasks = _tasks(stage, registry, name, items, engine, reads)
    answers: list[Answer] = []
    progress.start(f"{stage} {name}", len(tasks))
    try:
        for answer in engine.map(work, tasks):
            answers.append(answer)
            progress.answered(answer)
    finally:
        progress.finish()
    return StageReport(stage, name, sorted(answers, key=lambda answer: natural(answer.item)))


def _tasks(  # noqa: PLR0913, PLR0917 - a task has these parts
    stage: str,
    registry: Registry,
    name: str,
    items: Sequence[str],
    engine: Engine,
    reads: Callable[[str], Path] | None,
) -> list[Task]:
    root = registry.root
    if isinstance(engine, Inline | Processes):  # they see what this process sees
        return [Task(str(root), stage, name, item) for item in items]
    sets = registry.sets()
    seen = decided(registry, registry.set(name) if name in sets else registry.dataset(name))
    return [
        Task(str(root), stage, name, item, seen=seen + marks(root, [reads(item)] if reads else []))
        for item in items
    ]


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
