"""What a decision looks like in numbers: who left at which step, and what is left to learn."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from medreg.curate.mapping import BACKGROUND, PARENCHYMA, supervised, target_of
from medreg.curate.relatives import SAME_PATIENT
from medreg.curate.verdicts import told
from medreg.errors import DeclarationError
from medreg.model import IGNORED
from medreg.tables import natural, pairs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from medreg.curate.mapping import SetLabels
    from medreg.curate.overlaps import Overlap
    from medreg.curate.recipe import Recipe
    from medreg.curate.select import Candidate
    from medreg.curate.verdicts import Verdicts
    from medreg.tables import SelectionRow
    from medreg.vocabulary import Vocabulary

STEPS = (
    "withdrawn",
    "channel",
    "terms",
    "quality",
    "label",
    "spacing",
    "select",
    "held_out",
    "overlap",
    "quota",
)

FunnelRow = dict[str, str | int]


def funnel(selection: Sequence[SelectionRow], order: Iterable[str]) -> tuple[FunnelRow, ...]:
    """Count, for each dataset in *order* and in total, what came in, left at each step, and stayed.

    ``train`` and ``val`` are those of fold 0.
    """
    by_dataset = {name: [row for row in selection if row.dataset == name] for name in order}
    rows = [_counts(name, rows) for name, rows in by_dataset.items()]
    return (*rows, _counts("total", selection))


def _counts(name: str, rows: Sequence[SelectionRow]) -> FunnelRow:
    steps = Counter(row.step for row in rows)
    folds = Counter(row.fold for row in rows if row.decision == "kept")
    kept = folds.total()
    return {
        "dataset": name,
        "in": len(rows),
        **{step: steps[step] for step in STEPS},
        "kept": kept,
        "train": kept - folds["0"] - folds["test"],
        "val": folds["0"],
        "test": folds["test"],
    }


def supervision(
    training: Sequence[Candidate], labels: Sequence[str], vocabulary: Vocabulary
) -> dict[str, int]:
    """Count the training cases that teach each label, and background."""
    known = Counter(tuple(name for name in labels if name in c.known) for c in training)
    counts: Counter[str] = Counter()
    for words, cases in known.items():
        counts.update(dict.fromkeys(supervised(labels, words, vocabulary), cases))
    return {name: counts[name] for name in (*labels, BACKGROUND)}


def require_supervision(
    taught: Mapping[str, int],
    training: Sequence[Candidate],
    wanted: Sequence[str],
    vocabulary: Vocabulary,
) -> None:
    """Raise `DeclarationError` when a label or the background keeps no supervision.

    A label of which no training case shows a voxel keeps none either.
    """
    for name in (*wanted, BACKGROUND):
        if name in taught and not taught[name]:
            lacking = _lacking(training, [label for label in wanted if label in taught])
            raise DeclarationError(
                f"no training case teaches {name}: {lacking}",
                hint="add a dataset that annotates all labels, drop the datasets or labels that "
                "do not fit together, or set missing: drop_label or drop_case",
            )
    shown = _shown(training, wanted, vocabulary)
    for name in wanted:
        if name in taught and name not in shown:
            raise DeclarationError(
                f"no training case shows {name}: it was looked for, and never found",
                hint=f"remove {name} from labels, or add a dataset that shows it",
            )


def _lacking(training: Sequence[Candidate], labels: Sequence[str]) -> str:
    missing: dict[str, set[str]] = {}
    for candidate in training:
        missing.setdefault(candidate.dataset, set()).update(set(labels) - set(candidate.known))
    told = [f"{name} lacks {', '.join(sorted(words))}" for name, words in missing.items() if words]
    return "; ".join(told) or "there is none"


def _shown(
    training: Sequence[Candidate], labels: Sequence[str], vocabulary: Vocabulary
) -> set[str | None]:
    """Return the targets of which some training case has voxels."""
    present = {
        f"{name}{PARENCHYMA}" if f"{name}{PARENCHYMA}" in candidate.known else name
        for candidate in training
        for name, voxels in pairs(candidate.row.voxels).items()
        if int(voxels) and name != IGNORED
    }
    return {target_of(name, labels, vocabulary) for name in present}


def notes(
    recipe: Recipe,
    selection: Sequence[SelectionRow],
    labels: SetLabels,
    terms: Verdicts,
    overlaps: Iterable[Overlap],
) -> Iterator[str]:
    """Yield what people should know of a decision, line by line."""
    kept = [row for row in selection if row.decision == "kept"]
    held = ", ".join(recipe.hold_out)
    relatives = sum(row.step == "held_out" for row in selection)
    if relatives:
        yield f"dropped because they show a patient of {held}: {relatives} cases"
    related = [f"{row.dataset}/{row.case}" for row in kept if row.reason.startswith(SAME_PATIENT)]
    if related:
        yield (
            f"kept, on one side of every split, though they show the patient of another: "
            f"{len(related)} cases, such as {min(related, key=natural)}"
        )
    if held and not any(row.fold == "test" for row in kept):
        yield f"nothing is left to test on: no case of {held} was kept"
    for label in labels.dropped:
        yield f"{label} was dropped from the set: some dataset never annotated it"
    for trust in recipe.trust:
        yield f"terms of {trust.dataset}: {trust.by} trusts {trust.claim}: {trust.because}"
    unknown = sorted({row.dataset for row in kept if not row.patient})
    if unknown:
        yield f"patients unknown: {', '.join(unknown)} (each case counts as one patient)"
    for overlap in sorted(overlaps, key=lambda overlap: overlap.where):
        if not overlap.mapped and {overlap.a, overlap.b} <= set(recipe.datasets):
            both = f"{overlap.a} and {overlap.b}"
            which = "no" if overlap.cases is None else "no complete"
            yield f"{which} case map is known of {both} ({overlap.relation}): {overlap.where}"
    if recipe.transform:
        yield f"transform: {recipe.transform.text()}"
    yield told(terms, [row.dataset for row in kept])
