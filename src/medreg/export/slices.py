"""Axial slices of a set as PNG, with an index (F083).

Seen as a radiologist does: the patient's right is on the left, anterior is up. It makes new
pixels: that is what is asked for.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from medreg.errors import DeclarationError
from medreg.export.tables import csv_bytes
from medreg.files.atomic import whole_file, write_bytes
from medreg.model import Divided

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from medreg.model import SetCase, SetContent

ABOUT = ("id", "slice", "part", "labels")  # columns before the files
FOLDER, INDEX = "slices", "slices.csv"
SHIFT = 32768  # a 16-bit PNG holds no negative number: pixel = value + 32768
ABDOMEN = (-160.0, 240.0)  # HU: 400 wide around 40, the usual soft tissue window


@dataclass(frozen=True, slots=True, kw_only=True)
class Slices(Divided):
    """Writes ``slices/<case>/<channel>_<k>.png`` and ``mask_<k>.png``, and ``slices.csv``.

    *bits* 8 spreads *window* (lowest and highest value, in the image's unit) over 0 to 255.
    *bits* 16 keeps whole numbers exactly, as value + 32768, or spreads *window* over 0 to 65535
    where one is given. *every* takes each n-th slice from the lowest. Masks hold the set's values.
    """

    name = "slices"
    bits: Literal[8, 16] = 8
    window: tuple[float, float] | None = None
    every: Annotated[int, Field(gt=0)] = 1

    def write_piece(
        self, content: SetContent, into: Path, piece: str
    ) -> tuple[Sequence[Path], str]:
        """Write the pictures of one case; tell its rows of the index."""
        case = content.cases[int(piece)]
        rows = list(self._case(content, case, into))
        beside = len(ABOUT)
        return [into / str(path) for row in rows for path in row[beside:]], json.dumps(rows)

    def write_rest(self, content: SetContent, into: Path, told: Sequence[str]) -> None:
        """Write the index."""
        rows = [row for text in told for row in json.loads(text)]
        images = (f"image_{channel}" for channel in content.modalities)
        head = [*ABOUT, *images, "mask"]
        write_bytes(into / INDEX, csv_bytes(head, rows))

    def _case(self, content: SetContent, case: SetCase, into: Path) -> Iterator[list[object]]:
        import numpy as np

        from medreg.imaging import nifti

        unit = {True: "HU", False: ""}
        images = {
            channel: nifti.load(file, unit[content.modalities[channel] == "CT"]).to_ras().array
            for channel, file in case.images.items()
        }
        mask = nifti.load(case.mask, "label").to_ras().array
        names = {value: name for name, value in content.labels.items() if value}
        folder = into / FOLDER / case.id
        for k in range(0, mask.shape[2], self.every):
            files = []
            for channel, array in images.items():
                files.append(folder / f"{channel}_{k:04d}.png")
                _save(files[-1], self._gray(array[..., k], f"{case.id}, {channel}"))
            files.append(folder / f"mask_{k:04d}.png")
            _save(files[-1], mask[..., k].astype(np.uint8))
            here = [names[v] for v in np.unique(mask[..., k]).tolist() if v in names]
            paths = [file.relative_to(into).as_posix() for file in files]
            yield [case.id, k, content.part(case), " ".join(here), *paths]

    def _gray(self, plane: NDArray[Any], what: str) -> NDArray[Any]:
        """Return *plane* as uint8 or uint16."""
        import numpy as np

        kind = np.uint8 if self.bits == 8 else np.uint16  # noqa: PLR2004 - the two depths of PNG
        if self.bits == 16 and self.window is None:  # noqa: PLR2004 - as above
            if not np.array_equal(plane, np.rint(plane)) or not _fits(plane):
                raise DeclarationError(
                    f"{what}: its values are no whole numbers from -32768 to 32767",
                    hint="say which range to spread, as in {slices: {bits: 16, window: [0, 20]}}",
                )
            return (plane.astype(np.int32) + SHIFT).astype(kind)
        low, high = self.window or ABDOMEN
        if low >= high:
            raise DeclarationError(f"slices: window is from low to high, not [{low:g}, {high:g}]")
        share = (np.clip(plane.astype(np.float64), low, high) - low) / (high - low)
        return np.rint(share * np.iinfo(kind).max).astype(kind)


def _fits(plane: NDArray[Any]) -> bool:
    return plane.size == 0 or (plane.min() >= -SHIFT and plane.max() < SHIFT)


def _save(target: Path, plane: NDArray[Any]) -> None:
    """Write a plane (x to the right of the patient, y to anterior) as a picture."""
    import numpy as np
    from PIL import Image

    picture = Image.fromarray(np.ascontiguousarray(plane[::-1, ::-1].T))
    with whole_file(target) as part:
        picture.save(part, format="PNG")
