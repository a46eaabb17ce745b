"""Move files with the program wget, which PhysioNet answers where it wants a password."""

from __future__ import annotations

import netrc
import shutil
import subprocess
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from medreg.errors import ActionNeeded, CannotHere, NotFound, Transient
from medreg.files.atomic import copy
from medreg.files.hashing import unwatched
from medreg.sources.pace import Pace
from medreg.sources.partial import Partial
from medreg.sources.patience import redacted

if TYPE_CHECKING:
    from collections.abc import Callable

    from medreg.model import FetchJob
    from medreg.sources.web import Move

TRIES = 5
SILENT = 60  # seconds to wait for the next bytes
AGAIN = "--retry-on-http-error=408,425,429,500,502,503,504"
NETWORK, TLS, LOGIN, SERVER = 4, 5, 6, 8  # what its exit codes say
GONE, BUSY = (" 404", " 410"), (" 429", " 500", " 502", " 503", " 504")


def may_open(url: str) -> bool:
    """Tell whether ``~/.netrc`` has a login for the host of *url*; wget reads it by itself.

    Raises `CannotHere` when it has one and there is no wget.
    """
    try:
        known = netrc.netrc(Path("~/.netrc").expanduser()).hosts
    except (OSError, netrc.NetrcParseError):
        return False
    if urlsplit(url).hostname not in known:
        return False
    if not shutil.which("wget"):
        raise CannotHere(
            f"{redacted(url)} answers only the program wget, which is not installed",
            hint="install it, for example: apt install wget",
        )
    return True


def paced(job: FetchJob, threads: int) -> Move:
    """Return `move` for so many files at once, which share the pace of *job*."""
    rate = job.pace.per_second / (job.jobs or threads) if isinstance(job.pace, Pace) else 0
    return partial(move, per_second=rate)


def move(url: str, part: Partial, moved: Callable[[int], None], per_second: float = 0) -> str:
    """Bring the rest of *url* to *part*, as `transfer`; the server names no version.

    At most *per_second* bytes come in a second, any number where it is 0.
    """
    slow = [f"--limit-rate={max(1, int(per_second))}"] if per_second else []
    resumed = part.size > 0
    part.file.parent.mkdir(parents=True, exist_ok=True)
    _take_over(part)
    with subprocess.Popen(
        [
            *("wget", "-nv", "-c", *slow, f"--tries={TRIES}", f"--timeout={SILENT}", AGAIN),
            *("-O", str(part.file), url),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            before = _size(part)
            while process.poll() is None:
                time.sleep(0.02)
                now = _size(part)
                moved(max(0, now - before))
                before = now
            said = process.stderr.read() if process.stderr else ""
        except BaseException:  # tidied up, and raised again
            process.terminate()
            raise
    _refuse(process.returncode, said, url)
    part.take_up(redacted(url), unwatched, unproved=True)
    part.joined = resumed
    return ""


def text(url: str, scratch: Path, closed: ActionNeeded) -> str:
    """Return the small text file at *url*; raises *closed* where the login is refused."""
    part = Partial(scratch / url.rpartition("/")[2])
    part.url = redacted(url)
    part.begin("")
    try:
        move(url, part, unwatched)
        return part.file.read_text(encoding="utf-8")
    except ActionNeeded:
        raise closed from None
    finally:
        part.drop()


def _take_over(part: Partial) -> None:
    """Let the bytes lie in a file to which no wget of a killed run writes any more."""
    if part.size:
        own = part.file.with_name(f".{part.file.name}.own")
        copy(part.file, own)
        own.replace(part.file)
    else:
        part.file.unlink(missing_ok=True)


def _size(part: Partial) -> int:
    return part.file.stat().st_size if part.file.is_file() else 0


def _refuse(code: int, said: str, url: str) -> None:
    """Raise what wget's exit *code* means; what it *said* tells servers' answers apart."""
    where = redacted(url)
    if code == 0:
        return
    if code == TLS:
        raise CannotHere(f"{where}: the server's certificate is not trusted on this machine")
    if code == SERVER and any(status in said for status in GONE):
        raise NotFound(f"{where} is not there: wget was answered 404")
    if code == NETWORK or (code == SERVER and any(status in said for status in BUSY)):
        raise Transient(
            f"{where}: wget gave up after {TRIES} attempts",
            hint="run the same command later: it goes on where it stopped",
        )
    if code in (LOGIN, SERVER):
        raise ActionNeeded(f"{where} refuses the login of ~/.netrc")
    raise Transient(f"{where}: wget ended with {code}", hint="run the same command again")
