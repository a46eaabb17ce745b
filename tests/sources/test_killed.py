"""Every kind of source, through kills and broken lines of a real `medreg fetch` (F030-F048).

``MEDREG_KILLS`` says how often each kind is killed; `make faults` asks for 20. Fewer are a sample,
in which each kind meets one of the faults.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

import medreg.sources
from medreg import api
from tests.peers import program
from tests.sources.kinds import ALONE, KINDS, PEERS, UNPROVED, Bench, opened
from tests.sources.test_part import PLUGIN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from medreg.model import Source

KILLS = int(os.environ.get("MEDREG_KILLS", "1"))
LIMIT = 120  # seconds that one fetch may take
ALL = 20  # kills, from which on each kind meets every fault
FAULTS = ("dropped early", "dropped late", "dropped always", "corrupted")
WELL, DIFFER, LATER = 0, 5, 6  # how a fetch over a bad line may end (DESIGN, section 7)
MIDWAY = 0.8  # of the kills are to come before the last bytes
MISSED = 6  # runs that end before they are killed, for each one that is


def test_every_kind_of_source_has_a_row() -> None:
    classes = set(medreg.sources.__all__) - {"Portal"}  # which has nothing to fetch
    assert {name.partition(" ")[0] for name in KINDS} == classes


@dataclass
class Fetching:
    """A registry *template*, and copies of it into which `medreg fetch` runs."""

    bench: Bench
    template: Path
    root: Path
    groups: list[int] = field(default_factory=list)  # of what a kill may have left running

    def anew(self) -> None:
        """Begin with nothing fetched."""
        self.end()
        shutil.rmtree(self.root, ignore_errors=True)
        shutil.copytree(self.template, self.root, symlinks=True)

    def end(self) -> None:
        for group in self.groups:
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        self.groups.clear()

    def start(self, name: str = "some") -> subprocess.Popen[bytes]:
        words = self.bench.words if name == "some" else ()
        with (self.root.parent / "said").open("wb") as said:
            process = subprocess.Popen(
                [sys.executable, "-m", "medreg", "fetch", name, *words],
                cwd=self.root,
                env={**os.environ, "HOME": str(self.bench.home), **self.bench.environment},
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        self.groups.append(process.pid)
        return process

    def run(self, name: str = "some") -> None:
        assert self.start(name).wait(LIMIT) == 0, self.said()

    def said(self) -> str:
        return (self.root.parent / "said").read_text()

    def until_begun(self, process: subprocess.Popen[bytes]) -> float:
        """Wait until *process* moves bytes or ends; return the time."""
        before = self.bench.passed()
        while process.poll() is None:
            if self.bench.ways and self.bench.passed() > before:
                break
            if not self.bench.ways and any(self.raw.iterdir() if self.raw.is_dir() else ()):
                break
            time.sleep(0.002)
        return time.monotonic()

    def until_moved(self, process: subprocess.Popen[bytes]) -> float:
        """Wait until *process* ends; return the time at which its last bytes came."""
        moved, last = self.bench.passed(), time.monotonic()
        while process.poll() is None:
            if self.bench.ways and (now := self.bench.passed()) > moved:
                moved, last = now, time.monotonic()
            elif not self.bench.ways and not self.listed:
                last = time.monotonic()
            time.sleep(0.002)
        assert process.returncode == 0, self.said()
        return last

    @property
    def folder(self) -> Path:
        return self.root / "registry" / "datasets" / "some"

    @property
    def raw(self) -> Path:
        return self.folder / "raw"

    @property
    def listed(self) -> bool:
        """Whether all has come and is being recorded."""
        return (self.folder / "files.csv").is_file()

    def files(self) -> dict[str, bytes]:
        """What is in the raw folder, hidden or not."""
        found = (path for path in sorted(self.raw.rglob("*")) if path.is_file())
        return {path.relative_to(self.raw).as_posix(): path.read_bytes() for path in found}

    def record(self) -> tuple[bytes, bytes]:
        return tuple((self.folder / name).read_bytes() for name in ("files.csv", "dvc.lock"))  # type: ignore[return-value]

    def litter(self) -> list[str]:
        """What a fetch has no more use for."""
        work = self.root / ".medreg"
        stay = {"locks", "compared"}
        found = [p for p in work.rglob("*") if p.is_file() and p.parent.name not in stay]
        found += [p for p in self.root.rglob("*.part") if p.is_file()]
        return sorted({path.relative_to(self.root).as_posix() for path in found})


@pytest.fixture
def fetching(
    kind: str, tmp_path: Path, known_to_git: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Fetching]:
    """Declare one kind of source in a registry, its server started."""
    if kind in PEERS:
        program(*PEERS[kind])
    monkeypatch.setenv("NETRC", str(tmp_path / "bench" / "home" / ".netrc"))
    with opened(kind, tmp_path / "bench") as (bench, source):
        made = Fetching(bench, tmp_path / "template", tmp_path / "registry")
        try:
            declare(made, source)
            yield made
        finally:
            made.end()


def declare(made: Fetching, source: Source) -> None:
    api.init(made.template)
    layout = 'Pairs(image="{case}.nii", label="labels/{case}.nii")'
    plugins = made.template / "plugins"
    (plugins / "some.py").write_text(PLUGIN.format(source=repr(source), layout=layout))
    if made.bench.other:
        text = PLUGIN.format(source=repr(made.bench.other), layout=layout)
        (plugins / "other.py").write_text(text.replace('name="some"', 'name="other"'))
        made.anew()
        made.run("other")
        shutil.rmtree(made.template)
        made.root.rename(made.template)


@pytest.mark.peers
@pytest.mark.parametrize("kind", KINDS)
def test_killed_at_random_moments_and_run_again(
    fetching: Fetching, kind: str, record_property: Callable[[str, object], None]
) -> None:
    """The command alone or all that it started: the last run ends with the same record."""
    dice = random.Random(kind)  # noqa: S311  # where to kill
    fetching.anew()
    before = fetching.bench.passed()
    process = fetching.start()
    began = fetching.until_begun(process)
    moving = fetching.until_moved(process) - began
    whole, size = time.monotonic() - began, fetching.bench.passed() - before
    raw, record = fetching.files(), fetching.record()
    assert fetching.litter() == []
    transfer = recording = missed = 0
    while transfer + recording < KILLS:
        fetching.anew()
        before = fetching.bench.passed()
        ended = False
        while transfer + recording < KILLS:
            left = max(0.0, 1 - (fetching.bench.passed() - before) / size) if size else 1.0
            process = fetching.start()
            fetching.until_begun(process)
            with suppress(subprocess.TimeoutExpired):
                midway = dice.random() < MIDWAY
                process.wait(dice.uniform(0, moving * left if midway else whole))
            if process.poll() is not None:
                assert process.returncode == 0, fetching.said()
                missed, ended = missed + 1, True
                assert missed < MISSED * KILLS, "too fast to be killed"
                break
            if dice.random() < 0.5:
                process.kill()
            else:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            here = {p: b for p, b in fetching.files().items() if not p.endswith(".part")}
            assert here.items() <= raw.items()
            if fetching.listed:
                recording += 1
                assert (fetching.folder / "files.csv").read_bytes() == record[0]
                break
            transfer += 1
        if not ended:
            fetching.run()
        assert fetching.files() == raw
        assert fetching.record() == record
        assert fetching.litter() == []
    came = f"{transfer} mid-transfer, {recording} while recording; {missed} ended before"
    record_property("table", f"{came}; {whole:.1f} s to end")


@pytest.mark.peers
@pytest.mark.parametrize("kind", ["DataLad over S3"])
def test_killed_while_git_annex_gets_ready(fetching: Fetching, kind: str) -> None:
    """The next run knows the bucket: a clone counts only when git-annex knows its remotes."""
    fetching.anew()
    fetching.run()
    raw, record = fetching.files(), fetching.record()
    for _ in range(max(3, KILLS)):
        fetching.anew()
        process = fetching.start()
        scratch = fetching.root / ".medreg" / "fetch" / "some"
        while process.poll() is None:
            settings = scratch.glob("clone*/.git/config")
            if any(b"filter-process" in file.read_bytes() for file in settings):
                break
            time.sleep(0.001)
        assert process.poll() is None, fetching.said()
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        fetching.run()
        assert fetching.files() == raw
        assert fetching.record() == record


def faults() -> Iterator[tuple[str, str]]:
    for kind in KINDS.keys() - ALONE:
        chosen = FAULTS[:3] if kind in UNPROVED else FAULTS
        drawn = random.Random(f"{kind} faults").choice(chosen)  # noqa: S311  # a sample
        yield from ((kind, fault) for fault in (chosen if KILLS >= ALL else (drawn,)))


@pytest.mark.peers
@pytest.mark.parametrize(("kind", "fault"), sorted(faults()))
def test_a_line_that_breaks(fetching: Fetching, kind: str, fault: str) -> None:
    """It ends well or in a named failure, never in wrong bytes; a good line mends it."""
    fetching.anew()
    fetching.run()
    raw, record = fetching.files(), fetching.record()
    fetching.anew()
    for way in fetching.bench.ways:
        if fault == "corrupted":
            way.flips = 3
        else:
            way.drops = 1_000 if fault == "dropped always" else 3
            way.after = 100_000 if fault == "dropped late" else 2_000
    code = fetching.start().wait(LIMIT)
    assert code in {WELL, LATER, DIFFER if fault == "corrupted" else LATER}, fetching.said()
    assert "Traceback" not in fetching.said()
    here = {path: body for path, body in fetching.files().items() if not path.endswith(".part")}
    assert here.items() <= raw.items()
    for way in fetching.bench.ways:
        way.drops = way.flips = 0
    fetching.run()
    assert fetching.files() == raw
    assert fetching.record() == record
    assert fetching.litter() == []
