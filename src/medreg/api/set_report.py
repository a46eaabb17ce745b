"""The report of a set: what its tables say, gathered, and a few pictures."""

from __future__ import annotations

import csv
import io
from base64 import b64encode
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from medreg.api.watched import along
from medreg.errors import NotFound
from medreg.report import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from PIL.Image import Image

    from medreg.api.lab import Lab
    from medreg.catalog.setpage import SetFacts
    from medreg.report import Progress
    from medreg.stages.planned import Planned
    from medreg.tables import CaseRow

PICTURES, OTHERS, WIDE = 12, 4, 800  # of the worst cases, of others, and their pixels


def report(lab: Lab, name: str, progress: Progress | None = None) -> str:
    """Return the report of a decided set as one HTML file.

    It is made from the tables of the set and of its datasets; of cases whose volumes are here
    there are pictures. Raises `NotFound` for a set that is not there or was not decided.
    """
    from medreg.api.pictures import drawn
    from medreg.catalog.setpage import page

    facts, whole = gathered(lab, name)

    def picture(ref: str) -> str:
        with suppress(NotFound):  # its volumes are elsewhere
            data = b64encode(jpeg(drawn(lab, ref, whole))).decode()
            return f"data:image/jpeg;base64,{data}"
        return ""

    refs = pictured(facts)
    every = along(progress, f"draw {name}", refs, map(picture, refs), Outcome.WRITTEN)
    found = {ref: data for ref, data in zip(refs, every, strict=True) if data}
    return page(replace(facts, pictures=found))


def gathered(lab: Lab, name: str) -> tuple[SetFacts, Planned]:
    """Return what the report of a decided set is made of, no picture yet, and the set's plan.

    Raises as `report` does.
    """
    from medreg.api.citation import cite
    from medreg.catalog.setpage import SetFacts
    from medreg.curate.funnel import notes
    from medreg.stages.planned import Planned
    from medreg.versions import releases
    from medreg.versions.track import is_bound, is_restricted

    whole = Planned(lab.registry, lab.plugins, name)
    private = frozenset(
        one for one in whole.datasets if is_restricted(lab.registry, lab.plugins, one)
    )
    cited = cite(lab, [name])
    cases = dict(_candidates(lab, whole))
    labels = [label for label, value in whole.labels.values.items() if value]
    versions = releases.released(lab.registry.root, name)
    remarks = notes(whole.recipe, whole.selection, whole.labels, whole.verdicts, whole.overlaps)
    facts = SetFacts(
        name=name,
        title=whole.recipe.title,
        releases=[f"{name}@v{version}" for version in versions],
        manifest=_manifest(whole.folder.path),
        labels=labels,
        colors={label: whole.vocabulary[label].color for label in whole.vocabulary.names},
        datasets=whole.datasets,
        selection=whole.selection,
        cases=cases,
        cards=_cards(lab, whole),
        stats=_stats(whole.folder.path),
        overlaps=whole.overlaps,
        verdicts=whole.verdicts,
        notes=list(remarks),
        works=list(cited.works.values()),
        sentences=cited.sentences,
        private=private,
        bound=frozenset(one for one in whole.used if is_bound(lab.registry, lab.plugins, one)),
    )
    return facts, whole


def _candidates(lab: Lab, whole: Planned) -> Iterator[tuple[str, CaseRow]]:
    """Yield the row of each candidate whose dataset's table is here."""
    from medreg.tables import CaseRow

    asked = {f"{row.dataset}/{row.case}" for row in whole.selection}
    for name in sorted(whole.datasets):
        folder = lab.registry.dataset(name)
        if (folder.path / "cases.csv").is_file():
            for row in folder.rows("cases.csv", CaseRow):
                if f"{name}/{row.case}" in asked:
                    yield f"{name}/{row.case}", row


def _cards(lab: Lab, whole: Planned) -> Mapping[str, Mapping[str, Any]]:
    folders = {name: lab.registry.dataset(name) for name in whole.used}
    return {
        name: folder.json("card.json")
        for name, folder in folders.items()
        if (folder.path / "card.json").is_file()
    }


def _manifest(folder: Path) -> str:
    from medreg.files.hashing import sha256_file

    file = folder / "manifest.csv"
    return f"sha256:{sha256_file(file)}" if file.is_file() else ""


def _stats(folder: Path) -> list[dict[str, str]]:
    from medreg.export.stats import TABLE

    file = folder / TABLE
    return (
        list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"))))
        if file.is_file()
        else []
    )


def pictured(facts: SetFacts) -> list[str]:
    """Return the cases to draw: the worst findings and a few others, of those to be shown."""
    from medreg.api.sampled import first
    from medreg.catalog.worst import worst_first

    shown = {
        ref: row for ref, row in facts.cases.items() if ref.partition("/")[0] not in facts.private
    }
    worst = [ref for ref in worst_first(shown) if shown[ref].findings][:PICTURES]
    kept = (f"{row.dataset}/{row.case}" for row in facts.kept)
    clean = [ref for ref in kept if ref in shown and not shown[ref].findings]
    return [*worst, *first(clean, OTHERS, facts.name)]


def jpeg(picture: Image) -> bytes:
    """Return *picture* as a JPEG of the width that pages show."""
    data = io.BytesIO()
    height = max(1, round(picture.height * WIDE / picture.width))
    picture.convert("RGB").resize((WIDE, height)).save(data, "JPEG", quality=82)
    return data.getvalue()
