from __future__ import annotations

import subprocess
import sys

HEAVY = ("numpy", "requests", "urllib3", "pydicom", "nibabel", "SimpleITK", "PIL", "dvc", "rich")
SCRIPT = f"""
import sys
import medreg
from medreg import Http, Local, Manual, Synthetic
Http(urls=("https://example.org/a.zip",), checksums={{"a.zip": "md5:" + "0" * 32}})
Local("~/scans"), Manual(files=("a.zip",), steps=""), Synthetic(kind="ct", cases=1, seed="")
print(*sorted(set({HEAVY!r}) & sys.modules.keys()))
"""


def test_declaring_sources_imports_nothing_heavy() -> None:
    command = [sys.executable, "-X", "frozen_modules=on", "-c", SCRIPT]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    assert done.stdout.split() == []
