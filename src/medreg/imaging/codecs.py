"""JPEG, JPEG-LS and JPEG 2000 pixels, decoded in a process of their own.

The C++ libraries behind these codecs do not always survive a damaged stream: one in a hundred
takes its whole process down. So a child decodes, under a memory limit, and a crash is a refusal.
The child is `medreg.imaging.decoding`.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from dataclasses import asdict
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from medreg.errors import Refused
from medreg.imaging import decoding
from medreg.imaging.fragments import lone
from medreg.imaging.guard import refusing
from medreg.imaging.scaling import used

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydicom import Dataset

    from medreg.imaging.stored import Encoded


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

    def decode(
        self, file: bytes, path: str, frame: int = 0, *, said: Encoded | None = None
    ) -> NDArray[Any]:
        """Return the stored values of a *frame* of the DICOM *file*; *path* names it in errors.

        What the header *said* of a file with one frame spares reading it again.
        """
        try:
            child = self._idle.pop()
        except IndexError:
            child = _Child()
            self._all.append(child)
        try:
            array = child.ask(file, frame, said)
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
            [sys.executable, "-P", decoding.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # codecs chatter
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )
        self._last: bytes | None = None
        self.is_alive = True

    def ask(self, file: bytes, frame: int, said: Encoded | None) -> NDArray[Any]:
        """Return a frame; raises `Refused` with the end of a sentence that begins with a path."""
        asked, answers = self._process.stdin, self._process.stdout
        if asked is None or answers is None:
            raise RuntimeError("the decoder was started without pipes")
        try:
            again = file is self._last
            note = _note(file, said) if said else b""
            asked.write(decoding.ASKED.pack(0 if again else len(file), frame, len(note)) + note)
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
        array = np.frombuffer(pixels, answer["type"]).reshape(answer["shape"])
        if said and answer.get("straight"):
            return used(array, said.allocated, said.stored, said.stored - 1)
        return array

    def end(self) -> None:
        """Kill the process and let go of its pipes."""
        self.is_alive = False
        self._process.kill()
        self._process.communicate()


def _note(file: bytes, said: Encoded) -> bytes:
    """Return what a child is told of the lone frame of *file*; nothing where it is not alone."""
    stream = lone(file, said.offset)
    if stream is None or not said.stored:
        return b""
    start, end = stream
    return json.dumps({**asdict(said), "start": start, "end": end}).encode()


def decode(dataset: Dataset, frame: int = 0) -> NDArray[Any]:
    """Return the stored values of a *frame* of *dataset*, with the bits that are not used."""
    from pydicom.pixels.utils import pixel_array

    compressed = dataset.file_meta.TransferSyntaxUID.is_encapsulated
    return pixel_array(dataset, raw=True, index=frame, correct_unused_bits=compressed)


@lru_cache(maxsize=1)
def _parsed(file: bytes) -> Dataset:
    from pydicom import dcmread

    return dcmread(io.BytesIO(file), force=True)


def decoded(file: bytes, frame: int = 0) -> NDArray[Any]:
    """Return the stored values of a *frame* of the DICOM *file*, in this very process."""
    with refusing("", "DICOM pixels"):
        return np.ascontiguousarray(decode(_parsed(file), frame))
