"""What to cite for some datasets or sets, and the sentences that their publishers demand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medreg import references

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medreg.api.lab import Lab
    from medreg.references import Format, Reference


@dataclass(frozen=True, slots=True)
class Citations:
    """The *works* to cite by their key, each once, and the *sentences* to print, by dataset."""

    works: Mapping[str, Reference]
    sentences: Mapping[str, str]

    def printed(self, style: Format) -> str:
        """Return the works in one of the formats (CSL-JSON is one array)."""
        import json

        match style:
            case "bibtex":
                entries = (references.bibtex(work, key) for key, work in self.works.items())
                return "\n".join(entries).rstrip()
            case "csl-json":
                items = [references.csl(work, key) for key, work in self.works.items()]
                return json.dumps(items, indent=2, ensure_ascii=False)
            case "apa":
                return "\n".join(sorted(references.apa(work) for work in self.works.values()))
            case "text":
                return "\n".join(references.text(work) for work in self.works.values())


def cite(lab: Lab, names: Sequence[str]) -> Citations:
    """Return what to cite for *names*: datasets, or sets for all datasets that they kept.

    Raises `NotFound` with the nearest name.
    """
    works: dict[str, Reference] = {}
    sentences = {}
    for name in _datasets(lab, names):
        dataset = lab.plugins.get(name).dataset
        for id_ in dataset.cite:
            works.setdefault(id_, lab.references.get(id_) or references.unknown(id_, dataset.title))
        if dataset.about and dataset.about.acknowledge:
            sentences[name] = dataset.about.acknowledge
    keys = references.keys(works)
    return Citations({keys[id_]: work for id_, work in works.items()}, sentences)


def _datasets(lab: Lab, names: Sequence[str]) -> list[str]:
    """Return *names* with each set replaced by the datasets that it kept, each once, sorted."""
    from medreg.tables import SelectionRow

    sets = set(lab.registry.sets()) if lab.root else set()
    found: set[str] = set()
    for name in names:
        if name in sets:
            rows = lab.registry.set(name).rows("selection.csv", SelectionRow)
            found |= {row.dataset for row in rows if row.decision == "kept"}
        else:
            found.add(lab.plugins.get(name).dataset.name)
    return sorted(found)
