"""The stage ``write``: put a decided set together, images unchanged and masks in its values."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from medreg.errors import BytesDiffer, DeclarationError, Refused
from medreg.files.atomic import machine_errors, place, write_bytes
from medreg.files.hashing import sha256_bytes, sha256_file
from medreg.files.lock import lock
from medreg.registry import json_bytes
from medreg.report import Answer, Outcome, StageReport
from medreg.stages import planned, sidecar
from medreg.stages.around import content_of, export, exporters, finish, relative
from medreg.stages.run import run
from medreg.stages.sweep import sweep
from medreg.tables import ManifestRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from medreg.engine import Engine, Task
    from medreg.model import SetCase
    from medreg.plugins import Plugins
    from medreg.registry import Registry
    from medreg.report import Progress
    from medreg.stages.planned import Planned
    from medreg.tables import SelectionRow

    Obtain = Callable[[Sequence[tuple[str, str]]], None]

STAGE = "write"
WRITE_FORMAT = 1  # moves when the same converted case would be written as other bytes


def write(  # noqa: PLR0913 - what a set is written with
    registry: Registry,
    plugins: Plugins,
    name: str,
    *,
    obtain: Obtain,
    engine: Engine,
    progress: Progress,
) -> StageReport:
    """Write ``data/`` of a decided set, its manifest, sums, provenance and papers.

    *obtain* brings converted cases that are not in the workspace. Cases that stand are kept, and
    what no case owns is removed. The tables are written only when every case got an answer, the
    sums last. Raises `NotFound` before a decision, `BytesDiffer` (by case, in the report) for
    converted cases that are not those that were decided about, `DeclarationError`, `CannotHere`.
    """
    with _planned(registry, plugins, name) as whole:
        report = _write_cases(whole, obtain, engine, progress)
        if report.failed:
            return report
        with machine_errors(whole.folder.data):
            more = finish(whole, _written(whole))
    return StageReport(STAGE, name, [*report.answers, *more])


def write_data(
    registry: Registry, plugins: Plugins, name: str, *, engine: Engine, progress: Progress
) -> StageReport:
    """Write ``data/`` alone, of the converted cases that are there; raises as `write` does.

    For whoever has a manifest to compare with: it reads no table of a dataset.
    """
    with _planned(registry, plugins, name) as whole:
        report = _write_cases(whole, lambda _missing: None, engine, progress)
        with machine_errors(whole.folder.data):
            export(whole, _written(whole))
    return report


def export_data(registry: Registry, plugins: Plugins, name: str) -> None:
    """Let exporters write anew what tells readers of every case of the selection."""
    with _planned(registry, plugins, name) as whole, machine_errors(whole.folder.data):
        content = content_of(whole)
        for exporter in exporters(whole):
            exporter.write(content, whole.folder.data)


@contextmanager
def _planned(registry: Registry, plugins: Plugins, name: str) -> Iterator[Planned]:
    with lock(registry.lock(name), f"{STAGE} {name}"):
        planned.forget()
        yield planned.Planned(registry, plugins, name)


def _write_cases(whole: Planned, obtain: Obtain, engine: Engine, progress: Progress) -> StageReport:
    missing = [
        (row.dataset, row.case)
        for row in whole.kept.values()
        if not sidecar.is_there(_source(whole, row))
    ]
    if missing:
        obtain(missing)
    return run(
        STAGE,
        whole.registry,
        whole.name,
        list(whole.kept),
        write_case,
        engine=engine,
        progress=progress,
    )


def _written(whole: Planned) -> list[ManifestRow]:
    """Return the files of every case as they were written, and forget those of other cases."""
    results = whole.registry.work(STAGE, whole.name)
    sweep(results, {f"{row.id}.json" for row in whole.kept.values()})
    return [row for kept in whole.kept.values() for row in _result(results, kept.id)[1]]


def write_case(task: Task) -> Answer:
    """Write one case, or keep what stands; raises `BytesDiffer` naming the case."""
    whole = planned.of_task(task.root, task.name)
    row = whole.kept[task.item]
    source, target = _source(whole, row), whole.case(row)
    with machine_errors(whole.folder.data):
        files = sidecar.manifest_rows(row.dataset, source) if source.is_dir() else []
        if sidecar.files_digest(files) != row.files:
            raise BytesDiffer(
                f"{task.item}: its converted files are not those that were decided about",
                hint=f"medreg check {row.dataset}, then medreg curate {task.name}",
            )
        mapping = whole.mapping(row)
        key = [WRITE_FORMAT, row.files, sorted(mapping.values.items()), *_paths(whole, target)]
        digest = sha256_bytes(json_bytes(key))
        results = whole.registry.work(STAGE, task.name)
        before, written = _result(results, row.id)
        if before == digest and all(_holds(whole, file) for file in written):
            return Answer(task.item, Outcome.KEPT)
        content = sidecar.read(source)
        if content is None or content["mask"] is None:
            raise BytesDiffer(f"{task.item}: its converted folder holds no mask")
        written = [
            *_place_images(whole, target, source, content),
            _write_mask(whole, row, source / content["mask"]["file"], target.mask),
        ]
        result = {"key": digest, "files": [asdict(file) for file in written]}
        write_bytes(results / f"{row.id}.json", json_bytes(result))
    outcome = Outcome.REPAIRED if before else Outcome.WRITTEN
    return Answer(task.item, outcome, size=sum(file.size for file in written))


def _source(whole: Planned, row: SelectionRow) -> Path:
    return whole.registry.dataset(row.dataset).converted / row.case


def _paths(whole: Planned, case: SetCase) -> list[str]:
    return [relative(whole, file) for file in (*case.images.values(), case.mask)]


def _holds(whole: Planned, row: ManifestRow) -> bool:
    file = whole.folder.path / row.path
    return file.is_file() and sha256_file(file) == row.sha256


def _result(results: Path, case_id: str) -> tuple[str, list[ManifestRow]]:
    """Return what was last written of a case here: its key and its files."""
    try:
        result = json.loads((results / f"{case_id}.json").read_bytes())
        return result["key"], [ManifestRow(**file) for file in result["files"]]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return "", []


def _place_images(
    whole: Planned, case: SetCase, source: Path, content: sidecar.Sidecar
) -> list[ManifestRow]:
    """Put the converted images into the set, byte for byte."""
    rows = []
    for channel, target in case.images.items():
        entry: dict[str, Any] = content["images"][channel]
        digest = place(source / entry["file"], target)
        if digest != entry["sha256"]:
            raise BytesDiffer(f"{source / entry['file']} changed while it was copied")
        rows.append(_row(whole, case, target, digest, entry["voxels"]))
    return rows


def _write_mask(whole: Planned, row: SelectionRow, file: Path, target: Path) -> ManifestRow:
    """Write the mask in the set's values, on the grid that it has."""
    from medreg.curate.mapping import apply
    from medreg.imaging import nifti

    mask = nifti.load(file, "label")
    try:
        mapped = replace(mask, array=apply(mask.array, whole.mapping(row)))
    except Refused as refusal:
        raise DeclarationError(
            f"{row.dataset}/{row.case}: {refusal.message}",
            hint="a recipe that accepts failing labels cannot be written",
        ) from None
    nifti.write(mapped, target)
    return _row(whole, whole.case(row), target, sha256_file(target), mapped.digest())


def _row(whole: Planned, case: SetCase, file: Path, digest: str, voxels: str) -> ManifestRow:
    source = f"{case.dataset}/{case.case}"
    size = file.stat().st_size
    path = relative(whole, file)
    return ManifestRow(path=path, size=size, sha256=digest, voxels=voxels, source=source)
