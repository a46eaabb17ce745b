"""kill -9 at any moment of any stage, run again: the same bytes, and nothing left over."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from medreg.engine import Processes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.stages.toy import Lab

MOMENTS = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.rmtree"}
STAGES = ["declare", "fetch", "convert", "check"]


def killed_at(moment: int, run: Callable[[], object]) -> bool:
    """Run in a forked child that kills itself at its *moment*-th change of the file system."""
    child = os.fork()
    if child == 0:
        seen = 0

        def watch(event: str, args: tuple[object, ...]) -> None:
            nonlocal seen
            if event not in MOMENTS or (event == "open" and not writes(args)):
                return
            seen += 1
            if seen == moment:
                os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(watch)
        try:
            run()
        except BaseException:  # noqa: BLE001 - a forked child must never return to pytest
            os._exit(1)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def writes(args: tuple[object, ...]) -> bool:
    _, mode, flags = args
    if isinstance(mode, str):
        return any(letter in mode for letter in "wax+")
    return bool(isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR))


def left_over(lab: Lab) -> list[str]:
    return [
        path.relative_to(lab.registry.root).as_posix()
        for path in lab.registry.root.rglob("*")
        if path.name.endswith((".part", ".old"))
    ]


@pytest.mark.parametrize("stage", STAGES)
def test_a_kill_at_every_moment_of_a_stage(lab: Lab, stage: str) -> None:
    lab.prepare()
    whole = lab.bytes()
    kills = survive(lab, stage, "toy", whole, lambda: forget(lab, stage))
    assert kills > 2


def survive(
    lab: Lab, stage: str, name: str, whole: dict[str, str], reset: Callable[[], None]
) -> int:
    moment = 0
    reset()
    while killed_at(moment + 1, lambda: lab.run(stage, name)):
        moment += 1
        lab.run(stage, name)
        assert lab.bytes() == whole, f"killed at change {moment}"
        assert left_over(lab) == [], f"killed at change {moment}"
        reset()
    return moment


def forget(lab: Lab, stage: str) -> None:
    """Undo a part of what a stage made, so that it has something to make, keep and remove."""
    folder = lab.dataset()
    match stage:
        case "declare":
            (folder.path / "declared.json").unlink()
        case "fetch":
            (folder.raw / "volume-1.nii.gz").unlink()
            (folder.path / "files.csv").write_bytes(
                b"".join((folder.path / "files.csv").read_bytes().splitlines(keepends=True)[:3])
            )
        case "convert":
            (folder.converted / "volume-2" / "ct.nii.gz").write_bytes(b"")
            (folder.converted / "volume-3").mkdir()
            (folder.path / "refused.csv").unlink()
        case "check":
            (lab.registry.work("check", "toy") / "volume-1.json").unlink()
            (folder.path / "cases.csv").unlink()


CLIENT = """
import sys
from pathlib import Path
from medreg import plugins, stages
from medreg.engine import Processes
from medreg.registry import Registry
from medreg.report import Silent

if __name__ == "__main__":
    registry = Registry(Path(sys.argv[1]))
    for stage in (stages.convert, stages.check):
        stage(
            registry,
            plugins.load(registry.plugins),
            "toy",
            engine=Processes(2, patience=0),
            progress=Silent(),
        )
"""


@pytest.mark.parametrize("after", [1, 4, 9])
def test_a_kill_of_client_and_workers(lab: Lab, tmp_path: Path, after: int) -> None:
    for number in range(20, 32):
        lab.publish(str(number))
    lab.run("declare")
    lab.run("fetch")
    script = tmp_path / "client.py"
    script.write_text(CLIENT)
    process = subprocess.Popen([sys.executable, str(script), str(lab.registry.root)])
    until = time.monotonic() + 60
    while len(list(lab.dataset().converted.glob("*"))) < after:
        assert time.monotonic() < until
        assert process.poll() is None
        time.sleep(0.005)
    process.kill()
    process.wait()
    time.sleep(0.3)  # its workers end by themselves
    lab.run("convert", engine=Processes(2, patience=0))
    lab.run("check")
    killed = lab.bytes()
    assert left_over(lab) == []
    again = [lab.run(stage) for stage in ("convert", "check")]
    assert not any(report.changed for report in again)
    for case in lab.dataset().converted.iterdir():
        (case / "case.json").unlink()
    for stage in ("convert", "check"):
        lab.run(stage)
    assert lab.bytes() == killed


@pytest.mark.parametrize("stage", ["decide", "write"])
def test_a_kill_at_every_moment_of_a_set_stage(both: Lab, stage: str) -> None:
    both.run("decide", "both")
    both.run("write", "both")
    whole = both.bytes()
    kills = survive(both, stage, "both", whole, lambda: forget_set(both, stage))
    assert kills > 2


def forget_set(lab: Lab, stage: str) -> None:
    folder = lab.registry.set("both")
    if stage == "decide":
        for file in ("selection.csv", "splits.json"):
            (folder.path / file).write_bytes(b"")
        return
    for file in folder.data.rglob("toy__volume-2*"):
        file.write_bytes(b"")
    (folder.data / "stranger.txt").write_bytes(b"x")
    for file in ("SHA256SUMS", "card.md"):
        (folder.path / file).unlink()
    (lab.registry.work("write", "both") / "toy__volume-1.json").unlink()
