"""Build the sample distribution, and install it into a folder of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SAMPLE = Path(__file__).parent / "sample"


@pytest.fixture(scope="session")
def distribution(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder into which pip installed the wheel of ``tests/plugin_fixtures/sample``."""
    folder = tmp_path_factory.mktemp("sample")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=SAMPLE, check=True, capture_output=True)
    (wheel,) = folder.glob("medreg_sample-1.0-*.whl")
    site = folder / "site"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
    subprocess.run([*pip, "--target", str(site), str(wheel)], check=True, capture_output=True)
    return site
