"""Under which license one may share what was made from works under several others.

A collection keeps every part under its own license, so nothing is asked here. An adaptation, such
as masks that were remapped and merged, needs one license that all its originals allow. The rules
are Creative Commons' (https://creativecommons.org/faq/, on combining and adapting material).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medreg.terms.words import OUTCOMES, strictest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from medreg.terms.table import License
    from medreg.terms.words import Outcome, Permission


@dataclass(frozen=True, slots=True)
class Adaptation:
    """Whether an adaptation may be shared; *under* which license at the least; why not, or how."""

    answer: Outcome
    under: str
    reason: str


def may_go_under(original: License, license_: License) -> Outcome:
    """Tell whether an adaptation of a work under *original* may be shared under *license_*."""
    if original.derivatives != "yes":
        return OUTCOMES[original.derivatives]
    if original.share_alike == "yes":
        named = license_.id in (original.id, *original.adaptations_under)
        return "allowed" if named else "blocked"
    return strictest(
        (
            "allowed" if original.share_alike == "no" else "unclear",
            _kept(original.attribution, license_.attribution),
            _kept(_reverse(original.commercial), _reverse(license_.commercial)),
        )
    )


def adaptation(originals: Iterable[License], table: Mapping[str, License]) -> Adaptation:
    """Return the license of *table* that asks least, for an adaptation of all *originals*.

    It is one that anybody may use (no ``LicenseRef-...``), and that allows adaptations itself.
    """
    works = {work.id: work for work in originals}
    names = " and ".join(sorted(works))
    if not works:
        return Adaptation("unclear", "", "nothing was claimed")
    forbids = sorted(name for name, work in works.items() if work.derivatives == "no")
    if forbids:
        return Adaptation("blocked", "", f"{' and '.join(forbids)} forbids to share adaptations")
    offered = [
        license_
        for license_ in table.values()
        if license_.derivatives == "yes" and not license_.id.startswith("LicenseRef")
    ]
    fitting: dict[Outcome, list[License]] = {}
    for license_ in offered:
        judged = strictest(may_go_under(work, license_) for work in works.values())
        fitting.setdefault(judged, []).append(license_)
    if "allowed" in fitting:
        best = min(fitting["allowed"], key=lambda one: _demands(one, works))
        return Adaptation("allowed", best.id, f"an adaptation goes under {best.id}")
    if "unclear" in fitting:
        return Adaptation("unclear", "", f"{names} leave open what an adaptation may go under")
    return Adaptation("blocked", "", f"no license satisfies {names} at once")


def _kept(asked: Permission, offered: Permission) -> Outcome:
    """Tell whether a condition that an original asks for is one of the license offered."""
    if asked == "no" or offered == "yes":
        return "allowed"
    return "blocked" if asked == "yes" and offered == "no" else "unclear"


def _reverse(permission: Permission) -> Permission:
    opposite: Mapping[Permission, Permission] = {"yes": "no", "no": "yes", "unclear": "unclear"}
    return opposite[permission]


def _demands(license_: License, works: Mapping[str, License]) -> tuple[bool, int, str]:
    """Order licenses: in a version of the works' own first, then by conditions, then newest."""
    own = _unversioned(license_.id) in {_unversioned(work) for work in works}
    asked = (license_.attribution, license_.share_alike, _reverse(license_.commercial))
    newest = "".join(chr(ord("9") - int(c)) if c.isdecimal() else c for c in license_.id)
    return not own, asked.count("yes"), newest


def _unversioned(name: str) -> str:
    return name.rstrip("0123456789.")
