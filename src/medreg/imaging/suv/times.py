"""DICOM's dates and times (PS3.5 section 6.2) as local points in time."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

_DATE = re.compile(r"(\d{4})[.]?(\d{2})[.]?(\d{2})")
_TIME = re.compile(r"(\d{2}):?(?:(\d{2}):?(?:(\d{2})(?:\.(\d{1,6}))?)?)?")
_DATETIME = re.compile(r"(\d{8})(\d{2}(?:\d{2}(?:\d{2}(?:\.\d{1,6})?)?)?)([+-]\d{4})?")
_OFFSET = re.compile(r"([+-])(\d{2})(\d{2})")


def point(date: str, time: str) -> datetime | None:
    """Return the point in time of a DA and a TM; None when either is missing or no date or time.

    >>> point("20250101", "110000.500000"), point("20250101", "")
    (datetime.datetime(2025, 1, 1, 11, 0, 0, 500000), None)
    """
    day, clock = _DATE.fullmatch(date.strip()), _TIME.fullmatch(time.strip())
    if not day or not clock:
        return None
    hour, minute, second, fraction = clock.groups()
    try:
        return datetime(  # noqa: DTZ001 - the scanner's local time; DICOM names no zone here
            int(day[1]),
            int(day[2]),
            int(day[3]),
            int(hour),
            int(minute or 0),
            min(int(second or 0), 59),  # 60 is a leap second
            int((fraction or "0").ljust(6, "0")),
        )
    except ValueError:
        return None


def stamp(text: str, zone: str = "") -> datetime | None:
    """Return the local point in time of a DT; None when it is missing or less exact than an hour.

    *zone* is TimezoneOffsetFromUTC: a DT with another offset is moved to it.

    >>> stamp("20250101100000+0100", zone="+0200")
    datetime.datetime(2025, 1, 1, 11, 0)
    """
    match = _DATETIME.fullmatch(text.strip())
    if not match:
        return None
    found = point(match[1], match[2])
    own, local = _offset(match[3] or ""), _offset(zone)
    if found is None or own is None or local is None:
        return found
    return found - own + local


def _offset(text: str) -> timedelta | None:
    match = _OFFSET.fullmatch(text.strip())
    if not match:
        return None
    apart = timedelta(hours=int(match[2]), minutes=int(match[3]))
    return -apart if match[1] == "-" else apart
