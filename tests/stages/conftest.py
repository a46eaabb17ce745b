"""The toy registry as a fixture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.stages.toy import make, make_both

if TYPE_CHECKING:
    from pathlib import Path

    from tests.stages.toy import Lab


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """A registry of one toy dataset."""
    return make(tmp_path)


@pytest.fixture
def both(tmp_path: Path) -> Lab:
    """A registry of two checked datasets and the recipe of a set of both."""
    return make_both(tmp_path)
