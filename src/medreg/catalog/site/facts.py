"""What the site is made of: an overview that every page links by, and what each page tells."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from medreg.catalog.setpage.markup import Html, name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medreg.catalog.entries import Entry
    from medreg.catalog.setpage import SetFacts
    from medreg.curate.overlaps import Overlap
    from medreg.model import FileRecord
    from medreg.tables import CaseRow, RefusedRow
    from medreg.terms import Use, Verdict
    from medreg.versions.models import Model
    from medreg.vocabulary import Vocabulary

STAGES = ("declared", "fetched", "converted", "checked", "curated", "released")


@dataclass(frozen=True, slots=True, kw_only=True)
class SetLine:
    """A set in one line: how many cases of each dataset it *kept*, nothing before its decision.

    *problem* says why its recipe cannot be read.
    """

    name: str
    title: str
    datasets: Sequence[str] = ()
    labels: Sequence[str] = ()
    kept: Mapping[str, int] = field(default_factory=dict)
    test: int = 0
    releases: Sequence[str] = ()
    problem: str = ""

    @property
    def cases(self) -> int:
        """How many cases it has, held-out ones included."""
        return sum(self.kept.values())


@dataclass(frozen=True, kw_only=True)
class Overview:
    """Everything in a line: datasets as entries with their terms by use and how far they came."""

    entries: Mapping[str, Entry]
    terms: Mapping[str, Mapping[Use, Verdict]]
    stages: Mapping[str, str]
    vocabulary: Vocabulary
    sets: Mapping[str, SetLine] = field(default_factory=dict)
    models: Mapping[str, Model] = field(default_factory=dict)
    releases: Mapping[str, Sequence[str]] = field(default_factory=dict)
    counted: Mapping[str, int] = field(default_factory=dict)  # cases that were measured here

    def models_of(self, name: str) -> list[str]:
        """Return the models that were trained on a release of dataset or set *name*."""
        found = self.models.items()
        return [model for model, one in found if one.data.release.partition("@")[0] == name]

    @cached_property
    def holders(self) -> Mapping[str, Mapping[str, Sequence[str]]]:
        """Return, of each label, the datasets whose masks hold it or parts of it, and as what."""
        found: dict[str, dict[str, list[str]]] = {name: {} for name in self.vocabulary.names}
        for entry in self.entries.values():
            for own in entry.labels:
                for whole in (own, *self.vocabulary.wholes(own)) if own in self.vocabulary else ():
                    found[whole].setdefault(entry.name, []).append(own)
        return found

    def paths(self) -> list[str]:
        """Return the address of every page."""
        return [
            *("index.html", "sets.html", "models.html", "labels.html"),
            *(f"dataset/{name}.html" for name in self.entries),
            *(f"set/{name}.html" for name in self.sets),
            *(f"model/{name}.html" for name in self.models),
            *(f"label/{name}.html" for name in self.vocabulary.names),
        ]


@dataclass(frozen=True, kw_only=True)
class DatasetFacts:
    """What the page of a dataset tells beside its card and its entry.

    *cases* are the checked ones; there are none of a *private* dataset, of which nothing that
    tells of one case is shown; scans of a *bound* one may not be passed on. *pictures* are
    addresses by case, *views* those that open a case's volume. *measured* is ``card.json``.
    """

    card: Mapping[str, Any]
    entry: Entry
    overlaps: Sequence[Overlap] = ()
    bibtex: str = ""
    sentences: Mapping[str, str] = field(default_factory=dict)
    measured: Mapping[str, Any] | None = None
    files: Sequence[FileRecord] = ()
    cases: Mapping[str, CaseRow] = field(default_factory=dict)
    refused: Sequence[RefusedRow] = ()
    pictures: Mapping[str, str] = field(default_factory=dict)
    views: Mapping[str, str] = field(default_factory=dict)
    private: bool = False
    bound: bool = False


@dataclass(frozen=True, kw_only=True)
class SetPage:
    """What the page of a set tells: its line, its recipe as written, and its report if decided."""

    line: SetLine
    recipe: str
    facts: SetFacts | None = None
    bibtex: str = ""
    views: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Links:
    """Links from a page to others: *root* leads from it to the site's folder.

    What has no page stays text.
    """

    known: Overview
    root: str

    def dataset(self, dataset: str, title: str = "") -> Html:
        """Link a dataset by its name, or by its *title*."""
        shown = Html(escape(title)) if title else name(dataset)
        return self._to("dataset", dataset, dataset in self.known.entries, shown)

    def set(self, set_name: str) -> Html:
        """Link a set by its name."""
        return self._to("set", set_name, set_name in self.known.sets)

    def model(self, model: str) -> Html:
        """Link a model by its name."""
        return self._to("model", model, model in self.known.models)

    def label(self, label: str) -> Html:
        """Link a label by its name, its color before it."""
        from medreg.catalog.setpage.marks import swatch

        if label not in self.known.vocabulary:
            return name(label)
        told = f"{swatch(self.known.vocabulary[label].color)} {self._to('label', label, True)}"
        return Html(f'<span class="label">{told}</span>')

    def _to(self, kind: str, word: str, known: bool, words: Html | None = None) -> Html:  # noqa: FBT001 - of its own
        shown = words or name(word)
        to = escape(f"{self.root}{kind}/{quote(word)}.html")
        return Html(f'<a href="{to}">{shown}</a>') if known else shown
