"""The parts of `bench.versions` that move and hash large scans without a delay."""

from __future__ import annotations

import shutil
import time
from functools import partial
from typing import TYPE_CHECKING

from bench.versions_lab import (
    DVC,
    MEDREG,
    clone,
    cloud,
    committed,
    in_turn,
    near,
    pinned_set,
    program,
    registry,
    seconds,
    server,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.versions_lab import Row
    from medreg.registry import Registry

SIZE = 6_000_000
WHERE = "registry/sets/pinned"


def pull_part(place: Path, scale: float, runs: int) -> dict[str, Row]:
    """Pull a pinned set from a folder, and from SeaweedFS."""
    scans = max(int(1000 * scale), 2)
    lab = registry(place / "lab")
    pinned_set(lab, "pinned", scans, SIZE)
    committed(lab)
    with server(place / "weed") as (url, _):
        cloud(lab, url)
        seconds([*MEDREG, "release", "pinned", "1.0.0", "--tier", "local"], lab.root)
        seconds([*MEDREG, "push", "pinned", "--tier", "cloud"], lab.root)
        shutil.rmtree(lab.root / ".dvc" / "cache")
        shutil.rmtree(lab.root / WHERE / "data")
        out = place / "out"
        config = place / "rclone.conf"
        config.write_text(
            "[rs]\ntype=s3\nprovider=Other\naccess_key_id=AKAKAKAK\n"
            f"secret_access_key=SKSKSKSK\nendpoint={url}\n"
        )

        def moved(command: Sequence[str | Path]) -> float:
            shutil.rmtree(out, ignore_errors=True)
            return seconds(command, place)

        def pulled(command: Sequence[str | Path]) -> float:
            root = _fresh(lab, out)
            return seconds(command, root)

        rclone = [program("rclone"), "--config", str(config), "copy", "--transfers", "16"]
        s5cmd = [program("s5cmd"), "--endpoint-url", url, "--numworkers", "16"]
        rows: dict[str, Row] = {}
        for tier, rivals in {
            "local": {
                "rclone": partial(moved, [*rclone, place / "lab-store", out]),
                "cp -r": partial(moved, ["cp", "-r", place / "lab-store", out]),
            },
            "cloud": {
                "rclone": partial(moved, [*rclone, "rs:lab/tier", out]),
                "s5cmd": partial(moved, [*s5cmd, "cp", "s3://lab/tier/*", f"{out}/"]),
            },
        }.items():
            words = ["pull", "-r", tier, f"{WHERE}/dvc.yaml"]
            ours = ["pull", "pinned@v1.0.0", "--tier", tier]
            found = in_turn(
                {
                    **rivals,
                    "dvc pull": partial(pulled, [*DVC, *words]),
                    "medreg pull": partial(pulled, [*MEDREG, *ours]),
                    "medreg pull --into": partial(
                        pulled, [*MEDREG, *ours, "--into", out / "elsewhere"]
                    ),
                },
                runs,
            )
            movers = [float(row["seconds"]) for name, row in found.items() if name in rivals]
            for name, row in found.items():
                row["MB/s"] = scans * SIZE / 1e6 / float(row["seconds"])
                row["x mover"] = float(row["seconds"]) / min(movers)
                row["x dvc"] = float(row["seconds"]) / float(found["dvc pull"]["seconds"])
                rows[f"{tier}: {name}"] = row
    return rows


def _fresh(lab: Registry, out: Path) -> Path:
    root = clone(lab, out)
    near(lab, root)
    return root


def verify_part(place: Path, scale: float, runs: int) -> dict[str, Row]:
    """Hash a set that is in the page cache, so that the hash is what counts."""
    scans = max(int(1000 * scale), 2)
    lab = registry(place / "lab")
    pinned_set(lab, "pinned", scans, SIZE)
    committed(lab)
    where = lab.set("pinned").path
    peer = "find data -type f -print0 | xargs -0 -P2 -n16 sha256sum > /dev/null"
    found = in_turn(
        {
            "sha256sum, xargs -P2": partial(seconds, ["sh", "-c", peer], where),
            "sha256sum -c": partial(seconds, ["sha256sum", "--quiet", "-c", "SHA256SUMS"], where),
            "medreg verify NAME": partial(seconds, [*MEDREG, "verify", "pinned"], lab.root),
            "medreg verify DIR": partial(seconds, [*MEDREG, "verify", f"{where}/"], place),
            "verify.py": partial(seconds, [*MEDREG, "--version"], place),
        },
        runs,
        before=lambda: time.sleep(0.1),
    )
    found["medreg --version (its start)"] = found.pop("verify.py")
    first = float(found["sha256sum, xargs -P2"]["seconds"])
    for row in found.values():
        row["MB/s"] = scans * SIZE / 1e6 / float(row["seconds"])
        row["x peer"] = float(row["seconds"]) / first
    return found
