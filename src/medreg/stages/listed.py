"""The stage ``check``, and a look, where cases stay packed: their table was measured already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg.errors import BytesDiffer, NotFound, Refused
from medreg.files.hashing import sha256_bytes, sha256_file
from medreg.files.manifest import describe
from medreg.model import IGNORED, Finding, Severity
from medreg.report import Answer, Outcome, StageReport
from medreg.stages.measure import BETWEEN, finding_cell, verdict
from medreg.stages.opened import opened
from medreg.stages.packed import MADE_OF, TABLE, decoded
from medreg.tables import AddressRow, CaseRow, FingerprintRow, ManifestRow, pairs, to_csv, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from PIL.Image import Image

    from medreg.model import Dataset
    from medreg.registry import Registry
    from medreg.report import Progress
    from medreg.stages.opened import Opened

Checked = tuple[StageReport, list[CaseRow], list[FingerprintRow], list[ManifestRow]]


def packed(dataset: Opened, progress: Progress) -> Checked:
    """Return the answers and the rows of the dataset's tables; decodes nothing again.

    Raises `BytesDiffer` when the table is not the one that was written, `NotFound` without one.
    """
    folder, name = dataset.folder, dataset.dataset.name
    if folder.json(f"converted/{MADE_OF}")["addresses"] != sha256_file(folder.converted / TABLE):
        raise BytesDiffer(
            f"{folder.converted / TABLE} is not what was written", hint=f"medreg convert {name}"
        )
    rows = folder.rows(f"converted/{TABLE}", AddressRow)
    seen: dict[str, AddressRow] = {}
    cases = []
    for row in rows:
        findings = list(_findings(dataset.dataset, row, seen.setdefault(row.pixels, row)))
        cases.append(_case_row(dataset.dataset, row, findings))
    same = _written(folder.path / "cases.csv") == to_csv(cases, CaseRow)
    answers = [_answer(case, Outcome.KEPT if same else Outcome.CHECKED) for case in cases]
    progress.start(f"check {name}", len(answers))
    for answer in answers:
        progress.answered(answer)
    progress.finish()
    files = describe(folder.converted)
    prints = [FingerprintRow(case=row.case, slices="", sketch="", perceptual="") for row in rows]
    return StageReport("check", name, answers), cases, prints, files


def _answer(case: CaseRow, outcome: Outcome) -> Answer:
    exit_code = Refused.exit_code if case.findings else 0
    return Answer(case.case, outcome, case.findings, exit_code=exit_code)


def _written(file: Path) -> bytes:
    return file.read_bytes() if file.is_file() else b""


def _findings(dataset: Dataset, row: AddressRow, first: AddressRow) -> Iterator[Finding]:
    listed = dataset.raw_labels
    for value, count in pairs(row.values).items():
        if int(value) not in listed:
            message = f"{row.mask} holds the raw value {value} in {count} pixels; "
            message += f"{dataset.name} lists {', '.join(map(str, listed)) or 'none'}"
            yield Finding("labels", Severity.FAIL, message)
    if row.mask and not row.values:
        yield Finding("labels", Severity.WARN, f"{row.mask} is empty")
    if row.low == row.high:
        yield Finding("values", Severity.WARN, f"{row.path} is {row.low} everywhere")
    if first is not row:
        other = f", of class {first.classes}" if first.classes != row.classes else ""
        yield Finding("duplicate", Severity.WARN, f"the same pixels as {first.case}{other}")


def _case_row(dataset: Dataset, row: AddressRow, findings: Sequence[Finding]) -> CaseRow:
    channel = next(iter(dataset.modalities))
    return CaseRow(
        case=row.case,
        patient=row.patient,
        channels=channel,
        aligned=channel,
        shape=row.shape,
        spacing="",
        unit=row.color,
        low=row.low,
        high=row.high,
        annotated=row.annotated,
        voxels=words(_pixels(dataset.raw_labels, row)),
        verdict=verdict(findings),
        findings=BETWEEN.join(finding_cell(finding) for finding in findings),
        fingerprint=row.pixels,
        digests=words(
            {channel: row.pixels, **({"mask": row.mask_pixels} if row.mask_pixels else {})}
        ),
        files=sha256_bytes(to_csv([row], AddressRow)),
        classes=row.classes,
    )


def _pixels(labels: Mapping[int, str], row: AddressRow) -> dict[str, int]:
    totals: dict[str, int] = {}
    for value, count in pairs(row.values).items():
        label = labels.get(int(value), IGNORED)
        if label != IGNORED:
            totals[label] = totals.get(label, 0) + int(count)
    return totals


def draw(registry: Registry, name: str, item: str) -> Image:
    """Draw the case *item* of a packed dataset with its mask; raises `NotFound`, `Refused`."""
    from medreg.imaging.thumbnail import sheet_of

    with opened(registry, name) as dataset:
        if item not in dataset.cases:
            known = [f"{name}/{case}" for case in dataset.cases]
            raise NotFound.named("case", f"{name}/{item}", known, hint=f"such as {known[0]}")
        case = dataset.cases[item]
        picture = decoded(case.images[case.grid])
        mask = decoded(case.mask) if case.mask else None
    names = dataset.dataset.raw_labels
    return sheet_of(picture, mask, f"{name}/{item}", names, registry.vocabulary().colors(names))
