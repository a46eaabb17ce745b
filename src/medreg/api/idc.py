"""Ask what the Imaging Data Commons has, by collection and by series."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from medreg.errors import Misuse

if TYPE_CHECKING:
    from medreg.api.lab import Lab

PREFIX = "idc:"
Row = dict[str, Any]  # as JSON: text and numbers


def collection(lab: Lab, name: str) -> Row:
    """Return the card of the collection *name* (``idc:lidc_idri``), and which plugins read it.

    Raises `NotFound` with the nearest name, and `CannotHere` without the extra ``idc``.
    """
    from medreg.catalog.idc import collection_card

    return collection_card(_id(name), lab.plugins, lab.licenses)


def series(name: str, where: str = "") -> list[Row]:
    """Return every series of *name*, or of all collections (``idc:``), that *where* holds for.

    *where* is a condition in SQL over the columns of IDC's index, and reaches nothing else.
    Raises as `collection`, and `Misuse` for what is no such condition.
    """
    from medreg.catalog.idc import series as of

    return of(_id(name), where)


def by_collection(name: str, where: str) -> list[Row]:
    """Return a row per collection of *name* in which *where* holds for some series.

    Raises as `series` does.
    """
    from medreg.catalog.idc import by_collection as of

    return of(_id(name), where)


def is_idc(name: str) -> bool:
    """Tell whether *name* asks the index: ``idc:lidc_idri``, or ``idc:`` for all of it."""
    return name.startswith(PREFIX)


def _id(name: str) -> str:
    if not is_idc(name):
        raise Misuse(f"{name!r} is no collection of IDC", hint="such as idc:lidc_idri, or idc:")
    return name.removeprefix(PREFIX)
