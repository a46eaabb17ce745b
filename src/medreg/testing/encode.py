"""The inverse of each reference: the publisher's files that it would read a volume from."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from medreg.errors import Misuse
from medreg.layouts.coca import CocaRef
from medreg.layouts.masks import LidcRef, PerLabelRef, RtStructRef, SegRef
from medreg.layouts.refs import NiftiRef, OntoRef, PngRef, SeriesRef, SuvRef
from medreg.testing import volumes
from medreg.testing.attributes import to_lps
from medreg.testing.coca import property_list
from medreg.testing.dicom import BQML_PER_SUV, Series, segmentation, slices
from medreg.testing.lidc import reading
from medreg.testing.rtstruct import structure_set
from medreg.volume import Volume

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from medreg.model import Case, ImageRef, Modality

Files = dict[str, bytes]  # contents by path


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What one case shows: volumes by channel, the mask, and what its values are called."""

    images: Mapping[str, Volume]
    mask: Volume | None
    modalities: Mapping[str, Modality]
    names: Mapping[int, str]


def files(case: Case, content: Content, dataset: str) -> Files:
    """Return every file of *case*, so that its references read *content* back.

    Raises `Misuse` for a kind of reference that has no inverse here.
    """
    writer = _Case(case, content, f"{dataset}/{case.id}", case.patient or case.id)
    return dict(writer.files())


@dataclass(frozen=True, slots=True)
class _Case:
    case: Case
    content: Content
    study: str
    patient: str

    def files(self) -> Iterator[tuple[str, bytes]]:
        shown: dict[tuple[str, ...], list[tuple[int, Volume]]] = {}  # of each file, by channel
        for channel, ref in self.case.images.items():
            volume = self.content.images[channel]
            match ref:
                case NiftiRef():
                    shown.setdefault((*ref.members,), []).append((ref.channel or 0, volume))
                case SeriesRef():
                    yield from self._series(channel, ref, volume)
                case SuvRef() | OntoRef():
                    yield from self._series(channel, ref.stored, volume)
                case _:
                    raise _unknown(ref)
        for members, found in shown.items():
            ordered = [volume for _, volume in sorted(found, key=lambda pair: pair[0])]
            yield from volumes.files(members, ordered).items()
        if self.case.mask is not None and self.content.mask is not None:
            yield from self._mask(self.case.mask, self.content.mask)

    def _series(self, channel: str, ref: SeriesRef, volume: Volume) -> Iterator[tuple[str, bytes]]:
        modality = self.content.modalities[channel]
        if volume.unit == "SUV":
            activity = np.asarray(volume.array, dtype=np.float64) * BQML_PER_SUV
            volume = Volume(activity, volume.affine, "Bq/ml")
        yield from zip(
            ref.members, slices(volume, modality, self._named(channel, ref)), strict=True
        )

    def _mask(self, ref: ImageRef, mask: Volume) -> Iterator[tuple[str, bytes]]:
        match ref:
            case NiftiRef():
                yield from volumes.files(ref.members, [mask]).items()
            case PngRef():
                yield from zip(ref.members, pngs(mask), strict=True)
            case PerLabelRef():
                values = {name: value for value, name in self.content.names.items()}
                for name, path in ref.files.items():
                    chosen = np.equal(mask.array, values.get(name, -1)).astype(np.uint8)
                    held = NiftiRef(ref.tree, path).members
                    yield from volumes.files(held, [replace(mask, array=chosen)]).items()
            case LidcRef():
                grid = self.case.grid
                yield ref.path, reading(mask, source=self._named(grid, self.case.images[grid]))
            case CocaRef():
                yield ref.path, property_list(mask, self.content.names)
            case RtStructRef():
                grid = self.case.grid
                yield (
                    ref.path,
                    structure_set(
                        mask,
                        self.content.names,
                        self._named("rtstruct", ref),
                        source=self._named(grid, self.case.images[grid]),
                        modality=self.content.modalities[grid],
                    ),
                )
            case SegRef():
                grid = self.case.grid
                yield (
                    ref.path,
                    segmentation(
                        mask,
                        self.content.names,
                        self._named("seg", ref),
                        source=self._named(grid, self.case.images[grid]),
                        modality=self.content.modalities[grid],
                        every_frame=not mask.array.any(),
                    ),
                )
            case _:
                raise _unknown(ref)

    def _named(self, channel: str, ref: ImageRef) -> Series:
        return Series(
            patient=self.patient,
            study=self.study,
            series=f"{self.study}/{channel}",
            description=ref.members[0].split("/")[-2][:64],
            number=1 + [*self.case.images, "seg", "rtstruct"].index(channel),
        )


def pngs(mask: Volume) -> list[bytes]:
    """Write *mask* as one gray PNG per axial slice, from the head down like `dicom.slices`."""
    from PIL import Image

    array = to_lps(mask).array.astype(np.uint8)
    written = []
    for k in reversed(range(array.shape[2])):
        stream = io.BytesIO()
        Image.fromarray(np.ascontiguousarray(array[:, :, k].T)).save(stream, format="png")
        written.append(stream.getvalue())
    return written


def _unknown(ref: ImageRef) -> Misuse:
    return Misuse(f"a miniature cannot write what {type(ref).__name__} reads")
