"""What is no volume: a picture, the first frames of a clip, a slide seen from afar."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from medreg.volume import Volume

RGB = 3


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """Decoded pixels: ``(rows, columns)``, of a clip or a volume ``(frames, rows, columns)``.

    Colors are one more axis of three, last. *size* is what the file holds where that is more than
    was decoded: ``(rows, columns)`` of a slide, ``(frames, rows, columns)`` of a clip. Low values
    are bright in what is *inverted*, as DICOM's ``MONOCHROME1`` is.
    """

    array: NDArray[Any]
    color: Literal["gray", "RGB"] = "gray"
    size: tuple[int, ...] = ()
    inverted: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        """The size of what the file holds, without colors."""
        return self.size or self.array.shape[: self.array.ndim - (self.color == "RGB")]

    def plane(self) -> NDArray[Any]:
        """Return one plane: the picture, a clip's first frame, a volume's middle slice."""
        array: NDArray[Any] = self.array
        planes = array.ndim - (self.color == "RGB")
        if planes == 2:  # noqa: PLR2004 - rows and columns
            return array
        shown: NDArray[Any] = array[0 if self.size else array.shape[0] // 2]
        return shown

    def volume(self, unit: str = "") -> Volume:
        """Return the plane as a volume of one slice, columns first; colors become their mean."""
        import numpy as np

        from medreg.volume import Volume

        plane = self.plane()
        if self.color == "RGB":
            plane = plane.mean(axis=-1).round().astype(plane.dtype)
        return Volume(np.ascontiguousarray(plane.T)[:, :, None], np.eye(4), unit)

    def digest(self) -> str:
        """Return the SHA-256 over shape and stored values of what was decoded."""
        import numpy as np

        array = np.ascontiguousarray(self.array)
        digest = hashlib.sha256(b"medreg pixels 1\n")
        digest.update(f"{self.color} {array.shape} {array.dtype.newbyteorder('<').str}\n".encode())
        digest.update(array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes())
        return f"sha256:{digest.hexdigest()}"
