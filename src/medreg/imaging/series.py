"""A DICOM series of one file per slice: CT, MR or PET."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from medreg.imaging.codecs import Decoder
from medreg.imaging.headers import headers, one_series
from medreg.imaging.pixels import stored_pixels
from medreg.imaging.stack import Slice, arrange, stack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medreg.imaging.headers import Header
    from medreg.imaging.stack import Grid
    from medreg.model import Tree
    from medreg.volume import Volume


def read_series(tree: Tree, paths: Sequence[str]) -> Volume:
    """Read *paths* as one volume; the order of *paths* and the files' names do not count.

    Geometry is ImagePositionPatient on the slices' normal. Values are real ones: HU for CT;
    ``Bq/ml``, ``SUV`` or DICOM's own Units for PET; none for MR. Padding is left as stored.
    Notes name localizers that were set aside, uneven gaps and lossy compression.
    Raises `Refused`, naming files, for whatever would make a wrong volume (`stack.arrange`).
    """
    with Decoder() as decoder:
        found, grid = read_grid(tree, paths, decoder)
        return stack(grid, found[0].unit)


def slice_order(tree: Tree, paths: Sequence[str]) -> list[str]:
    """Return the slices among *paths* in ascending position along their normal."""
    return [one.name for one in read_grid(tree, paths, Decoder())[1].slices]


def read_grid(tree: Tree, paths: Sequence[str], decoder: Decoder) -> tuple[list[Header], Grid]:
    """Read the headers of a series and arrange its slices; *decoder* reads pixels when asked."""
    found, aside = headers(tree, paths)
    one_series(found)
    grid = arrange([_slice(tree, header, decoder) for header in found])
    notes = (*aside, *grid.notes)
    if not found[0].series:
        notes += ("no SeriesInstanceUID: the files given were taken for one series",)
    if any(header.lossy for header in found):
        notes += ("lossy compression: values are not those of the scanner",)
    return found, replace(grid, notes=notes)


def _slice(tree: Tree, header: Header, decoder: Decoder) -> Slice:
    return Slice(
        name=header.path,
        position=header.position,
        orientation=header.orientation,
        spacing=header.spacing,
        rows=header.rows,
        columns=header.columns,
        slope=header.slope,
        intercept=header.intercept,
        pixels=partial(stored_pixels, tree, header, decoder),
    )
