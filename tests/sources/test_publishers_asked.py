"""Logins are tried, declared addresses asked, publishers that moved on told (F047, F048)."""

from __future__ import annotations

import json
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
