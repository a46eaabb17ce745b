"""A real Slurm of one node: munge, slurmctld and slurmd in a folder of their own, on loopback."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.peers import program
from tests.sources.servers import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONF = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmdPort={node}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
CryptoType=crypto/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=bf_interval=1,sched_min_interval=0
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
ReturnToService=2
KillWait=1
SlurmdTimeout=3
SlurmctldTimeout=3
SlurmdParameters=config_overrides
NodeName={host} NodeAddr=127.0.0.1 Port={node} CPUs=4 RealMemory=8000 State=UNKNOWN
PartitionName=debug Nodes={host} Default=YES MaxTime=INFINITE State=UP OverSubscribe=NO
"""


@dataclass
class Site:
    """Slurm's daemons by name; in *environment* its commands find a queue called ``debug``."""

    folder: Path
    environment: dict[str, str]
    words: dict[str, list[str]] = field(default_factory=dict)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, *words: str) -> None:
        """Start a daemon, again in its own words."""
        self.words[name] = [*words] or self.words[name]
        with (self.folder / "said.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                self.words[name],
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self, name: str) -> None:
        self.processes[name].kill()
        self.processes[name].wait()

    def end(self, name: str) -> None:
        """End a daemon as a service is ended: a controller saves which jobs it knows."""
        self.processes[name].terminate()
        self.processes[name].wait(timeout=30)

    def until(self, state: str, seconds: float = 60) -> None:
        """Wait until the node is in *state*, such as ``idle``."""
        until = time.monotonic() + seconds
        while state not in said(self.environment, "sinfo", "--noheader", "--format=%t"):
            assert time.monotonic() < until, told(self.folder)
            time.sleep(0.1)

    def stop(self) -> None:
        said(self.environment, "scancel", "--user", str(os.geteuid()))
        for process in reversed(self.processes.values()):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def running(folder: Path) -> Iterator[Site]:
    """Yield a Slurm of one node, which is idle."""
    package = "munge, slurm-client, slurmctld and slurmd (apt)"
    names = ("munged", "slurmctld", "slurmd")
    where = {name: program_of_system(name, package) for name in names}
    program("sbatch", package)
    folder.chmod(0o755)
    for name in ("state", "spool"):
        (folder / name).mkdir(mode=0o755)
    key = folder / "munge.key"
    key.write_bytes(os.urandom(1024))
    key.chmod(0o600)
    conf = folder / "slurm.conf"
    conf.write_text(
        CONF.format(
            host=socket.gethostname().partition(".")[0],
            controller=free_port(),
            node=free_port(),
            user=pwd.getpwuid(os.geteuid()).pw_name,
            folder=folder,
        )
    )
    site = Site(folder, {**os.environ, "SLURM_CONF": str(conf)})
    node = socket.gethostname().partition(".")[0]
    try:
        site.start(
            "munged", where["munged"], "--foreground", "--force", f"--key-file={key}",
            f"--socket={folder}/munge.socket", f"--pid-file={folder}/munged.pid",
            f"--log-file={folder}/munged.log", f"--seed-file={folder}/munged.seed",
        )  # fmt: skip
        until = time.monotonic() + 30
        while not (folder / "munge.socket").exists():
            assert time.monotonic() < until, told(folder)
            time.sleep(0.05)
        site.start("slurmctld", where["slurmctld"], "-D", "-i")
        site.start("slurmd", where["slurmd"], "-D", "-N", node)
        site.until("idle")
        yield site
    finally:
        site.stop()


def program_of_system(name: str, package: str) -> str:
    """Find a daemon, which lies in a folder that not every user's PATH has."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    return found or program(name, package)


def said(environment: dict[str, str], *words: str) -> str:
    """Return what a command of Slurm said, right or wrong."""
    done = subprocess.run(words, env=environment, capture_output=True, check=False, text=True)
    return done.stdout


def told(folder: Path) -> str:
    """Return the ends of all logs."""
    logs = sorted(folder.glob("*.log"))
    return "\n".join(f"{log.name}: {log.read_text(errors='replace')[-600:]}" for log in logs)
