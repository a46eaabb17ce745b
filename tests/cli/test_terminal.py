"""Terminals of every kind: an encoding without our signs, names that are no UTF-8."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Terminal

PLAIN_C = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
POOR = [{"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "latin-1"}, PLAIN_C]


def typed(root: Path, *words: str | bytes, **variables: str) -> subprocess.CompletedProcess[bytes]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    path = os.environ.get("PYTHONPATH", "")
    return subprocess.run(
        [sys.executable, "-m", "medreg", *words],
        capture_output=True,
        check=False,
        cwd=root,
        env={**env, "PYTHONPATH": path, **variables},
    )


@pytest.mark.parametrize("variables", POOR, ids=["ascii", "latin-1", "plain-C"])
def test_a_terminal_without_our_signs_shows_them_escaped(
    medreg: Terminal, variables: dict[str, str]
) -> None:
    shown = typed(medreg.root, "show", "lits", **variables)
    assert shown.returncode == 0, shown.stderr
    assert rb"\xb7" in shown.stdout or b"\xb7" in shown.stdout
    data = typed(medreg.root, "show", "lits", "--json", **variables)
    assert json.loads(data.stdout)["name"] == "lits"
    assert typed(medreg.root, "--help", **variables).returncode == 0


def test_a_path_that_is_no_utf8_is_told(medreg: Terminal) -> None:
    folder = os.fsencode(medreg.root) + b"/scans\xff"
    os.mkdir(folder)  # noqa: PTH102 - bytes
    told = typed(medreg.root, "validate", folder)
    assert told.returncode == 1
    assert b"bug" not in told.stderr


def test_data_leaves_on_stdout_while_bars_are_drawn() -> None:
    code = "from medreg.cli.progress import progress\nwith progress(): print('data')"
    ours, theirs = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=theirs, check=True
    )
    os.close(theirs)
    os.close(ours)
    assert done.stdout == b"data\n"


BARS = """
from medreg.cli.progress import progress
from medreg.report import Answer, Outcome
with progress() as bars:
    for unit, total in (("files", 8), ("B", 69_700)):
        bars.start("fetch zen  8 files", total, unit)
        for number in range(8):
            bars.moved(total // 8)
            bars.answered(Answer(f"volume-{number}.nii.gz", Outcome.FETCHED))
        bars.finish()
"""


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_bars_fit_a_terminal(width: int) -> None:
    ours, theirs = pty.openpty()
    subprocess.run(
        [sys.executable, "-c", BARS],
        stderr=theirs,
        check=True,
        env={**os.environ, "COLUMNS": str(width), "TERM": "xterm"},
    )
    os.close(theirs)
    told = b""
    while not told.endswith(b"\x1b[?25h"):  # the cursor comes back with the last bar
        told += os.read(ours, 1 << 16)
    os.close(ours)
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", told.decode()).replace("\r", "\n")
    lines = [line for line in text.splitlines() if line.strip()]
    assert {line[:9] for line in lines} == {"fetch zen"}, "a bar takes one line"
    assert max(map(len, lines)) <= width
    assert "69.7/69.7" in lines[-1]
