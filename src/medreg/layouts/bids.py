"""The Brain Imaging Data Structure: ``sub-X[/ses-Y]/anat/sub-X[_ses-Y]_T1w.nii.gz``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from medreg.errors import DeclarationError
from medreg.layouts.join import cases, channels, check, one
from medreg.layouts.refs import NiftiRef

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from medreg.model import Case, Tree

DERIVED = "derivatives"


@dataclass(frozen=True)
class Bids:
    """Images of one *suffix* below *datatype*; the patient is ``sub-X``.

    *suffix* is one, or an ordered mapping from channel to suffix (``{"flair": "FLAIR"}``). A case
    is called after its file, without the suffix: ``sub-01_ses-1_run-2``. *label* is a pattern of
    the masks, in which ``{case}`` is that name: ``derivatives/**/{case}_desc-lesion_mask.nii.gz``.
    Images below ``derivatives`` are left out.

    >>> Bids("T1w").datatype
    'anat'
    """

    suffix: str | Mapping[str, str]
    datatype: str = "anat"
    label: str | None = None

    def __post_init__(self) -> None:
        if not self.suffix or not self.datatype:
            raise DeclarationError("suffix or datatype is empty; for example Bids('T1w', 'anat')")
        check(self._images, self.label)

    @property
    def _images(self) -> dict[str, str]:
        return {
            channel: " | ".join(
                f"**/sub-{{patient}}/{session}{self.datatype}/{{case}}_{suffix}.nii{packed}"
                for session in ("", "ses-{session}/")
                for packed in (".gz", "")
            )
            for channel, suffix in channels(self.suffix).items()
        }

    @property
    def patterns(self) -> tuple[dict[str, str], str | None]:
        """The patterns of the images, by channel, and of the mask."""
        return self._images, self.label

    def cases(self, tree: Tree) -> Iterator[Case]:
        """Yield every case in natural order."""
        found = cases(
            tree,
            self._images,
            self.label,
            image_of=lambda paths: one(paths, lambda path: NiftiRef(tree, path)),
            mask_of=lambda paths, _: one(paths, lambda path: NiftiRef(tree, path, unit="label")),
            aside=lambda path: DERIVED in path.split("/")[:-1],
        )
        end = f"_{next(iter(channels(self.suffix).values()))}"
        return (replace(case, id=case.id.removesuffix(end)) for case in found)
