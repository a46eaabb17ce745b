from __future__ import annotations

import subprocess
import sys

HEAVY = (
    *("numpy", "requests", "urllib3", "botocore", "duckdb", "pydicom", "nibabel", "SimpleITK"),
    *("PIL", "dvc", "rich"),
)
SCRIPT = f"""
import sys
import medreg
from medreg import *
Http(urls=("https://example.org/a.zip",), checksums={{"a.zip": "md5:" + "0" * 32}})
Local("~/scans"), Manual(files=("a.zip",), steps=""), Synthetic(kind="ct", cases=1, seed="")
for source in (
    Zenodo("1"), HuggingFace("a/b"), S3("abc"), Gcs("abc"), Idc("a"), Tcia("a"),
    PhysioNet("a", "1"), GitHub("a/b", "v1"), Kaggle(dataset="a/b"),
    GoogleDrive({{"a.zip": "abcdefghij"}}),
    Parts(images=Derived("a"), labels=Zenodo("1")),
):
    assert source.wanted() and source.access
print(*sorted(set({HEAVY!r}) & sys.modules.keys()))
"""


def test_declaring_sources_imports_nothing_heavy() -> None:
    command = [sys.executable, "-X", "frozen_modules=on", "-c", SCRIPT]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    assert done.stdout.split() == []
