"""The stage ``check``: measure every converted case, ask every check, write the tables."""

from __future__ import annotations

from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from medreg.engine.shown import marks
from medreg.errors import NotFound, Refused
from medreg.files.atomic import machine_errors, write_bytes
from medreg.files.hashing import sha256_bytes, sha256_file
from medreg.files.lock import lock
from medreg.registry import json_bytes
from medreg.report import Answer, Outcome
from medreg.stages import sidecar
from medreg.stages.card import Totals
from medreg.stages.checked import file_of, result_of, told, written
from medreg.stages.listed import packed
from medreg.stages.measure import Known, all_checks, known, measured
from medreg.stages.opened import of_task, opened
from medreg.stages.run import run
from medreg.stages.sweep import sweep
from medreg.tables import CaseRow, FingerprintRow, ManifestRow, natural

if TYPE_CHECKING:
    from medreg.engine import Engine, Task
    from medreg.model import Check
    from medreg.plugins import Plugins
    from medreg.registry import Folder, Registry
    from medreg.report import Progress, StageReport
    from medreg.stages.opened import Opened

STAGE = "check"


def check(
    registry: Registry, plugins: Plugins, name: str, *, engine: Engine, progress: Progress
) -> StageReport:
    """Write ``cases.csv``, ``fingerprints.csv``, ``card.json`` and ``manifest.csv`` of a dataset.

    A case is measured once: again only when its files, the checks or the labels have changed. An
    answer's reason tells its findings. Raises `NotFound` before a conversion.
    """
    plugins.get(name)
    folder = registry.dataset(name)
    results = registry.work(STAGE, name)
    with lock(registry.lock(name), f"{STAGE} {name}"), opened(registry, name) as dataset:
        cases = _cases(folder)
        if dataset.dataset.packed:
            return _check_packed(dataset, progress)
        report = run(
            STAGE,
            registry,
            name,
            cases,
            check_case,
            engine=engine,
            progress=progress,
            reads=lambda case: folder.converted / case / sidecar.NAME,
        )
        if not report.failed:
            report = told(dataset, results, cases, report)
            sweep(results, {file_of(results, case).name for case in cases})
    return report


def _check_packed(dataset: Opened, progress: Progress) -> StageReport:
    """Tell what the table of addresses says: its rows were measured when they were decoded."""
    report, rows, prints, files = packed(dataset, progress)
    totals = Totals()
    for row in rows:
        totals.add(row)
    for file in files:
        totals.add_file(file)
    with written(dataset, totals, [(row.case, row.patient) for row in rows]) as folder:
        folder.write_rows("manifest.csv", files, ManifestRow)
        folder.write_rows("fingerprints.csv", prints, FingerprintRow)
        folder.write_rows("cases.csv", rows, CaseRow)
    return report


def check_case(task: Task) -> Answer:
    """Measure one case unless its last result still holds; the result stays in scratch.

    Raises `BytesDiffer` when its files are not those that were converted.
    """
    dataset = of_task(task.root, task.name)
    folder = dataset.folder.converted / task.item
    results = dataset.registry.work(STAGE, task.name)
    with machine_errors(folder):
        files = sidecar.manifest_rows(task.name, folder)
        digest = sidecar.files_digest(files)
        key = sha256_bytes(f"{digest} {_question(dataset)}".encode())
        result = result_of(results, task.item)
        outcome = Outcome.KEPT
        if result.get("key") != key:
            checks = all_checks(dataset.checks)
            found = measured(dataset.dataset, checks, folder, digest, _known(dataset))
            result = {
                "key": key,
                "row": asdict(found.row),
                "fingerprint": asdict(found.fingerprint),
                "files": [asdict(file) for file in files],
                "labels": found.labels,
                "channels": found.channels,
            }
            write_bytes(file_of(results, task.item), json_bytes(result))
            outcome = Outcome.CHECKED
    findings = result["row"]["findings"]
    code = Refused.exit_code if findings else 0
    # its result, and what it was told of: who reads an older case than this one sees it here
    shown = [file_of(results, task.item), folder / sidecar.NAME] if task.seen else []
    return Answer(task.item, outcome, findings, exit_code=code, shown=marks(Path(task.root), shown))


def _known(dataset: Opened) -> Known:
    registry = dataset.registry
    return known(dataset.dataset, registry.vocabulary(), registry.tissues())


def _cases(folder: Folder) -> list[str]:
    if not (folder.path / "refused.csv").is_file():
        raise NotFound(f"{folder.name} was not converted yet", hint=f"medreg convert {folder.name}")
    if not folder.converted.is_dir():
        return []
    return sorted((entry.name for entry in folder.converted.iterdir()), key=natural)


@lru_cache(maxsize=1)
def _question(dataset: Opened) -> str:
    """Return the digest of what besides a case's files decides its findings."""
    from medreg.plugins import CHECK_FORMAT

    labels = [[str(raw), label] for raw, label in dataset.dataset.labels.items()]
    own = [[check.name, _code(check)] for check in dataset.checks]
    return sha256_bytes(json_bytes([CHECK_FORMAT, labels, own, asdict(_known(dataset))]))


def _code(own: Check) -> str:
    """Return the digest of the file that a plugin's check is written in."""
    return sha256_file(Path(own.ask.__code__.co_filename))
