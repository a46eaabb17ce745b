"""The heavy programs that tests ask for their opinion."""

from __future__ import annotations

import importlib
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import Any, NoReturn

import pytest


def peer(module: str) -> Any:
    """Import a peer, or skip saying how to get it; fail where peers are required."""
    on_interrupt = signal.getsignal(signal.SIGINT)
    try:
        return importlib.import_module(module)
    except ImportError as error:
        missing(f"{module} cannot be imported ({error}); get it with: make test-peers")
    finally:
        if signal.getsignal(signal.SIGINT) is not on_interrupt:
            signal.signal(signal.SIGINT, on_interrupt)  # dask_jobqueue sets one of its own


def program(name: str, package: str) -> str:
    """Find a peer's program beside this interpreter or on PATH; *package* brings it."""
    beside = Path(sys.executable).parent
    of_npm = beside.parent / "npm" / "node_modules" / ".bin"  # where `make test-peers` puts it
    found = shutil.which(name, path=f"{beside}:{of_npm}:{os.environ['PATH']}")
    if not found:
        missing(f"{name} is not installed; it comes with {package}")
    return str(found)


def missing(reason: str) -> NoReturn:
    """Skip for *reason*; fail where peers are required."""
    if os.environ.get("MEDREG_REQUIRE_REAL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
