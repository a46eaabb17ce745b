"""Scans of checked datasets, known again by their fingerprints: packed, named or cut otherwise."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal

from medreg.api.glance import form
from medreg.errors import MedregError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from medreg.api.glance import Glance
    from medreg.api.lab import Lab
    from medreg.readiness.prints import Named, Pair

LOOKED_AT, OF_FORM, LARGEST = 6, 2, 2 << 30  # scans, those named alike, and bytes of one
RUNGS = ("values", "uids", "slices", "sketch", "perceptual")  # the surest first

Sure = Literal["certain", "likely", "possible"]


def copies(lab: Lab, seen: Glance) -> list[Pair]:
    """Return which of some scans in a folder are those of checked datasets, and how sure that is.

    Each pair is a file's name and ``dataset/case``. Reads a few scans, and only where there is
    something to compare with.
    """
    if not any(_checked(lab)):
        return []
    return known_again(lab, list(_prints(seen)))


def known_again(lab: Lab, scans: Sequence[Named]) -> list[Pair]:
    """Return the surest match of each of *scans* with a checked dataset's, those that have one.

    The fingerprints of one dataset are in memory at a time.
    """
    from medreg.imaging.fingerprints import read_rows
    from medreg.readiness.prints import Named, matches
    from medreg.tables import CaseRow, FingerprintRow

    best: dict[str, Pair] = {}
    for name in _checked(lab) if scans else ():
        folder = lab.registry.dataset(name)
        cases = folder.rows("cases.csv", CaseRow)
        known = read_rows(name, cases, folder.rows("fingerprints.csv", FingerprintRow))
        for pair in matches(scans, [Named(ref, print_) for ref, print_ in known.items()]):
            if pair.a not in best or _rank(pair) < _rank(best[pair.a]):
                best[pair.a] = pair
    return [best[name] for name in sorted(best)]


def how_sure(pairs: Sequence[Pair]) -> Sure:
    """Return how sure it is that scans are copies: certain where all have equal values."""
    if all(pair.match.rung == "values" for pair in pairs):
        return "certain"
    return "likely" if all(pair.match.sure for pair in pairs) else "possible"


def told(pairs: Sequence[Pair]) -> list[str]:
    """Say of each scan which one it shows again."""
    return [
        f"{pair.a} is {'the same scan as' if pair.match.same_scan else 'alike to'} {pair.b}, "
        f"by fingerprint: {pair.match}"
        for pair in pairs
    ]


def _rank(pair: Pair) -> tuple[int, float, str]:
    return RUNGS.index(pair.match.rung), -pair.match.score, pair.b


def _checked(lab: Lab) -> Iterator[str]:
    for name in lab.registry.tracked() if lab.root else ():
        folder = lab.registry.dataset(name).path
        if (folder / "fingerprints.csv").is_file() and (folder / "cases.csv").is_file():
            yield name


def _prints(seen: Glance) -> Iterator[Named]:
    from medreg.readiness.prints import taken

    for path in _sampled(seen):
        try:
            yield from taken([path]).scans
        except (MedregError, OSError, ValueError):
            continue


def _sampled(seen: Glance) -> Iterator[Path]:
    """Yield some files of images, and some folders of DICOM."""
    from medreg.readiness.prints import IMAGES

    forms: Counter[str] = Counter()
    folders: set[Path] = set()
    taken = 0
    for name in seen.names:
        path, kind = seen.root / name, form(name)
        if taken == LOOKED_AT or path.stat().st_size > LARGEST:
            continue
        if name.lower().endswith(IMAGES):
            forms[kind] += 1
            if forms[kind] <= OF_FORM:
                taken += 1
                yield path
        elif path.parent not in folders and len(folders) < OF_FORM and _is_dicom(path):
            folders.add(path.parent)
            taken += 1
            yield path.parent


def _is_dicom(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(132)[128:] == b"DICM"
