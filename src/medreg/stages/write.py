"""The stage ``write``: put a decided set together.

Masks are in its values; images are the converted ones, byte for byte, unless its recipe says how
to transform them.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from medreg.errors import BytesDiffer, DeclarationError, Refused
from medreg.files.atomic import machine_errors, place
from medreg.files.hashing import sha256_bytes, sha256_file
from medreg.files.lock import lock
from medreg.registry import json_bytes
from medreg.report import Answer, Outcome, StageReport
from medreg.stages import planned, sidecar
from medreg.stages import written as record
from medreg.stages.around import export, finish, relative
from medreg.stages.run import run
from medreg.stages.sweep import sweep
from medreg.tables import ManifestRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from medreg.curate.transform import Transform
    from medreg.engine import Engine, Task
    from medreg.model import SetCase
    from medreg.plugins import Plugins
    from medreg.registry import Registry
    from medreg.report import Progress
    from medreg.stages.planned import Planned
    from medreg.stages.written import Written
    from medreg.tables import SelectionRow, TransformRow
    from medreg.volume import Volume

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
            more = finish(whole, _written(whole), engine, progress)
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
            rows = [row for one in _written(whole) for row in one.files]
            export(whole, rows, engine, progress)
    return report


def export_data(registry: Registry, plugins: Plugins, name: str) -> None:
    """Let exporters write anew what tells readers of every case of the selection."""
    with _planned(registry, plugins, name) as whole, machine_errors(whole.folder.data):
        for exporter in whole.exporters:
            exporter.write(whole.content, whole.folder.data)


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
        reads=lambda case: _source(whole, whole.kept[case]) / sidecar.NAME,
    )


def _written(whole: Planned) -> list[Written]:
    """Return what was written of every case, in order, and forget that of other cases."""
    results = whole.registry.work(STAGE, whole.name)
    sweep(results, {f"{row.id}.json" for row in whole.kept.values()})
    known = (record.read(results, kept.id) for kept in whole.kept.values())
    return [one for one in known if one is not None]


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
        asked = whole.recipe.transform
        key = [WRITE_FORMAT, row.files, sorted(mapping.values.items()), *_paths(whole, target)]
        digest = sha256_bytes(json_bytes([*key, asked.asked()] if asked else key))
        results = whole.registry.work(STAGE, task.name)
        before = record.read(results, row.id)
        if before and before.key == digest and all(_holds(whole, file) for file in before.files):
            return Answer(task.item, Outcome.KEPT, shown=record.shown(task, results, row.id))
        content = sidecar.read(source)
        if content is None or content["mask"] is None:
            raise BytesDiffer(f"{task.item}: its converted folder holds no mask")
        mask = _mapped(whole, row, source / content["mask"]["file"])
        if asked:
            files, mask, done = _transform(whole, row, asked, source, content, mask)
        else:
            files, done = _place_images(whole, target, source, content), None
        files.append(_save(whole, target, mask, target.mask))
        record.save(results, row.id, record.of(digest, files, mask, done))
    outcome = Outcome.REPAIRED if before else Outcome.WRITTEN
    size = sum(file.size for file in files)
    return Answer(task.item, outcome, size=size, shown=record.shown(task, results, row.id))


def _source(whole: Planned, row: SelectionRow) -> Path:
    return whole.registry.dataset(row.dataset).converted / row.case


def _paths(whole: Planned, case: SetCase) -> list[str]:
    return [relative(whole, file) for file in (*case.images.values(), case.mask)]


def _holds(whole: Planned, row: ManifestRow) -> bool:
    file = whole.folder.path / row.path
    return file.is_file() and sha256_file(file) == row.sha256


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


def _mapped(whole: Planned, row: SelectionRow, file: Path) -> Volume:
    """Return the mask in the set's values, on the grid that it has."""
    from medreg.curate.mapping import apply
    from medreg.imaging import nifti

    mask = nifti.load(file, "label")
    try:
        return replace(mask, array=apply(mask.array, whole.mapping(row)))
    except Refused as refusal:
        raise DeclarationError(
            f"{row.dataset}/{row.case}: {refusal.message}",
            hint="a recipe that accepts failing labels cannot be written",
        ) from None


def _transform(  # noqa: PLR0913, PLR0917 - what, how, and from where
    whole: Planned,
    row: SelectionRow,
    asked: Transform,
    source: Path,
    content: sidecar.Sidecar,
    mask: Volume,
) -> tuple[list[ManifestRow], Volume, TransformRow]:
    """Write the images as the recipe asks; return their rows, the mask, and what was done."""
    from medreg.imaging import nifti
    from medreg.stages.transform import transformed

    case = whole.case(row)
    entries = {channel: content["images"][channel] for channel in case.images}
    images = {
        channel: nifti.load(source / entry["file"], entry["unit"])
        for channel, entry in entries.items()
    }
    try:
        images, mask, done = transformed(row, asked, images, mask, whole.labels.ignore)
    except Refused as refusal:
        problem = f"{row.dataset}/{row.case}: transform: {refusal.message}"
        raise DeclarationError(problem, hint=refusal.hint) from None
    files = [_save(whole, case, image, case.images[channel]) for channel, image in images.items()]
    return files, mask, done


def _save(whole: Planned, case: SetCase, volume: Volume, target: Path) -> ManifestRow:
    """Write *volume* with its axes as they are."""
    from medreg.imaging import nifti

    nifti.write(volume, target, turn=False)
    return _row(whole, case, target, sha256_file(target), volume.digest())


def _row(whole: Planned, case: SetCase, file: Path, digest: str, voxels: str) -> ManifestRow:
    source = f"{case.dataset}/{case.case}"
    size = file.stat().st_size
    path = relative(whole, file)
    return ManifestRow(path=path, size=size, sha256=digest, voxels=voxels, source=source)
