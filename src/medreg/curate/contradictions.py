"""What no single key of a recipe shows: names that do not exist, and keys that do not agree."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from medreg.curate import expression
from medreg.curate.clinical import NOTHING, Told
from medreg.errors import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from medreg.curate.recipe import Recipe

    Problem = tuple[str, str, str]  # the key, what is wrong, and the remedy

MOST_LABELS = 254  # a mask is uint8: background, these, and the ignore value


def contradictions(
    recipe: Recipe,
    vocabulary: Collection[str],
    exporters: Collection[str],
    clinical: Told = NOTHING,
) -> Iterator[Problem]:
    """Yield what is wrong; *vocabulary*, *exporters* and *clinical* are what a recipe may name."""
    yield from _unknown(recipe, vocabulary, exporters)
    yield from _unreadable(recipe, vocabulary, clinical)
    yield from _at_odds(recipe)


def _unknown(
    recipe: Recipe, vocabulary: Collection[str], exporters: Collection[str]
) -> Iterator[Problem]:
    bases = [recipe.base(label) for label in recipe.labels]
    official = [one.dataset for one in recipe.split.official]
    known: Sequence[tuple[str, Sequence[str], Collection[str], str]] = (
        ("labels", bases, vocabulary, "registry/vocabulary.csv lists no"),
        ("hold_out", recipe.hold_out, recipe.datasets, "datasets lists no"),
        ("split", official, recipe.datasets, "datasets lists no"),
        ("trust", [t.dataset for t in recipe.trust], recipe.datasets, "datasets lists no"),
        ("export", list(recipe.exporters), exporters, "there is no exporter"),
        ("transform", _clipped(recipe), recipe.channels, "clip: channels lists no"),
    )
    for key, words, allowed, missing in known:
        for word in words:
            if word not in allowed:
                yield key, f"{key}: {missing} {word!r}", nearest(word, allowed)


def _unreadable(recipe: Recipe, vocabulary: Collection[str], clinical: Told) -> Iterator[Problem]:
    if recipe.select:
        try:
            expression.parse(recipe.select, vocabulary, told=clinical)
        except DeclarationError as error:
            yield "select", f"select: {error.message}", error.hint
    for one in recipe.split.official:
        if one.column and one.column not in clinical.kinds:
            problem = f"split: no dataset of the recipe has a clinical column {one.column!r}"
            yield "split", problem, nearest(one.column, clinical.kinds)
    for word in recipe.split.by:
        try:
            if word not in ("labels", "volume"):
                expression.column(word, vocabulary, clinical)
        except DeclarationError as error:
            yield "split", f"split: by: {error.message}", error.hint


def _at_odds(recipe: Recipe) -> Iterator[Problem]:
    asked: Sequence[tuple[bool, Problem]] = (
        (
            recipe.split.test + recipe.split.val >= 1,
            ("split", "split: test and val leave nothing to train on", "lower them"),
        ),
        (
            recipe.missing == "valid_labels" and "nnunet" in recipe.exporters,
            (
                "missing",
                "missing: nnU-Net takes no valid labels; it would learn background instead",
                "set missing: ignore, or leave nnunet out of export",
            ),
        ),
        (
            set(recipe.hold_out) == set(recipe.datasets),
            ("hold_out", "hold_out: nothing is left to train on", "hold out fewer datasets"),
        ),
        (
            recipe.spacing.min > recipe.spacing.max,
            ("spacing", "spacing: min is above max", "exchange them"),
        ),
        (
            recipe.size.max is not None and recipe.size.min > recipe.size.max,
            ("size", "size: min is above max", "exchange them"),
        ),
        (
            _clipped_alike(recipe),
            (
                "transform",
                f"transform: clip: one range for {', '.join(recipe.channels)}",
                f"say it by channel, as in clip: {{{recipe.channels[0]}: [-160, 240]}}",
            ),
        ),
        (
            len(recipe.labels) > MOST_LABELS,
            ("labels", f"labels: a mask holds at most {MOST_LABELS}", "make two sets"),
        ),
    )
    yield from (problem for wrong, problem in asked if wrong)


def _clipped(recipe: Recipe) -> list[str]:
    """Return the channels that a recipe names a range for."""
    clip = recipe.transform.clip if recipe.transform else None
    return list(clip) if isinstance(clip, dict) else []


def _clipped_alike(recipe: Recipe) -> bool:
    clip = recipe.transform.clip if recipe.transform else None
    return isinstance(clip, tuple) and len(recipe.channels) > 1


def nearest(word: str, allowed: Collection[str]) -> str:
    """Say which of *allowed* was meant."""
    near = get_close_matches(word, sorted(allowed), n=1, cutoff=0.5)
    return f"did you mean {near[0]}?" if near else f"choose from: {', '.join(sorted(allowed))}"
