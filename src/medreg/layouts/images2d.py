"""Pictures: a PNG, JPEG, TIFF, BMP, GIF or PPM file is a case."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, ClassVar

from medreg.errors import DeclarationError
from medreg.layouts.join import cases, check, one
from medreg.layouts.packed import MasksRef, PictureRef
from medreg.layouts.table import Rows
from medreg.model import LONE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medreg.model import Case, Tree


@dataclass(frozen=True)
class Images2d:
    """One picture per case, which stays in its file.

    *image* and *mask* are patterns (see `medreg.layouts.pattern`); ``{class}`` names the class.
    A case is called after all components that hold a word: ``{patient}/{study}/{case}.jpg`` gives
    ``patient1_study2_view1``. Several masks of one case are put together, the highest value on
    top; with *above*, what is brighter than it is 1, and all else 0 (masks in JPEG).

    *table* is a CSV file (the end of its path). Its column *key* names an image: by the end of
    its path, with or without the file's ending. *class_column* says the class, several of them
    separated by ``|``; or there is one column per class, where 1 says yes. *patient_column* says
    the patient.

    >>> Images2d("**/{class}/{case}.png", mask="**/{class}/{case}_mask.png").packed
    True
    """

    image: str
    mask: str | None = None
    above: int | None = None
    table: str = ""
    key: str = ""
    class_column: str | tuple[str, ...] = ""
    patient_column: str = ""

    packed: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check(self.image, self.mask)
        if bool(self.table) != bool(self.key and (self.class_column or self.patient_column)):
            raise DeclarationError(
                "table, key, and class_column or patient_column belong together",
                hint="for example table='train.csv', key='image_id', class_column='label'",
            )

    def cases(self, tree: Tree) -> Iterator[Case]:
        """Yield every case in natural order; reads the table, and no picture.

        Raises `Refused` where the table is missing or has no such columns.
        """
        found = cases(
            tree,
            self.image,
            self.mask,
            image_of=lambda paths: one(paths, partial(PictureRef, tree)),
            mask_of=lambda paths, _: MasksRef(tree, paths, self.above),
            called=attrgetter("whole"),
            many_masks=True,
        )
        if not self.table:
            return found
        rows = Rows.read(tree, self.table, self.key, self.class_column, self.patient_column)
        return map(partial(_told, rows), found)


def _told(rows: Rows, case: Case) -> Case:
    """Return *case* with what the table says of it."""
    paths = case.images[LONE].members
    row = rows.of(paths[0]) if paths else None
    if row is None:
        return case
    return replace(
        case,
        classes=case.classes if row.classes is None else row.classes,
        patient=case.patient if row.patient is None else row.patient,
    )
