"""JPEG, JPEG-LS and JPEG 2000 pixels, decoded in a process of their own.

The C++ libraries behind these codecs do not always survive a damaged stream: one in a hundred
takes its whole process down. So a child decodes, under a memory limit, and a crash is a refusal.
The child is ``python -m medreg.imaging.codecs``: it reads whole DICOM files from its standard
input, each after its length and the wanted frame in 8 bytes each (length 0: the file before, once
more), and answers each with a line of JSON and the pixels.
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
ASKED = struct.Struct("<QQ")


class Decoder:
    """Child processes that decode slices, one per thread that asks, started when it first does."""

    def __init__(self) -> None:
        self._idle: list[_Child] = []
        self._all: list[_Child] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for child in self._all:
            child.end()
        self._all.clear()
        self._idle.clear()

    def decode(self, file: bytes, path: str, frame: int = 0) -> NDArray[Any]:
        """Return the stored values of a *frame* of the DICOM *file*; *path* names it in errors."""
        try:
            child = self._idle.pop()
        except IndexError:
            child = _Child()
            self._all.append(child)
        try:
            array = child.ask(file, frame)
        except Refused as refusal:
            raise Refused(f"{path}{refusal.message}") from None
        finally:
            if child.is_alive:
                self._idle.append(child)
        return array


class _Child:
    """One process, and the file that it was sent last."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # codecs chatter
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )
        self._last: bytes | None = None
        self.is_alive = True

    def ask(self, file: bytes, frame: int) -> NDArray[Any]:
        """Return a frame; raises `Refused` with the end of a sentence that begins with a path."""
        asked, answers = self._process.stdin, self._process.stdout
        if asked is None or answers is None:
            raise RuntimeError("the decoder was started without pipes")
        try:
            again = file is self._last
            asked.write(ASKED.pack(0 if again else len(file), frame))
            asked.write(b"" if again else file)
            asked.flush()
            self._last = file
            answer = json.loads(answers.readline())
            pixels = answers.read(answer["size"])
        except (BrokenPipeError, json.JSONDecodeError):
            code = self._process.wait()
            self.end()
            raise Refused(f": its pixel data crashed the decoder ({code})") from None
        if "refused" in answer:
            raise Refused(f" cannot be read as {answer['refused']}")
        return np.frombuffer(pixels, answer["type"]).reshape(answer["shape"])

    def end(self) -> None:
        """Kill the process and let go of its pipes."""
        self.is_alive = False
        self._process.kill()
        self._process.communicate()


def decode(dataset: Dataset, frame: int = 0) -> NDArray[Any]:
    """Return the stored values of a *frame* of *dataset*, with the bits that are not used."""
    from pydicom.pixels.utils import pixel_array

    compressed = dataset.file_meta.TransferSyntaxUID.is_encapsulated
    return pixel_array(dataset, raw=True, index=frame, correct_unused_bits=compressed)


def _serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until there are no more; what a library raises is an answer, too."""
    from pydicom import Dataset, dcmread

    dataset = Dataset()
    while head := requests.read(ASKED.size):
        length, frame = ASKED.unpack(head)
        file = requests.read(length)
        try:
            with refusing("", "DICOM pixels"):
                dataset = dcmread(io.BytesIO(file), force=True) if file else dataset
                array = np.ascontiguousarray(decode(dataset, frame))
            said = {"type": array.dtype.str, "shape": array.shape, "size": array.nbytes}
            pixels = array.tobytes()
        except Refused as refusal:
            said, pixels = {"refused": refusal.message.partition(" as ")[2], "size": 0}, b""
        answers.write(json.dumps(said).encode() + b"\n" + pixels)
        answers.flush()


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    _serve(sys.stdin.buffer, sys.stdout.buffer)
