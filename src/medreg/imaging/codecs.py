"""JPEG, JPEG-LS and JPEG 2000 pixels, decoded in a process of their own.

The C++ libraries behind these codecs do not always survive a damaged stream: one in a hundred
takes its whole process down. So a child decodes, under a memory limit, and a crash is a refusal.
The child is ``python -m medreg.imaging.codecs``: it reads whole DICOM files from its standard
input, each after its length in 8 bytes, and answers each with a line of JSON and the pixels.
"""

from __future__ import annotations

import io
import json
import os
import resource
import struct
import subprocess
import sys
from typing import TYPE_CHECKING, Any, BinaryIO, Self

import numpy as np

from medreg.errors import Refused
from medreg.imaging.guard import refusing

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydicom import Dataset

MEMORY = 4 * 2**30  # bytes of address space for the child
LENGTH = struct.Struct("<Q")


class Decoder:
    """A child process that decodes slices, started when the first one needs it."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.communicate()
            self._child = None

    def decode(self, file: bytes, path: str) -> NDArray[Any]:
        """Return the stored values of the DICOM *file*; *path* names it in errors."""
        self._child = self._child or _start()
        if self._child.stdin is None or self._child.stdout is None:
            raise RuntimeError("the decoder was started without pipes")
        try:
            self._child.stdin.write(LENGTH.pack(len(file)))
            self._child.stdin.write(file)
            self._child.stdin.flush()
            answer = json.loads(self._child.stdout.readline())
            pixels = self._child.stdout.read(answer["size"])
        except (BrokenPipeError, json.JSONDecodeError):
            code = self._child.wait()
            self.__exit__()
            raise Refused(f"{path}: its pixel data crashed the decoder ({code})") from None
        if "refused" in answer:
            raise Refused(f"{path} cannot be read as {answer['refused']}")
        return np.frombuffer(pixels, answer["type"]).reshape(answer["shape"])


def decode(dataset: Dataset) -> NDArray[Any]:
    """Return the stored values of *dataset*'s first frame, with the bits that are not used."""
    from pydicom.pixels.utils import pixel_array

    compressed = dataset.file_meta.TransferSyntaxUID.is_encapsulated
    return pixel_array(dataset, raw=True, index=0, correct_unused_bits=compressed)


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-P", "-m", __name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # codecs chatter
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )


def _serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until there are no more; what a library raises is an answer, too."""
    from pydicom import dcmread

    while head := requests.read(LENGTH.size):
        file = requests.read(*LENGTH.unpack(head))
        try:
            with refusing("", "DICOM pixels"):
                array = np.ascontiguousarray(decode(dcmread(io.BytesIO(file), force=True)))
            said = {"type": array.dtype.str, "shape": array.shape, "size": array.nbytes}
            pixels = array.tobytes()
        except Refused as refusal:
            said, pixels = {"refused": refusal.message.partition(" as ")[2], "size": 0}, b""
        answers.write(json.dumps(said).encode() + b"\n" + pixels)
        answers.flush()


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    _serve(sys.stdin.buffer, sys.stdout.buffer)
