"""New values for old ones: dates that shift together, dummies by value representation."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_DATE = re.compile(r"(\d{4})[.]?(\d{2})[.]?(\d{2})")
_TIME = re.compile(r"\d{2}(?:\d{2}(?:\d{2}(?:\.\d{1,6})?)?)?|\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?")
_DATETIME = re.compile(r"(\d{8})((?:\d{2}(?:\d{2}(?:\d{2}(?:\.\d{1,6})?)?)?)?(?:[+-]\d{4})?)")
_NUMBER = re.compile(r"[+-]?\d{1,8}(?:\.\d{1,8})?(?:[eE][+-]?\d{1,2})?")
_ZONE = re.compile(r"[+-]\d{4}")

DATES = ("DA", "DT", "TM")
DUMMY = "REMOVED"
_DUMMIES: dict[str, Any] = {
    "DA": "19000101",
    "TM": "000000",
    "DT": "19000101000000",
    "AS": "000Y",
    "DS": "0",
    "IS": "0",
    **dict.fromkeys(("FD", "FL"), 0.0),
    **dict.fromkeys(("SL", "SS", "UL", "US", "SV", "UV"), 0),
    **dict.fromkeys(("OB", "OW", "OD", "OF", "OL", "OV", "UN"), b"\0\0"),
    **dict.fromkeys(("LO", "SH", "LT", "ST", "UT", "UC", "PN", "AE", "CS", "UR"), DUMMY),
    "SQ": (),
}


def dummy(vr: str) -> Any:
    """Return a value of *vr* that says nothing, and is not empty where a sequence is not asked."""
    return _DUMMIES.get(vr)


def shifted(vr: str, value: Any, days: int) -> Any:
    """Return the DA, DT or TM *value* (or several) *days* later; times of day stay.

    What is no date or time becomes empty: whatever it is, it must not pass.
    """
    return _each(value, lambda text: _shifted(vr, text, days))


def _shifted(vr: str, text: str, days: int) -> str:
    if vr == "TM":
        return text if _TIME.fullmatch(text) else ""
    match = (_DATETIME if vr == "DT" else _DATE).fullmatch(text)
    if not match:
        return ""
    date, rest = (match[1], match[2]) if vr == "DT" else ("".join(match.groups()), "")
    try:
        moved = datetime.strptime(date, "%Y%m%d") + timedelta(days=days)  # noqa: DTZ007 - a day has no zone here
    except (ValueError, OverflowError):
        return ""
    return f"{moved.year:04d}{moved:%m%d}{rest}"


def zone(value: Any) -> Any:
    """Return TimezoneOffsetFromUTC if it is one, else an empty string."""
    return _each(value, lambda text: text if _ZONE.fullmatch(text) else "")


def number(value: Any) -> Any:
    """Return *value* if it is a number of everyday length, else an empty string."""
    return _each(value, lambda text: text if _NUMBER.fullmatch(text) else "")


def sex(value: Any) -> Any:
    """Return *value* if it is M, F or O, else an empty string."""
    return _each(value, lambda text: text if text in ("M", "F", "O") else "")


def _each(value: Any, change: Callable[[str], str]) -> Any:
    many = not isinstance(value, str | bytes) and hasattr(value, "__iter__")
    texts = [str(one).strip("\0 ") for one in (value if many else [value])]
    made = ["" if text == "None" else change(text) for text in texts]
    return made if len(made) > 1 else made[0] if made else ""
