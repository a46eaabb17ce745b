"""Many fingerprints: every pair that matches, without comparing all pairs in full."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from medreg.imaging.fingerprints.ladder import FEWEST, PERCEPTUAL, match
from medreg.imaging.fingerprints.perceptual import BITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from medreg.imaging.fingerprints.ladder import Match
    from medreg.imaging.fingerprints.made import Fingerprint

COMMON = 256  # scans that may share a hash before it says nothing
ROWS = 1024  # signatures that are compared with all others at once


def pairs(prints: Sequence[Fingerprint]) -> Iterator[tuple[int, int, Match]]:
    """Yield the places of every two of *prints* that match, the smaller first, and how.

    An inverted index of hashes proposes pairs, and the ladder decides. Perceptual signatures are
    compared all with all, a few thousand at a time. A thousand scans take one or two seconds.
    """
    proposed = {
        *_sharing([[_key(one.values)] if one.values else [] for one in prints], 1),
        *_sharing([one.uids for one in prints], 1),
        *_sharing([one.slices for one in prints], 1),
        *_sharing([one.sketch for one in prints], FEWEST),
        *_alike(prints),
    }
    for a, b in sorted(proposed):
        found = match(prints[a], prints[b])
        if found.rung != "none":
            yield a, b, found


def _key(values: str) -> int:
    return int(values.rpartition(":")[2][:15] or "0", 16)


def _sharing(sets: Sequence[Iterable[int] | NDArray[Any]], least: int) -> set[tuple[int, int]]:
    """Return the pairs of *sets* that share at least *least* members."""
    arrays = [np.unique(np.asarray(members, np.uint64)) for members in sets]
    owners = np.repeat(np.arange(len(arrays)), [len(array) for array in arrays])
    if not len(owners):
        return set()
    members = np.concatenate(arrays)
    order = np.argsort(members, kind="stable")
    members, owners = members[order], owners[order]
    counts: dict[tuple[int, int], int] = {}
    starts = np.flatnonzero(np.r_[True, members[1:] != members[:-1], True])
    for start, end in pairwise(starts.tolist()):
        if 1 < end - start <= COMMON:
            group = owners[start:end].tolist()
            for place, a in enumerate(group):
                for b in group[place + 1 :]:
                    counts[a, b] = counts.get((a, b), 0) + 1
    return {pair for pair, count in counts.items() if count >= least}


def _alike(prints: Sequence[Fingerprint]) -> set[tuple[int, int]]:
    """Return the pairs of one unit whose signatures agree in enough bits."""
    found = set()
    for unit in sorted({one.unit for one in prints}):
        places = [n for n, p in enumerate(prints) if p.unit == unit and len(p.perceptual)]
        if not places:
            continue
        bits = np.stack([prints[n].perceptual for n in places]).view(np.uint64)
        for first in range(0, len(places), ROWS):
            block = bits[first : first + ROWS]
            differ = np.zeros((len(block), len(bits)), np.int64)
            for column in range(bits.shape[1]):
                differ += np.bitwise_count(block[:, column, None] ^ bits[None, :, column])
            rows, columns = np.nonzero(differ <= (1 - PERCEPTUAL) * BITS)
            found |= {
                (places[a + first], places[b])
                for a, b in zip(rows.tolist(), columns.tolist(), strict=True)
                if a + first < b
            }
    return found
