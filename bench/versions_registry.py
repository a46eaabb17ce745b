"""The parts of `bench.versions` that ask what a registry's size costs, and what is read twice."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tests.versions.standin import write_set

from bench.versions_lab import (
    DVC,
    MEDREG,
    committed,
    dataset,
    in_turn,
    pinned_set,
    read_of,
    registry,
    scan,
    seconds,
)
from medreg.files.hashing import sha256_bytes
from medreg.report import Silent
from medreg.versions import dvc, git, outs
from medreg.versions.push import push_outs
from medreg.versions.releases import Record

if TYPE_CHECKING:
    from pathlib import Path

    from bench.versions_lab import Row

DATASETS = 200
RELEASES = 100


def registry_part(place: Path, _scale: float, runs: int) -> dict[str, Row]:
    """Time what looks at a whole registry: its size is the goal's, whatever the scale."""
    lab = registry(place / "lab")
    names = [f"data{number:03}" for number in range(DATASETS)]
    for name in names:
        dataset(lab, name, [(f"{case}.nii.gz", 1000) for case in range(5)])
    dvc.record(lab, [outs.address(lab, name, s) for name in names for s in outs.STAGES["datasets"]])
    pinned_set(lab, "pinned", 500, 1000)
    committed(lab)
    with dvc.repository(lab) as repo:
        all_ = [out for name in (*names, "pinned") for out in outs.recorded(lab, name)]
        push_outs(repo, all_, tier="local", progress=Silent())
    for number in range(RELEASES):
        name = "pinned" if number % 2 else names[number]
        digest = sha256_bytes(outs.text(lab, f"{outs.folder(lab, name)}/manifest.csv"))
        git.annotate(lab.root, f"{name}@v1.{number}.0", Record(digest, "", ("local",)).message())
    commands = {
        "medreg list": [*MEDREG, "list"],
        "medreg tiers": [*MEDREG, "tiers"],
        "medreg log": [*MEDREG, "log"],
        "medreg log pinned": [*MEDREG, "log", "pinned"],
        "dvc status -c (one registry)": [*DVC, "status", "-c"],
        "git tag --list": ["git", "tag", "--list"],
    }
    return in_turn({key: partial(seconds, one, lab.root) for key, one in commands.items()}, runs)


def once_part(place: Path, scale: float, _runs: int) -> dict[str, Row]:
    """Count the bytes that releases read; the scans are the only ones that weigh anything."""
    lab = registry(place / "lab")
    scans, size = max(int(1000 * scale), 2), 6_000_000
    pinned_set(lab, "pinned", scans, size)
    committed(lab)
    rows: dict[str, Row] = {}

    def measured(name: str, *words: str) -> None:
        took, read = read_of(words, lab.root)
        rows[name] = {"seconds": took, "MB read": read / 1e6, "scans read": read / size}

    measured("import alone (medreg tiers)", "tiers")
    measured("first release, pushes all", "release", "pinned", "1.0.0")
    scan(lab.set("pinned").path / "data" / "imagesTr" / "new_0000.nii.gz", size)
    write_set(lab, "pinned", [])  # what `medreg curate` leaves behind
    committed(lab)
    measured("v1.1.0, one new case", "release", "pinned", "1.1.0")
    measured("v1.1.0 again", "release", "pinned", "1.1.0")
    measured("push again", "push", "pinned")
    measured("verify (reads all)", "verify", "pinned")
    rows["the set"] = {"scans read": scans, "MB read": scans * size / 1e6}
    return rows
