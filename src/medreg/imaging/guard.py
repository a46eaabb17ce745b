"""What stands between hostile files and the libraries that read them."""

from __future__ import annotations

import os
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

from medreg.errors import MedregError, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_VOXELS = 2**30  # of one volume: 1024 slices of 1024 x 1024
MAX_PIXELS = 2**24  # of one slice: 4096 x 4096

MOST_THREADS = 4  # of one conversion, which is one of several


def processors() -> int:
    """Return how many threads one conversion may use; no result depends on it."""
    return min(len(os.sched_getaffinity(0)), MOST_THREADS)


@contextmanager
def refusing(name: str, kind: str) -> Iterator[None]:
    """Turn whatever a library raises on a damaged file into `Refused`, naming the file.

    *kind* says what it should have been, such as ``"NIfTI"``. Errors of this machine (with an
    ``errno``) pass. The libraries' warnings are silenced: what matters is asked for afterwards.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except MedregError:
        raise
    except Exception as error:  # parsers and codecs raise anything on damaged bytes
        if isinstance(error, OSError) and error.errno is not None:
            raise
        detail = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        raise Refused(f"{name} cannot be read as {kind} ({detail})") from error


def refuse_huge(name: str, *shape: int) -> None:
    """Raise `Refused` when *shape* is empty or larger than any scan, before memory is taken."""
    voxels = 1
    for length in shape:
        voxels *= length
    if min(shape) < 1 or voxels > MAX_VOXELS:
        size = " x ".join(str(length) for length in shape)
        raise Refused(f"{name} declares {size} voxels; a scan has 1 to {MAX_VOXELS:,}")
