"""The stage ``check``: measure every converted case, ask every check, write the tables."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medreg.checks.outliers import outliers
from medreg.engine.shown import marks
from medreg.errors import NotFound, Refused
from medreg.files.atomic import machine_errors, write_bytes
from medreg.files.hashing import sha256_bytes, sha256_file
from medreg.files.lock import lock
from medreg.registry import json_bytes
from medreg.report import Answer, Outcome
from medreg.stages import clinical, sidecar
from medreg.stages.card import Seen, card
from medreg.stages.listed import packed
from medreg.stages.measure import Known, all_checks, known, measured, with_findings
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
            told = [_result(results, case) for case in cases]
            report = _compared(report, told)
            _write_tables(dataset, told)
            sweep(results, {_file(results, case).name for case in cases})
    return report


def _check_packed(dataset: Opened, progress: Progress) -> StageReport:
    """Tell what the table of addresses says: its rows were measured when they were decoded."""
    report, rows, prints, files = packed(dataset, progress)
    _write(dataset, rows, prints, files)
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
        key = sha256_bytes(json_bytes([digest, _question(dataset)]))
        result = _result(results, task.item)
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
            write_bytes(_file(results, task.item), json_bytes(result))
            outcome = Outcome.CHECKED
    findings = result["row"]["findings"]
    code = Refused.exit_code if findings else 0
    # its result, and what it was told of: who reads an older case than this one sees it here
    shown = marks(Path(task.root), [_file(results, task.item), folder / sidecar.NAME])
    return Answer(task.item, outcome, findings, exit_code=code, shown=shown)


def _known(dataset: Opened) -> Known:
    registry = dataset.registry
    return known(dataset.dataset, registry.vocabulary(), registry.tissues())


def _compared(report: StageReport, results: list[dict[str, Any]]) -> StageReport:
    """Compare each organ's volume with the dataset's own, and add what is found, in place.

    What was measured of a case alone stays in scratch without it.
    """
    volumes: dict[str, dict[str, float]] = {}
    for result in results:
        for label, facts in result["labels"].items():
            if facts["organ"] and not facts["cut"]:
                volumes.setdefault(label, {})[result["row"]["case"]] = facts["ml"]
    odd = outliers(volumes)
    for result in results:
        if more := odd.get(result["row"]["case"]):
            result["row"].update(with_findings(result["row"], more))
    told = {result["row"]["case"]: result["row"]["findings"] for result in results}
    answers = [
        replace(a, reason=told[a.item], exit_code=Refused.exit_code) if a.item in odd else a
        for a in report.answers
    ]
    return replace(report, answers=answers)


def _cases(folder: Folder) -> list[str]:
    if not (folder.path / "refused.csv").is_file():
        raise NotFound(f"{folder.name} was not converted yet", hint=f"medreg convert {folder.name}")
    if not folder.converted.is_dir():
        return []
    return sorted((entry.name for entry in folder.converted.iterdir()), key=natural)


def _question(dataset: Opened) -> list[Any]:
    """Return what besides a case's files decides its findings."""
    from medreg.plugins import CHECK_FORMAT

    labels = [[str(raw), label] for raw, label in dataset.dataset.labels.items()]
    own = [[check.name, _code(check)] for check in dataset.checks]
    return [CHECK_FORMAT, labels, own, asdict(_known(dataset))]


def _code(own: Check) -> str:
    """Return the digest of the file that a plugin's check is written in."""
    return sha256_file(Path(own.ask.__code__.co_filename))


def _file(results: Path, case: str) -> Path:
    return results / f"{case}.json"


def _result(results: Path, case: str) -> dict[str, Any]:
    try:
        result = json.loads(_file(results, case).read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return result if isinstance(result, dict) else {}


def _write_tables(dataset: Opened, results: list[dict[str, Any]]) -> None:
    rows = [CaseRow(**result["row"]) for result in results]
    seen = [Seen(result["labels"], result["channels"]) for result in results]
    prints = [FingerprintRow(**result["fingerprint"]) for result in results]
    files = [ManifestRow(**file) for result in results for file in result["files"]]
    _write(dataset, rows, prints, files, seen)


def _write(
    dataset: Opened,
    rows: list[CaseRow],
    prints: list[FingerprintRow],
    files: list[ManifestRow],
    seen: list[Seen] | None = None,
) -> None:
    folder = dataset.folder
    told = clinical.table(dataset, rows)
    content = card(dataset, rows, files, seen or [])
    content |= {"clinical": told[1]} if told else {}
    with machine_errors(folder.path):
        if told:
            folder.write(clinical.NAME, told[0])
        folder.write_rows("manifest.csv", files, ManifestRow)
        folder.write_rows("fingerprints.csv", prints, FingerprintRow)
        folder.write_rows("cases.csv", rows, CaseRow)
        folder.write("card.json", json_bytes(content))
