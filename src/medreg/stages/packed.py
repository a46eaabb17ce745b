"""The stage ``convert`` where cases stay packed: decode each, and write down where it lies.

Pictures, clips, slides and rows of arrays are not copied. ``converted/`` holds two files:
``addresses.csv``, a row per case, and ``addresses.json``, what the table was made of. Work goes
in chunks of cases, so that 70,000 rows are neither as many tasks nor as many folders.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medreg.engine import Task, answered
from medreg.engine.shown import marks
from medreg.errors import DeclarationError, Refused
from medreg.files.atomic import clear_scratch, machine_errors, write_bytes
from medreg.files.hashing import sha256_bytes
from medreg.files.manifest import describe
from medreg.model import IGNORED, FileRecord, PackedRef
from medreg.registry import json_bytes
from medreg.report import Answer, Outcome, StageReport
from medreg.stages import adopted
from medreg.stages.measure import CLASSES, number
from medreg.stages.opened import of_task
from medreg.stages.run import decided
from medreg.stages.sweep import sweep
from medreg.tables import AddressRow, ManifestRow, RefusedRow, natural, to_csv, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from medreg.engine import Engine
    from medreg.model import Case, Dataset, ImageRef, Picture
    from medreg.registry import Folder
    from medreg.report import Progress
    from medreg.stages.opened import Opened

STAGE = "addresses"
TABLE, MADE_OF = "addresses.csv", "addresses.json"
CHUNK = 500  # cases of a task
BETWEEN = " | "  # paths in one cell


def addresses(dataset: Opened, *, engine: Engine, progress: Progress) -> StageReport:
    """Write the addresses of every case, unless they stand; the caller holds the lock.

    Ends with ``refused.csv`` unless a case got no answer, as `stages.convert` does.
    """
    folder, name = dataset.folder, dataset.dataset.name
    ids = list(dataset.cases)
    made_of = _made_of(dataset)
    progress.start(f"convert {name}", len(ids))
    try:
        if _stands(dataset, made_of):
            answers = [Answer(case, Outcome.KEPT) for case in ids]
            for answer in answers:
                progress.answered(answer)
            return StageReport("convert", name, answers)
        answers, rows = _decoded(dataset, ids, made_of, engine, progress)
    finally:
        progress.finish()
    report = StageReport("convert", name, sorted(answers, key=lambda one: natural(one.item)))
    if not report.failed:
        table = to_csv(rows, AddressRow)
        folder.converted.mkdir(parents=True, exist_ok=True)
        sweep(folder.converted, {TABLE, MADE_OF})
        with machine_errors(folder.converted):
            write_bytes(folder.converted / TABLE, table)
            content = {**made_of, "addresses": sha256_bytes(table)}
            write_bytes(folder.converted / MADE_OF, json_bytes(content))
        refused = [RefusedRow(case=a.item, reason=a.reason) for a in report.refused]
        folder.write_rows("refused.csv", refused, RefusedRow)
        clear_scratch(dataset.registry.work(STAGE, name))
    return report


def _made_of(dataset: Opened) -> dict[str, Any]:
    from medreg.imaging.canonical import CONVERTER_FORMAT

    raw = to_csv(_raw(dataset.folder), ManifestRow)
    return {
        "converter": CONVERTER_FORMAT,
        "declared": dataset.declared,
        "raw": sha256_bytes(raw),
    }


def _raw(folder: Folder) -> Sequence[ManifestRow]:
    """Return the raw files as they are, or as they were registered where they lie."""
    if adopted.place_of(folder) is None:
        return describe(folder.raw)
    rows = folder.rows("files.csv", FileRecord)
    return [ManifestRow(path=row.path, size=row.size, sha256=row.sha256) for row in rows]


def _stands(dataset: Opened, made_of: dict[str, Any]) -> bool:
    """Tell whether a table stands that was made of the same, and of which no case was refused."""
    folder = dataset.folder
    try:
        content = json.loads((folder.converted / MADE_OF).read_bytes())
        table = sha256_bytes((folder.converted / TABLE).read_bytes())
        refused = folder.rows("refused.csv", RefusedRow)
    except (OSError, ValueError):
        return False
    there = {entry.name for entry in folder.converted.iterdir()}
    same = bool(content == {**made_of, "addresses": table})
    return same and there == {TABLE, MADE_OF} and not refused


def _decoded(
    dataset: Opened,
    ids: list[str],
    made_of: dict[str, Any],
    engine: Engine,
    progress: Progress,
) -> tuple[list[Answer], list[AddressRow]]:
    """Decode every case; chunks that an interrupted run has done of the same files are kept."""
    name, results = dataset.dataset.name, dataset.registry.work(STAGE, dataset.dataset.name)
    mark = results / MADE_OF
    if not mark.is_file() or mark.read_bytes() != json_bytes(made_of):
        clear_scratch(results)
        write_bytes(mark, json_bytes(made_of))
    root = str(dataset.registry.root)
    chunks = {str(at): ids[at : at + CHUNK] for at in range(0, len(ids), CHUNK)}
    answers: list[Answer] = []
    rows: list[AddressRow] = []
    seen = decided(dataset.registry, dataset.folder)
    for answer in engine.map(decode_chunk, [Task(root, STAGE, name, a, seen=seen) for a in chunks]):
        fresh: list[Answer]
        if answer.ok:
            result = json.loads(_file(results, answer.item).read_bytes())
            fresh = [_answer(one) for one in result["answers"]]
            rows += (AddressRow(**row) for row in result["rows"])
            if any(one.outcome is Outcome.FAILED for one in fresh):
                _file(results, answer.item).unlink()  # the next run tries these again
        else:
            fresh = [
                Answer(case, Outcome.FAILED, answer.reason, exit_code=answer.exit_code)
                for case in chunks[answer.item]
            ]
        for one in fresh:
            progress.answered(one)
        answers += fresh
    return answers, rows


def _answer(said: dict[str, Any]) -> Answer:
    return Answer(**{**said, "outcome": Outcome(said["outcome"])})


def decode_chunk(task: Task) -> Answer:
    """Decode the cases from number ``task.item`` on; what became of them stays in scratch."""
    dataset = of_task(task.root, task.name)
    file = _file(dataset.registry.work(STAGE, task.name), task.item)
    if file.is_file():
        return Answer(task.item, Outcome.KEPT, shown=marks(Path(task.root), [file]))
    first = int(task.item)
    rows: list[AddressRow] = []
    work = partial(_decode, dataset, rows)
    answers = [
        answered(work, Task(task.root, STAGE, task.name, case))
        for case in list(dataset.cases)[first : first + CHUNK]
    ]
    result = {"answers": [asdict(one) for one in answers], "rows": [asdict(row) for row in rows]}
    write_bytes(file, json_bytes(result))
    return Answer(task.item, Outcome.CONVERTED, shown=marks(Path(task.root), [file]))


def _file(results: Path, item: str) -> Path:
    return results / f"{item}.json"


def _decode(dataset: Opened, rows: list[AddressRow], task: Task) -> Answer:
    """Add the row of one case; raises `Refused` naming the file."""
    case = dataset.cases[task.item]
    rows.append(row(dataset.dataset, case))
    return Answer(case.id, Outcome.CONVERTED)


def row(dataset: Dataset, case: Case) -> AddressRow:
    """Decode *case* and describe it; raises `Refused` naming its file."""
    ref = case.images[case.grid]
    seen = decoded(ref)
    _refuse_strange(seen, ref)
    mask = None
    if case.mask:
        mask = decoded(case.mask)
        _refuse_other_size(mask, seen, case.mask)
    labels = dataset.labels.values() if case.labels is None else case.labels
    return AddressRow(
        case=case.id,
        path=BETWEEN.join(ref.members),
        member=_member(ref),
        mask=BETWEEN.join(case.mask.members) if case.mask else "",
        mask_member=_member(case.mask) if case.mask else "",
        shape=" ".join(str(n) for n in (seen.shape[-1], seen.shape[-2], *seen.shape[:-2])),
        color=seen.color,
        dtype=str(seen.array.dtype),
        low=number(seen.array.min().item()),
        high=number(seen.array.max().item()),
        pixels=seen.digest(),
        mask_pixels=mask.digest() if mask else "",
        values=words(_values(mask, case.mask)) if mask and case.mask else "",
        annotated=" ".join(sorted({*labels} - {IGNORED})) if case.mask else "",
        classes=CLASSES.join(case.classes or ()),
        patient=dataset.patient_of(case) or "",
    )


def decoded(ref: ImageRef) -> Picture:
    """Decode what stays packed; raises `Refused`, and `DeclarationError` for a volume's file."""
    if isinstance(ref, PackedRef):
        return ref.picture()
    ref.read()  # a reference that refuses to be read says why
    raise DeclarationError(f"{type(ref).__name__} reads volumes: its layout is not packed")


def _member(ref: ImageRef) -> str:
    return ref.member if isinstance(ref, PackedRef) else ""


def _refuse_strange(seen: Picture, ref: ImageRef) -> None:
    import numpy as np

    if not seen.array.size or not np.isfinite(seen.array).all():
        raise Refused(f"{ref.members[0]} holds values that are no numbers, or none at all")


def _refuse_other_size(mask: Picture, image: Picture, ref: ImageRef) -> None:
    if mask.shape != image.shape:
        ours, theirs = (" x ".join(map(str, reversed(one.shape))) for one in (mask, image))
        raise Refused(f"{ref.members[0]} has {ours} pixels, its image {theirs}")


def _values(mask: Picture, ref: ImageRef) -> dict[str, int]:
    """Count the pixels of each value but 0."""
    import numpy as np

    _refuse_strange(mask, ref)
    found, counts = np.unique(mask.array, return_counts=True)
    if not np.equal(np.trunc(found), found).all():
        raise Refused(f"{ref.members[0]} holds {found[found % 1 != 0][0]}: no mask of labels")
    pairs = zip(found.tolist(), counts.tolist(), strict=True)
    return {str(int(value)): count for value, count in pairs if value}


def read(dataset: Opened) -> Iterator[AddressRow]:
    """Yield the rows of the table that stands."""
    yield from dataset.folder.rows(f"converted/{TABLE}", AddressRow)
