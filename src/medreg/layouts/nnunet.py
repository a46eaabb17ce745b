"""nnU-Net's raw folders: ``imagesTr`` with a file per channel, ``labelsTr``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from medreg.errors import DeclarationError
from medreg.layouts.join import cases, check, one
from medreg.layouts.refs import NiftiRef

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medreg.model import Case, Tree


@dataclass(frozen=True)
class NnunetRaw:
    """Training cases as nnU-Net wants them: ``{case}_0000.nii.gz`` is the first of *channels*.

    *folder* is a pattern of the folder that holds ``imagesTr`` and ``labelsTr``; *ending* that of
    its files. ``imagesTs`` is left out. A case is called as nnU-Net calls it, without ``_0000``.

    >>> NnunetRaw(channels=("flair", "t1"), folder="**/Dataset001_BRATS").ending
    '.nii.gz'
    """

    channels: tuple[str, ...]
    folder: str = "**"
    ending: str = ".nii.gz"

    def __post_init__(self) -> None:
        if not self.channels:
            raise DeclarationError("channels is empty; for example channels=('ct',)")
        check(self._images, self._labels)

    @property
    def _images(self) -> dict[str, str]:
        return {
            channel: f"{self.folder}/imagesTr/{{case}}_{number:04d}{self.ending}"
            for number, channel in enumerate(self.channels)
        }

    @property
    def _labels(self) -> str:
        return f"{self.folder}/labelsTr/{{case}}{self.ending}"

    @property
    def patterns(self) -> tuple[dict[str, str], str]:
        """The patterns of the images, by channel, and of the mask."""
        return self._images, self._labels

    def cases(self, tree: Tree) -> Iterator[Case]:
        """Yield every training case in natural order."""
        found = cases(
            tree,
            self._images,
            self._labels,
            image_of=lambda paths: one(paths, lambda path: NiftiRef(tree, path)),
            mask_of=lambda paths, _: one(paths, lambda path: NiftiRef(tree, path, unit="label")),
        )
        return (replace(case, id=case.id.removesuffix("_0000")) for case in found)
