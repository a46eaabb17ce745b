"""The Medical Segmentation Decathlon's folders: ``imagesTr``, ``labelsTr``, ``dataset.json``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from posixpath import normpath
from typing import TYPE_CHECKING, Any

from medreg.errors import DeclarationError, Refused
from medreg.layouts.pattern import clean
from medreg.layouts.refs import NiftiRef
from medreg.model import Case
from medreg.tables import natural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from medreg.model import Tree


@dataclass(frozen=True)
class Decathlon:
    """The training cases of one *task*; 4-D images hold one volume per channel, in this order.

    ``dataset.json`` is compared with the files that are there. ``imagesTs`` is left out: its
    masks were never published.
    """

    task: str
    channels: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.channels:
            raise DeclarationError(f"{self.task}: channels is empty; for example channels=('ct',)")

    def cases(self, tree: Tree) -> Iterator[Case]:
        """Yield every training case in natural order.

        Raises `Refused` when ``dataset.json`` is missing, unreadable or names other files than
        are there, and `DeclarationError` when it counts other channels.
        """
        paths = tree.paths()
        folder = self._folder(paths)
        training = self._training(folder + "dataset.json", tree)
        _compare(folder, training, paths)
        for image in sorted(training, key=natural):
            yield Case(
                id=clean(image.rpartition("/")[2], image, ending=True),
                images={
                    channel: NiftiRef(tree, image, index if len(self.channels) > 1 else None)
                    for index, channel in enumerate(self.channels)
                },
                mask=NiftiRef(tree, training[image], unit="label"),
            )

    def _folder(self, paths: Sequence[str]) -> str:
        end = f"{self.task}/dataset.json"
        found = [path for path in paths if path == end or path.endswith(f"/{end}")]
        if not found:
            raise Refused(
                f"there is no {end} among {len(paths)} files",
                hint=f"fetch {self.task}.tar again",
            )
        if len(found) > 1:
            raise DeclarationError(
                f"two folders hold {self.task}: {found[0]} and {found[1]}", hint="remove one"
            )
        return found[0].removesuffix("dataset.json")

    def _training(self, file: str, tree: Tree) -> dict[str, str]:
        """Return the mask's path by the image's."""
        folder = file.removesuffix("dataset.json")
        try:
            content: Any = json.loads(tree.read(file))
            modalities = [str(name) for name in content["modality"].values()]
            training = {
                normpath(folder + pair["image"]): normpath(folder + pair["label"])
                for pair in content["training"]
            }
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise Refused(f"{file} is not the Decathlon's: {error!r}") from None
        if len(modalities) != len(self.channels):
            raise DeclarationError(
                f"{file} lists {len(modalities)} channels ({', '.join(modalities)}), "
                f"the layout {len(self.channels)} ({', '.join(self.channels)})",
                hint="correct channels= in the plugin",
            )
        if len(training) != len(content["training"]):
            raise DeclarationError(f"{file} lists a training image twice")
        return training


def _compare(folder: str, training: dict[str, str], paths: Sequence[str]) -> None:
    """Raise `Refused` unless *training* is exactly what imagesTr and labelsTr hold."""
    listed = {*training, *training.values()}
    ours = (f"{folder}imagesTr/", f"{folder}labelsTr/")
    there = {path for path in paths if path.startswith(ours)}
    for problem, files in (("is missing", listed - there), ("is not listed", there - listed)):
        if files:
            first = min(files, key=natural)
            more = f" (and {len(files) - 1} more)" if len(files) > 1 else ""
            raise Refused(
                f"{first}{more} {problem}: {folder}dataset.json and the files beside it differ",
                hint="fetch the task again",
            )
