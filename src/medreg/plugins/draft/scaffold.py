"""The first draft of a plugin about which nothing is known: each blank says `BLANK`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg.layouts import Pairs
from medreg.model import Claim
from medreg.plugins.blanks import BLANK
from medreg.plugins.draft.write import LABEL, Draft, check_name, files, unknown
from medreg.sources import Local

if TYPE_CHECKING:
    from collections.abc import Mapping

FORM = ("imagesTr/{}.nii.gz", "labelsTr/{}.nii.gz")


def scaffold(name: str) -> Mapping[str, str]:
    """Return the files of a new plugin, by path relative to the registry's root.

    They declare a folder on this machine with CT in ``imagesTr`` and masks of the same names in
    ``labelsTr``. The audit refuses a `BLANK`. Raises `Misuse` for a name that is not snake_case.

    >>> sorted(scaffold("my_ct"))
    ['plugins/my_ct.py', 'tests/listings/my_ct.txt']
    """
    return files(draft(check_name(name)))


def draft(name: str) -> Draft:
    """Return the draft of a folder of pairs that nobody has looked into."""
    values = unknown(name, "")
    values |= {
        "licenses": (
            Claim(
                "LicenseRef-Institutional",
                source=f"{BLANK}: who allowed it",
                date=f"{BLANK}: when, as 2026-11",
                rank="publisher",
            ),
        ),
        "source": Local(f"{BLANK}: the folder that holds imagesTr and labelsTr"),
        "layout": Pairs(image="**/imagesTr/{case}.nii.gz", label="**/labelsTr/{case}.nii.gz"),
        "labels": {1: LABEL},
        "patients": "each case",
        "restricted": True,
    }
    return Draft(
        name=name,
        doc=f"{BLANK}: what a colleague should know of it, in two sentences.",
        values=values,
        comments=OWN,
        listing=[form.format(f"{name}_{n:03d}") for form in FORM for n in (1, 2, 3)],
        listed_from="written by medreg add-plugin; put real paths of three cases here, 2026-11",
    )


OWN = {
    "patients": 'or "unknown", when one patient may have several scans',
    "restricted": "its bytes, and tables of single cases, never leave a restricted remote",
}
