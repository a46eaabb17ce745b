"""Images of one file each, with masks of their own: NIfTI, MetaImage, NRRD, Analyze."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medreg.layouts.join import Image, cases, check, one
from medreg.layouts.refs import NiftiRef

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medreg.model import Case, Tree


@dataclass(frozen=True)
class Pairs:
    """One file per image or channel, and one per mask: see `medreg.imaging.formats`.

    NIfTI, MetaImage (``.mha``, ``.mhd`` with its data beside it), NRRD and Analyze (``.hdr``).

    *image* is a pattern (see `medreg.layouts.pattern`), or an ordered mapping from channel to
    pattern; *label* is the mask's. A case without a file that matches *label* is unlabelled.
    *mask_on* names the channel whose grid the mask shares, when it is not the first.

    >>> Pairs(image="**/volume-{case}.nii", label="**/segmentation-{case}.nii").mask_on
    ''
    """

    image: Image
    label: str | None = None
    mask_on: str = ""

    def __post_init__(self) -> None:
        check(self.image, self.label, self.mask_on)

    def cases(self, tree: Tree) -> Iterator[Case]:
        """Yield every case in natural order."""
        return cases(
            tree,
            self.image,
            self.label,
            image_of=lambda paths: one(paths, lambda path: NiftiRef(tree, path)),
            mask_of=lambda paths, _: one(paths, lambda path: NiftiRef(tree, path, unit="label")),
            mask_on=self.mask_on,
        )
