"""What several tests need."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from hypothesis import settings

from tests.person import introduce
from tests.plugin_fixtures.dist import distribution  # noqa: F401  # a fixture for all

settings.register_profile(  # machines are shared: no test is timed; and CI draws the same twice
    "medreg", deadline=None, derandomize=os.environ.get("CI") == "true"
)
settings.load_profile("medreg")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell's background: children inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real scans with references, beside the checkout."""
    if not SHARED_DATA.is_dir():
        reason = "real scans are read from ../shared/data, which is absent here"
        if os.environ.get("MEDREG_REQUIRE_REAL") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return SHARED_DATA


@pytest.fixture
def known_to_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let git know who commits, on a machine where nobody told it."""
    introduce(monkeypatch)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the tables that tests recorded, whichever process ran them."""
    for report in terminalreporter.getreports("passed"):
        for name, text in report.user_properties:
            if name == "table":
                terminalreporter.section(report.nodeid.rpartition("::")[2].replace("_", " "))
                terminalreporter.write_line(str(text))
