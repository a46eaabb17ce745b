"""The inverse of each reference: the publisher's files that it would read a volume from."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from medreg.errors import Misuse
from medreg.layouts.refs import (
    NiftiRef,
    OntoRef,
    PerLabelRef,
    PngRef,
    RtStructRef,
    SegRef,
    SeriesRef,
    SuvRef,
)
from medreg.testing.attributes import to_lps
from medreg.testing.dicom import BQML_PER_SUV, Series, segmentation, slices
from medreg.testing.rtstruct import structure_set
from medreg.volume import Volume

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from medreg.model import Case, ImageRef, Modality

Files = dict[str, bytes]  # contents by path

_LEVEL = 2  # of isal: the same bytes on every x86 CPU tried


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
        volumes: dict[str, list[tuple[int, Volume]]] = {}  # of each NIfTI, by channel
        for channel, ref in self.case.images.items():
            volume = self.content.images[channel]
            match ref:
                case NiftiRef():
                    volumes.setdefault(ref.path, []).append((ref.channel or 0, volume))
                case SeriesRef():
                    yield from self._series(channel, ref, volume)
                case SuvRef() | OntoRef():
                    yield from self._series(channel, ref.stored, volume)
                case _:
                    raise _unknown(ref)
        for path, found in volumes.items():
            ordered = [volume for _, volume in sorted(found, key=lambda pair: pair[0])]
            yield path, nifti(ordered, gzipped=path.endswith(".gz"))
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
                yield ref.path, nifti([mask], gzipped=ref.path.endswith(".gz"))
            case PngRef():
                yield from zip(ref.members, pngs(mask), strict=True)
            case PerLabelRef():
                values = {name: value for value, name in self.content.names.items()}
                for name, path in ref.files.items():
                    chosen = np.equal(mask.array, values.get(name, -1)).astype(np.uint8)
                    yield path, nifti([replace(mask, array=chosen)], gzipped=path.endswith(".gz"))
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


def nifti(volumes: Sequence[Volume], *, gzipped: bool) -> bytes:
    """Write *volumes* of one grid as a NIfTI file in LPS order, 4-D if there are several."""
    import nibabel as nib
    from isal import igzip

    stored = [to_lps(volume) for volume in volumes]
    array = stored[0].array if len(stored) == 1 else np.stack([s.array for s in stored], axis=-1)
    image = nib.Nifti1Image(np.asfortranarray(array), stored[0].affine)
    image.header.set_xyzt_units("mm")
    image.set_sform(stored[0].affine, code=1)
    image.set_qform(stored[0].affine, code=1)
    data: bytes = image.to_bytes()
    return igzip.compress(data, _LEVEL, mtime=0) if gzipped else data


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
