"""Files at addresses that a person hands over: signed, or somebody's mirror (F037, F044)."""

from __future__ import annotations

import csv
import hashlib
import io
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.sources import publishers
from tests.sources.publishers import zipped
from tests.sources.test_part import Registry, bucket, medreg
from tests.sources.test_publishers import no_logins

if TYPE_CHECKING:
    from tests.sources.publishers import Publisher
    from tests.sources.website import Server

__all__ = ["bucket", "medreg", "no_logins"]
pytestmark = pytest.mark.usefixtures("naps", "no_logins", "known_to_git")

SIGNED = f"?sig={publishers.SIGNATURE}&se=2026-12-01"
BATCHES = 'Manual(("a.zip", "b.zip"), steps="Register. Download both.")'


def record(medreg: Registry) -> dict[str, dict[str, str]]:
    with (medreg.folder / "files.csv").open(encoding="utf-8", newline="") as table:
        return {row["path"]: row for row in csv.DictReader(table)}


def test_a_signed_address_of_one_file_is_kept_redacted(medreg: Registry, server: Server) -> None:
    medreg.declare(BATCHES)
    a, b = zipped(b"1"), zipped(b"2")
    server.put("blob/a.zip", a)
    server.put("blob/0815", b)
    code, out, err = medreg("fetch", "some", "--url", f"{server.url}/blob/a.zip{SIGNED}")
    assert (code, "b.zip" in err, medreg.raw()) == (4, True, ["a.zip"])
    assert not (medreg.folder / "files.csv").exists()
    told = [out, err]
    code, out, err = medreg("fetch", "some", "--url", f"b.zip={server.url}/blob/0815{SIGNED}")
    told += [out, err]
    assert code == 0, err
    assert {path: row["source"] for path, row in record(medreg).items()} == {
        "a.zip": f"{server.url}/blob/a.zip",
        "b.zip": f"{server.url}/blob/0815",
    }
    assert record(medreg)["b.zip"]["sha256"] == hashlib.sha256(b).hexdigest()
    assert not [text for text in told if publishers.SIGNATURE in text]
    for file in sorted(medreg.root.rglob("*")):
        assert not file.is_file() or publishers.SIGNATURE.encode() not in file.read_bytes()


def test_an_address_comes_from_stdin(
    medreg: Registry, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process list then holds none."""
    medreg.declare('Manual(("a.zip",), steps="Ask.")')
    server.put("blob/0815", zipped(b"1"))
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{server.url}/blob/0815{SIGNED}\n"))
    assert medreg("fetch", "some", "--url", "-")[0] == 0
    assert medreg.raw() == ["a.zip"]


def test_a_mirror_gives_all_that_is_on_record_when_the_publisher_is_gone(
    medreg: Registry, bucket: Publisher, server: Server
) -> None:
    """Killed links, dead publishers: the record proves whose bytes come from a mirror."""
    assert medreg("fetch", "some")[0] == 0
    before = (medreg.folder / "files.csv").read_bytes()
    for path, body in bucket.files.items():
        (medreg.folder / "raw" / path).unlink()
        server.put(f"mirror/{path}", body)
    gone, server.resources = (
        server.resources,
        {path: one for path, one in server.resources.items() if path.startswith("mirror/")},
    )
    assert gone
    assert medreg("fetch", "some")[0] == 0, "the cache has it still"
    shutil.rmtree(medreg.root / ".dvc" / "cache")
    for path in bucket.files:
        (medreg.folder / "raw" / path).unlink()
    assert medreg("fetch", "some")[0] != 0
    code, _, err = medreg("fetch", "some", "--url", f"{server.url}/mirror/")
    assert code == 0, err
    assert medreg.raw() == sorted(bucket.files)
    assert (medreg.folder / "files.csv").read_bytes() == before
    lost = medreg.folder / "raw" / "imagesTr/ct_00.nii"
    lost.unlink()
    one = f"imagesTr/ct_00.nii={server.url}/mirror/imagesTr/ct_00.nii"
    assert medreg("fetch", "some", "--url", one)[0] == 0
    assert lost.read_bytes() == bucket.files["imagesTr/ct_00.nii"]


def test_other_bytes_than_on_record_or_proved_are_refused(medreg: Registry, server: Server) -> None:
    good, bad = zipped(b"1"), zipped(b"2")
    digest = hashlib.md5(good, usedforsecurity=False).hexdigest()
    away = f"{server.url}/gone/a.zip"
    medreg.declare(f'Http(({away!r},), checksums={{"a.zip": "md5:{digest}"}})')
    mirror = server.put("mirror/a.zip", bad)
    code, _, err = medreg("fetch", "some", "--url", mirror)
    assert (code, "checksum" in err, medreg.raw()) == (5, True, [])
    server.put("mirror/a.zip", good)
    assert medreg("fetch", "some", "--url", mirror)[0] == 0
    (medreg.folder / "raw/a.zip").unlink()
    medreg.declare(f"Http(({away!r},))")
    server.put("mirror/a.zip", bad)
    code, _, err = medreg("fetch", "some", "--url", mirror)
    assert (code, "is not the file on record" in err, medreg.raw()) == (5, True, [])


def test_what_nothing_proves_is_said(medreg: Registry, server: Server) -> None:
    medreg.declare('Manual(("a.zip",), steps="Ask.")')
    mirror = server.put("mirror/a.zip", zipped(b"1"))
    (report,) = medreg.data("fetch", "some", "--url", mirror)
    assert "neither a record nor" in report["answers"][0]["reason"]


@pytest.mark.parametrize(
    ("source", "url", "said"),
    [
        (BATCHES, "{}/c.zip", "which file is it? Expected: a.zip, b.zip"),
        (BATCHES, "c.zip={}/c.zip", "which file is it?"),
        (BATCHES, "a.zip", "takes a http or https address"),
        (BATCHES, "ftp://example.org/a.zip", "takes a http or https address"),
        ('Manual(("ct/*.nii",), steps="Ask.")', "{}/", "nobody knows which files"),
    ],
)
def test_an_unclear_address_is_asked_about(
    medreg: Registry, server: Server, source: str, url: str, said: str
) -> None:
    medreg.declare(source)
    code, _, err = medreg("fetch", "some", "--url", url.format(server.url))
    assert (code, said in err) == (2, True), err
    assert medreg("fetch", "some", "other", "--url", "https://example.org/")[0] == 2


@pytest.mark.parametrize(
    ("behavior", "code"),
    [
        ({"statuses": ((403, {}),) * 9}, 4),
        ({"content_type": "text/html", "body": b"<html>login</html>"}, 4),
        ({"statuses": ((404, {}),)}, 3),
        ({"cut": 10}, 0),
    ],
)
def test_what_goes_wrong_has_its_exit_code(
    medreg: Registry, server: Server, behavior: dict[str, object], code: int
) -> None:
    medreg.declare('Manual(("a.zip",), steps="Ask.")')
    mirror = server.put("a.zip", **{"body": zipped(b"1"), **behavior})  # type: ignore[arg-type]
    found, _, err = medreg("fetch", "some", "--url", mirror + SIGNED)
    assert (found, publishers.SIGNATURE in err) == (code, False), err
    assert medreg.raw() == ([] if code else ["a.zip"])
