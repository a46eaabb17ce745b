"""Whether a use is allowed, derived from contradicting claims about a license.

A verdict is derived, never typed: the publisher stands over an archive's record, over a paper,
over third parties. A contradiction at the deciding rank, or third parties alone, is ``unclear``,
which counts as blocked unless a recipe names the claim that it trusts (`of_claim`).

``share-data`` asks of a collection: images and masks as the publisher has them, each under its own
license; another file format changes nothing. ``share-labels`` asks of adaptations: masks that were
remapped or merged. ``share-weights`` asks of a model, of which licenses hardly ever speak.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from medreg.terms.adaptation import adaptation
from medreg.terms.words import OUTCOMES, USES, strictest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from medreg.model import Claim, Rank
    from medreg.terms.table import License
    from medreg.terms.words import Outcome, Use

_RANKS: tuple[Rank, ...] = ("publisher", "archive", "paper", "third party")
_SPEAKS = {
    "publisher": "publisher's statement",
    "archive": "archive's record",
    "paper": "paper's statement",
    "third party": "third party's statement",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a use is allowed, why, and by which claim (None when no single one decides)."""

    answer: Outcome
    reason: str
    claim: Claim | None = None

    @property
    def allowed(self) -> bool:
        """Tell whether one may go ahead: ``unclear`` counts as blocked."""
        return self.answer == "allowed"


def verdict(claims: Sequence[Claim], use: Use, table: Mapping[str, License]) -> Verdict:
    """Derive from all *claims* about a dataset whether *use* is allowed.

    Images and masks are judged apart, each by the claims that cover it, and the stricter of both
    is returned; ``share-labels`` asks of masks alone.
    """
    parts = ("masks",) if use == "share-labels" else ("images", "masks")
    judged = [
        _of_one_part([claim for claim in claims if claim.covers in (part, "all")], use, table, part)
        for part in parts
    ]
    answer = strictest(one.answer for one in judged)
    return next(one for one in judged if one.answer == answer)


def answers(claims: Sequence[Claim], table: Mapping[str, License]) -> dict[Use, dict[str, str]]:
    """Return answer and reason of every use, as JSON has them."""
    found = {use: verdict(claims, use, table) for use in USES}
    return {use: {"answer": one.answer, "reason": one.reason} for use, one in found.items()}


def of_claim(claim: Claim, use: Use, table: Mapping[str, License]) -> Verdict:
    """Judge *use* by *claim* alone, whoever made it: for a claim that a recipe trusts."""
    license_ = table.get(claim.value)
    if license_ is None:
        return Verdict("unclear", f"{claim.value}: no such row in registry/terms.csv", claim)
    answer, because = _permits(license_, use, claim.rank)
    reason = f"{claim.value}, {_SPEAKS[claim.rank]} ({_read(claim)})"
    return Verdict(answer, f"{reason}: {because}" if because else reason, claim)


def combined(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the verdict on the whole of what each of *verdicts* is about a part of.

    It is as strict as the strictest part, and gives every reason of that strictness once.
    """
    every = list(verdicts)
    if not every:
        return Verdict("unclear", "nothing was claimed")
    answer = strictest(one.answer for one in every)
    deciding = [one for one in every if one.answer == answer]
    reasons = dict.fromkeys(one.reason for one in deciding)
    same = len({one.claim for one in deciding}) == 1
    return Verdict(answer, " · ".join(reasons), deciding[0].claim if same else None)


def together(verdicts: Iterable[Verdict], use: Use, table: Mapping[str, License]) -> Verdict:
    """Return the verdict on *use* of several datasets in one: as `combined`, and for merged masks
    whether one license exists that all of theirs allow.
    """  # noqa: D205  # one sentence
    every = list(verdicts)
    whole = combined(every)
    if use != "share-labels" or not whole.allowed:
        return whole
    merged = adaptation([table[one.claim.value] for one in every if one.claim], table)
    if merged.answer == "allowed":
        return replace(whole, reason=f"{merged.reason} · {whole.reason}")
    return Verdict(merged.answer, merged.reason)


def _of_one_part(
    claims: Sequence[Claim], use: Use, table: Mapping[str, License], part: str
) -> Verdict:
    rank = next((rank for rank in _RANKS if any(claim.rank == rank for claim in claims)), None)
    if rank is None:
        return Verdict("unclear", f"nobody states the terms of the {part}")
    deciding = [claim for claim in claims if claim.rank == rank]
    third = rank == "third party"
    if len({claim.value for claim in deciding}) > 1:
        told = " · ".join(f"{claim.value} ({claim.source})" for claim in deciding)
        who = "third parties" if third else f"claims of the {rank}"
        return Verdict("unclear", f"{who} contradict: {told}")
    if third:
        told = " · ".join(claim.source for claim in deciding)
        return Verdict("unclear", f"{deciding[0].value} by third parties alone ({told})")
    return of_claim(deciding[0], use, table)


def _permits(license_: License, use: Use, rank: Rank) -> tuple[Outcome, str]:
    """Return what *license_* says to *use*, and under which condition."""
    match use:
        case "research" | "train":  # every license in the table permits private use for research
            return "allowed", _conditions(license_, "registration", "agreement", "expiry")
        case "commercial":
            return OUTCOMES[license_.commercial], ""
        case "share-weights":
            return _weights(license_, rank)
        case "share-data":
            return _collection(license_)
        case "share-labels":
            return _adapted(license_)


def _weights(license_: License, rank: Rank) -> tuple[Outcome, str]:
    if rank == "publisher" and license_.attribution == license_.share_alike == "no":
        return OUTCOMES[license_.commercial], "no rights are reserved"
    return "unclear", "it does not speak of trained weights"


def _collection(license_: License) -> tuple[Outcome, str]:
    if license_.redistribution != "yes":
        return OUTCOMES[license_.redistribution], ""
    asked = _conditions(license_, "attribution", "commercial", "derivatives")
    return "allowed", asked


def _adapted(license_: License) -> tuple[Outcome, str]:
    if license_.redistribution != "yes":
        return OUTCOMES[license_.redistribution], ""
    if license_.derivatives != "yes":
        return OUTCOMES[license_.derivatives], "remapped masks may be an adaptation"
    return "allowed", _conditions(license_, "attribution", "share_alike", "commercial")


_CONDITIONS = {  # what a column asks, and the value at which it asks nothing
    "registration": ("after registration", "no"),
    "agreement": ("once its agreement is signed", "no"),
    "expiry": ("until the permission ends", "no"),
    "attribution": ("naming the source", "no"),
    "share_alike": ("adaptations under the same license", "no"),
    "commercial": ("not commercially", "yes"),
    "derivatives": ("masks as they came", "yes"),
}


def _conditions(license_: License, *columns: str) -> str:
    asked = (
        words
        for column in columns
        for words, free in [_CONDITIONS[column]]
        if getattr(license_, column) not in (free, *_silent(column))
    )
    return ", ".join(asked)


def _silent(column: str) -> tuple[str, ...]:
    """Return when a column that nobody could fill in says nothing: about getting the data."""
    return ("unclear",) if column in ("registration", "agreement", "expiry") else ()


def _read(claim: Claim) -> str:
    return f"{claim.source}, read {claim.date}" if claim.date else claim.source
