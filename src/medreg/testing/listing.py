"""Listings: the real paths of a dataset's files, as a publisher or a download shows them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from medreg.files.names import is_litter
from medreg.tables import natural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_RANGE = re.compile(r"\{(\d+)\.\.(\d+)(?:\.\.(\d+))?\}")
_ARCHIVE = re.compile(r"(?i)\.(?:zip|tar|tar\.gz|tgz)(?=/)")


def listing(text: str) -> list[str]:
    r"""Return the paths in *text*, one a line; ``#`` begins a comment line.

    ``{01..24}`` stands for each number in between, as wide as the first; a third number is the
    step. A folder named like an archive is one. Raises `ValueError` for a path that is there
    twice.

    >>> listing("# source: a page, 2024-05\nct.zip/1/IMG-{08..10}.dcm\n")
    ['ct.zip/1/IMG-08.dcm', 'ct.zip/1/IMG-09.dcm', 'ct.zip/1/IMG-10.dcm']
    """
    lines = (line.strip() for line in text.splitlines())
    paths = [
        path for line in lines if line and not line.startswith("#") for path in _expanded(line)
    ]
    if len(set(paths)) < len(paths):
        twice = next(path for path in paths if paths.count(path) > 1)
        raise ValueError(f"the listing names {twice} twice")
    return paths


def _expanded(path: str) -> Iterator[str]:
    found = _RANGE.search(path)
    if not found:
        yield path
        return
    first, last, step = found[1], int(found[2]), int(found[3] or 1)
    for number in range(int(first), last + 1, step):
        filled = f"{path[: found.start()]}{number:0{len(first)}}{path[found.end() :]}"
        yield from _expanded(filled)


def archive_of(path: str) -> tuple[str, str] | None:
    """Split the *path* of an archive's member into archive and member, or return None.

    >>> archive_of("msd/Task03_Liver.tar/Task03_Liver/dataset.json")
    ('msd/Task03_Liver.tar', 'Task03_Liver/dataset.json')
    """
    found = _ARCHIVE.search(path)
    return (path[: found.end()], path[found.end() + 1 :]) if found else None


def tree_paths(listed: Sequence[str]) -> dict[str, str]:
    """Map the paths that a `Tree` will show to those *listed*, in natural order.

    Archives lose their ending, and what operating systems leave behind is not shown.
    """
    shown = {}
    for path in listed:
        split = archive_of(path)
        inside = split[1] if split else path
        if not is_litter(inside):
            shown[_ARCHIVE.sub("", path, count=1)] = path
    return {path: shown[path] for path in sorted(shown, key=natural)}
