"""What a license permits, and what follows from contradicting claims about it.

A verdict is derived, never typed: the publisher stands over an archive's record, over a paper,
over third parties. A contradiction at the deciding rank, or third parties alone, is ``unclear``,
which counts as blocked unless a recipe names the claim that it trusts (`of_claim`).
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Literal, cast, get_args

from medreg.errors import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from medreg.model import Claim, Rank

Use = Literal["research", "train", "commercial", "share-data", "share-labels", "share-weights"]
USES: tuple[Use, ...] = get_args(Use)
Permission = Literal["yes", "no", "unclear"]
Outcome = Literal["allowed", "blocked", "unclear"]

_RANKS: tuple[Rank, ...] = ("publisher", "archive", "paper", "third party")
_SPEAKS = {
    "publisher": "publisher's statement",
    "archive": "archive's record",
    "paper": "paper's statement",
    "third party": "third party's statement",
}
_WIDEST_FIRST: tuple[Outcome, ...] = ("allowed", "unclear", "blocked")


@dataclass(frozen=True, slots=True, kw_only=True)
class License:
    """One row of ``terms.csv``: what *id* (SPDX, or ``LicenseRef-...``) permits and asks.

    *derivatives* and *redistribution* are about sharing; *source* is the text that was read.
    """

    id: str
    title: str
    attribution: Permission
    commercial: Permission
    share_alike: Permission
    derivatives: Permission
    redistribution: Permission
    source: str


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


def parse(text: str, where: str = "terms.csv") -> dict[str, License]:
    """Read the table, by id; raises `DeclarationError` naming *where* and the line."""
    reader = csv.DictReader(io.StringIO(text, newline=""))
    columns = [f.name for f in fields(License)]
    if reader.fieldnames != columns:
        raise DeclarationError(
            f"{where}: its columns are {', '.join(reader.fieldnames or ())}; "
            f"expected {', '.join(columns)}"
        )
    table: dict[str, License] = {}
    for row in reader:
        license_ = _license(row, f"{where}, line {reader.line_num}")
        if license_.id in table:
            raise DeclarationError(f"{where}, line {reader.line_num}: {license_.id} again")
        table[license_.id] = license_
    return table


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
    return max(judged, key=_strictness)


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
    strictest = max(every, key=_strictness)
    deciding = [one for one in every if one.answer == strictest.answer]
    reasons = dict.fromkeys(one.reason for one in deciding)
    same = len({one.claim for one in deciding}) == 1
    return Verdict(strictest.answer, " · ".join(reasons), strictest.claim if same else None)


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
    if use in ("research", "train"):
        return "allowed", ""  # every license in the table permits private use for research
    if use == "commercial":
        return _outcome(license_.commercial), ""
    return _weights(license_, rank) if use == "share-weights" else _sharing(license_)


def _weights(license_: License, rank: Rank) -> tuple[Outcome, str]:
    if rank == "publisher" and license_.attribution == license_.share_alike == "no":
        return _outcome(license_.commercial), "no rights are reserved"
    return "unclear", "it does not speak of trained weights"


def _sharing(license_: License) -> tuple[Outcome, str]:
    if license_.redistribution != "yes":
        return _outcome(license_.redistribution), ""
    if license_.derivatives != "yes":
        return _outcome(license_.derivatives), "remapped masks may be an adaptation"
    asked = {
        "naming the source": license_.attribution != "no",
        "adaptations under the same license": license_.share_alike != "no",
        "not commercially": license_.commercial != "yes",
    }
    return "allowed", ", ".join(condition for condition, applies in asked.items() if applies)


def _outcome(permission: Permission) -> Outcome:
    answers: dict[Permission, Outcome] = {"yes": "allowed", "no": "blocked", "unclear": "unclear"}
    return answers[permission]


def _strictness(one: Verdict) -> int:
    return _WIDEST_FIRST.index(one.answer)


def _read(claim: Claim) -> str:
    return f"{claim.source}, read {claim.date}" if claim.date else claim.source


def _license(row: Mapping[str, str], where: str) -> License:
    cells = {key: value or "" for key, value in row.items()}
    if len(cells) != len(fields(License)):
        raise DeclarationError(f"{where}: it has more cells than columns; quote commas")
    for text in ("id", "title", "source"):
        if not cells[text]:
            raise DeclarationError(f"{where}: {text} is empty")
    choices: dict[str, Permission] = {}
    for name in ("attribution", "commercial", "share_alike", "derivatives", "redistribution"):
        if cells[name] not in get_args(Permission):
            raise DeclarationError(f"{where}: {name} is yes, no or unclear, not {cells[name]!r}")
        choices[name] = cast("Permission", cells[name])
    return License(id=cells["id"], title=cells["title"], source=cells["source"], **choices)
