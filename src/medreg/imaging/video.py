"""The first frames of a video, by OpenCV (extra ``video``)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from medreg.errors import CannotHere, Refused
from medreg.imaging.guard import MAX_PIXELS, refusing
from medreg.imaging.local import on_disk
from medreg.model.pictures import Picture

if TYPE_CHECKING:
    from medreg.model import Tree

FRAMES = 16  # that are looked at
SILENT = {"OPENCV_LOG_LEVEL": "SILENT", "OPENCV_FFMPEG_LOGLEVEL": "-8"}


def read(tree: Tree, path: str) -> Picture:
    """Decode the first `FRAMES` frames of a video, as RGB.

    Raises `CannotHere` without OpenCV, `Refused` for a file that is no video.
    """
    cv2 = _opencv()
    with on_disk(tree, [path]) as file, refusing(path, "a video"):
        video = cv2.VideoCapture(str(file), cv2.CAP_FFMPEG)
        try:
            columns, rows, count = (
                int(video.get(what))
                for what in (
                    cv2.CAP_PROP_FRAME_WIDTH,
                    cv2.CAP_PROP_FRAME_HEIGHT,
                    cv2.CAP_PROP_FRAME_COUNT,
                )
            )
            if not video.isOpened() or not 0 < rows * columns <= MAX_PIXELS:
                raise Refused(f"{path} is no video, or none that this machine can decode")
            frames: list[Any] = []
            while len(frames) < FRAMES:
                there, frame = video.read()
                if not there:
                    break
                frames.append(frame[..., ::-1])
        finally:
            video.release()
    if not frames:
        raise Refused(f"{path} declares {count} frames, and none can be decoded")
    count = max(count, len(frames))
    if len(frames) < min(count, FRAMES):
        raise Refused(f"{path} declares {count} frames, and ends after {len(frames)}")
    array = np.stack(frames)
    return Picture(array, "RGB", size=(count, *array.shape[1:3]))


def _opencv() -> Any:
    for name, value in SILENT.items():
        os.environ.setdefault(name, value)
    try:
        import cv2
    except ImportError:
        raise CannotHere(
            "videos are read by OpenCV, which is not installed",
            hint='pip install "medreg[video]"',
        ) from None
    return cv2
