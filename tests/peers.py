"""The heavy programs that tests ask for their opinion."""

from __future__ import annotations

import importlib
import os
from typing import Any

import pytest


def peer(module: str) -> Any:
    """Import a peer, or skip saying how to get it; fail where peers are required."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        reason = f"{module} cannot be imported ({error}); get it with: make test-peers"
        if os.environ.get("MEDREG_REQUIRE_REAL") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
