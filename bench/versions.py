"""Time what moves and proves versions against the tools that only move or only hash.

    python -m bench.versions [--only pull,once,verify,registry,dicom,far] [--scale 0.1] [--json]

At scale 1 the pinned set is 1,000 scans of 6 MB. Whole
commands, in turn (a busy machine hits all alike), medians and the best. Remote stores are folders
and SeaweedFS on the loopback, for `far` behind a proxy that delays every round trip by 30 ms.
Rivals: rclone, s5cmd, plain DVC, sha256sum. A part without its programs is left out. Never fails.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from bench import versions_dicom, versions_far, versions_near, versions_registry
from bench.versions_lab import alone

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bench.versions_lab import Row

PARTS: Mapping[str, tuple[str, Callable[[Path, float, int], dict[str, Row]]]] = {
    "registry": (
        "200 datasets, 100 releases; goal 1 s each",
        versions_registry.registry_part,
    ),
    "once": (
        "bytes read; goals: a release after a curate reads no scan again, one new case costs it",
        versions_registry.once_part,
    ),
    "far": (
        "30 ms away; goals: 100 folders of 10 files 5 s, no-op push 1 s, 1,000 files 1.5 x s5cmd",
        versions_far.far_part,
    ),
    "verify": ("goal: as fast as sha256sum on every core", versions_near.verify_part),
    "dicom": (
        "loose slices, 300 a series; goal: add, push and pull 20 x faster than dvc add of them",
        versions_dicom.dicom_part,
    ),
    "pull": (
        "a pinned set; goals: 1.25 x the faster of rclone and s5cmd, 1.1 x plain DVC",
        versions_near.pull_part,
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default=",".join(PARTS))
    parser.add_argument("--scale", type=float, default=0.1)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", help="where to work; at scale 1 it needs 60 GB")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    found: dict[str, dict[str, Row]] = {}
    for name in args.only.split(","):
        with tempfile.TemporaryDirectory(dir=args.folder) as place:
            try:
                alone(Path(place))
                found[name] = PARTS[name][1](Path(place), args.scale, args.runs)
            except (Exception, subprocess.CalledProcessError) as error:  # noqa: BLE001  # a rival's
                print(f"{name}: not timed: {error}", file=sys.stderr)
                traceback.print_exc(limit=-3)
        if name in found and not args.json:
            show(name, found[name], args.scale)
    if args.json:
        print(json.dumps({"scale": args.scale, **found}, indent=1))


def show(name: str, rows: Mapping[str, Row], scale: float) -> None:
    print(f"\n{name} (scale {scale:g}): {PARTS[name][0]}")
    for rival, row in rows.items():
        cells = (f"{key} {_number(value)}" for key, value in row.items())
        print(f"  {rival:<34} " + "  ".join(cells), flush=True)


def _number(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:,.2f}".removesuffix(".00")


if __name__ == "__main__":
    main()
