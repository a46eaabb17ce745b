"""The table of licenses: policy as data, one row each, with the text that was read."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, cast, get_args

from medreg.errors import DeclarationError
from medreg.tables import declared
from medreg.terms.words import Permission

if TYPE_CHECKING:
    from collections.abc import Mapping

CHOICES = (
    "attribution",
    "commercial",
    "share_alike",
    "derivatives",
    "redistribution",
    "registration",
    "agreement",
    "expiry",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class License:
    """One row of ``terms.csv``: what *id* (SPDX, or ``LicenseRef-...``) permits and asks.

    *derivatives* and *redistribution* are about sharing. *registration*, *agreement* and *expiry*
    say whether a user is registered, signs, and must delete the data one day.
    *adaptations_under* lists the licenses that a share-alike license allows for adaptations;
    *source* is the text that was read.
    """

    id: str
    title: str
    attribution: Permission
    commercial: Permission
    share_alike: Permission
    derivatives: Permission
    redistribution: Permission
    registration: Permission = "no"
    agreement: Permission = "no"
    expiry: Permission = "no"
    adaptations_under: tuple[str, ...] = ()
    source: str


def parse(text: str, where: str = "terms.csv") -> dict[str, License]:
    """Read the table, by id; raises `DeclarationError` naming *where* and the line."""
    reader = declared(text, [f.name for f in fields(License)], where)
    table: dict[str, License] = {}
    lines: dict[str, int] = {}
    for row in reader:
        license_ = _license(row, f"{where}, line {reader.line_num}")
        if license_.id in table:
            raise DeclarationError(f"{where}, line {reader.line_num}: {license_.id} again")
        table[license_.id] = license_
        lines[license_.id] = reader.line_num
    for license_ in table.values():
        unknown = [other for other in license_.adaptations_under if other not in table]
        if unknown:
            raise DeclarationError(
                f"{where}, line {lines[license_.id]}: adaptations_under names {unknown[0]}, "
                "which has no row"
            )
    return table


def _license(row: Mapping[str, str], where: str) -> License:
    cells = {key: value or "" for key, value in row.items()}
    if len(cells) != len(fields(License)):
        raise DeclarationError(f"{where}: it has more cells than columns; quote commas")
    for text in ("id", "title", "source"):
        if not cells[text]:
            raise DeclarationError(f"{where}: {text} is empty")
    choices: dict[str, Permission] = {}
    for name in CHOICES:
        if cells[name] not in get_args(Permission):
            raise DeclarationError(f"{where}: {name} is yes, no or unclear, not {cells[name]!r}")
        choices[name] = cast("Permission", cells[name])
    under = tuple(cells["adaptations_under"].split())
    if under and choices["share_alike"] == "no":
        raise DeclarationError(f"{where}: adaptations_under is for share-alike licenses")
    return License(
        id=cells["id"],
        title=cells["title"],
        source=cells["source"],
        adaptations_under=under,
        **choices,
    )
