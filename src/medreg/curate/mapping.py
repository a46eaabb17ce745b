"""Labels of datasets to values of a set, by what is part of what (DESIGN sections 3 and 6).

A *target* is a label that the recipe wants. It takes every raw label that lies within it, and
within no smaller target: so liver is the whole liver, unless the recipe wants liver_tumor too.
``liver_parenchyma`` (`PARENCHYMA`) is the liver without its abnormalities, wanted or not: a label
that datasets have where they carve an abnormality out of it. `regions` says which values make a
whole again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from medreg.errors import Refused
from medreg.model import IGNORED
from medreg.vocabulary import Label, Vocabulary

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from medreg.tables import SelectionRow

BACKGROUND = "background"
PARENCHYMA = "_parenchyma"


@dataclass(frozen=True, slots=True)
class SetLabels:
    """What the values of a set's masks mean: *names* are 1..n in order; *ignore* is n+1, or None.

    *dropped* are labels that the recipe wanted and that some dataset never annotated. *by_case*
    says that each case names its valid labels, so nothing is ignored for want of judgment.
    """

    names: tuple[str, ...]
    ignore: int | None = None
    dropped: tuple[str, ...] = ()
    by_case: bool = False

    @property
    def values(self) -> Mapping[str, int]:
        """The value of each label, background included."""
        return {name: value for value, name in enumerate((BACKGROUND, *self.names))}


@dataclass(frozen=True, slots=True)
class LabelMap:
    """What becomes of each raw value of a mask in which the targets *known* were judged."""

    known: tuple[str, ...]
    values: Mapping[int, int]

    @property
    def back(self) -> Mapping[int, tuple[int, ...]]:
        """The raw values that each value of the set stands for."""
        return {
            value: tuple(sorted(raw for raw, v in self.values.items() if v == value))
            for value in sorted(set(self.values.values()))
        }


def extended(vocabulary: Vocabulary, parenchyma: Iterable[str]) -> Vocabulary:
    """Return *vocabulary* with the labels *parenchyma* (``liver_parenchyma``), each in its whole.

    Such a label has no color of its own and its whole's code: it is the same organ.
    """
    more = {}
    for name in parenchyma:
        whole = vocabulary[name.removesuffix(PARENCHYMA)]
        if name not in vocabulary:
            more[name] = Label(
                name=name,
                code=whole.code,
                meaning=whole.meaning,
                side=whole.side,
                part_of=whole.name,
                kind=whole.kind,
                color=whole.color,
                source="what is left of its whole",
            )
    return Vocabulary({**vocabulary.labels, **more}) if more else vocabulary


def regions(
    labels: SetLabels, wholes: Iterable[str], vocabulary: Vocabulary
) -> dict[str, tuple[int, ...]]:
    """Return the values that make up each of *wholes*: its own, and those of what lies within."""
    return {
        whole: tuple(labels.values[name] for name in labels.names if vocabulary.within(name, whole))
        for whole in wholes
        if whole in labels.names
    }


def set_labels(
    wanted: Sequence[str],
    selection: Iterable[SelectionRow],
    raw_labels: Mapping[str, Mapping[int, str]],
    *,
    by_case: bool = False,
) -> SetLabels:
    """Read from a *selection* what the set's values mean; the same answer as `decide` gave.

    *raw_labels* are `Dataset.raw_labels` by dataset. A label is in the set when a kept case judged
    it; there is an ignore value when some kept case lacks one of them (unless valid labels are
    told *by_case*), or has voxels that its publisher ignored.
    """
    kept = [row for row in selection if row.decision == "kept"]
    judged = [set(row.annotated.split()) for row in kept]
    names = tuple(label for label in wanted if any(label in words for words in judged))
    partial = not by_case and any(len(words) < len(names) for words in judged)
    ignored = any(IGNORED in raw_labels[row.dataset].values() for row in kept)
    return SetLabels(
        names,
        len(names) + 1 if partial or ignored else None,
        tuple(label for label in wanted if label not in names),
        by_case,
    )


def known_targets(
    targets: Iterable[str], annotated: Collection[str], vocabulary: Vocabulary
) -> tuple[str, ...]:
    """Return those *targets* that were judged where the labels *annotated* were.

    A target was judged itself, or both of its sides were (left and right kidney: kidney). A
    parenchyma was where its whole was, with some abnormality carved out of it.
    """
    return tuple(target for target in targets if _is_known(target, annotated, vocabulary))


def _is_known(target: str, annotated: Collection[str], vocabulary: Vocabulary) -> bool:
    if target in annotated:
        return True
    whole = target.removesuffix(PARENCHYMA)
    if whole != target and whole in annotated:
        return any(is_carved(label, whole, vocabulary) for label in annotated)
    sides = {
        label.side: label.name for label in vocabulary if label.part_of == target and label.side
    }
    return len(sides) == 2 and all(  # noqa: PLR2004 - left and right
        _is_known(side, annotated, vocabulary) for side in sides.values()
    )


def is_carved(label: str, whole: str, vocabulary: Vocabulary) -> bool:
    """Tell whether *label* is an abnormality within *whole*."""
    return (
        label in vocabulary
        and label != whole
        and vocabulary[label].kind == "abnormality"
        and vocabulary.within(label, whole)
    )


def target_of(label: str, targets: Iterable[str], vocabulary: Vocabulary) -> str | None:
    """Return the smallest of *targets* that *label* lies within, or None: it is background."""
    wholes = (label, *vocabulary.wholes(label))  # smallest first
    wanted = set(targets)
    return next((whole for whole in wholes if whole in wanted), None)


def may_hide(missing: str, target: str, vocabulary: Vocabulary) -> bool:
    """Tell whether a voxel of *target* could be the target *missing*, which nobody looked for.

    It could when the missing one is a part of it, and when it is an abnormality of an organ that
    *target* is, contains or is part of (a tumor of the kidney lies in the left one, say). What
    was judged to be another abnormality of some organ is no longer in question.
    """
    if vocabulary.within(missing, target):
        return True
    if vocabulary[missing].kind != "abnormality":
        return False
    organ = vocabulary[missing].part_of
    if vocabulary[target].kind == "abnormality":
        return not vocabulary[target].part_of
    return not organ or vocabulary.within(target, organ) or vocabulary.within(organ, target)


def supervised(
    targets: Sequence[str], known: Collection[str], vocabulary: Vocabulary
) -> frozenset[str]:
    """Return what a case teaches when those *targets* that are not *known* become ignore.

    Background is taught only where every target is known.
    """
    missing = [target for target in targets if target not in known]
    if not missing:
        return frozenset((BACKGROUND, *targets))
    return frozenset(
        target
        for target in targets
        if target in known and not any(may_hide(other, target, vocabulary) for other in missing)
    )


def label_map(
    labels: SetLabels,
    known: Collection[str],
    raw: Mapping[int, str],
    vocabulary: Vocabulary,
) -> LabelMap:
    """Return the set's value of each raw value where only the targets *known* were judged.

    *raw* is what the dataset's values mean; 0 is none of these. Every voxel whose true class
    could be a target that was not judged becomes ignore: all background, and what `may_hide`.
    """
    taught = supervised(labels.names, known, vocabulary)
    unsure = labels.ignore or 0  # only reached with an ignore value: see `set_labels`
    complete = BACKGROUND in taught or labels.by_case
    missing = [name for name in labels.names if name not in known]

    def value(label: str) -> int:
        if label == IGNORED:
            return unsure
        left = f"{label}{PARENCHYMA}"
        target = target_of(left if left in known else label, labels.names, vocabulary)
        if target is None:
            return 0 if complete else unsure
        others = (name for name in missing if name != target)
        hidden = not labels.by_case and any(may_hide(o, target, vocabulary) for o in others)
        return unsure if hidden else labels.values[target]

    values = {0: 0 if complete else unsure}
    for number, label in raw.items():
        values[number] = value(label)
    return LabelMap(tuple(name for name in labels.names if name in known), values)


def apply(mask: NDArray[np.generic], mapping: LabelMap) -> NDArray[np.uint8]:
    """Return *mask* (any shape, integer values) in the set's values, as uint8.

    Raises `Refused` for a value that the dataset does not list.
    """
    import numpy as np

    table = np.zeros(max(mapping.values) + 1, dtype=np.uint8)
    listed = np.zeros(len(table), dtype=bool)
    for raw, value in mapping.values.items():
        table[raw], listed[raw] = value, True
    mapped = np.empty_like(mask, dtype=np.uint8)
    for k in range(mask.shape[-1]):  # slice by slice: an index takes 8 bytes per voxel
        index = mask[..., k].astype(np.intp)
        outside = (index < 0) | (index >= len(table))
        if outside.any() or not listed[index].all():
            _refuse(np.setdiff1d(index, list(mapping.values)).tolist(), mapping)
        mapped[..., k] = table[index]
    return mapped


def _refuse(strange: Sequence[int], mapping: LabelMap) -> NoReturn:
    raise Refused(
        f"the mask holds {', '.join(map(str, strange))}, which the dataset does not list",
        hint=f"it lists {', '.join(map(str, sorted(mapping.values)))}",
    )
