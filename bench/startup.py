"""Time the commands that must answer at once, beside `python -c pass` and `dvc --version`.

    python -m bench.startup [--runs 15]

Prints medians and the imports that cost most; never fails.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

BIN = Path(sys.executable).parent
COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "dvc --version": [str(BIN / "dvc"), "--version"],
    "load every plugin": [sys.executable, "-c", "from medreg.plugins import load; load(None)"],
    "medreg --help": [str(BIN / "medreg"), "--help"],
    "medreg list": [str(BIN / "medreg"), "list"],
    "medreg list (filters)": [
        *(str(BIN / "medreg"), "list", "--organ", "liver", "--use", "research", "--sort", "best"),
    ],
    "medreg show lits": [str(BIN / "medreg"), "show", "lits"],
    "medreg guide abdomen": [str(BIN / "medreg"), "guide", "abdomen"],
}
GOALS_MS = {"medreg --help": 150, "medreg list": 400}  # over every bundled dataset


def milliseconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return (time.perf_counter() - start) * 1000


def import_profile(most: int = 8) -> list[tuple[int, str]]:
    """Return the *most* costly imports of `medreg list`, as (microseconds of its own, module)."""
    words = [sys.executable, "-X", "importtime", "-m", "medreg", "list"]
    result = subprocess.run(words, check=True, capture_output=True, text=True)
    rows = [
        line.removeprefix("import time:").split("|")
        for line in result.stderr.splitlines()
        if line.startswith("import time:") and "self [us]" not in line
    ]
    return sorted(((int(row[0]), row[2].strip()) for row in rows), reverse=True)[:most]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(runs):  # interleaved, so that a noisy neighbor hits all alike
        for name, command in COMMANDS.items():
            times[name].append(milliseconds(command))
    floor = statistics.median(times["python -c pass"])
    for name, values in times.items():
        median, best = statistics.median(values), min(values)
        goal = f"   goal {GOALS_MS[name]} ms" if name in GOALS_MS else ""
        ratio = f"{median / floor:5.1f} x python"
        print(f"{name:<21} median {median:6.0f} ms  best {best:6.0f} ms  {ratio}{goal}")
    print("\nmost costly imports of `medreg list`")
    for own, module in import_profile():
        print(f"{own / 1000:8.1f} ms  {module}")


if __name__ == "__main__":
    main()
