"""Arrays of NumPy: a row of an ``.npz`` member is a case, as MedMNIST and MedSegBench publish."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from medreg.errors import DeclarationError, Refused
from medreg.layouts.packed import RowRef
from medreg.layouts.table import find_one
from medreg.model import LONE, Case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from medreg.model import Tree

SPLIT = "{split}"
ONE_PER_ROW = 2  # axes of an array of labels, not of masks


@dataclass(frozen=True)
class Arrays:
    """The rows of the arrays *images* in the ``.npz`` *file* (the end of its path).

    ``{split}`` in the arrays' names is any word: cases are ``train_00012``, counted from 0.
    Arrays *labels* of one or two axes say classes (several columns: each 1 is a class, called
    after its column), those of more axes are masks.

    >>> Arrays("pathmnist.npz").labels
    '{split}_labels'
    """

    file: str
    images: str = "{split}_images"
    labels: str | None = "{split}_labels"

    packed: ClassVar[bool] = True

    def __post_init__(self) -> None:
        for name in filter(None, (self.images, self.labels)):
            if name.count(SPLIT) > 1:
                raise DeclarationError(f"{name!r} says {SPLIT} twice")
        if self.labels and (SPLIT in self.labels) != (SPLIT in self.images):
            raise DeclarationError(f"{self.images!r} and {self.labels!r}: only one says {SPLIT}")

    def cases(self, tree: Tree) -> Iterator[Case]:
        """Yield every row, splits in natural order; reads headers and classes, and no picture.

        Raises `Refused` where the file is missing or damaged, or counts differ.
        """
        from medreg.imaging.arrays import headers, values

        path = find_one(tree, self.file)
        known = headers(tree, path)
        for split, name in _splits(self.images, [*known]):
            rows, width = known[name][0], len(str(max(known[name][0] - 1, 1)))
            label = self.labels.replace(SPLIT, split) if self.labels else ""
            drawn = classes = None
            if label in known:
                if known[label][0] != rows:
                    raise Refused(f"{path}: {name} has {rows} rows, {label} {known[label][0]}")
                if len(known[label]) > ONE_PER_ROW:
                    drawn = label
                else:
                    classes = values(tree, path, label).reshape(rows, -1)
            for row in range(rows):
                yield Case(
                    id=f"{split or 'row'}_{row:0{max(width, 5)}d}",
                    images={LONE: RowRef(tree, path, name, row)},
                    mask=RowRef(tree, path, drawn, row, "label") if drawn else None,
                    labels=None if drawn else frozenset(),
                    classes=None if classes is None else _classes(classes[row]),
                )


def _splits(images: str, known: list[str]) -> Iterator[tuple[str, str]]:
    """Yield each word that ``{split}`` stands for, sorted, and the array's name."""
    before, _, after = images.partition(SPLIT)
    pattern = f"{re.escape(before)}(.+?){re.escape(after)}" if SPLIT in images else f"{images}()"
    found = [(match[1], name) for name in known if (match := re.fullmatch(pattern, name))]
    if not found:
        raise Refused(
            f"no array is called {images}; there are {', '.join(sorted(known))}",
            hint="correct images= in the layout of the plugin",
        )
    yield from sorted(found)


def _classes(row: NDArray[Any]) -> tuple[str, ...]:
    if row.size == 1:
        return (str(row[0]),)
    return tuple(str(column) for column, yes in enumerate(row.tolist()) if yes)
