"""How a fetch ends when something is wrong: its exit code, and nothing lost (F030, F044)."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from medreg import api
from tests.peers import program
from tests.sources import publishers
from tests.sources.test_part import Registry, medreg
from tests.sources.test_publishers import no_logins

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.sources.website import Server

__all__ = ["medreg", "no_logins"]
pytestmark = pytest.mark.usefixtures("naps", "no_logins", "known_to_git")

WORD = "pa55-W0RD-never-shown"
KEY = "AKIAEXAMPLE"
BODY = bytes(range(256)) * 24_000  # 6 MB
PAIRS = 'Pairs(image="{case}.nii")'


def begin(root: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "medreg", *words],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def wait_until(happened: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while not happened():
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.02)


def let_in(home: Path, word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write the login of the loopback where both `requests` and wget look for it."""
    (home / ".netrc").write_text(f"machine 127.0.0.1 login me password {word}\n")
    (home / ".netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(home / ".netrc"))


BASIC = "Basic bWU6cGE1NS1XMFJELW5ldmVyLXNob3du"  # me:WORD


def test_a_wrong_password(
    medreg: Registry, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = server.put("scan.nii", BODY, login=BASIC)
    server.put("open.nii", b"open")
    medreg.declare(f'Http(("{server.url}/open.nii", "{url}"))', PAIRS)
    let_in(tmp_path, "wrong-W0RD", monkeypatch)
    code, out, err = medreg("fetch", "some")
    assert (code, medreg.raw()) == (4, ["open.nii"])
    assert "wrong-W0RD" not in out + err
    let_in(tmp_path, WORD, monkeypatch)
    code, out, err = medreg("fetch", "some")
    assert (code, medreg.rows()) == (0, ["open.nii", "scan.nii"])
    assert WORD not in out + err
    assert server.requests.count(("open.nii", "")) == 1


def test_a_wrong_key(medreg: Registry, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    made = publishers.s3(server)
    made.publish("scan.nii", BODY)
    medreg.declare(f'S3("scans", anonymous=False, base_url={server.url!r})', PAIRS)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", WORD)
    server.closed = 403
    code, out, err = medreg("fetch", "some")
    assert (code, medreg.raw()) == (4, [])
    assert "aws sts get-caller-identity" in err
    assert WORD not in out + err
    server.closed = 0
    assert medreg("fetch", "some")[0] == 0
    assert medreg.rows() == ["scan.nii"]


def test_terms_that_nobody_accepted(medreg: Registry, server: Server) -> None:
    url = server.put("scan.nii", BODY)
    medreg.declare(f'Http(("{url}",))', PAIRS)
    plugin = medreg.root / "plugins" / "some.py"
    text = plugin.read_text().replace("import CT, ", "import CT, Gate, ")
    gate = 'gate=Gate(kind="agreement", days=3, terms="https://example.org/terms"),\n    source='
    plugin.write_text(text.replace("source=Http", f"{gate}Http"))
    code, out, err = medreg("fetch", "some")
    assert code == 4
    assert "medreg accept some" in out + err
    assert not server.requests
    assert medreg.raw() == []


def test_a_name_that_does_not_resolve(medreg: Registry) -> None:
    medreg.declare('Http(("http://nowhere.invalid/scan.nii",))', PAIRS)
    code, _, err = medreg("fetch", "some")
    assert code == 6
    assert "nowhere.invalid does not resolve" in err
    assert medreg.raw() == []


Disk = tuple[Registry, "Callable[[str], None]"]


@pytest.fixture
def disk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Disk]:
    """A registry on a small file system of its own, and a way to change its options."""
    place = tmp_path / "disk"
    place.mkdir()

    def mount(options: str, kind: tuple[str, ...] = ()) -> None:
        subprocess.run(["mount", *kind, "-o", options, str(place)], check=True, capture_output=True)

    try:
        if os.geteuid() != 0 or not shutil.which("mount"):
            pytest.skip("only root can mount a file system: run as root to test this")
        mount("size=4m", ("-t", "tmpfs", "tmpfs"))
    except subprocess.CalledProcessError:
        pytest.skip("no file system can be mounted here")
    api.init(place / "lab")
    monkeypatch.chdir(place / "lab")
    monkeypatch.delenv("MEDREG_ROOT", raising=False)
    yield Registry(place / "lab", capsys), lambda options: mount(f"remount,{options}")
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.mark.parametrize("chunked", [False, True])
def test_a_full_disk(disk: Disk, server: Server, *, chunked: bool) -> None:
    """The next run goes on with the bytes that had room."""
    medreg, remount = disk
    url = server.put("scan.nii", BODY, chunked=chunked)
    medreg.declare(f'Http(("{url}",))', PAIRS)
    code, _, err = medreg("fetch", "some")
    assert code == 7
    assert "no room on disk" in err
    assert medreg.raw() == []
    remount("size=64m")
    assert medreg("fetch", "some")[0] == 0
    assert (medreg.folder / "raw" / "scan.nii").read_bytes() == BODY
    assert any(ranged for _, ranged in server.requests)


def test_a_disk_that_cannot_be_written(disk: Disk, server: Server) -> None:
    medreg, remount = disk
    remount("size=64m")
    medreg.declare(f'Http(("{server.put("scan.nii", BODY)}",))', PAIRS)
    assert medreg("track", "some")[0] == 0
    remount("ro")
    code, _, err = medreg("fetch", "some")
    assert code == 7
    assert "Read-only" in err
    remount("rw")
    assert medreg("fetch", "some")[0] == 0
    assert (medreg.folder / "raw" / "scan.nii").read_bytes() == BODY


def test_two_at_once(medreg: Registry, server: Server) -> None:
    """One fetches, the other says so; there is one record."""
    url = server.put("scan.nii", BODY, pause=0.05)
    medreg.declare(f'Http(("{url}",))', PAIRS)
    assert medreg("track", "some")[0] == 0
    first = begin(medreg.root, "fetch", "some")
    wait_until(lambda: bool(server.requests), first)
    code, _, err = medreg("fetch", "some")
    assert code == 6
    assert f"process {first.pid} is busy: fetch some" in err
    told = first.communicate(timeout=120)[0]
    assert first.returncode == 0, told
    assert medreg.rows() == ["scan.nii"]
    record = (medreg.folder / "files.csv").read_bytes()
    assert medreg("fetch", "some")[0] == 0
    assert (medreg.folder / "files.csv").read_bytes() == record
    assert len(server.requests) == 1


def test_several_of_what_nobody_has_fetched_before(medreg: Registry, server: Server) -> None:
    """Each makes the dataset known: one after the other."""
    medreg.declare(f'Http(("{server.put("scan.nii", BODY)}",))', PAIRS)
    three = [begin(medreg.root, "fetch", "some") for _ in range(3)]
    told = [process.communicate(timeout=120)[0] for process in three]
    codes = {process.returncode for process in three}
    assert {0} <= codes <= {0, 6}, told
    assert medreg.rows() == ["scan.nii"]


def test_ctrl_c(medreg: Registry, server: Server) -> None:
    """It ends at once, and the next run goes on where it stopped."""
    url = server.put("scan.nii", BODY, pause=0.1)
    medreg.declare(f'Http(("{url}",))', PAIRS)
    assert medreg("track", "some")[0] == 0
    part = medreg.root / ".medreg" / "fetch" / "some" / "scan.nii.part"
    first = begin(medreg.root, "fetch", "some")
    wait_until(lambda: part.is_file() and part.stat().st_size > 0, first)
    first.send_signal(signal.SIGINT)
    told = first.communicate(timeout=60)[0]
    assert first.returncode == 130, told
    assert "Traceback" not in told
    assert medreg.raw() == []
    server.change("scan.nii", pause=0.0)
    assert medreg("fetch", "some")[0] == 0
    assert (medreg.folder / "raw" / "scan.nii").read_bytes() == BODY
    assert server.requests[-1][1].startswith("bytes=")


EARLY = """
import os, signal, sys

class Early:
    def find_spec(self, name, *_):
        if name == sys.argv[-1]:
            os.kill(os.getpid(), signal.SIGINT)

sys.modules.pop(sys.argv[-1], None)
sys.meta_path.insert(0, Early())
from medreg.__main__ import run
sys.exit(run())
"""


@pytest.mark.parametrize("at", ["signal", "importlib", "typing", "medreg.cli.parser"])
def test_ctrl_c_before_anything_has_begun(at: str) -> None:
    told = subprocess.run(
        [sys.executable, "-c", EARLY, "list", at], capture_output=True, text=True, check=False
    )
    assert (told.stdout, told.stderr) == ("", "")
    assert told.returncode in (130, -signal.SIGINT), "a shell calls both 130"


def command_lines(pid: int) -> set[bytes]:
    """Return what the process list says of a process and of its children."""
    try:
        threads = Path(f"/proc/{pid}/task").glob("*/children")
        children = [child for thread in threads for child in thread.read_text().split()]
        said = {Path(f"/proc/{pid}/cmdline").read_bytes()}
    except OSError:
        return set()
    return said.union(*(command_lines(int(child)) for child in children))


@pytest.mark.parametrize("kind", ["http", "s3", "physionet"])
def test_no_secret_is_in_the_process_list(
    medreg: Registry,
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", WORD)
    let_in(tmp_path, WORD, monkeypatch)
    if kind == "http":
        source = f'Http(("{server.put("scan.nii", BODY, login=BASIC, pause=0.01)}",))'
    elif kind == "s3":
        publishers.s3(server).publish("scan.nii", BODY, pause=0.01)
        source = f'S3("scans", anonymous=False, base_url={server.url!r})'
    else:
        program("wget", "wget (Debian)")
        made = publishers.physionet(server)
        made.publish("scan.nii", BODY)
        server.wget_only = BASIC
        source = repr(made.source)
    medreg.declare(source, PAIRS)
    assert medreg("track", "some")[0] == 0
    bandwidth = ("--bandwidth", "6M") if kind == "physionet" else ()
    process = begin(medreg.root, "fetch", "some", *bandwidth)
    seen: set[bytes] = set()
    while process.poll() is None:
        seen |= command_lines(process.pid)
        time.sleep(0.005)
    told = process.communicate()[0]
    assert process.returncode == 0, told
    assert any(b"medreg" in line for line in seen)
    if kind == "physionet":
        assert any(b"wget" in line and b"--limit-rate=1500000" in line for line in seen)
    files = [p.read_bytes() for p in sorted(medreg.root.rglob("*")) if p.is_file()]
    everything = [*seen, told.encode(), *files]
    assert not [text[:300] for text in everything if WORD.encode() in text]
