"""Decide what a set is made of: a pure function of a recipe and tables.

The steps, in order: withdrawn, channel, terms, quality, label, spacing, relatives of a held-out
test, overlap, quota; then the split. Nothing here reads a file or a voxel.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from medreg.curate import expression, select
from medreg.curate.balance import chosen, largest_total
from medreg.curate.facts import candidates, edges_of
from medreg.curate.funnel import FunnelRow, funnel, notes, require_supervision, supervision
from medreg.curate.group import processed
from medreg.curate.mapping import (
    LabelMap,
    SetLabels,
    extended,
    label_map,
    set_labels,
)
from medreg.curate.relatives import duplicates, of_held_out, same_patient, stays
from medreg.curate.split import TEST, folds_of, splits
from medreg.curate.strata import strata
from medreg.curate.verdicts import Verdicts, verdicts
from medreg.errors import DeclarationError
from medreg.tables import SelectionRow, natural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from medreg.curate.facts import Facts
    from medreg.curate.group import Edge
    from medreg.curate.recipe import Recipe
    from medreg.curate.select import Candidate
    from medreg.model import Modality


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was decided: a row per candidate, and what the set means and teaches.

    *maps* are, for each dataset, its raw values' set values, once for each combination of labels
    that its kept cases know. *funnel* and *supervision* count cases, *notes* are for people.
    """

    name: str
    selection: tuple[SelectionRow, ...]
    splits: Mapping[str, object]
    labels: SetLabels
    modalities: Mapping[str, Modality]
    maps: Mapping[str, Sequence[LabelMap]]
    verdicts: Verdicts
    funnel: tuple[FunnelRow, ...]
    supervision: Mapping[str, int]
    notes: tuple[str, ...]

    @property
    def kept(self) -> tuple[SelectionRow, ...]:
        """The cases of the set, held-out ones included."""
        return tuple(row for row in self.selection if row.decision == "kept")


def decide(name: str, recipe: Recipe, facts: Facts) -> Decision:
    """Decide about every checked case of the recipe's datasets.

    The answer depends on nothing but the content of the arguments, not on any order within them.
    Raises `DeclarationError` when the recipe cannot be met: no training case or too few of them,
    or a label or the background keeps no supervision.
    """
    parenchyma = [label for label in recipe.labels if recipe.base(label) != label]
    facts = replace(facts, vocabulary=extended(facts.vocabulary, parenchyma))
    channels = select.modalities(recipe, facts.datasets)
    terms = verdicts(recipe, facts.datasets, facts.terms)
    edges = edges_of(facts)
    edges = processed(edges) if recipe.alike == "drop" else edges
    everyone = candidates(recipe, facts, edges)
    alive, left = _select(recipe, facts, everyone, edges, terms)
    names = _surviving(recipe, alive)
    if recipe.missing not in ("ignore", "valid_labels"):
        partly = {c.ref: select.incomplete(c, names) for c in alive}
        alive = _leave(left, alive, "label", partly)
    alive = _leave(left, alive, "quota", _over_quota(name, recipe, alive, left))
    dealt = [c for c in alive if not c.held_out]
    even = strata(recipe, dealt, facts.vocabulary, facts.clinical)
    folds = folds_of(recipe, alive, even, facts.clinical)
    shows = same_patient(alive, edges)
    told = {c.ref: stays(shows.get(c.ref, ""), select.waived(c, recipe)) for c in alive}
    selection = tuple(_row(c, left.get(c.ref) or told[c.ref], folds, names) for c in everyone)
    _require_own_ids(selection)
    training = [c for c in alive if folds[c.ref] != TEST]
    taught = supervision(training, names, facts.vocabulary)
    require_supervision(taught, training, names, facts.vocabulary)
    raw = {dataset: facts.datasets[dataset].raw_labels for dataset in recipe.datasets}
    by_case = recipe.missing == "valid_labels"
    labels = set_labels(recipe.labels, selection, raw, by_case=by_case)
    kept = {c.dataset for c in alive}
    return Decision(
        name=name,
        selection=selection,
        splits=splits(recipe, selection),
        labels=labels,
        modalities=channels,
        maps={
            dataset: [
                label_map(labels, known, raw[dataset], facts.vocabulary)
                for known in sorted({c.known for c in alive if c.dataset == dataset})
            ]
            for dataset in sorted(kept)
        },
        verdicts=terms,
        funnel=funnel(selection, recipe.datasets),
        supervision=taught,
        notes=tuple(notes(recipe, selection, labels, terms, facts.overlaps)),
    )


# --- who leaves --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Left:
    step: str
    reason: str


def _leave(
    left: dict[str, _Left], alive: Sequence[Candidate], step: str, reasons: Mapping[str, str]
) -> list[Candidate]:
    """Record who leaves at *step*, for a reason that is not empty; return who stays."""
    left.update({ref: _Left(step, reason) for ref, reason in reasons.items() if reason})
    return [candidate for candidate in alive if candidate.ref not in left]


def _select(
    recipe: Recipe,
    facts: Facts,
    everyone: Sequence[Candidate],
    edges: Sequence[Edge],
    terms: Verdicts,
) -> tuple[list[Candidate], dict[str, _Left]]:
    left: dict[str, _Left] = {}
    wanted = (
        expression.parse(recipe.select, facts.vocabulary.names, told=facts.clinical)
        if recipe.select
        else None
    )
    alone: Mapping[str, Callable[[Candidate], str]] = {
        "withdrawn": lambda c: facts.withdrawn.get(c.ref, ""),
        "channel": lambda c: select.channel(c, recipe),
        "terms": lambda c: select.terms(terms[c.dataset][recipe.use], recipe),
        "quality": lambda c: select.quality(c, recipe),
        "label": lambda c: select.label(c, recipe, facts.vocabulary),
        "spacing": lambda c: select.spacing(c, recipe),
        "select": lambda c: select.asked(c, wanted),
    }
    alive = list(everyone)
    for step, ask in alone.items():
        alive = _leave(left, alive, step, {c.ref: ask(c) for c in alive})
    alive = _leave(left, alive, "held_out", of_held_out(alive, everyone, edges))
    return _leave(left, alive, "overlap", duplicates(alive, edges, terms)), left


def _surviving(recipe: Recipe, alive: Sequence[Candidate]) -> tuple[str, ...]:
    """Return the labels of the set: with ``drop_label``, those that every dataset annotated."""
    if recipe.missing != "drop_label":
        return recipe.labels
    judged: dict[str, set[str]] = {}
    for candidate in alive:
        judged.setdefault(candidate.dataset, set()).update(candidate.known)
    names = tuple(label for label in recipe.labels if all(label in j for j in judged.values()))
    if not names:
        told = "; ".join(f"{name}: {', '.join(sorted(j))}" for name, j in sorted(judged.items()))
        raise DeclarationError(
            f"no wanted label is annotated in every dataset ({told})",
            hint="set missing: ignore or drop_case, or drop datasets",
        )
    return names


def _over_quota(
    name: str, recipe: Recipe, alive: Sequence[Candidate], left: Mapping[str, _Left]
) -> dict[str, str]:
    """Return why each training case leaves that is beyond the wanted size or share."""
    size = recipe.size
    training = [c for c in alive if not c.held_out]
    available = Counter(c.dataset for c in training)
    total = largest_total(available, size.max, size.most_of_one)
    if not total or total < size.min:
        counts = ", ".join(f"{dataset} {n}" for dataset, n in sorted(available.items())) or "none"
        gone = Counter(one.step for one in left.values())
        dropped = ", ".join(f"{n} by {step}" for step, n in gone.items()) or "none"
        limit = f", no more than {size.share:g} of them from one dataset" if size.share < 1 else ""
        raise DeclarationError(
            f"{name} would train on {total} cases, and {max(size.min, 1)} are wanted"
            f"{limit} (available: {counts}; dropped: {dropped}"
            + (f", such as {_example(left)})" if left else ")"),
            hint="add datasets, or loosen size, missing, use or spacing in the recipe",
        )
    stay = chosen(
        ((c.dataset, c.row.case) for c in training), recipe.seed, size.max, size.most_of_one
    )
    reason = f"{total} training cases are wanted, at most {size.share:g} of them from one dataset"
    return {c.ref: reason for c in training if (c.dataset, c.row.case) not in stay}


def _example(left: Mapping[str, _Left]) -> str:
    ref = min(left, key=natural)
    return f"{ref}: {left[ref].reason}"


# --- what is recorded --------------------------------------------------------------------------


def _row(
    candidate: Candidate, why: _Left | str, folds: Mapping[str, str], names: Iterable[str]
) -> SelectionRow:
    """Put a decision into a row; *why* it left, or what is told of one that stays."""
    row = candidate.row
    left = why if isinstance(why, _Left) else None
    annotated = candidate.known if left else [n for n in names if n in candidate.known]
    return SelectionRow(
        dataset=candidate.dataset,
        case=row.case,
        decision="dropped" if left else "kept",
        step=left.step if left else "",
        reason=why.reason if isinstance(why, _Left) else why,
        fold="" if left else folds[candidate.ref],
        group=candidate.group,
        patient=f"{candidate.dataset}/{row.patient}" if row.patient else "",
        annotated=" ".join(annotated),
        files=row.files,
    )


def _require_own_ids(selection: Iterable[SelectionRow]) -> None:
    seen: dict[str, SelectionRow] = {}
    for row in selection:
        other = seen.setdefault(row.id, row)
        if other is not row:
            raise DeclarationError(
                f"{other.dataset}/{other.case} and {row.dataset}/{row.case} would both be {row.id}",
                hint="rename one of the datasets: two underscores separate it from the case",
            )
