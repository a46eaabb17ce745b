"""What exporters write of voxels, piece by piece on the engine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from medreg.engine.shown import sizes
from medreg.errors import CannotHere, MedregError, of_code
from medreg.files.atomic import machine_errors
from medreg.model import Divided
from medreg.report import Answer, Outcome
from medreg.stages import planned
from medreg.stages.run import run

if TYPE_CHECKING:
    from medreg.engine import Engine, Task
    from medreg.report import Progress
    from medreg.stages.planned import Planned

STAGE = "export"


@dataclass(frozen=True, slots=True)
class Piece(Answer):
    """What became of one piece: what its exporter told of it, or how it failed."""

    told: str = ""
    failure: MedregError | None = None


def write_pieces(whole: Planned, exporter: Divided, engine: Engine, progress: Progress) -> None:
    """Write all that *exporter* writes; raises what it raises."""
    names = [f"{exporter.name}/{piece}" for piece in exporter.pieces(whole.content)]
    report = run(
        STAGE, whole.registry, whole.name, names, write_piece, engine=engine, progress=progress
    )
    told = {}
    for answer in report.answers:
        if isinstance(answer, Piece) and answer.failure:
            raise answer.failure
        if not isinstance(answer, Piece):
            raise of_code(answer.exit_code)(f"{whole.name}: {answer.item}: {answer.reason}")
        told[answer.item] = answer.told
    exporter.write_rest(whole.content, whole.folder.data, [told[name] for name in names])


def write_piece(task: Task) -> Answer:
    """Write one piece of what an exporter writes."""
    whole = planned.of_task(task.root, task.name)
    name, _, piece = task.item.partition("/")
    divided = [one for one in whole.exporters if isinstance(one, Divided)]
    exporter = next(one for one in divided if one.name == name)
    try:
        with machine_errors(whole.folder.data):
            files, told = exporter.write_piece(whole.content, whole.folder.data, piece)
    except CannotHere:
        raise
    except MedregError as failure:
        code = failure.exit_code
        return Piece(task.item, Outcome.FAILED, failure.message, exit_code=code, failure=failure)
    return Piece(task.item, Outcome.WRITTEN, shown=sizes(Path(task.root), files), told=told)
