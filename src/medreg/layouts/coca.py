"""CT with outlines of coronary calcium in XML property lists, as COCA publishes them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from medreg.imaging.masks.rules import RULES, Rules
from medreg.layouts.join import cases, check, one, series
from medreg.layouts.masks import grid_of
from medreg.layouts.refs import OneFile, SeriesRef

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from medreg.model import Case, ImageRef, Tree
    from medreg.volume import Volume


@dataclass(frozen=True)
class CocaXml:
    """One folder of DICOM files per image, one property list of outlines each.

    Structures are named as the file names arteries (``"Right Coronary Artery"``); an artery that
    a file does not name has no calcium. *priority* names those that win where some overlap.

    >>> CocaXml("**/patient/{case}/*/*.dcm", "**/calcium_xml/{case}.xml").priority
    ()
    """

    image: str
    label: str
    priority: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check(self.image, self.label)

    def cases(self, tree: Tree) -> Iterator[Case]:
        """Yield every case in natural order."""
        rules = Rules(self.priority, "empty")
        return cases(
            tree,
            self.image,
            self.label,
            image_of=partial(series, ref=partial(SeriesRef, tree)),
            mask_of=lambda paths, on: one(paths, lambda path: CocaRef(tree, path, on, rules)),
        )


@dataclass(frozen=True, slots=True)
class CocaRef(OneFile):
    """The outlines of a COCA file, filled on the grid of the CT that it is *onto*.

    Its values are 1 to 4 in the order of `imaging.masks.coca.ARTERIES`, or *values* by name.
    """

    onto: ImageRef
    rules: Rules = RULES
    values: Mapping[str, int] | None = None

    def valued(self, values: Mapping[str, int]) -> CocaRef:
        """Return the same mask with *values* by name."""
        return replace(self, values=values)

    def read(self) -> Volume:
        """Fill the outlines; raises `Refused` as `imaging.masks.coca.read_coca` does."""
        from medreg.imaging.masks.coca import ARTERIES, read_coca
        from medreg.imaging.masks.merge import by_name

        drawing = read_coca(self.tree, self.path, grid_of(self.onto))
        values = self.values or {name: number for number, name in enumerate(ARTERIES, start=1)}
        return by_name(drawing, values, self.rules, self.path)
