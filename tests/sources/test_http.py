from __future__ import annotations

import base64
import errno
import gzip
import hashlib
import io
import os
import signal
import subprocess
import sys
import time
import zipfile
import zlib
from dataclasses import replace
from email.utils import formatdate
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from medreg.errors import (
    ActionNeeded,
    BytesDiffer,
    CannotHere,
    DeclarationError,
    NotFound,
    Refused,
    Transient,
)
from medreg.sources import Http

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sources.lab import Lab
    from tests.sources.website import Server

BODY = np.random.default_rng(0).bytes(3_000_000)
MD5 = "md5:" + hashlib.md5(BODY, usedforsecurity=False).hexdigest()
SHA256 = "sha256:" + hashlib.sha256(BODY).hexdigest()
LOGIN_PAGE = b"\n<!DOCTYPE html>\n<html><body><form>Sign in</form></body></html>"

pytestmark = pytest.mark.usefixtures("naps")


def zipped(**members: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return data.getvalue()


def test_a_file_is_fetched_once(lab: Lab, server: Server) -> None:
    url = server.put("data/a.bin", BODY)
    source = Http(urls=(url + "?token=secret",), checksums={"a.bin": MD5})
    assert source.wanted() == ("a.bin",)
    assert lab.outcomes(source) == {"a.bin": "fetched"}
    record = lab.records["a.bin"]
    assert (record.source, record.checksum) == (url, MD5)
    assert (record.version, record.date) == ('"one"', "2026-11-20")
    assert lab.outcomes(source) == {"a.bin": "kept"}
    assert lab.records["a.bin"] == record
    assert len(server.requests) == 1
    assert lab.files() == {"a.bin": BODY}


def test_names_may_be_given_and_hold_folders(lab: Lab, server: Server) -> None:
    url = server.put("download", BODY)
    assert lab.outcomes(Http(urls={"images/batch 1.bin": f"{url}?id=7"})) == {
        "images/batch 1.bin": "fetched"
    }
    assert server.requests == [("download?id=7", "")]


def test_a_damaged_file_is_repaired(lab: Lab, server: Server) -> None:
    source = Http(urls=(server.put("a.bin", BODY),))
    lab.fetch(source)
    (lab.raw / "a.bin").write_bytes(BODY[:-1] + b"?")
    assert lab.outcomes(source) == {"a.bin": "repaired"}
    assert lab.files() == {"a.bin": BODY}


@pytest.mark.parametrize("recorded", [True, False])
def test_other_bytes_than_on_record_are_refused(
    lab: Lab, server: Server, *, recorded: bool
) -> None:
    source = Http(urls=(server.put("a.bin", BODY),))
    lab.fetch(source)
    old = lab.records["a.bin"]
    server.put("a.bin", BODY[::-1])
    (lab.raw / "a.bin").unlink()
    if not recorded:
        lab.records.clear()
        assert lab.outcomes(source) == {"a.bin": "fetched"}
        return
    with pytest.raises(BytesDiffer, match=old.sha256) as caught:
        lab.fetch(source)
    assert hashlib.sha256(BODY[::-1]).hexdigest() in caught.value.message
    assert lab.files() == {}
    assert [path.name for path in lab.scratch.iterdir()] == []


# --- interrupted -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "behavior",
    [
        {"etag": '"strong"'},
        {"etag": None, "modified": formatdate(1_700_000_000, usegmt=True)},
        {"etag": 'W/"weak"', "modified": formatdate(1_700_000_000, usegmt=True)},
    ],
)
def test_dropped_connections_are_taken_up(
    lab: Lab, server: Server, behavior: dict[str, str]
) -> None:
    source = Http(urls=(server.put("a.bin", BODY, cut=400_000, **behavior),))
    assert lab.outcomes(source) == {"a.bin": "fetched"}
    assert lab.files() == {"a.bin": BODY}
    assert [asked for _, asked in server.requests[:3]] == ["", "bytes=400000-", "bytes=800000-"]
    assert server.served == len(BODY)


def test_a_drop_in_a_chunked_answer_is_noticed(lab: Lab, server: Server) -> None:
    source = Http(urls=(server.put("a.bin", BODY, chunked=True, cut=1_000_000),))
    assert lab.outcomes(source) == {"a.bin": "fetched"}
    assert lab.files() == {"a.bin": BODY}


def test_a_server_without_ranges_is_asked_a_few_times(lab: Lab, server: Server) -> None:
    source = Http(urls=(server.put("a.bin", BODY, ranges=False, cut=1_000_000),))
    with pytest.raises(Transient, match=r"broke off after 1,000,000 bytes"):
        lab.fetch(source)
    assert lab.files() == {}
    server.change("a.bin", cut=None)
    assert lab.outcomes(source) == {"a.bin": "fetched"}
    assert lab.files() == {"a.bin": BODY}


def test_a_file_that_changes_on_the_way_is_begun_anew(lab: Lab, server: Server) -> None:
    """The rest of the new file never follows the beginning of the old one."""
    source = Http(urls=(server.put("a.bin", BODY, cut=1_000_000, ranges=False),))
    with pytest.raises(Transient):
        lab.fetch(source)
    assert (lab.scratch / "a.bin.part").stat().st_size == 1_000_000
    server.put("a.bin", BODY[::-1], etag='"two"')
    lab.fetch(source)
    assert lab.files() == {"a.bin": BODY[::-1]}
    assert lab.records["a.bin"].version == '"two"'
    assert server.requests[-1] == ("a.bin", "bytes=1000000-")


def test_without_a_validator_only_a_checksum_allows_to_go_on(lab: Lab, server: Server) -> None:
    url = server.put("a.bin", BODY, etag=None, cut=1_000_000, ranges=False)
    for source, expected in (
        (Http(urls=(url,)), [""]),
        (Http(urls=(url,), checksums={"a.bin": SHA256}), ["bytes=1000000-"]),
    ):
        server.put("a.bin", BODY, etag=None, cut=1_000_000, ranges=False)
        with pytest.raises(Transient):
            lab.fetch(source)
        server.put("a.bin", BODY, etag=None)
        server.requests.clear()
        assert lab.outcomes(source) == {"a.bin": "fetched"}
        assert [asked for _, asked in server.requests] == expected
        lab.records.clear()
        (lab.raw / "a.bin").unlink()


def test_pieces_that_do_not_fit_together_are_fetched_once_more(lab: Lab, server: Server) -> None:
    """A part that rotted on disk: the checksum shows it, a fresh download heals it."""
    source = Http(
        urls=(server.put("a.bin", BODY, cut=1_000_000, ranges=False),), checksums={"a.bin": MD5}
    )
    with pytest.raises(Transient):
        lab.fetch(source)
    (lab.scratch / "a.bin.part").write_bytes(bytes(1_000_000))
    server.put("a.bin", BODY)
    assert lab.outcomes(source) == {"a.bin": "fetched"}
    assert [asked for _, asked in server.requests[-2:]] == ["bytes=1000000-", ""]
    assert lab.files() == {"a.bin": BODY}


def test_a_part_that_is_complete_or_too_long(lab: Lab, server: Server) -> None:
    source = Http(urls=(server.put("a.bin", BODY, cut=2_000_000, ranges=False),))
    for content in (BODY, BODY + b"more"):
        with pytest.raises(Transient):
            lab.fetch(source)
        (lab.scratch / "a.bin.part").write_bytes(content)
        server.put("a.bin", BODY)
        assert lab.outcomes(source) == {"a.bin": "fetched"}
        assert lab.files() == {"a.bin": BODY}
        assert lab.records["a.bin"].version == '"one"', "as if it had come at once"
        lab.records.clear()
        (lab.raw / "a.bin").unlink()
        server.put("a.bin", BODY, cut=2_000_000, ranges=False)


def test_a_kill_before_the_file_has_its_place_costs_nothing(
    lab: Lab, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    source = Http((server.put("a.bin", BODY),))
    with monkeypatch.context() as patch:
        patch.setattr("medreg.sources.download.Download._place", killed)
        with pytest.raises(KeyboardInterrupt):
            lab.fetch(source)
    assert lab.outcomes(source) == {"a.bin": "fetched"}
    assert lab.files() == {"a.bin": BODY}
    assert server.requests[-1][1] == f"bytes={len(BODY)}-"


def test_processes_that_were_forked_share_no_memory(
    lab: Lab, server: Server, tmp_path: Path
) -> None:
    lab.fetch(Http(urls=(server.put("first.bin", BODY),)))  # its memory is there to be used again
    bodies = [bytes([number]) * len(BODY) for number in (1, 2)]
    urls = [server.put(f"{n}.bin", body, pause=0.01) for n, body in enumerate(bodies)]

    labs = [replace(lab, root=tmp_path / str(number), records={}) for number in range(2)]
    forked = get_context("fork")
    children = [
        forked.Process(target=one.fetch, args=(Http(urls=(url,)),))
        for one, url in zip(labs, urls, strict=True)
    ]
    for child in children:
        child.start()
    for child in children:
        child.join()
    assert [one.files() for one in labs] == [{f"{n}.bin": b} for n, b in enumerate(bodies)]


def test_a_slow_line_loses_a_second_to_a_kill(lab: Lab, server: Server) -> None:
    url = server.put("a.bin", BODY, pause=0.2)
    command = [sys.executable, "-c", CHILD, str(lab.raw), str(lab.scratch), url]
    part = lab.scratch / "a.bin.part"
    deadline = time.monotonic() + 20
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as child:
        while not (part.exists() and part.stat().st_size) and time.monotonic() < deadline:
            time.sleep(0.02)
        child.kill()
    assert 0 < part.stat().st_size < 1 << 20


def test_a_server_that_resumes_elsewhere_is_not_believed(lab: Lab, server: Server) -> None:
    source = Http(urls=(server.put("a.bin", BODY, cut=2_900_000, shift=7),))
    server.change("a.bin", cut=2_900_000)
    with pytest.raises(Transient):
        lab.fetch(source)
    assert lab.files() == {}


CHILD = """
import sys
from pathlib import Path
from medreg.model import FetchJob
from medreg.report import Silent
from medreg.sources import Http

raw, scratch, url = sys.argv[1:]
job = FetchJob(into=Path(raw), scratch=Path(scratch), given=None, known={}, today="2026-11-20",
               progress=Silent())
for record, answer in Http(urls=(url,)).fetch(job):
    print(record)
"""


def test_killed_at_several_moments_and_run_again(lab: Lab, server: Server, tmp_path: Path) -> None:
    url = server.put("a.bin", BODY, pause=0.02)
    command = [sys.executable, "-c", CHILD, str(lab.raw), str(lab.scratch), url]
    for size in (1_300_000, 1, 490_000, 1_260_000):
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        goal = server.served + size
        deadline = time.monotonic() + 20
        while server.served < goal and time.monotonic() < deadline:
            time.sleep(0.005)
        child.send_signal(signal.SIGKILL)
        child.wait()
        assert lab.files() == {}
    server.change("a.bin", pause=0)
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    assert lab.files() == {"a.bin": BODY}
    assert not (lab.scratch / "a.bin.part").exists()
    assert any(asked for _, asked in server.requests), "nothing was taken up"
    again = subprocess.run(command, capture_output=True, check=True, text=True)
    assert again.stdout == done.stdout  # killed before files.csv was written: the same record


# --- servers that refuse -----------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 503, 502, 500])
def test_a_server_that_says_later_is_asked_later(
    lab: Lab, server: Server, naps: list[float], status: int
) -> None:
    first = (status, {"Retry-After": "3"})
    second = (status, {"Retry-After": formatdate(time.time() + 20, usegmt=True)})
    source = Http(urls=(server.put("a.bin", BODY, statuses=(first, second, (status, {}))),))
    assert lab.outcomes(source) == {"a.bin": "fetched"}
    assert naps[0] == 3
    assert 15 < naps[1] <= 20
    assert 0 < naps[2] < 10


def test_it_is_not_asked_for_ever(lab: Lab, server: Server, naps: list[float]) -> None:
    source = Http(urls=(server.put("a.bin", BODY, statuses=((503, {}),) * 99),))
    with pytest.raises(Transient, match=r"a\.bin: the server answers 503") as caught:
        lab.fetch(source)
    assert caught.value.exit_code == 6
    assert len(server.requests) == 5
    assert sum(naps) < 60
    source = Http(urls=(server.put("a.bin", BODY, statuses=((429, {"Retry-After": "7200"}),)),))
    with pytest.raises(Transient, match="asks to wait 7200 s"):
        lab.fetch(source)


@pytest.mark.parametrize(
    ("status", "error", "exit_code"),
    [(404, NotFound, 3), (410, NotFound, 3), (401, ActionNeeded, 4), (403, ActionNeeded, 4)],
)
def test_refusals_name_the_url_without_its_query(
    lab: Lab, server: Server, status: int, error: type[Exception], exit_code: int
) -> None:
    url = server.put("gone/a.bin", statuses=((status, {}),) * 9)
    with pytest.raises(error) as caught:
        lab.fetch(Http(urls=(f"{url}?X-Amz-Signature=SECRET",)))
    told = [caught.value.message, caught.value.hint, *caught.value.steps]
    assert url in told[0]
    assert str(status) in told[0]
    assert "SECRET" not in " ".join(told)
    assert caught.value.exit_code == exit_code
    assert lab.files() == {}


@pytest.mark.parametrize("content_type", ["text/html; charset=utf-8", "application/zip"])
@pytest.mark.parametrize(
    "page", [LOGIN_PAGE, b"<!-- (c) -->\n<HTML>login", b"\xef\xbb\xbf<html>", LOGIN_PAGE * 50_000]
)
def test_a_login_page_is_no_archive(
    lab: Lab, server: Server, content_type: str, page: bytes
) -> None:
    url = server.put("a.zip", page, content_type=content_type)
    with pytest.raises(ActionNeeded, match=r"a\.zip sent a web page in place") as caught:
        lab.fetch(Http(urls=(url,)))
    assert caught.value.steps
    assert lab.files() == {}


def test_a_login_page_does_not_cost_what_arrived_before(lab: Lab, server: Server) -> None:
    source = Http(urls=(server.put("a.bin", BODY, cut=1_000_000, ranges=False),))
    with pytest.raises(Transient):
        lab.fetch(source)
    server.put("a.bin", LOGIN_PAGE, etag=None)
    with pytest.raises(ActionNeeded):
        lab.fetch(source)
    server.put("a.bin", BODY)
    assert lab.outcomes(source) == {"a.bin": "fetched"}
    assert server.requests[-1] == ("a.bin", "bytes=1000000-")


def test_a_web_page_may_be_wanted(lab: Lab, server: Server) -> None:
    url = server.put("readme.html", LOGIN_PAGE, content_type="text/html")
    assert lab.outcomes(Http(urls=(url,))) == {"readme.html": "fetched"}


@pytest.mark.parametrize(
    "body", [b"", b'{"error": "quota"}', zipped(a=b"1" * 5000)[:-30], zipped(**{"../a": b"1"})]
)
def test_what_is_no_good_archive_is_refused(lab: Lab, server: Server, body: bytes) -> None:
    with pytest.raises(Refused, match=r"a\.zip"):
        lab.fetch(Http(urls=(server.put("a.zip", body),)))
    assert lab.files() == {}


def test_a_wrong_checksum_is_told_with_both(lab: Lab, server: Server) -> None:
    url = server.put("a.bin", BODY[::-1])
    with pytest.raises(BytesDiffer, match=MD5) as caught:
        lab.fetch(Http(urls=(url,), checksums={"a.bin": MD5}))
    assert hashlib.md5(BODY[::-1], usedforsecurity=False).hexdigest() in caught.value.message
    assert lab.files() == {}


HEX = MD5.partition(":")[2]
BASE64 = base64.b64encode(bytes.fromhex(HEX)).decode()
REQUEST = {"x-amz-request-id": "1"}
OF_S3 = {"etag": f'"{HEX}"', "headers": REQUEST}
CRC32 = zlib.crc32(BODY).to_bytes(4, "big")
STORED = hashlib.sha256(BODY).digest()


def stored(kind: str = "", **digests: bytes) -> dict[str, Any]:
    """Return what S3 states of an object with *digests*, which are of a *kind*."""
    told = {f"x-amz-checksum-{name}": base64.b64encode(d).decode() for name, d in digests.items()}
    return {"headers": told | ({"x-amz-checksum-type": kind} if kind else {})}


def sealed(kind: str) -> dict[str, Any]:
    """Return what S3 states of an object that it encrypts."""
    return {**OF_S3, "headers": {**REQUEST, "x-amz-server-side-encryption": kind}}


@pytest.mark.parametrize("cut", [None, 1_000_000])
@pytest.mark.parametrize(
    ("stated", "digest"),
    [
        ({"headers": {"Content-MD5": BASE64}}, MD5),
        ({"headers": {"x-goog-hash": f"crc32c=abcdef==,md5={BASE64}"}}, MD5),
        (OF_S3, MD5),
        (sealed("AES256"), MD5),
        (stored(crc32=CRC32), f"crc32:{CRC32.hex()}"),
        (stored(sha256=STORED, crc32=b"none"), f"sha256:{STORED.hex()}"),
        (stored("FULL_OBJECT", crc32=CRC32), f"crc32:{CRC32.hex()}"),
        ({**OF_S3, "headers": {**stored("COMPOSITE", crc32=CRC32)["headers"], **REQUEST}}, MD5),
    ],
)
def test_what_the_server_states_is_met(
    lab: Lab, server: Server, stated: dict[str, Any], digest: str, cut: int | None
) -> None:
    """F045: nobody declared a checksum, but the answer brings one; a resumed file keeps it."""
    wrong = server.put("a.bin", BODY[:-1] + b"x", **stated, cut=cut)
    with pytest.raises(BytesDiffer, match=f"states {digest}"):
        lab.fetch(Http(urls=(wrong,)))
    assert lab.files() == {}
    lab.fetch(Http(urls=(server.put("a.bin", BODY, **stated, cut=cut),)))
    assert lab.files() == {"a.bin": BODY}


@pytest.mark.parametrize(
    "stated",
    [
        {"headers": {"Content-MD5": "?"}},
        {"headers": {"Content-MD5": "c2hvcnQ="}},
        {"etag": f'"{HEX}"'},
        {"etag": f'"{HEX}-2"', "headers": REQUEST},
        sealed("aws:kms"),
        stored(crc32=b"three"),
        stored("COMPOSITE", crc32=CRC32),
        {"headers": {"x-amz-checksum-crc32": f"{base64.b64encode(CRC32).decode()}-2"}},
        {
            "headers": {
                "x-goog-hash": f"md5={BASE64}",
                "x-goog-stored-content-encoding": "gzip",
            }
        },
    ],
)
def test_what_is_no_digest_of_the_body_is_none(
    lab: Lab, server: Server, stated: dict[str, Any]
) -> None:
    lab.fetch(Http(urls=(server.put("a.bin", BODY[::-1], **stated),)))
    assert lab.files() == {"a.bin": BODY[::-1]}


def test_bytes_are_never_unpacked_on_the_way(lab: Lab, server: Server) -> None:
    """Apache calls .gz files a content encoding; the file is wanted as published."""
    packed = gzip.compress(b"volume")
    url = server.put("a.nii.gz", packed, encoding="gzip")
    lab.fetch(Http(urls=(url,)))
    assert lab.files() == {"a.nii.gz": packed}
    with pytest.raises(NotFound, match="gzip encoding"):
        lab.fetch(Http(urls=(server.put("a.csv", packed, encoding="gzip"),)))


def test_mirrors_are_tried_in_order(lab: Lab, server: Server) -> None:
    urls = (
        server.put("one", statuses=((404, {}),)),
        server.put("two", LOGIN_PAGE),
        server.put("three", BODY[::-1]),
        server.put("four", BODY),
        server.put("five", BODY),
    )
    source = Http(urls={"a.bin": urls}, checksums={"a.bin": MD5})
    assert lab.outcomes(source) == {"a.bin": "fetched"}
    assert lab.records["a.bin"].source == urls[3]
    assert [path for path, _ in server.requests] == ["one", "two", "three", "four"]


def test_when_no_mirror_has_it_each_is_named(lab: Lab, server: Server) -> None:
    urls = (server.put("one", statuses=((404, {}),)), server.put("two", statuses=((403, {}),)))
    with pytest.raises(ActionNeeded) as caught:
        lab.fetch(Http(urls={"a.bin": urls}))
    assert all(url in caught.value.message for url in urls)


def test_no_server_and_no_name(lab: Lab) -> None:
    with pytest.raises(Transient, match="connection failed"):
        lab.fetch(Http(urls=("http://127.0.0.1:9/a.bin?key=SECRET",)))
    with pytest.raises(Transient, match=r"nowhere\.invalid does not resolve") as caught:
        lab.fetch(Http(urls=("http://nowhere.invalid/a.bin?key=SECRET",)))
    assert "SECRET" not in caught.value.message


def test_netrc_is_honored_and_not_carried_elsewhere(
    lab: Lab, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password word\n")
    netrc.chmod(0o600)
    url = server.put("a.bin", BODY, login="Basic bWU6d29yZA==")
    with pytest.raises(ActionNeeded):
        lab.fetch(Http(urls=(url,)))
    monkeypatch.setenv("NETRC", str(netrc))
    assert lab.outcomes(Http(urls=(url,))) == {"a.bin": "fetched"}
    assert "word" not in str(lab.records)


def test_redirections_are_followed_but_not_recorded(lab: Lab, server: Server) -> None:
    signed = server.put("signed", BODY) + "?signature=SECRET"
    url = server.put("a.bin", location=signed)
    lab.fetch(Http(urls=(url,)))
    assert lab.records["a.bin"].source == url
    assert lab.files() == {"a.bin": BODY}
    loop = server.put("loop", location=f"{server.url}/loop")
    with pytest.raises(NotFound, match="redirects"):
        lab.fetch(Http(urls=(loop,)))


def test_what_a_person_downloaded_is_taken(lab: Lab, server: Server, downloads: Path) -> None:
    url = server.put("a.bin", statuses=((403, {}),) * 9)
    source = Http(urls=(url,), checksums={"a.bin": MD5})
    (downloads / "a.bin").write_bytes(BODY[:-1])
    lab.given = downloads
    with pytest.raises(BytesDiffer):
        lab.fetch(source)
    (downloads / "a.bin").write_bytes(BODY)
    assert lab.outcomes(source) == {"a.bin": "fetched"}
    assert lab.records["a.bin"].source == "by hand"
    assert server.requests == []


def test_an_unrecorded_file_must_have_the_publishers_checksum(lab: Lab, server: Server) -> None:
    source = Http(urls=(server.put("a.bin", BODY),), checksums={"a.bin": MD5.upper().lower()})
    lab.raw.mkdir(parents=True)
    (lab.raw / "a.bin").write_bytes(BODY[:-1])
    assert lab.outcomes(source) == {"a.bin": "repaired"}


def test_a_full_disk(lab: Lab, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    source = Http(urls=(server.put("a.bin", BODY),))
    with monkeypatch.context() as patch:
        patch.setattr("medreg.sources.partial.Partial.append", full)
        with pytest.raises(CannotHere, match="bytes free"):
            lab.fetch(source)
    assert lab.files() == {}
    assert lab.outcomes(source) == {"a.bin": "fetched"}


# --- declarations ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "declared",
    [
        {"urls": ("ftp://example.org/a.zip",)},
        {"urls": ("a.zip",)},
        {"urls": ("https://example.org/",)},
        {"urls": ("https://example.org/a.zip", "https://example.com/a.zip")},
        {"urls": {"../a.zip": "https://example.org/a.zip"}},
        {"urls": {".hidden": "https://example.org/a.zip"}},
        {"urls": ("https://example.org/a.zip",), "checksums": {"b.zip": MD5}},
        {"urls": ("https://example.org/a.zip",), "checksums": {"a.zip": "md5:abc"}},
        {"urls": ("https://example.org/a.zip",), "checksums": {"a.zip": "crc32:00000000"}},
    ],
)
def test_impossible_declarations_are_errors(declared: dict[str, object]) -> None:
    with pytest.raises(DeclarationError):
        Http(**declared)  # type: ignore[arg-type]  # wrong on purpose
