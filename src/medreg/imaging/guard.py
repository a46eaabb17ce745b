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

SLIPS = (AttributeError, TypeError, NameError)  # what a mistake of ours raises
MOST_THREADS = 4  # of one conversion, which is one of several


def processors() -> int:
    """Return how many threads one conversion may use; no result depends on it."""
    workers = int(os.environ.get("MEDREG_WORKERS", "1"))  # set by `medreg.engine`
    return max(1, min(len(os.sched_getaffinity(0)) // workers, MOST_THREADS))


@contextmanager
def refusing(name: str, kind: str) -> Iterator[None]:
    """Turn whatever a library raises on a damaged file into `Refused`, naming the file.

    *kind* says what it should have been, such as ``"NIfTI"``. Errors of this machine (with an
    ``errno``) pass, and so do our own slips where MEDREG_DEBUG is 1. The libraries' warnings are
    silenced: what matters is asked for afterwards.
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
        if isinstance(error, SLIPS) and os.environ.get("MEDREG_DEBUG") == "1" and _is_ours(error):
            raise
        detail = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        raise Refused(f"{name} cannot be read as {kind} ({detail})") from error


def _is_ours(error: Exception) -> bool:
    """Tell whether *error* was raised by a line of medreg itself, not by a library below it."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    module = "" if trace is None else str(trace.tb_frame.f_globals.get("__name__", ""))
    return module.partition(".")[0] == "medreg"


def refuse_huge(name: str, *shape: int) -> None:
    """Raise `Refused` when *shape* is empty or larger than any scan, before memory is taken."""
    voxels = 1
    for length in shape:
        voxels *= length
    if min(shape) < 1 or voxels > MAX_VOXELS:
        size = " x ".join(str(length) for length in shape)
        raise Refused(f"{name} declares {size} voxels; a scan has 1 to {MAX_VOXELS:,}")
