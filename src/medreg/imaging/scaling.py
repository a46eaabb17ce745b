"""Stored values to real values, exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def scaled(
    stored: NDArray[Any], slope: float, intercept: float, into: NDArray[Any] | None = None
) -> NDArray[Any]:
    """Return ``stored * slope + intercept`` without losing anything.

    Integers stay integers when slope and intercept are whole numbers: int16, int32 or int64,
    whichever is the first to hold every value. All else is float64. Memory that the caller does
    not need any more, *into*, is used again where it has the size.
    """
    if slope == 1 and intercept == 0:
        return stored
    if stored.dtype.kind in "iu" and is_whole(slope, intercept):
        ends = [int(end) * int(slope) + int(intercept) for end in (stored.min(), stored.max())]
        kind = narrowest(min(ends), max(ends))
        if kind is not None:
            by, plus = (np.array(int(number)).astype(kind) for number in (slope, intercept))
            if slope == 1 and into is not None and into.dtype.itemsize == by.dtype.itemsize:
                return np.add(stored.view(kind), plus, out=into.view(kind))
            return stored.astype(kind) * by + plus  # modulo 2^n, and so exact: the results fit
    with np.errstate(over="ignore", invalid="ignore"):
        return stored.astype(np.float64) * slope + intercept


def used(array: NDArray[Any], allocated: int, stored: int, high: int) -> NDArray[Any]:
    """Return the *stored* bits up to *high*; shifting right repeats the sign of signed values."""
    if stored == allocated:
        return array
    kept: NDArray[Any] = array << (allocated - 1 - high)
    kept >>= allocated - stored
    return kept


def is_whole(*numbers: float) -> bool:
    """Tell whether every number is an integer that fits 32 bits.

    >>> is_whole(1.0, -1024.0), is_whole(1.5), is_whole(float("nan"))
    (True, False, False)
    """
    return all(abs(number) < 2**31 and number == int(number) for number in numbers)


def narrowest(low: int, high: int) -> type[np.signedinteger[Any]] | None:
    """Return the first of int16, int32, int64 that holds *low* to *high*, or None.

    >>> narrowest(-1024, 3071).__name__, narrowest(-1024, 64511).__name__
    ('int16', 'int32')
    """
    for kind in (np.int16, np.int32, np.int64):
        if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max:
            return kind
    return None
