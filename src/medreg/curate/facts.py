"""All that a decision is made from: the tables, what joins their cases, and the candidates."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from medreg.curate.clinical import NOTHING, Told
from medreg.curate.group import Edge, components, confirmed, measured_edges
from medreg.curate.mapping import known_targets
from medreg.curate.overlaps import edges as declared_edges
from medreg.curate.select import Candidate
from medreg.curate.split import TEST, official
from medreg.tables import natural

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medreg.curate.overlaps import Overlap
    from medreg.curate.recipe import Recipe
    from medreg.model import Dataset
    from medreg.reviews import Review
    from medreg.tables import CaseRow, FingerprintRow
    from medreg.terms import License
    from medreg.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that a decision is made from; *tables* and *fingerprints* are those of each dataset."""

    datasets: Mapping[str, Dataset]
    tables: Mapping[str, Sequence[CaseRow]]
    vocabulary: Vocabulary
    terms: Mapping[str, License]
    overlaps: Sequence[Overlap] = ()
    fingerprints: Mapping[str, Sequence[FingerprintRow]] = field(default_factory=dict)
    reviews: Mapping[str, Sequence[Review]] = field(default_factory=dict)
    clinical: Told = NOTHING
    withdrawn: Mapping[str, str] = field(default_factory=dict)  # why, by "<dataset>/<case>"


def edges_of(facts: Facts) -> tuple[Edge, ...]:
    """Return what joins cases; *tables* of datasets beside the recipe's join them too."""
    cases = {name: [row.case for row in rows] for name, rows in facts.tables.items()}
    declared = (edge for overlap in facts.overlaps for edge in declared_edges(overlap, cases))
    measured = measured_edges(facts.tables, facts.fingerprints)
    return (*measured, *confirmed(declared, facts.tables))


def candidates(recipe: Recipe, facts: Facts, edges: Sequence[Edge]) -> list[Candidate]:
    """Return every checked case of the recipe's datasets, in natural order, with its group."""
    rows = {
        f"{name}/{row.case}": (name, row) for name in recipe.datasets for row in facts.tables[name]
    }
    ordered = sorted(rows, key=natural)
    group = components(ordered, edges)
    known = {
        annotated: known_targets(recipe.labels, annotated.split(), facts.vocabulary)
        for annotated in {row.annotated for _, row in rows.values()}
    }
    reviews = {
        f"{name}/{one.case}": one for name in recipe.datasets for one in facts.reviews.get(name, ())
    }
    return [
        Candidate(
            name,
            row,
            known[row.annotated],
            group[ref],
            name in recipe.hold_out or official(recipe, name, row.case, facts.clinical) == TEST,
            reviews.get(ref),
        )
        for ref in ordered
        for name, row in [rows[ref]]
    ]
