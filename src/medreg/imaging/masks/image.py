"""The image that an annotation is put on, of which the grid and the UIDs are enough."""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from medreg.errors import Misuse, NotFound, Refused
from medreg.files.archive import RawTree, ending
from medreg.imaging import nifti
from medreg.imaging.codecs import Decoder
from medreg.imaging.dicom import read_dataset
from medreg.imaging.guard import refusing
from medreg.imaging.masks.identity import UNKNOWN, Identity, identity
from medreg.imaging.series import read_grid
from medreg.imaging.stack import Slice, arrange
from medreg.volume import Volume

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from medreg.imaging.geometry import Matrix
    from medreg.model import Tree

NIFTI = (".nii", ".nii.gz")
DRAWN = ("SEG", "RTSTRUCT")  # Modality of what is no image, but may lie beside one
PLANE = [
    *("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"),
    *("Rows", "Columns", "NumberOfFrames"),
]
SHOWN = 3  # series that a message lists


@dataclass(frozen=True, slots=True)
class Alone:
    """A tree of one file."""

    file: Path

    def paths(self) -> Sequence[str]:
        """Return its name."""
        return (self.file.name,)

    def open(self, path: str) -> BinaryIO:
        """Open it."""
        if path != self.file.name or not self.file.is_file():
            raise NotFound(f"there is no file {self.file.parent / path}")
        return self.file.open("rb")

    def read(self, path: str) -> bytes:
        """Return its bytes."""
        with self.open(path) as stream:
            return stream.read()

    def container(self, path: str) -> str:
        """Return *path*: the file is no archive."""
        return path


def image_grid(image: Path, wanted: Collection[str]) -> tuple[Volume, Identity]:
    """Return the grid of *image* (a NIfTI file, or a folder or archive of DICOM) and its UIDs.

    The volume's values mean nothing. Of several series it is the one among *wanted* (series UIDs).
    Raises `NotFound`, `Misuse` and, as the readers do, `Refused`.
    """
    if image.name.endswith(NIFTI) and image.is_file():
        return nifti.load(image), UNKNOWN
    with _tree(image) as (tree, paths):
        members = _one_series(tree, paths, wanted, image)
        return _geometry(tree, members), identity(tree, members)


def _geometry(tree: Tree, members: Sequence[str]) -> Volume:
    """Return the grid of a series, also of one whose values are not understood."""
    try:
        return series_grid(tree, members)
    except Refused as refusal:
        try:
            grid = arrange([_plane(tree, path) for path in members])
        except Refused:
            raise refusal from None
        note = f"only the image's geometry was read: {refusal.message}"
        return _empty(grid.shape, grid.affine, (*grid.notes, note))


def _plane(tree: Tree, path: str) -> Slice:
    """Return a slice of which nothing is known but where it lies."""
    header = read_dataset(tree, path, only=PLANE, pixels=False)
    with refusing(path, "a DICOM slice"):
        if int(header.get("NumberOfFrames") or 1) > 1:
            raise Refused(f"{path} has several frames")
        position, orientation, spacing = (
            tuple(float(number) for number in header[name].value) for name in PLANE[:3]
        )
        return Slice(
            name=path,
            position=position,
            orientation=orientation,
            spacing=spacing,
            rows=int(header.Rows),
            columns=int(header.Columns),
            slope=1.0,
            intercept=0.0,
            pixels=partial(_nothing, path),
        )


def _nothing(path: str) -> NDArray[np.generic]:
    raise Refused(f"{path}: only its geometry is known")


def series_grid(tree: Tree, members: Sequence[str]) -> Volume:
    """Return the grid of a DICOM series from headers alone; its values mean nothing.

    Raises `Refused` as `series.read_series` does, but for pixels.
    """
    with Decoder() as decoder:
        _, grid = read_grid(tree, members, decoder)
    return _empty(grid.shape, grid.affine, grid.notes)


def _empty(shape: tuple[int, int, int], affine: Matrix, notes: tuple[str, ...]) -> Volume:
    """Return a volume of zeros that takes no memory."""
    return Volume(np.broadcast_to(np.zeros((), np.uint8), shape), affine, "", notes)


@contextmanager
def _tree(image: Path) -> Iterator[tuple[Tree, Sequence[str]]]:
    if image.is_dir():
        with RawTree(image) as tree:
            yield tree, tree.paths()
    elif not image.is_file():
        raise NotFound(f"there is no image {image}")
    elif suffix := ending(image.name):
        with RawTree(image.parent) as tree:
            inside = image.name[: -len(suffix)] + "/"
            yield tree, [path for path in tree.paths() if path.startswith(inside)]
    else:
        yield Alone(image), (image.name,)


def _one_series(
    tree: Tree, paths: Sequence[str], wanted: Collection[str], image: Path
) -> Sequence[str]:
    """Return the files of the only series of images among *paths*, or of the wanted one."""
    series: defaultdict[str, list[str]] = defaultdict(list)
    for path in paths:
        try:
            header = read_dataset(tree, path, only=["Modality", "SeriesInstanceUID"], pixels=False)
            with refusing(path, "DICOM"):
                if str(header.get("Modality") or "") not in (*DRAWN, ""):
                    series[str(header.get("SeriesInstanceUID") or "")].append(path)
        except Refused:
            continue  # litter beside a series
    if not series:
        raise Refused(f"{image} holds no DICOM image, and is no NIfTI file")
    if len(series) == 1:
        return next(iter(series.values()))
    chosen = sorted(set(wanted) & series.keys())
    if len(chosen) == 1:
        return series[chosen[0]]
    raise Misuse(
        f"{image} holds {len(series)} series, such as {', '.join(sorted(series)[:SHOWN])}",
        hint="--series UID says which one was drawn on",
    )
