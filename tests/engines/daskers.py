"""A scheduler of Dask and workers, as a person starts them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from tests.sources.servers import free_port

if TYPE_CHECKING:
    from pathlib import Path


class Cluster:
    """A scheduler and workers as a person starts them; *words* go to all of them.

    *before* stands before the command of each worker.
    """

    def __init__(self, folder: Path, *words: str) -> None:
        self.folder, self.words, self.port = folder, words, free_port()
        self.before: list[str] = []
        self.file = folder / "scheduler.json"
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, role: str, *words: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{role}.log").open("ab") as log:
            process = subprocess.Popen(
                [
                    *(self.before if role == "worker" else ()),
                    *(sys.executable, "-m", "dask", role, *words, *self.words),
                ],
                start_new_session=True,
                cwd=self.folder,
                stdout=log,
                stderr=log,
            )
        self.processes.append(process)
        return process

    def scheduler(self, protocol: str = "tcp") -> subprocess.Popen[bytes]:
        self.file.unlink(missing_ok=True)
        where = f"--host={protocol}://127.0.0.1"
        process = self.start(
            "scheduler", where, f"--port={self.port}", "--no-dashboard",
            f"--scheduler-file={self.file}",
        )  # fmt: skip
        until = time.monotonic() + 30
        while not self.file.exists():
            assert time.monotonic() < until, (self.folder / "scheduler.log").read_text()
            time.sleep(0.05)
        return process

    def worker(self) -> subprocess.Popen[bytes]:
        return self.start(
            "worker", "--scheduler-file", str(self.file), "--nthreads=1", "--no-dashboard",
            "--nanny", "--memory-limit=0",
        )  # fmt: skip

    def stop(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
