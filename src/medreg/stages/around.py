"""What a set holds around its cases: exporters' files, papers, the manifest and the sums."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg.files.hashing import sha256_bytes, sha256_file
from medreg.files.manifest import sha256sums
from medreg.model import Divided
from medreg.registry import json_bytes
from medreg.stages.pieces import write_pieces
from medreg.stages.provenance import provenance
from medreg.stages.run import replaced
from medreg.stages.sweep import sweep_files
from medreg.stages.transform import TABLE as TRANSFORMS
from medreg.tables import ManifestRow, TransformRow, to_csv

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from medreg.engine import Engine
    from medreg.model import SetContent
    from medreg.report import Answer, Progress
    from medreg.stages.planned import Planned
    from medreg.stages.written import Written

BESIDE = ("manifest.csv", "recipe.yaml", "selection.csv", "splits.json")


def export(
    whole: Planned, cases: Sequence[ManifestRow], engine: Engine, progress: Progress
) -> SetContent:
    """Remove what no case owns, and let exporters write: those that read voxels on *engine*."""
    data = whole.folder.data
    data.mkdir(parents=True, exist_ok=True)
    sweep_files(data, {row.path.removeprefix("data/") for row in cases})
    for exporter in whole.exporters:
        if isinstance(exporter, Divided):
            write_pieces(whole, exporter, engine, progress)
        else:
            exporter.write(whole.content, data)
    return whole.content


def finish(
    whole: Planned, written: Sequence[Written], engine: Engine, progress: Progress
) -> list[Answer]:
    """Let exporters write, then record what the set holds; ``SHA256SUMS`` comes last."""
    folder = whole.folder
    cases = [row for one in written for row in one.files]
    content = export(whole, cases, engine, progress)
    known = {row.path for row in cases}
    beside_cases = [file for file in _files(whole) if relative(whole, file) not in known]
    rows = [*cases, *(_plain_row(whole, file) for file in beside_cases)]
    manifest = to_csv(rows, ManifestRow)
    answers = replaced(
        folder,
        {
            "manifest.csv": manifest,
            "provenance.json": json_bytes(provenance(whole, manifest)),
            **_papers(whole, content, written),
            **_transforms(whole, written),
        },
    )
    beside = [
        ManifestRow(path=file, size=len(text), sha256=sha256_bytes(text))
        for file in (*BESIDE, *([TRANSFORMS] if whole.recipe.transform else []))
        for text in [folder.read(file)]
    ]
    return [*answers, *replaced(folder, {"SHA256SUMS": sha256sums([*rows, *beside])})]


def _files(whole: Planned) -> list[Path]:
    return sorted(file for file in whole.folder.data.rglob("*") if file.is_file())


def _plain_row(whole: Planned, file: Path) -> ManifestRow:
    path = relative(whole, file)
    return ManifestRow(path=path, size=file.stat().st_size, sha256=sha256_file(file))


def _transforms(whole: Planned, written: Sequence[Written]) -> dict[str, bytes]:
    """Return the table of what was done to each case; where nothing was, there is none."""
    if not whole.recipe.transform:
        (whole.folder.path / TRANSFORMS).unlink(missing_ok=True)
        return {}
    return {TRANSFORMS: to_csv([one.transform for one in written if one.transform], TransformRow)}


def _papers(whole: Planned, content: SetContent, written: Sequence[Written]) -> dict[str, bytes]:
    """Return what people read beside the data."""
    from medreg.curate.funnel import notes
    from medreg.export import cards, stats

    remarks = notes(whole.recipe, whole.selection, whole.labels, whole.verdicts, whole.overlaps)
    numbers = [
        stats.measured(content, case, one.shape, one.spacing, one.voxels)
        for case, one in zip(content.cases, written, strict=True)
    ]
    texts = {
        "card.md": cards.card(
            content, whole.selection, whole.datasets, list(remarks), stats.summary(content, numbers)
        ),
        stats.TABLE: stats.table(content, numbers),
        stats.PICTURE: stats.picture(content, numbers),
        "licenses.md": cards.licenses(whole.selection, whole.datasets, whole.verdicts),
        "references.bib": cards.bibtex(whole.used, whole.datasets),
    }
    return {file: text.encode() for file, text in texts.items()}


def content_of(whole: Planned) -> SetContent:
    """Return the set as exporters see it."""
    from medreg.curate.mapping import regions
    from medreg.curate.select import modalities
    from medreg.export import cards
    from medreg.model import SetContent

    wholes = [label for label, reach in whole.recipe.extent.items() if reach == "whole"]
    concepts = [whole.vocabulary[name] for name in whole.labels.names]

    return SetContent(
        name=whole.name,
        title=whole.recipe.title,
        modalities=modalities(whole.recipe, whole.datasets),
        labels=whole.labels.values,
        ignore=whole.labels.ignore,
        cases=[whole.case(row) for row in whole.kept.values()],
        license=cards.license_of(whole.used, whole.datasets),
        references=cards.references(whole.used, whole.datasets),
        validating=whole.recipe.validating,
        regions=regions(whole.labels, wholes, whole.vocabulary),
        datasets={name: whole.datasets[name] for name in whole.used},
        colors={label.name: label.color for label in concepts},
        codes={label.name: label.code for label in concepts},
    )


def relative(whole: Planned, file: Path) -> str:
    """Return the path of *file* within the set's folder."""
    return file.relative_to(whole.folder.path).as_posix()
