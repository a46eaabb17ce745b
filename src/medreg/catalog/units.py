"""Bandwidths, sizes and durations, as people write them."""

from __future__ import annotations

import re

from medreg.errors import Misuse

BITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9}
BYTES = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12, "p": 10**15}
BANDWIDTH = 100 * 10**6 / 8  # bytes per second where nobody says: 100 Mbit/s

_BANDWIDTH = re.compile(r"([\d.]+)\s*([kmg]?)(bit|b)(?:/s|ps)?", re.IGNORECASE)
_SIZE = re.compile(r"([\d.]+)\s*([kmgtp]?)b?", re.IGNORECASE)


def bandwidth(text: str) -> float:
    """Return bytes per second; a lower-case ``b`` is a bit, an upper-case one a byte.

    >>> bandwidth("100Mbit"), bandwidth("1Gb/s"), bandwidth("10MB/s")
    (12500000.0, 125000000.0, 10000000.0)
    """
    found = _BANDWIDTH.fullmatch(text.strip())
    value = _number(found[1]) if found else 0
    if not found or value <= 0:
        raise Misuse(f"{text!r} is no bandwidth", hint="such as 100Mbit, 1Gbit or 20MB/s")
    return value * BITS[found[2].lower()] / (1 if found[3] == "B" else 8)


def gigabytes(text: str) -> float:
    """Return a size in GB (10^9 bytes); a plain number is GB.

    >>> gigabytes("500GB"), gigabytes("2 TB"), gigabytes("200")
    (500.0, 2000.0, 200.0)
    """
    found = _SIZE.fullmatch(text.strip())
    value = _number(found[1]) if found else -1
    if not found or value < 0:
        raise Misuse(f"{text!r} is no size", hint="such as 500GB or 2TB")
    plain = text.strip()[-1].isdecimal()
    return value if plain else value * BYTES[found[2].lower()] / 10**9


def seconds(size_gb: float, per_second: float = BANDWIDTH) -> float:
    """Return how long *size_gb* takes to download."""
    return size_gb * 10**9 / per_second


def duration(of_seconds: float) -> str:
    """Write a duration for people.

    >>> duration(0.4), duration(40), duration(4_000), duration(200_000)
    ('1 s', '40 s', '1.1 h', '2.3 d')
    """
    if of_seconds < 60:  # noqa: PLR2004 - in a minute
        return f"{max(1, round(of_seconds))} s"
    minutes = round(of_seconds / 60)
    if minutes < 60:  # noqa: PLR2004 - in an hour
        return f"{minutes} min"
    hours = of_seconds / 3600
    return f"{hours:.1f} h" if hours < 24 else f"{hours / 24:.1f} d"  # noqa: PLR2004 - in a day


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return -1
