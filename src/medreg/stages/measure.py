"""Measure one converted case and ask every check: its rows of the dataset's tables."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from medreg.checks import BUILT_IN
from medreg.checks.counts import voxels_of
from medreg.checks.survey import milliliters, survey, values_of, with_parts
from medreg.errors import BytesDiffer, MedregError
from medreg.model import IGNORED, Converted, Finding, Severity
from medreg.stages import sidecar
from medreg.tables import CaseRow, FingerprintRow, findings, words
from medreg.tissues import of_labels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from medreg.imaging.fingerprints import Fingerprint
    from medreg.model import Check, Dataset, Tissue
    from medreg.vocabulary import Vocabulary
    from medreg.volume import Volume

BETWEEN = " | "  # findings in one cell
CLASSES = "|"  # classes in one cell


@dataclass(frozen=True, slots=True)
class Known:
    """What checks may compare a dataset's labels with: see `Converted`."""

    tissues: Mapping[str, Tissue]
    wholes: Mapping[str, tuple[str, ...]]


def known(dataset: Dataset, vocabulary: Vocabulary, table: Mapping[str, Tissue]) -> Known:
    """Look the labels of *dataset* up."""
    labels = sorted({*dataset.labels.values()} - {IGNORED})
    return Known(
        of_labels(table, vocabulary, labels),
        {label: vocabulary.wholes(label) for label in labels if label in vocabulary},
    )


@dataclass(frozen=True, slots=True)
class Measured:
    """What is true of a case: its rows, and what a card and the whole dataset's check add up.

    *labels* has, for each label that is shown, its milliliters, its median in HU if any, and
    whether the scan's edge cuts it; *channels* the unit and the ends of each image's values.
    """

    row: CaseRow
    fingerprint: FingerprintRow
    labels: Mapping[str, Mapping[str, float | bool | None]]
    channels: Mapping[str, Mapping[str, str]]


def measured(
    dataset: Dataset, checks: Sequence[Check], folder: Path, files: str, about: Known
) -> Measured:
    """Return what is true of the converted case in *folder*; *files* is the digest of its files.

    Raises `BytesDiffer` when they are not those that were converted.
    """
    from medreg.imaging.fingerprints import fingerprint_of

    content = sidecar.read(folder)
    if content is None or not sidecar.intact(content, folder):
        raise BytesDiffer(
            f"{folder} does not hold what was converted", hint=f"medreg convert {dataset.name}"
        )
    case = replace(converted(dataset, folder, content), tissues=about.tissues, wholes=about.wholes)
    findings = [finding for check in checks for finding in _asked(check, case)]
    taken = fingerprint_of(case.images[case.grid])
    return Measured(
        row(case, content, findings, files, taken.values),
        fingerprint_row(case.case, taken),
        _labels(case),
        {name: _ends(image) for name, image in case.images.items()},
    )


def _labels(case: Converted) -> dict[str, dict[str, float | bool | None]]:
    if case.mask is None or case.mask.shape != case.images[case.grid].shape:
        return {}
    seen, shown = survey(case), values_of(case)
    return {
        label: {
            "organ": label in case.tissues,
            "ml": milliliters(case.mask, seen.voxels(with_parts(case, label))),
            "hu": seen.median(values),
            "cut": seen.cut(with_parts(case, label)),
        }
        for label, values in shown.items()
    }


def _ends(image: Volume) -> dict[str, str]:
    low, high = image.array.min().item(), image.array.max().item()
    return {"unit": image.unit, "low": number(low), "high": number(high)}


def _asked(check: Check, case: Converted) -> Sequence[Finding]:
    try:
        return list(check.ask(case))
    except Exception as error:
        error.add_note(f"while asking the check {check.name}")
        raise


def converted(dataset: Dataset, folder: Path, content: sidecar.Sidecar) -> Converted:
    """Read a converted case back, whose sidecar says *content*."""
    from medreg.imaging.nifti import load

    loaded = {
        name: load(folder / entry["file"], entry["unit"])
        for name, entry in sidecar.volumes(content)
    }
    mask = loaded.pop(sidecar.MASK, None)
    return Converted(
        dataset=dataset,
        case=content["case"],
        images=loaded,
        mask=mask,
        grid=content["grid"],
        annotated=frozenset(content["annotated"]),
        raw={name: entry["members"][0] for name, entry in sidecar.volumes(content)},
        patient=content["patient"] or "",
        members=tuple(path for _, entry in sidecar.volumes(content) for path in entry["members"]),
        notes=tuple(content["corrections"]),
        headers=sidecar.told(content),
    )


def row(
    case: Converted,
    content: sidecar.Sidecar,
    findings: Sequence[Finding],
    files: str,
    fingerprint: str,
) -> CaseRow:
    """Put what was measured and found into a row."""
    image = case.images[case.grid]
    return CaseRow(
        case=case.case,
        patient=content["patient"] or "",
        channels=" ".join(case.images),
        aligned=" ".join(name for name, other in case.images.items() if other.same_grid(image)),
        shape=" ".join(str(n) for n in image.shape),
        spacing=" ".join(f"{step:.6g}" for step in image.spacing),
        unit=image.unit,
        low=number(image.array.min().item()),
        high=number(image.array.max().item()),
        annotated=" ".join(sorted(case.annotated)),
        voxels=words(voxels_by_label(case.dataset, case.mask)),
        verdict=verdict(findings),
        findings=BETWEEN.join(finding_cell(finding) for finding in findings),
        fingerprint=fingerprint,
        digests=words({name: entry["voxels"] for name, entry in sidecar.volumes(content)}),
        files=files,
        classes=CLASSES.join(content.get("classes") or ()),
    )


def fingerprint_row(case: str, found: Fingerprint) -> FingerprintRow:
    """Put what finds a scan again into a row; the table of cases holds the digest of its values."""
    texts = found.texts()
    names = ("slices", "sketch", "perceptual")
    return FingerprintRow(case=case, **{name: texts[name] for name in names})


def voxels_by_label(dataset: Dataset, mask: Volume | None) -> Mapping[str, int]:
    """Count the voxels of each listed label that occurs; several raw values may mean one."""
    totals: dict[str, int] = {}
    labels = dataset.raw_labels
    for value, count in voxels_of(mask).items() if mask else ():
        label = labels.get(value, IGNORED)
        if label != IGNORED:
            totals[label] = totals.get(label, 0) + count
    return totals


def with_findings(row: Mapping[str, str], more: Sequence[Finding]) -> dict[str, str]:
    """Return the cells of *row* that change when *more* was found in it."""
    cells = [*filter(None, [row["findings"]]), *(finding_cell(finding) for finding in more)]
    found = [*more, *(Finding(c, Severity(s), m) for c, s, m in findings(row["findings"]))]
    return {"findings": BETWEEN.join(cells), "verdict": verdict(found)}


def verdict(findings: Sequence[Finding]) -> str:
    """Return the gravest severity, or ``pass``."""
    grave = {finding.severity for finding in findings}
    return next((str(s) for s in (Severity.FAIL, Severity.WARN) if s in grave), "pass")


def all_checks(own: Sequence[Check]) -> Sequence[Check]:
    """Return the built-in checks and those of plugins; raises for two of one name."""
    every = (*BUILT_IN, *own)
    names = [check.name for check in every]
    for name in names:
        if names.count(name) > 1:
            raise MedregError(f"two checks are called {name}", hint="medreg doctor names plugins")
    return every


def finding_cell(finding: Finding) -> str:
    """Return a finding as it stands in a cell, between bars."""
    message = " ".join(finding.message.split()).replace("|", "/")
    return f"{finding.check}:{finding.severity}:{message}"


def number(value: float) -> str:
    """Return a value of a volume as text: whole where it is."""
    return str(int(value)) if value == int(value) else f"{value:.6g}"
