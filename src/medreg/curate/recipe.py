"""A recipe: what a combined training set is made of, as ``recipe.yaml`` says it.

Every wrong key is named with its file, its line and a remedy.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from medreg.curate.clinical import NOTHING, Told
from medreg.curate.contradictions import contradictions, nearest
from medreg.curate.lines import compose, place, values
from medreg.curate.mapping import PARENCHYMA
from medreg.curate.transform import Transform
from medreg.errors import DeclarationError, NotFound
from medreg.terms import Use  # noqa: TC001 - pydantic reads it when the class is made

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from pydantic_core import ErrorDetails

Missing = Literal["drop_case", "drop_label", "ignore", "valid_labels"]
Extent = Literal["whole", "parenchyma"]
Alike = Literal["drop", "keep"]


def _no_repeats(words: tuple[str, ...]) -> tuple[str, ...]:
    repeated = sorted({word for word in words if words.count(word) > 1})
    if repeated:
        raise ValueError(f"{', '.join(repeated)} is listed twice; list it once")
    return words


def _exporters(entries: tuple[Any, ...]) -> tuple[Any, ...]:
    """Let each entry be a name, or a name with options."""
    for entry in entries:
        pair = next(iter(entry.items())) if isinstance(entry, dict) and len(entry) == 1 else None
        if not (isinstance(entry, str) or (pair and isinstance(pair[1], dict))):
            raise ValueError(f"{entry!r} is neither a name nor as in {{slices: {{bits: 16}}}}")
    _no_repeats(tuple(entry if isinstance(entry, str) else next(iter(entry)) for entry in entries))
    return entries


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


class Official(_Strict):
    """The publisher's own split of a *dataset*: patterns separated by spaces.

    They are compared with case ids, or with what a clinical *column* says of the case.
    """

    dataset: SomeText
    column: str = ""
    test: str = ""
    val: str = ""


class Split(_Strict):
    """How patients are dealt to folds and test.

    *by* are strata beside the dataset: ``labels``, ``volume``, or what `medreg.curate.expression`
    can ask (``spacing.z``, ``verdict``, ``volume.liver > 1500``); numbers are cut in three.
    *test* is the share that is held out; *val* the share that validates, in one fold instead of
    several. *official* splits come first.
    """

    by: Words = ()
    test: Annotated[float, Field(ge=0, lt=1)] = 0.0
    val: Annotated[float, Field(ge=0, lt=1)] = 0.0
    official: tuple[Official, ...] = ()


class Recipe(_Strict):
    """What a set is made of. Its mask values are 1..n in the order of *labels*.

    A label may say how far it reaches: ``{liver: parenchyma}`` is the liver without its tumors,
    ``{liver: whole}`` takes them although they are wanted too, as a region (`extent`).
    *missing* says what happens where a wanted label was never annotated: ``drop_label`` (from the
    whole set), ``drop_case``, ``ignore`` (every voxel that could be it), or ``valid_labels`` (each
    case names the labels to learn from it). *alike* says what becomes of CTs of two datasets whose
    voxels differ and that look alike: ``drop`` takes them for one scan, resampled, compressed or
    otherwise processed; ``keep`` keeps both, in one fold, for they may be two phases of a visit
    (`medreg.curate.group.processed`). *select* is a question to each case
    (`medreg.curate.expression`). *seed* is a name and defaults to the set's.
    """

    title: SomeText
    datasets: SomeWords
    channels: SomeWords = ("ct",)
    labels: SomeWords
    extent: dict[str, Extent] = {}  # by name of the set's label; `labels` fills it
    missing: Missing = "drop_label"
    alike: Alike = "drop"
    spacing: Spacing = Spacing()
    select: str = ""
    size: Size = Size()
    hold_out: Words = ()
    folds: Annotated[int, Field(ge=2)] = 5
    split: Split = Split()
    seed: str = ""
    use: Use = "research"
    trust: tuple[Trust, ...] = ()
    quality: Quality = Quality()
    transform: Transform | None = None  # without it, voxels stay as they were converted
    export: Annotated[tuple[Any, ...], Field(min_length=1), AfterValidator(_exporters)] = (
        "nnunet",
        "monai",
    )

    @model_validator(mode="before")
    @classmethod
    def _extents(cls, values: Any) -> Any:
        """Read ``{liver: parenchyma}`` among the labels."""
        if not isinstance(values, dict) or not isinstance(values.get("labels"), list | tuple):
            return values
        names, extent = [], dict(values.get("extent") or {})
        for entry in values["labels"]:
            if isinstance(entry, dict) and len(entry) == 1:
                ((base, reach),) = entry.items()
                name = f"{base}{PARENCHYMA}" if reach == "parenchyma" else str(base)
                extent[name] = reach
                names.append(name)
            else:
                names.append(entry)
        return {**values, "labels": names, **({"extent": extent} if extent else {})}

    @property
    def exporters(self) -> Mapping[str, Mapping[str, object]]:
        """The options of each exporter by its name, in order."""
        return {
            name: options
            for entry in self.export
            for name, options in ([(entry, {})] if isinstance(entry, str) else entry.items())
        }

    @property
    def validating(self) -> int:
        """How many folds validate: one where the recipe says val, else *folds*."""
        single = self.split.val or any(one.val for one in self.split.official)
        return 1 if single else self.folds

    def base(self, label: str) -> str:
        """Return the vocabulary's name of a label of the set."""
        if self.extent.get(label) == "parenchyma":
            return label.removesuffix(PARENCHYMA)
        return label


def parse(  # noqa: PLR0913 - the names that a recipe may use
    text: str,
    where: str,
    *,
    name: str,
    datasets: Collection[str],
    vocabulary: Collection[str],
    exporters: Collection[str] = ("nnunet", "monai"),
    clinical: Told = NOTHING,
) -> Recipe:
    """Read the recipe of the set *name* from *text*; *where* names the file in errors.

    *datasets*, *vocabulary*, *exporters* and *clinical* are the names that it may use.
    Raises `DeclarationError` naming each wrong key with its line, and `NotFound` for an unknown
    dataset, both with the nearest name.
    """
    root = compose(text, where)
    try:
        recipe = Recipe.model_validate(values(text))
    except ValidationError as error:
        problems = [
            f"{place(where, root, details['loc'])}: {_problem(details)}"
            for details in error.errors()
        ]
        about_keys = {"missing", "extra_forbidden", "model_type"} & {
            details["type"] for details in error.errors()
        }
        keys = f"the keys of a recipe: {', '.join(Recipe.model_fields)}"
        raise DeclarationError(
            "\n".join(problems), hint=keys if about_keys else "correct what stands there"
        ) from None
    for problem in contradictions(recipe, vocabulary, exporters, clinical):
        key, message, hint = problem
        raise DeclarationError(f"{place(where, root, (key,))}: {message}", hint=hint)
    for dataset in recipe.datasets:
        if dataset not in datasets:
            missing = NotFound.named(
                "dataset", dataset, sorted(datasets), hint="see what there is: medreg list"
            )
            line = place(where, root, ("datasets",))
            raise NotFound(f"{line}: {missing.message}", hint=missing.hint)
    return recipe if recipe.seed else recipe.model_copy(update={"seed": name})


def _problem(details: ErrorDetails) -> str:
    """Say what is wrong with one key, and what to write instead."""
    key = ".".join(str(word) for word in details["loc"]) or "recipe"
    message = details["msg"].removeprefix("Value error, ")
    match details["type"]:
        case "missing":
            return f"{key} is missing; add it"
        case "extra_forbidden":
            return f"there is no key {key}; {nearest(str(details['loc'][-1]), _KEYS)}"
        case "model_type":
            return f"{key} is a mapping of keys to values, not {details['input']!r}"
        case "tuple_type":
            return f"{key} is a list, as in [{details['input']}]; it is {details['input']!r}"
        case _:
            return f"{key}: {message[0].lower()}{message[1:]}; it is {details['input']!r}"


_KEYS = sorted(
    {
        key
        for model in (Recipe, Spacing, Size, Split, Transform, Trust, Quality)
        for key in model.model_fields
    }
)
