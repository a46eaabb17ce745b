"""Run medreg in a process that is forked warm, and kill it at its Nth change of a file.

A change is a file opened to be written, renamed, removed or made, or a program started. Most of a
second that a small verb takes is the import of libraries: here they are imported before the fork.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from multiprocessing.context import ForkServerProcess

CHANGES = frozenset(
    ("os.chmod", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "subprocess.Popen")
)
WARM = ["bench.storm_child", "medreg.cli", "medreg.api", "medreg.stages", "medreg.imaging.nifti"]
WARM += ["medreg.versions.release", "medreg.versions.reproduce", "medreg.versions.evict"]
WARM += ["dvc.repo", "dvc.stage", "dvc_data.hashfile.transfer", "dvc_s3", "s3fs", "nibabel"]
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(WARM)


def started(
    root: Path, arguments: Sequence[str], log: Path, at: int = 0, *, everything: bool = False
) -> ForkServerProcess:
    """Start ``medreg ARGUMENTS`` in *root*; what it says, and how often it changed, goes to *log*.

    It is killed at change number *at*, never if that is 0; *everything* that it started is killed
    with it, as when the power fails.
    """
    words = (str(root), list(arguments), str(log), at, everything)
    process = CONTEXT.Process(target=_run, args=words)
    process.start()
    return process


def changes(log: Path) -> int:
    """Return how many changes the process that wrote to *log* made; 0 if it was killed."""
    count = log.with_suffix(".count")
    return int(count.read_text()) if count.is_file() else 0


def _run(root: str, arguments: list[str], log: str, at: int, everything: bool) -> None:  # noqa: FBT001
    os.setsid()
    os.chdir(root)
    count = Path(log).with_suffix(".count")
    count.unlink(missing_ok=True)
    said = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for old, new in ((nothing, 0), (said, 1), (said, 2)):
        os.dup2(old, new)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115  # the forkserver's is closed
    seen = _watch(at, everything=everything)
    from medreg.cli import main

    sys.argv = ["medreg", *arguments]
    code = main(arguments)
    sys.stdout.flush()
    sys.stderr.flush()
    seen.append(0)  # what follows is not medreg's
    count.write_text(str(seen[0]))
    sys.exit(code)


def _watch(at: int, *, everything: bool) -> list[int]:
    """Count the changes of this process, and kill it at number *at*."""
    seen, me = [0], os.getpid()

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open":
            flags, path = arguments[2], str(arguments[0])
            writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR)
            if not writes or "__pycache__" in path:
                return
        elif event not in CHANGES:
            return
        if os.getpid() != me or len(seen) > 1:
            return
        seen[0] += 1
        if seen[0] == at:
            if everything:
                os.killpg(os.getpgid(0), signal.SIGKILL)
            os.kill(me, signal.SIGKILL)

    sys.addaudithook(hook)
    return seen
