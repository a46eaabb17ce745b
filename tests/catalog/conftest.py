"""The bundled catalog, and a terminal outside any registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from medreg import api
from tests.cli.conftest import Terminal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from medreg.catalog import Entry

BUNDLED = api.Lab(None)
ENTRIES: Sequence[Entry] = api.entries(BUNDLED)


@pytest.fixture
def medreg(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Terminal:
    """Type commands where there is no registry."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MEDREG_ROOT", raising=False)
    return Terminal(tmp_path, capsys)
