"""What may be done with each dataset of a recipe, the claims that it trusts included."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from medreg import terms
from medreg.errors import DeclarationError
from medreg.terms import USES, Use, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from medreg.curate.recipe import Recipe, Trust
    from medreg.model import Claim, Dataset
    from medreg.terms import License


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What each dataset may be used for, by name and use, and the *table* that says so."""

    each: Mapping[str, Mapping[Use, Verdict]]
    table: Mapping[str, License]

    def __getitem__(self, name: str) -> Mapping[Use, Verdict]:
        """Return the verdicts on dataset *name*."""
        return self.each[name]


def verdicts(
    recipe: Recipe, datasets: Mapping[str, Dataset], table: Mapping[str, License]
) -> Verdicts:
    """Return the verdict on every use of every dataset of *recipe*.

    Raises `DeclarationError` when the recipe trusts a claim that nobody made.
    """
    trusted = {trust.dataset: trust for trust in recipe.trust}
    return Verdicts(
        {
            name: {use: _verdict(datasets[name], trusted.get(name), use, table) for use in USES}
            for name in recipe.datasets
        },
        table,
    )


def whole(verdicts: Verdicts, kept: Iterable[str]) -> dict[Use, Verdict]:
    """Return the verdict on every use of the *kept* datasets together."""
    names = sorted(set(kept))
    return {
        use: terms.together((verdicts[name][use] for name in names), use, verdicts.table)
        for use in USES
    }


def told(verdicts: Verdicts, kept: Iterable[str]) -> str:
    """Say in one line what the whole may be used for, and which datasets forbid it."""
    names = sorted(set(kept))
    parts = []
    for use, verdict in whole(verdicts, names).items():
        by = [name for name in names if verdicts[name][use].answer == verdict.answer]
        forbids = f" ({', '.join(by or names)})"
        parts.append(f"{use} {verdict.answer}" + ("" if verdict.allowed else forbids))
    return f"terms of the whole: {' · '.join(parts)}"


def _verdict(
    dataset: Dataset, trust: Trust | None, use: Use, table: Mapping[str, License]
) -> Verdict:
    if trust is None:
        return terms.verdict(dataset.licenses, use, table)
    claim = next((c for c in dataset.licenses if c.value == trust.claim), None)
    if claim is None:
        made = ", ".join(dict.fromkeys(c.value for c in dataset.licenses)) or "none"
        raise DeclarationError(
            f"trust: nobody claims {trust.claim} of {dataset.name}", hint=f"claims made: {made}"
        )
    own = terms.of_claim(claim, use, table)
    own = replace(own, reason=f"{own.reason}; trusted by {trust.by}: {trust.because}")
    if claim.covers == "all" or (use == "share-labels" and claim.covers == "masks"):
        return own
    rest = terms.verdict(_of_the_rest(dataset.licenses, claim), use, table)
    return rest if use == "share-labels" else terms.combined([own, rest])


def _of_the_rest(claims: Iterable[Claim], trusted: Claim) -> list[Claim]:
    """Return the claims about what *trusted* does not cover, as if that were all there is."""
    rest = "masks" if trusted.covers == "images" else "images"
    return [replace(claim, covers="all") for claim in claims if claim.covers in (rest, "all")]
