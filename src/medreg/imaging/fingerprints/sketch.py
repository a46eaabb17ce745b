"""A sketch of a volume's textured cells: what survives flips, offsets, clipping and crops.

A cell is 2 x 2 x 2 neighboring voxels, taken at every place. Its eight values are sorted and
their smallest subtracted, so that neither orientation nor offset counts; a cell is kept only if
it has texture, for flat ones are alike in every scan. Which cells are looked at is decided by
their content alone (one in 64), and the 2,048 smallest hashes of these are the sketch (bottom-k
sampling: Broder 1997), so that a crop's sketch is about the crop's share of the whole's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Hashes = NDArray[np.uint32]
    Unsigned = NDArray[np.unsignedinteger[Any]]

SIZE = 2048
RARE = 64  # one cell in so many is looked at
TEXTURE = 100  # between the smallest and the largest value of a cell
DISTINCT = 6  # different values of eight
WIDE = 2**15 - 1
MIX = np.uint64(0x9E3779B97F4A7C15)  # 2**64 / golden ratio: Knuth's multiplicative hashing
STIR = np.uint64(0xBF58476D1CE4E5B9)  # splitmix64's first multiplier (Steele et al. 2014)


def sketch(planes: NDArray[Any]) -> Hashes:
    """Return the sorted sketch of *planes*: whole numbers, shape ``(k, j, i)``, C-contiguous."""
    kept = np.empty(0, np.uint32)
    waiting: list[Hashes] = []
    count = 0
    for cells in _textured(planes):
        hashes = _hashes(cells)
        waiting.append(hashes)
        count += len(hashes)
        if count > 16 * SIZE:
            kept, waiting, count = _smallest([kept, *waiting]), [], 0
    return _smallest([kept, *waiting])


def contained(one: Hashes, other: Hashes) -> tuple[float, int]:
    """Estimate which share of the smaller scan's cells the other has; and the hashes shared.

    Only hashes below both sketches' largest can be in both. 0 where either is empty.
    """
    if not len(one) or not len(other):
        return 0.0, 0
    limit = min(_limit(one), _limit(other))
    mine, yours = one[one <= limit], other[other <= limit]
    shared = len(np.intersect1d(mine, yours, assume_unique=True))
    return shared / max(1, min(len(mine), len(yours))), shared


def _limit(hashes: Hashes) -> int:
    """Return up to which hash a sketch is complete: without end when it is not full."""
    return int(hashes[-1]) if len(hashes) >= SIZE else 2**32 - 1


def _smallest(parts: list[Hashes]) -> Hashes:
    every = np.unique(np.concatenate(parts))
    return every[:SIZE].astype(np.uint32)


def _textured(planes: NDArray[Any]) -> Iterator[NDArray[np.int64]]:
    """Yield the eight values of each cell to look at, shape ``(cells, 8)``, plane by plane.

    Sums wrap around on purpose: they only choose.
    """
    if min(planes.shape) < 2:  # noqa: PLR2004 - a cell has two voxels each way
        return
    kind = np.int16 if _is_narrow(planes) else np.int32
    before: NDArray[Any] | None = None
    below: tuple[NDArray[Any], ...] = ()
    for raw in planes:
        plane = raw.astype(kind, copy=False)
        here = _squares(plane)
        if before is not None:
            chosen = _chosen(below, here, kind)
            if len(chosen):
                yield _gathered(before, plane, chosen)
        before, below = plane, here


def _is_narrow(array: NDArray[Any]) -> bool:
    if array.dtype in (np.int16, np.int8, np.uint8, np.bool_):
        return True
    return bool(array.min() >= -WIDE and array.max() <= WIDE)


def _squares(plane: NDArray[Any]) -> tuple[NDArray[Any], ...]:
    """Return the smallest, the largest and the sum of every 2 x 2 square of *plane*."""
    left, right = plane[:, :-1], plane[:, 1:]
    low, high, total = np.minimum(left, right), np.maximum(left, right), left + right
    return (
        np.minimum(low[:-1], low[1:]),
        np.maximum(high[:-1], high[1:]),
        total[:-1] + total[1:],
    )


def _chosen(below: tuple[NDArray[Any], ...], here: tuple[NDArray[Any], ...], kind: Any) -> Any:
    """Return the flat places of the cells between two planes that are looked at."""
    unsigned = np.uint16 if kind is np.int16 else np.uint32
    bits = 16 if kind is np.int16 else 32
    low = np.minimum(below[0], here[0]).view(unsigned)
    spread = np.maximum(below[1], here[1]).view(unsigned) - low
    weight = (below[2] + here[2]).view(unsigned) - low * unsigned(8)
    key = (weight * unsigned(0x9E37) + spread * unsigned(0x79B9)) * unsigned(0x7F4B)
    rare = key < unsigned(2**bits // RARE)
    return np.flatnonzero(rare & (spread >= unsigned(TEXTURE)))


def _gathered(
    before: NDArray[Any], plane: NDArray[Any], chosen: NDArray[np.intp]
) -> NDArray[np.int64]:
    rows, columns = np.divmod(chosen, plane.shape[1] - 1)
    corners = [
        side[rows + dr, columns + dc] for side in (before, plane) for dr in (0, 1) for dc in (0, 1)
    ]
    return np.stack(corners, axis=1).astype(np.int64)


def _hashes(cells: NDArray[np.int64]) -> Hashes:
    """Hash each cell's sorted values above its smallest; cells of few values are left out."""
    ordered = np.sort(cells, axis=1)
    distinct = (np.diff(ordered, axis=1) > 0).sum(axis=1) >= DISTINCT - 1
    above = (ordered[distinct, 1:] - ordered[distinct, :1]).astype(np.uint64)
    mixed = np.zeros(len(above), np.uint64)
    for column in range(above.shape[1]):
        mixed = (mixed ^ above[:, column]) * MIX
        mixed ^= mixed >> np.uint64(29)
    mixed = mixed * STIR
    return (mixed >> np.uint64(32)).astype(np.uint32)
