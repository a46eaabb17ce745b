"""Time the questions to IDC's index, each in a process of its own, and show what they import.

    python -m bench.idc [--runs 5]

Needs the extra ``idc``; prints medians, never fails. The goal is one second each (issue 4).
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys

from bench.startup import milliseconds

ASK = [sys.executable, "-m", "medreg", "show"]
COMMANDS = {
    "show idc:nlst": [*ASK, "idc:nlst"],
    "across 1,044,191 series": [
        *(*ASK, "idc:", "--where", "Modality = 'CT' AND BodyPartExamined = 'LIVER'"),
    ],
    "list --host idc": [sys.executable, "-m", "medreg", "list", "--host", "idc"],
}
GOAL_MS = 1000


def imports(words: list[str], most: int = 8) -> list[tuple[int, str]]:
    """Return the *most* costly imports of a command, as (microseconds of its own, module)."""
    profiled = [words[0], "-X", "importtime", *words[1:]]
    told = subprocess.run(profiled, check=True, capture_output=True, text=True).stderr
    rows = [
        line.removeprefix("import time:").split("|")
        for line in told.splitlines()
        if line.startswith("import time:") and "self [us]" not in line
    ]
    return sorted(((int(row[0]), row[2].strip()) for row in rows), reverse=True)[:most]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    try:
        for name, words in COMMANDS.items():
            median = statistics.median(milliseconds(words) for _ in range(runs))
            print(f"{median:7.0f} ms   {name}   (goal {GOAL_MS} ms)")
        for cost, module in imports(COMMANDS["show idc:nlst"]):
            print(f"{cost / 1000:7.1f} ms   import {module}")
    except subprocess.CalledProcessError as error:
        print(f"not timed: {error.stderr}")


if __name__ == "__main__":
    main()
