"""A DICOM series of CT, MR or PET: one file per slice, or many frames per file."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from medreg.errors import Refused
from medreg.imaging.codecs import Decoder
from medreg.imaging.headers import headers, one_series, refuse_mixed
from medreg.imaging.pixels import Pixels
from medreg.imaging.split import split
from medreg.imaging.stack import Slice, arrange, stack

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from medreg.imaging.headers import Header
    from medreg.imaging.stack import Grid, Resample
    from medreg.model import Tree
    from medreg.volume import Volume


def read_series(
    tree: Tree, paths: Sequence[str], *, channel: str = "", resample: Collection[Resample] = ()
) -> Volume:
    """Read *paths* as one volume; the order of *paths* and the files' names do not count.

    Geometry is ImagePositionPatient on the slices' normal. Values are real ones: HU for CT;
    ``Bq/ml``, ``SUV`` or DICOM's own Units for PET; none for MR. Padding is left as stored.
    A 4-D series holds several volumes (`medreg.imaging.split`): *channel* says which.
    *resample* names what is corrected by interpolation instead of refused (`stack.arrange`).
    Notes name localizers that were set aside, copies, uneven gaps, resampling, lossy compression.
    Raises `Refused`, naming files, for whatever would make a wrong volume.
    """
    with Decoder() as decoder:
        found, grids = _grids(tree, paths, Pixels(tree, decoder), resample)
        return stack(_chosen(grids, channel), found[0].unit)


def read_volumes(
    tree: Tree, paths: Sequence[str], *, resample: Collection[Resample] = ()
) -> Iterator[tuple[str, Volume]]:
    """Yield every volume of a series by name; a lone one has the empty name."""
    with Decoder() as decoder:
        found, grids = _grids(tree, paths, Pixels(tree, decoder), resample)
        for name, grid in grids.items():
            yield name, stack(grid, found[0].unit)


def read_grid(tree: Tree, paths: Sequence[str], decoder: Decoder) -> tuple[list[Header], Grid]:
    """Read the headers of a series and arrange its slices; *decoder* reads pixels when asked."""
    found, grids = _grids(tree, paths, Pixels(tree, decoder), ())
    return found, _chosen(grids, "")


def _chosen(grids: Mapping[str, Grid], channel: str) -> Grid:
    if not channel and len(grids) > 1:
        raise Refused(f"the series holds {len(grids)} volumes: name one of {', '.join(grids)}")
    if channel not in grids:
        raise Refused(f"the series has no volume {channel!r}, but {', '.join(grids) or 'one'}")
    return grids[channel]


def _grids(
    tree: Tree,
    paths: Sequence[str],
    pixels: Pixels,
    resample: Collection[Resample],
) -> tuple[list[Header], dict[str, Grid]]:
    found, aside = headers(tree, paths)
    one_series(found)
    volumes, said = split(found, pixels)
    notes = (*aside, *said)
    if not found[0].series:
        notes += ("no SeriesInstanceUID: the files given were taken for one series",)
    if any(header.lossy for header in found):
        notes += ("lossy compression: values are not those of the scanner",)
    notes += tuple(sorted({header.rescaled for header in found} - {""}))
    grids = {}
    for name, members in volumes.items():
        refuse_mixed("ImageType value 3", lambda header: header.kind, members)
        grid = arrange([_slice(header, pixels) for header in members], resample)
        grids[name] = replace(grid, notes=(*notes, *grid.notes))
    return found, grids


def _slice(header: Header, pixels: Pixels) -> Slice:
    return Slice(
        name=header.name,
        position=header.position,
        orientation=header.orientation,
        spacing=header.spacing,
        rows=header.rows,
        columns=header.columns,
        slope=header.slope,
        intercept=header.intercept,
        pixels=partial(pixels, header),
        encoded=header.encoded is not None,
        form=(header.plain.kind, header.plain.bits) if header.plain else None,
        fill=partial(pixels.fill, header, header.plain) if header.plain else None,
    )
