"""Every kind of source: every fault of a real web server, and every way to ask for it (F030-F048).

``MEDREG_KILLS`` says how much: from 20 on, as `make faults` asks for, each kind meets every fault;
fewer are a sample. A new kind without a row fails `test_every_kind_of_source_has_a_row`.
"""

from __future__ import annotations

import os
import random
import sys
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

import medreg.sources
from medreg import api
from medreg.errors import (
    ActionNeeded,
    BytesDiffer,
    CannotHere,
    MedregError,
    NotFound,
    Refused,
    Transient,
)
from medreg.stages.part import listable
from tests.peers import program
from tests.sources.kinds import ALONE, KINDS, PEERS, UNPROVED, opened
from tests.sources.lab import Lab
from tests.sources.test_killed import ALL, KILLS
from tests.sources.test_part import Registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from medreg.model import Source
    from tests.sources.kinds import Bench

pytestmark = [pytest.mark.peers, pytest.mark.usefixtures("naps")]

ALWAYS = 1_000_000
NAMED = (ActionNeeded, BytesDiffer, NotFound, Refused, Transient)
WELL = ()
FAULTS: dict[str, tuple[int, tuple[type[MedregError], ...]]] = {  # how often; how it may end
    "dropped": (3, WELL),  # a large answer breaks off
    "no ranges": (1, WELL),  # and cannot be taken up
    "etag": (1, WELL),  # and every answer claims to be another file
    "truncated": (ALWAYS, NAMED),  # half a body, with its size
    "corrupted": (ALWAYS, NAMED),  # a wrong byte
    "429": (3, WELL),
    "503": (3, WELL),
    "503 always": (ALWAYS, (Transient,)),
    "silent": (2, WELL),  # no answer
    "stalled": (2, WELL),  # half an answer
    "page": (ALWAYS, NAMED),  # a login page with status 200, whatever is asked for
    "late page": (ALWAYS, (ActionNeeded, BytesDiffer, Transient)),  # in place of files alone
    "closed": (ALWAYS, (ActionNeeded, Transient)),
    "expired": (ALWAYS, (ActionNeeded, Transient)),  # a list that is open, files that are not
    "tls": (0, (CannotHere, Transient)),  # a certificate that nobody signed
}
OTHERWISE: dict[tuple[str, str], tuple[type[MedregError], ...]] = {
    ("S3 with keys, in parts", "etag"): (BytesDiffer,),  # 32 hex digits are the MD5 of a part
}
BY_ANNEX = {"dropped", "silent", "stalled"}  # what git-annex may not overcome within its time
WEB = [kind for kind in KINDS if kind not in ALONE and not kind.startswith("Dimse")]


def asked() -> Iterator[tuple[str, str]]:
    """Yield each kind with each fault, or with one that is drawn for it."""
    for kind in WEB:
        spoils = ("truncated", "corrupted")  # what only a checksum tells
        chosen = [f for f in FAULTS if not (kind in UNPROVED and f in spoils)]
        drawn = random.Random(f"{kind} real").choice(chosen)  # noqa: S311  # a sample
        yield from ((kind, fault) for fault in (chosen if KILLS >= ALL else (drawn,)))


@dataclass(frozen=True)
class Published:
    """A source behind nginx, and what a good fetch of it brings."""

    kind: str
    bench: Bench
    source: Source
    files: dict[str, bytes]

    def tell(self, fault: str = "", times: int = 0) -> None:
        for way in self.bench.broken:
            way.tell(fault.removesuffix(" always"), times)

    def secured(self, text: str) -> str:
        for way in self.bench.broken:
            text = text.replace(way.url, f"https://127.0.0.1:{way.tls}")
        return text


def be_at(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process be that of who fetches."""
    monkeypatch.setenv("HOME", str(bench.home))
    monkeypatch.setenv("NETRC", str(bench.home / ".netrc"))
    for name, value in bench.environment.items():
        monkeypatch.setenv(name, value)
    if "PYTHONPATH" in bench.environment:  # of the index of IDC
        monkeypatch.syspath_prepend(bench.environment["PYTHONPATH"].split(os.pathsep)[0])
        monkeypatch.delitem(sys.modules, "idc_index_data", raising=False)


@contextmanager
def published_in(folder: Path, kind: str) -> Iterator[Published]:
    """Start the servers of one kind, nginx before them."""
    if kind in PEERS:
        program(*PEERS[kind])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NETRC", str(folder / "bench" / "home" / ".netrc"))
        with opened(kind, folder / "bench", breaks=True) as (bench, source):
            be_at(bench, patch)
            (folder / "lab").mkdir()
            lab = Lab(folder / "lab")
            lab.fetch(source)
            yield Published(kind, bench, source, lab.files())


@pytest.fixture(scope="module")
def publish(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Published]]:
    """Return what has a kind published; its servers run until another kind is asked for."""
    now: list[Published] = []
    with ExitStack() as stack:

        def have(kind: str) -> Published:
            if not now or now[0].kind != kind:
                now.clear()
                stack.close()
                folder = tmp_path_factory.mktemp("kind")
                now.append(stack.enter_context(published_in(folder, kind)))
            return now[0]

        yield have


def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lose patience soon with servers that say nothing."""
    for module in ("transfer", "web", "head"):
        monkeypatch.setattr(f"medreg.sources.{module}.TIMEOUT", (5, 0.5))
    monkeypatch.setattr("medreg.sources.wget.SILENT", 1)
    monkeypatch.setattr("medreg.sources.annex.SILENT", 8.0)
    monkeypatch.setattr("medreg.sources.annex.SLOWEST", 1e9)
    quick = {"GIT_HTTP_LOW_SPEED_LIMIT": "1", "GIT_HTTP_LOW_SPEED_TIME": "1"}
    monkeypatch.setattr("medreg.sources.annex.SILENCE", quick)


@pytest.mark.parametrize(("kind", "fault"), [*asked()])
def test_faults_of_a_real_server(
    kind: str,
    fault: str,
    publish: Callable[[str], Published],
    lab: Lab,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Success or a named failure, never wrong bytes; afterwards the same command mends it."""
    published = publish(kind)
    be_at(published.bench, monkeypatch)
    times, errors = FAULTS[fault]
    errors = OTHERWISE.get((kind, fault), errors)
    source = published.source
    with monkeypatch.context() as patch:
        hurry(patch)
        if fault == "tls":
            source = eval(published.secured(repr(source)), vars(medreg.sources))  # noqa: S307  # ours
            if sas := published.bench.environment.get("MEDREG_SAS_URL"):
                patch.setenv("MEDREG_SAS_URL", published.secured(sas))
        published.tell(fault, times)
        either = suppress(Transient) if kind.startswith("DataLad") and fault in BY_ANNEX else None
        with either or (pytest.raises(errors) if errors else nullcontext()):
            lab.fetch(source)
    here = {path: body for path, body in lab.files().items() if not path.endswith(".part")}
    assert here.items() <= published.files.items()
    published.tell()
    lab.fetch(published.source)
    assert lab.files() == published.files


# --- ways to ask ---------------------------------------------------------------------------------

FEW = 5  # kinds of a sample
LAYOUT = 'Pairs(image="{case}.nii", label="labels/{case}.nii")'


def some_kinds() -> list[str]:
    dice = random.Random("ways to ask")  # noqa: S311  # a sample
    return list(KINDS) if KILLS >= ALL else sorted(dice.sample(sorted(KINDS), FEW))


@pytest.mark.usefixtures("known_to_git")
@pytest.mark.parametrize("kind", some_kinds())
def test_real_ways_to_ask(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plan takes nothing; a part comes alone; the whole keeps it; again, all is kept."""
    if kind in PEERS:
        program(*PEERS[kind])
    root = tmp_path / "registry"
    api.init(root)
    monkeypatch.chdir(root)
    monkeypatch.delenv("MEDREG_ROOT", raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "bench" / "home" / ".netrc"))
    registry = Registry(root, capsys)
    with opened(kind, tmp_path / "bench") as (bench, source):
        be_at(bench, monkeypatch)
        if bench.other:
            registry.declare(repr(bench.other), LAYOUT)
            plugin = root / "plugins" / "some.py"
            text = plugin.read_text().replace('name="some"', 'name="other"')
            (root / "plugins" / "other.py").write_text(text)
            plugin.unlink()
            assert registry("fetch", "other")[0] == 0
        registry.declare(repr(source), LAYOUT)
        assert kind in ALONE or "127.0.0.1" in repr(source)  # it stands in for the real one
        plan = registry.data("fetch", "some", *bench.words, "--dry-run")
        assert registry.raw() == []
        first: list[str] = []
        for way, value in (("--limit", "1"), ("--sample", "1"), ("--cases", "*")):
            code, _, err = registry("fetch", "some", *bench.words, way, value)
            if not listable(source):
                assert (code, registry.raw(), "everything at once" in err) == (2, [], True)
                continue
            assert code == 0, err
            assert set(first) <= set(registry.raw())
            first = sorted(registry.rows())
            assert registry.raw() == first
        (report,) = registry.data("fetch", "some", *bench.words)
        raw = registry.raw()
        assert sorted(registry.rows()) == raw
        assert plan["some"]["files"] in (None, len(raw))
        outcomes = {a["item"]: a["outcome"] for a in report["answers"]}
        assert {path for path in first if outcomes[path] != "kept"} == set()
        assert not (registry.folder / "partial.json").exists()
        record = (registry.folder / "files.csv").read_bytes()
        (again,) = registry.data("fetch", "some", *bench.words)
        assert {a["outcome"] for a in again["answers"]} == {"kept"}
        assert (registry.folder / "files.csv").read_bytes() == record
