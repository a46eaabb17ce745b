"""Many fingerprints: every pair that matches, without comparing all pairs in full."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from medreg.imaging.fingerprints.ladder import FEWEST, PERCEPTUAL, match
from medreg.imaging.fingerprints.perceptual import BITS
from medreg.imaging.fingerprints.sketch import SIZE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from medreg.imaging.fingerprints.ladder import Match
    from medreg.imaging.fingerprints.made import Fingerprint

    Pairs = set[tuple[int, int]]

COMMON = 256  # scans that may share a hash before it says nothing
LOOKED_UP = 24_000_000  # hashes of sketches in one index
PROBE, PROBED = 192, 3  # smallest hashes of a sketch in a large index, and how many must be shared
ROWS, COLUMNS = 64, 4096  # signatures that are compared at once: they fit a processor's cache
FIRST = 3  # words of 64 bits that decide about nearly all pairs
DIFFER = int((1 - PERCEPTUAL) * BITS)
LEFT = 2048  # sketches that are looked up at once
THREADS = 2


def pairs(prints: Sequence[Fingerprint]) -> Iterator[tuple[int, int, Match]]:
    """Yield the places of every two of *prints* that match, the smaller first, and how.

    Indexes of hashes propose pairs, and the ladder decides. Perceptual signatures are compared
    all with all. Up to 11,000 scans sketches are looked up whole; of more scans less of each, down
    to its 192 smallest hashes, which finds a part that is a tenth of a scan with a chance of
    0.99999 and a twentieth with one of 0.99. Memory grows with the number of scans, time with its
    square.
    """
    proposed = {
        *_sharing(
            [np.array([_key(one.values)] if one.values else [], np.uint64) for one in prints]
        ),
        *_sharing([one.uids for one in prints]),
        *_sharing([one.slices for one in prints]),
        *_overlapping([one.sketch for one in prints]),
        *_alike(prints),
    }
    for a, b in sorted(proposed):
        found = match(prints[a], prints[b])
        if found.rung != "none":
            yield a, b, found


def _key(values: str) -> int:
    return int(values.rpartition(":")[2][:15] or "0", 16)


def _sharing(sets: Sequence[NDArray[np.uint64]]) -> Pairs:
    """Return the pairs of *sets* that share a member; one of too many sets does not count."""
    if not sets:
        return set()
    members = np.concatenate(sets)
    ordered = np.sort(members)
    often = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    if not len(often):
        return set()
    del ordered
    at = np.minimum(np.searchsorted(often, members), len(often) - 1)
    (places,) = np.nonzero(often[at] == members)
    ends = np.cumsum([len(one) for one in sets])
    owners = np.searchsorted(ends, places, side="right")
    both = np.unique(np.stack([at[places], owners]), axis=1)
    starts = np.flatnonzero(np.r_[True, both[0, 1:] != both[0, :-1], True])
    found: Pairs = set()
    for start, end in pairwise(starts.tolist()):
        if end - start <= COMMON:
            found.update(combinations(both[1, start:end].tolist(), 2))
    return found


def _overlapping(sketches: Sequence[NDArray[np.uint32]]) -> Pairs:
    """Return the pairs of *sketches* that share enough hashes to be looked at."""
    size = min(SIZE, max(PROBE, LOOKED_UP // max(1, len(sketches))))
    least = max(PROBED, FEWEST * size // SIZE)
    parts = [one[:size] for one in sketches]
    lengths = np.array([len(part) for part in parts], np.intp)
    if not lengths.sum():
        return set()
    members = np.concatenate(parts)
    keys = members.astype(np.uint64) << np.uint64(32)
    keys |= np.repeat(np.arange(len(parts), dtype=np.uint64), lengths)
    keys.sort()
    hashes = (keys >> np.uint64(32)).astype(np.uint32)
    owners = keys.astype(np.uint32)
    del keys
    ends = np.r_[0, np.cumsum(lengths)]

    def block(first: int) -> Pairs:
        last = min(first + LEFT, len(parts))
        mine = members[ends[first] : ends[last]]
        whose = np.repeat(np.arange(first, last), lengths[first:last])
        order = np.argsort(mine, kind="stable")  # neighbors are looked up in one go
        mine, whose = mine[order], whose[order]
        low = np.searchsorted(hashes, mine)
        count = np.searchsorted(hashes, mine, side="right") - low
        count[count > COMMON] = 0
        skipped = np.cumsum(count) - count
        at = np.repeat(low - skipped, count) + np.arange(int(count.sum()))
        one, other = np.repeat(whose, count), owners[at].astype(np.int64)
        later = other > one
        both = np.sort(one[later] * len(parts) + other[later])
        starts = np.flatnonzero(np.r_[True, both[1:] != both[:-1]]) if len(both) else both
        enough = starts[np.diff(np.r_[starts, len(both)]) >= least]
        return {divmod(pair, len(parts)) for pair in both[enough].tolist()}

    return _joined(block, range(0, len(parts), LEFT))


def _alike(prints: Sequence[Fingerprint]) -> Pairs:
    """Return the pairs of one unit whose signatures agree in enough bits."""
    found: Pairs = set()
    of_unit: dict[str, list[int]] = {}
    for place, one in enumerate(prints):
        if len(one.perceptual) and len(one.sketch) >= FEWEST:
            of_unit.setdefault(one.unit, []).append(place)
    for _, places in sorted(of_unit.items()):
        words = _telling(np.stack([prints[n].perceptual for n in places]))
        for a, b in _near(words):
            found.add((places[a], places[b]))
    return found


def _telling(packed: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Return the words of signatures, shape ``(words, signatures)``, the most varied bits first.

    Bits that most scans share, as low frequencies of alike anatomies, tell nothing.
    """
    counts: NDArray[Any] = np.zeros(packed.shape[1] * 8)
    for first in range(0, len(packed), COLUMNS):
        counts += np.unpackbits(packed[first : first + COLUMNS], axis=1).sum(axis=0)
    order = np.argsort(np.abs(counts - len(packed) / 2), kind="stable")
    made = np.empty_like(packed)
    for first in range(0, len(packed), COLUMNS):
        bits = np.unpackbits(packed[first : first + COLUMNS], axis=1)
        made[first : first + COLUMNS] = np.packbits(bits[:, order], axis=1)
    return np.ascontiguousarray(made.view(np.uint64).T)


def _near(words: NDArray[np.uint64]) -> Pairs:
    """Return the pairs of signatures that differ in at most `DIFFER` bits, the smaller first."""
    count = words.shape[1]

    def block(first: int) -> Pairs:
        found: Pairs = set()
        mine = words[:, first : first + ROWS]
        shape = (mine.shape[1], min(COLUMNS, count))
        mixed, bits = np.empty(shape, np.uint64), np.empty(shape, np.uint8)
        differ = np.empty(shape, np.uint8)
        for start in range(first, count, COLUMNS):
            yours = words[:, start : start + COLUMNS]
            width = yours.shape[1]
            for word in range(FIRST):
                np.bitwise_xor(mine[word, :, None], yours[word], out=mixed[:, :width])
                into = bits if word else differ
                np.bitwise_count(mixed[:, :width], out=into[:, :width])
                if word:
                    np.add(differ[:, :width], bits[:, :width], out=differ[:, :width])
            rows, columns = np.nonzero(differ[:, :width] <= DIFFER)
            later = columns + start > rows + first
            rows, columns = rows[later], columns[later]
            rest = np.bitwise_count(mine[FIRST:, rows] ^ yours[FIRST:, columns])
            near = rest.sum(axis=0, dtype=np.int64) + differ[rows, columns] <= DIFFER
            found.update(
                zip((rows[near] + first).tolist(), (columns[near] + start).tolist(), strict=True)
            )
        return found

    return _joined(block, range(0, count, ROWS))


def _joined(block: Callable[[int], Pairs], firsts: Iterable[int]) -> Pairs:
    found: Pairs = set()
    with ThreadPoolExecutor(THREADS) as threads:
        for part in threads.map(block, firsts):
            found |= part
    return found
