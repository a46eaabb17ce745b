"""Miniatures: small datasets in the very files that a publisher offers, with no patient in them.

A miniature is the inverse of a layout, made by asking it: the layout finds its cases among the
listed names, and each reference that it returns is written so that it reads back a phantom. So a
layout in a plugin's own file has its miniature too. Declared fixes are undone in what is written:
every fix undoes itself (a flip twice is none), so a case read with its fixes shows the phantom.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO

from medreg.errors import NotFound
from medreg.layouts.among import AmongRef
from medreg.layouts.refs import RefusedRef
from medreg.testing import archives, clinical, encode, pictures
from medreg.testing.listing import tree_paths
from medreg.testing.subjects import Shape, content

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from medreg.model import Case, Dataset
    from medreg.testing.encode import Content
    from medreg.volume import Volume

LITTER = b"a file that no case is made of\n"


def miniature(
    dataset: Dataset,
    listing: Sequence[str],
    into: Path,
    *,
    shape: Shape = (40, 40, 32),
    subjects: Mapping[str, str] | None = None,
) -> list[Path]:
    """Fabricate the files of *listing* below *into*, and return what was written.

    Cases are phantoms of *shape* voxels, one per case id; *subjects* gives a case another's seed,
    so that duplicates can be planted. A DICOM series has as many slices as it has files.
    """
    names = NameTree(dataset, listing)
    files = dict.fromkeys(names.paths(), LITTER) | names.indices
    for found in dataset.arranged.cases(names):
        if any(isinstance(ref, RefusedRef) for ref in found.images.values()):
            continue  # its files stay litter
        case, others = plainly(dataset.with_channels(found))
        for number, other in enumerate(others, 1):
            files |= encode.files(other, content(dataset, other, f"{number}", shape), f"{number}")
        if dataset.packed:
            files |= pictures.files(dataset, case, (subjects or {}).get(case.id, case.id))
            continue
        seed = (subjects or {}).get(case.id, f"{dataset.name}/{case.id}")
        shown = undone(dataset, case, content(dataset, case, seed, shape))
        files |= encode.files(case, shown, dataset.name)
    files |= clinical.files(dataset, dataset.find(names), names.paths())
    listed = {names.listed[path]: data for path, data in files.items()}
    return archives.write(dict.fromkeys(listing, LITTER) | listed, into)


def plainly(case: Case) -> tuple[Case, list[Case]]:
    """Return *case* with the first of its series where a mask names one, and each other alone."""
    images = {
        channel: ref.series[0] if isinstance(ref, AmongRef) else ref
        for channel, ref in case.images.items()
    }
    others = [
        replace(case, images={**images, channel: one}, mask=None)
        for channel, ref in case.images.items()
        if isinstance(ref, AmongRef)
        for one in ref.series[1:]
    ]
    return replace(case, images=images), others


def undone(dataset: Dataset, case: Case, shown: Content) -> Content:
    """Return what must be written so that *case*, read with the dataset's fixes, is *shown*."""
    held = replace(
        case,
        images={
            channel: _Held(ref.members, shown.images[channel])
            for channel, ref in case.images.items()
        },
        mask=_Held(case.mask.members, shown.mask) if case.mask and shown.mask else None,
    )
    for fix in reversed(dataset.fixes):
        held = fix.case(held) or held  # a case that is dropped is written as it came
    return replace(
        shown,
        images={channel: ref.read() for channel, ref in held.images.items()},
        mask=held.mask.read() if held.mask else None,
    )


@dataclass(frozen=True, slots=True)
class _Held:
    """A reference to a volume in memory."""

    members: Sequence[str]
    volume: Volume

    def read(self) -> Volume:
        return self.volume


class NameTree:
    """The tree of a listing: names only, but for the indices that layouts read.

    *listed* maps the paths of the tree to those of the listing; *indices* holds the contents of
    each ``dataset.json`` (Decathlon), table of pictures and file of arrays, which follow from
    the names beside them.
    """

    def __init__(self, dataset: Dataset, listing: Sequence[str]) -> None:
        self.listed = tree_paths(listing)
        self.indices = {
            path: _decathlon(dataset, path.removesuffix("dataset.json"), list(self.listed))
            for path in self.listed
            if path.rpartition("/")[2] == "dataset.json"
        }
        self.indices |= pictures.indices(dataset, self)

    def paths(self) -> Sequence[str]:
        """Return every path, in natural order."""
        return list(self.listed)

    def open(self, path: str) -> BinaryIO:
        """Open an index."""
        return io.BytesIO(self.read(path))

    def read(self, path: str) -> bytes:
        """Return an index; raises `NotFound` for anything else, which has a name only."""
        if path not in self.indices:
            raise NotFound(f"{path} is a name in a listing: there is nothing to read yet")
        return self.indices[path]

    def container(self, path: str) -> str:
        """Return the listed path."""
        return self.listed[path]


def _decathlon(dataset: Dataset, folder: str, paths: Sequence[str]) -> bytes:
    """Write the Decathlon's index of *folder*, in the order and spelling of the real ones."""

    def below(kind: str) -> list[str]:
        start = f"{folder}{kind}/"
        return ["./" + path.removeprefix(folder) for path in paths if path.startswith(start)]

    training, test = below("imagesTr"), below("imagesTs")
    return json.dumps(
        {
            "name": dataset.title,
            "tensorImageSize": "4D" if len(dataset.modalities) > 1 else "3D",
            "modality": {str(i): channel for i, channel in enumerate(dataset.modalities)},
            "labels": {"0": "background", **{str(v): n for v, n in dataset.labels.items()}},
            "numTraining": len(training),
            "numTest": len(test),
            "training": [
                {"image": image, "label": image.replace("imagesTr", "labelsTr")}
                for image in training
            ],
            "test": test,
        },
        indent=1,
    ).encode()
