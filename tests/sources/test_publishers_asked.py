"""Logins are tried, declared addresses asked, publishers that moved on told (F044)."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from medreg import api
from medreg.sources.logins import SERVICES
from tests.sources import publishers
from tests.sources.test_part import Registry, bucket, medreg
from tests.sources.test_publishers import SECRET, no_logins

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sources.publishers import Publisher
    from tests.sources.website import Server

__all__ = ["bucket", "medreg", "no_logins"]
pytestmark = pytest.mark.usefixtures("naps", "no_logins", "known_to_git")


def test_logins_are_tried_and_never_shown(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "KAGGLE_KEY"):
        monkeypatch.delenv(name, raising=False)
    file = tmp_path / "netrc"
    file.write_text(f"machine physionet.org login me password {SECRET}\n")
    file.chmod(0o644)
    monkeypatch.setenv("NETRC", str(file))
    server.put("api/whoami-v2", b"{}", login=f"Bearer {SECRET}")
    server.put("user", b"{}", login="Bearer another")
    server.put("repo/v1/userProfile", statuses=((503, {}),) * 9)
    found = {one.service: one for one in api.logins({s.name: server.url for s in SERVICES})}
    states = {service: one.state for service, one in found.items()}
    assert states["huggingface"] == "works"
    assert states["github"] == "refused"
    assert states["synapse"] == "unknown"
    assert (states["kaggle"], states["dryad"], states["netrc"]) == ("none", "found", "found")
    assert "physionet.org" in found["netrc"].reason
    assert "chmod 600" in found["netrc"].reason
    assert SECRET not in str(found)


def test_declared_addresses_are_asked(medreg: Registry, server: Server) -> None:
    """A broken one names the mirror that works; a table, or JSON for a scheduled job."""
    good, away = server.put("a.nii", b"1234"), f"{server.url}/gone/a.nii"
    medreg.declare(f'Http({{"a.nii": ({away!r}, {good!r})}})')
    code, out, _ = medreg("sources", "check", "some", "--json")
    rows = json.loads(out)
    assert code == 1
    assert [row["state"] for row in rows] == ["broken", "ok"]
    assert (rows[0]["mirror"], rows[1]["size"]) == (good, 4)
    medreg.declare(f"Http(({good!r},))")
    assert medreg("sources", "check", "some")[0] == 0
    assert medreg("sources", "check")[0] == 2
    assert medreg("sources", "check", "some", "--all")[0] == 2


def test_a_web_page_is_no_file_and_head_may_be_refused(medreg: Registry, server: Server) -> None:
    page = server.put("page/a.nii", b"<html>", content_type="text/html; charset=utf-8")
    signed = server.put("signed/a.nii", b"1234", head=403)
    medreg.declare(f'Http({{"a.nii": ({page!r}, {signed!r})}})')
    bad, good = json.loads(medreg("sources", "check", "some", "--json")[1])
    assert (bad["state"], bad["mirror"]) == ("broken", signed)
    assert "web page" in bad["reason"]
    assert good["state"] == "ok"


def test_every_part_is_asked(medreg: Registry, server: Server) -> None:
    good, away = server.put("a.nii", b"1234"), f"{server.url}/gone/b.nii"
    medreg.declare(
        f'Parts(images=Http(({good!r},)), labels=Http(({away!r},)), tables=Manual(("t",), "Ask."))'
    )
    rows = json.loads(medreg("sources", "check", "some", "--json")[1])
    assert [(row["what"].split()[0], row["state"]) for row in rows] == [
        ("images/a.nii", "ok"),
        ("labels/b.nii", "broken"),
        ("tables/Manual", "by hand"),
    ]


def md5(body: bytes) -> str:
    return base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()


@pytest.mark.parametrize(
    ("now", "state", "why"),
    [
        ({}, None, ""),
        ({"body": b"12345"}, "changed", "4 bytes on record, 5 now"),
        ({"etag": '"two"'}, "changed", "ETag"),
        ({"etag": 'W/"two"'}, None, ""),
        ({"headers": {"Content-MD5": md5(b"4321")}}, "changed", "md5:"),
        ({"headers": {"x-goog-hash": f"crc32c=AAAAAA==,md5={md5(b'1234')}"}}, None, ""),
    ],
)
def test_a_file_on_a_web_server_that_moved_on(
    medreg: Registry, server: Server, now: dict[str, object], state: str | None, why: str
) -> None:
    """Told from the head alone, against what is on record and declared."""
    file = server.put("a.nii", b"1234")
    checksum = hashlib.md5(b"1234", usedforsecurity=False).hexdigest()
    medreg.declare(f'Http(({file!r},), checksums={{"a.nii": "md5:{checksum}"}})')
    assert medreg("fetch", "some")[0] == 0
    server.put("a.nii", **{"body": b"1234", **now})  # type: ignore[arg-type]
    code, out, _ = medreg("outdated", "--json")
    assert (code, [row["state"] for row in json.loads(out)]) == (int(bool(state)), [state] * code)
    assert why in out
    server.resources.clear()
    (row,) = json.loads(medreg("outdated", "--json")[1])
    assert row["state"] == "gone"


def test_releases_that_hold_what_changed_are_named(medreg: Registry, server: Server) -> None:
    """Those of the dataset, and of sets, as their tags have them."""
    file = server.put("a.nii", b"1234")
    medreg.declare(f"Http(({file!r},))")
    assert medreg("fetch", "some")[0] == 0
    for name, selection in (
        ("livers", "dataset,case,decision\nsome,a,kept\n"),
        ("others", "dataset,case,decision\nsome,a,dropped\nother,b,kept\n"),
    ):
        folder = medreg.root / "registry/sets" / name
        folder.mkdir(parents=True)
        (folder / "selection.csv").write_text(selection)
    folder = medreg.root / "registry/sets/closed"  # its selection is not in git
    folder.mkdir()
    (folder / "provenance.json").write_text(json.dumps({"datasets": {"some": {}}}))
    for words in (["add", "-f", "registry/sets"], ["commit", "-q", "-m", "Sets"]):
        subprocess.run(["git", *words], cwd=medreg.root, check=True)
    for tag in ("livers@v1.0.0", "livers@v1.10.0", "others@v1.0.0", "closed@v1.0.0", "some@v2.0.0"):
        subprocess.run(["git", "tag", "-a", "-m", "-", tag], cwd=medreg.root, check=True)
    (medreg.root / "registry/sets/livers/selection.csv").unlink()  # tags still have it
    server.put("a.nii", b"12345")
    (row,) = json.loads(medreg("outdated", "--json")[1])
    assert row["releases"] == ["closed@v1.0.0", "livers@v1.0.0", "livers@v1.10.0", "some@v2.0.0"]
    assert "livers@v1.10.0" in medreg("outdated")[1]


def test_a_publisher_that_moved_on(medreg: Registry, bucket: Publisher, server: Server) -> None:
    medreg("fetch", "some")
    assert medreg("outdated")[0] == 0
    bucket.publish("imagesTr/ct_00.nii", b"another")
    bucket.publish("imagesTr/ct_99.nii", b"new")
    bucket.withdraw("labelsTr/ct_05.nii")
    code, out, _ = medreg("outdated", "--json")
    found = {row["what"]: row["state"] for row in json.loads(out)}
    assert code == 1
    assert found == {
        "imagesTr/ct_00.nii": "changed",
        "imagesTr/ct_99.nii": "new",
        "labelsTr/ct_05.nii": "gone",
    }
    server.closed = 503
    assert json.loads(medreg("sources", "check", "some", "--json")[1])[0]["state"] == "unreachable"


def test_a_newer_zenodo_record(medreg: Registry, server: Server) -> None:
    made = publishers.zenodo(server)
    made.publish("a.zip", publishers.zipped(b"1"))
    medreg.declare(f'Zenodo("42", base_url={server.url!r})')
    medreg("fetch", "some")
    answer = server.resources["api/records/42"].answer
    assert answer
    old = answer({})[0].replace(b'"is_last": true', b'"is_last": false')
    server.put("api/records/42", answer=lambda _: (old, {}))
    code, out, _ = medreg("outdated")
    assert (code, "a newer version is at" in out) == (1, True)


@pytest.mark.parametrize("kind", ["hugging_face", "zenodo", "github", "synapse", "dryad", "azure"])
@pytest.mark.parametrize("fault", ["none", "closed", "down", "wrong bytes", "gone"])
def test_no_secret_is_anywhere(  # fixtures
    medreg: Registry,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    fault: str,
) -> None:
    """In no output, no error, and no file of the registry: files.csv, DVC's and git's."""
    monkeypatch.setenv("MEDREG_SAS_URL", f"{server.url}/scans?sig={publishers.SIGNATURE}")
    made: Publisher = getattr(publishers, kind)(server)
    made.publish("scan.nii", bytes(range(256)) * 40)
    medreg.declare(repr(made.source))
    if fault in ("closed", "down"):
        server.closed = 403 if fault == "closed" else 503
    elif fault == "wrong bytes":
        server.put(made.at("scan.nii"), b"<html>")
    elif fault == "gone":
        del server.resources[made.at("scan.nii")]
    code, out, err = medreg("fetch", "some")
    assert (code == 0) == (fault == "none")
    told = [out, err, *medreg("fetch", "some", "--dry-run")[1:], *medreg("status")[1:]]
    files = [p.read_bytes() for p in sorted(medreg.root.rglob("*")) if p.is_file()]
    for secret in (SECRET, publishers.SIGNATURE):
        assert not any(secret in text for text in told)
        assert not any(secret.encode() in data for data in files)
