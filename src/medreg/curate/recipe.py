"""A recipe: what a combined training set is made of, as ``recipe.yaml`` says it.

Every wrong key is named with its file, its line and a remedy.
"""

from __future__ import annotations

from difflib import get_close_matches
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from medreg.curate import expression
from medreg.errors import DeclarationError, NotFound
from medreg.terms import Use  # noqa: TC001 - pydantic reads it when the class is made

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from pydantic_core import ErrorDetails
    from ruamel.yaml.nodes import Node

MOST_LABELS = 254  # a mask is uint8: background, these, and the ignore value

Missing = Literal["drop_case", "drop_label", "ignore"]


def _no_repeats(words: tuple[str, ...]) -> tuple[str, ...]:
    repeated = sorted({word for word in words if words.count(word) > 1})
    if repeated:
        raise ValueError(f"{', '.join(repeated)} is listed twice; list it once")
    return words


Words = Annotated[tuple[str, ...], AfterValidator(_no_repeats)]
SomeWords = Annotated[Words, Field(min_length=1)]
SomeText = Annotated[str, Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)


class Spacing(_Strict):
    """Voxel spacing in mm that a case may have, along every axis."""

    min: Annotated[float, Field(ge=0)] = 0.0
    max: Annotated[float, Field(gt=0)] = float("inf")


class Size(_Strict):
    """How many training cases are wanted, and the largest *share* from one dataset.

    The held-out test is counted by none of these: it is what it is.
    """

    min: Annotated[int, Field(ge=0)] = 0
    max: Annotated[int, Field(gt=0)] | None = None
    share: Annotated[float, Field(gt=0, le=1)] = 1.0

    @property
    def most_of_one(self) -> Fraction:
        """The share as the fraction that was typed: 0.4 is 2/5, not a little more."""
        return Fraction(str(self.share))


class Trust(_Strict):
    """A claim about a dataset's terms that somebody (*by*) decided to trust, and why."""

    dataset: SomeText
    claim: SomeText
    by: SomeText
    because: SomeText


class Quality(_Strict):
    """Which failed checks are accepted by name."""

    accept_fail: Words = ()


class Recipe(_Strict):
    """What a set is made of. Its mask values are 1..n in the order of *labels*.

    *missing* says what happens where a wanted label was never annotated: ``drop_label`` (from the
    whole set), ``drop_case``, or ``ignore`` (every voxel that could be it). *select* is a question
    to each case (`medreg.curate.expression`). *seed* is a name and defaults to the set's.
    """

    title: SomeText
    datasets: SomeWords
    channels: SomeWords = ("ct",)
    labels: SomeWords
    missing: Missing = "drop_label"
    spacing: Spacing = Spacing()
    select: str = ""
    size: Size = Size()
    hold_out: Words = ()
    folds: Annotated[int, Field(ge=2)] = 5
    seed: str = ""
    use: Use = "research"
    trust: tuple[Trust, ...] = ()
    quality: Quality = Quality()
    export: SomeWords = ("nnunet", "monai")


def parse(  # noqa: PLR0913 - the names that a recipe may use
    text: str,
    where: str,
    *,
    name: str,
    datasets: Collection[str],
    vocabulary: Collection[str],
    exporters: Collection[str] = ("nnunet", "monai"),
) -> Recipe:
    """Read the recipe of the set *name* from *text*; *where* names the file in errors.

    *datasets*, *vocabulary* and *exporters* are the names that it may use.
    Raises `DeclarationError` naming each wrong key with its line, and `NotFound` for an unknown
    dataset, both with the nearest name.
    """
    root = _compose(text, where)
    try:
        recipe = Recipe.model_validate(_values(text))
    except ValidationError as error:
        problems = [
            f"{_place(where, root, details['loc'])}: {_problem(details)}"
            for details in error.errors()
        ]
        about_keys = {"missing", "extra_forbidden", "model_type"} & {
            details["type"] for details in error.errors()
        }
        keys = f"the keys of a recipe: {', '.join(Recipe.model_fields)}"
        raise DeclarationError(
            "\n".join(problems), hint=keys if about_keys else "correct what stands there"
        ) from None
    for problem in _contradictions(recipe, vocabulary, exporters):
        key, message, hint = problem
        raise DeclarationError(f"{_place(where, root, (key,))}: {message}", hint=hint)
    for dataset in recipe.datasets:
        if dataset not in datasets:
            missing = NotFound.named(
                "dataset", dataset, sorted(datasets), hint="see what there is: medreg list"
            )
            place = _place(where, root, ("datasets",))
            raise NotFound(f"{place}: {missing.message}", hint=missing.hint)
    return recipe if recipe.seed else recipe.model_copy(update={"seed": name})


def _contradictions(
    recipe: Recipe, vocabulary: Collection[str], exporters: Collection[str]
) -> Iterator[tuple[str, str, str]]:
    """Yield what no single key shows: the key, what is wrong, and the remedy."""
    known: Sequence[tuple[str, Sequence[str], Collection[str], str]] = (
        ("labels", recipe.labels, vocabulary, "registry/vocabulary.csv lists no"),
        ("hold_out", recipe.hold_out, recipe.datasets, "datasets lists no"),
        ("trust", [t.dataset for t in recipe.trust], recipe.datasets, "datasets lists no"),
        ("export", recipe.export, exporters, "there is no exporter"),
    )
    for key, words, allowed, missing in known:
        for word in words:
            if word not in allowed:
                yield key, f"{key}: {missing} {word!r}", _nearest(word, allowed)
    if recipe.select:
        try:
            expression.parse(recipe.select, vocabulary)
        except DeclarationError as error:
            yield "select", f"select: {error.message}", error.hint
    if set(recipe.hold_out) == set(recipe.datasets):
        yield "hold_out", "hold_out: nothing is left to train on", "hold out fewer datasets"
    if recipe.spacing.min > recipe.spacing.max:
        yield "spacing", "spacing: min is above max", "exchange them"
    if recipe.size.max is not None and recipe.size.min > recipe.size.max:
        yield "size", "size: min is above max", "exchange them"
    if len(recipe.labels) > MOST_LABELS:
        yield "labels", f"labels: a mask holds at most {MOST_LABELS}", "make two sets"


def _nearest(word: str, allowed: Collection[str]) -> str:
    near = get_close_matches(word, sorted(allowed), n=1, cutoff=0.5)
    return f"did you mean {near[0]}?" if near else f"choose from: {', '.join(sorted(allowed))}"


def _compose(text: str, where: str) -> Node | None:
    """Parse YAML to nodes that know their lines; raises `DeclarationError`."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError

    try:
        YAML(typ="safe", pure=True).load(text)  # finds keys given twice too
        node: Node | None = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f":{mark.line + 1}" if mark else ""
        problem = (error.problem or str(error)).splitlines()[0]
        raise DeclarationError(
            f"{where}{line}: not valid YAML: {problem}", hint="correct that line"
        ) from None
    return node


def _values(text: str) -> Any:
    from ruamel.yaml import YAML

    return YAML(typ="safe", pure=True).load(text)


def _place(where: str, root: Node | None, keys: Sequence[int | str]) -> str:
    """Return ``file:line`` of the deepest of *keys* that the file has."""
    node, line = root, None
    for key in keys:
        found = _child(node, key)
        if found is None:
            break
        node, line = found
    return where if line is None else f"{where}:{line}"


def _child(node: Node | None, key: int | str) -> tuple[Node, int] | None:
    from ruamel.yaml.nodes import MappingNode, SequenceNode

    if isinstance(node, MappingNode):
        for name, value in node.value:
            if name.value == key:
                return value, name.start_mark.line + 1
    if isinstance(node, SequenceNode) and isinstance(key, int) and key < len(node.value):
        item = node.value[key]
        return item, item.start_mark.line + 1
    return None


def _problem(details: ErrorDetails) -> str:
    """Say what is wrong with one key, and what to write instead."""
    key = ".".join(str(word) for word in details["loc"]) or "recipe"
    message = details["msg"].removeprefix("Value error, ")
    match details["type"]:
        case "missing":
            return f"{key} is missing; add it"
        case "extra_forbidden":
            return f"there is no key {key}; {_nearest(str(details['loc'][-1]), _KEYS)}"
        case "model_type":
            return f"{key} is a mapping of keys to values, not {details['input']!r}"
        case "tuple_type":
            return f"{key} is a list, as in [{details['input']}]; it is {details['input']!r}"
        case _:
            return f"{key}: {message[0].lower()}{message[1:]}; it is {details['input']!r}"


_KEYS = sorted(
    {key for model in (Recipe, Spacing, Size, Trust, Quality) for key in model.model_fields}
)
