"""One scan's fingerprint: every rung's value, and its compact text."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from medreg.errors import BytesDiffer
from medreg.imaging.fingerprint import fingerprint
from medreg.imaging.fingerprints.perceptual import perceptual
from medreg.imaging.fingerprints.sketch import TEXTURE, sketch

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from medreg.tables import CaseRow, FingerprintRow
    from medreg.volume import Volume

WIDE = 4  # bytes
WHOLE, NARROW = 2**31, 2**15
KINDS = {"uids": "<u8", "slices": "<u8", "sketch": "<u4", "perceptual": "u1"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fingerprint:
    """What finds a scan again. Arrays are sorted, but for *perceptual*.

    *values* is the digest of the exact values; *uids* are hashes of series and SOP instance UIDs,
    where they are known; *slices* are hashes of the axial slices that are not flat, each as often
    as it occurs.
    """

    unit: str
    values: str
    uids: NDArray[np.uint64]
    slices: NDArray[np.uint64]
    sketch: NDArray[np.uint32]
    perceptual: NDArray[np.uint8]

    def texts(self) -> Mapping[str, str]:
        """Return every field as text: arrays little-endian in base64."""
        arrays = {
            name: base64.b64encode(getattr(self, name).astype(kind).tobytes()).decode()
            for name, kind in KINDS.items()
        }
        return {"unit": self.unit, "values": self.values, **arrays}

    @classmethod
    def from_texts(cls, texts: Mapping[str, str], where: str = "fingerprint") -> Fingerprint:
        """Read what `texts` wrote; raises `BytesDiffer` naming *where*."""
        try:
            arrays: dict[str, Any] = {
                name: np.frombuffer(base64.b64decode(texts.get(name, ""), validate=True), kind)
                for name, kind in KINDS.items()
            }
        except ValueError as error:
            raise BytesDiffer(f"{where}: it is no fingerprint ({error})") from None
        return cls(unit=texts.get("unit", ""), values=texts.get("values", ""), **arrays)


def fingerprint_of(volume: Volume, uids: Iterable[str] = ()) -> Fingerprint:
    """Take the fingerprint of *volume*; *uids* are those of its series and instances."""
    ras = volume.to_ras()
    planes = np.ascontiguousarray(_whole(ras.array).transpose(2, 1, 0))
    return Fingerprint(
        unit=ras.unit,
        values=fingerprint(replace(ras, array=np.asfortranarray(ras.array))),
        uids=np.array(sorted({_short(uid.encode()) for uid in uids}), np.uint64),
        slices=_slices(planes),
        sketch=sketch(planes),
        perceptual=perceptual(ras.array, ras.unit),
    )


def read_rows(
    dataset: str, cases: Iterable[CaseRow], rows: Iterable[FingerprintRow]
) -> dict[str, Fingerprint]:
    """Read a dataset's fingerprints by ``dataset/case``, of the cases that both tables hold."""
    known = {row.case: row for row in cases}
    found = {}
    for row in rows:
        if row.case in known:
            case, ref = known[row.case], f"{dataset}/{row.case}"
            texts = {**asdict(row), "unit": case.unit, "values": case.fingerprint}
            found[ref] = Fingerprint.from_texts(texts, ref)
    return found


def _slices(planes: NDArray[Any]) -> NDArray[np.uint64]:
    """Hash each axial slice that has some range of values; a flat one, or a mask's, is common."""
    found = []
    for plane in planes:
        low, high = (int(plane.min()), int(plane.max())) if plane.size else (0, 0)
        if high - low >= TEXTURE:
            kind = "<i2" if low >= -NARROW and high < NARROW else "<i4"
            values = np.ascontiguousarray(plane.astype(kind, copy=False))
            found.append(_short(f"{plane.shape} {kind} ".encode(), values))
    return np.array(sorted(found), np.uint64)


def _whole(array: NDArray[Any]) -> NDArray[Any]:
    """Return whole numbers that fit 32 bits: those of *array*, or the bits of its float32 values.

    Ordered bits keep what is larger larger, so that cells sort alike; no offset is undone then.
    """
    if array.dtype.kind in "iub" and (array.dtype.itemsize < WIDE or _fits(array)):
        return array
    values = np.nan_to_num(array.astype(np.float64))
    if _fits(values) and bool((values == np.rint(values)).all()):
        return values.astype(np.int32)
    bits = values.astype(np.float32).view(np.int32)
    ordered: NDArray[Any] = np.where(bits < 0, np.int32(-WHOLE + 1) - bits, bits)
    return ordered


def _fits(array: NDArray[Any]) -> bool:
    return bool(array.min(initial=0) >= -WHOLE and array.max(initial=0) < WHOLE)


def _short(*data: Any) -> int:
    digest = hashlib.sha256()
    for part in data:
        digest.update(part)
    return int.from_bytes(digest.digest()[:8], "little")
