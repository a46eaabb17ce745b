"""The part of `bench.versions` that is far away: many small files, 30 ms for each round trip."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import partial
from typing import TYPE_CHECKING

from bench.versions_lab import (
    DVC,
    MEDREG,
    clone,
    cloud,
    committed,
    dataset,
    in_turn,
    near,
    program,
    registry,
    seconds,
    server,
)
from medreg.versions import dvc, outs

if TYPE_CHECKING:
    from pathlib import Path

    from bench.versions_lab import Row

FOLDERS, FILES = 100, 10
MANY, SMALL = 1000, 100_000


def far_part(place: Path, _scale: float, runs: int) -> dict[str, Row]:
    """Pull and push small files; their number is the goal's, whatever the scale."""
    rows: dict[str, Row] = {}
    with server(place / "weed", 30) as (url, far):
        lab = registry(place / "lab")
        names = [f"data{number:03}" for number in range(FOLDERS)]
        for name in names:
            dataset(lab, name, [(f"{number}.json", 300) for number in range(FILES)])
        addresses = [outs.address(lab, n, s) for n in names for s in outs.STAGES["datasets"]]
        dvc.record(lab, addresses)
        committed(lab)
        cloud(lab, url)
        seconds([*MEDREG, "push", "--tier", "cloud"], lab.root)
        cloud(lab, far)
        rows |= _folders(place, lab.root, far, names, runs)
        big = registry(place / "big")
        dataset(big, "many", [(f"{number}.bin", SMALL) for number in range(MANY)])
        committed(big, ["many"])
        cloud(big, url)
        seconds([*MEDREG, "push", "--tier", "cloud"], big.root)
        cloud(big, far)
        return rows | _many(place, big.root, far, runs)


def _fresh(lab: Path, out: Path) -> Path:
    from medreg.registry import Registry

    root = clone(Registry(lab), out)
    near(Registry(lab), root)
    return root


def _s5cmd(url: str, out: Path) -> list[str]:
    cp = ["cp", "s3://lab/tier/*", f"{out}/"]
    return [program("s5cmd"), "--endpoint-url", url, "--numworkers", "64", *cp]


def _folders(place: Path, lab: Path, far: str, names: list[str], runs: int) -> dict[str, Row]:
    out = place / "out"

    def pulled(*words: str) -> float:
        root = _fresh(lab, out)
        return seconds([*MEDREG, "pull", *words, "--tier", "cloud"], root)

    def moved() -> float:
        shutil.rmtree(out, ignore_errors=True)
        return seconds(_s5cmd(far, out), place)

    push = [*MEDREG, "push", "--tier", "cloud"]
    rows = in_turn(
        {
            "100 folders: s5cmd (all objects)": moved,
            "100 folders: medreg pull": partial(pulled, *names),
            "no-op: medreg push": partial(seconds, push, lab),
        },
        runs,
    )
    targets = [f"registry/datasets/{name}/dvc.yaml:convert" for name in names]
    root = _fresh(lab, out)
    plain = [*DVC, "pull", "-r", "cloud", "-j", "32", *targets]
    rows["100 folders: dvc pull"] = {"seconds": seconds(plain, root)}
    rows["no-op: dvc push"] = {"seconds": seconds([*DVC, "push", "-r", "cloud", *targets], root)}
    pulled(*names)
    return rows | {"after medreg pull, DVC": {"finds": finds(out, targets)}}


def finds(root: Path, targets: list[str]) -> str:
    """Return what plain DVC finds to do after a pull: nothing."""
    said = []
    for words in (
        ["status"],
        ["checkout"],
        ["push", "-r", "cloud"],
        ["status", "-c", "-r", "cloud"],
    ):
        done = subprocess.run(
            [*DVC, *words, *targets],
            cwd=root,
            capture_output=True,
            text=True,
            env=dict(os.environ),
            check=False,
        )
        lines = (done.stdout + done.stderr).strip().splitlines()
        said.append(f"{words[0]}: {lines[-1] if lines else 'nothing'}")
    return "; ".join(said)


def _many(place: Path, lab: Path, far: str, runs: int) -> dict[str, Row]:
    out = place / "out"

    def moved() -> float:
        shutil.rmtree(out, ignore_errors=True)
        command = _s5cmd(far, out)
        return seconds(command, place)

    def ours() -> float:
        return seconds([*MEDREG, "pull", "many", "--tier", "cloud"], _fresh(lab, out))

    def plain() -> float:
        target = "registry/datasets/many/dvc.yaml:convert"
        return seconds([*DVC, "pull", "-r", "cloud", "-j", "32", target], _fresh(lab, out))

    rows = in_turn(
        {
            "1,000 x 100 kB: s5cmd": moved,
            "1,000 x 100 kB: medreg pull": ours,
            "1,000 x 100 kB: dvc pull -j 32": plain,
        },
        runs,
    )
    first = float(rows["1,000 x 100 kB: s5cmd"]["seconds"])
    for row in rows.values():
        row["x s5cmd"] = float(row["seconds"]) / first
    return rows
