"""`medreg serve` answers this machine alone, with what may be shown, as it is now (F073)."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import requests

from medreg import api
from medreg.cli import main
from tests.stages.toy import make_both

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.stages.toy import Lab

VOLUME = "volumes/toy/volume-1/ct.nii.gz"


@contextmanager
def answering(root: Path) -> Iterator[str]:
    """Serve the registry at *root*."""
    with api.server(api.open_lab(root), 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.url
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """Two checked datasets and a written set of them."""
    made = make_both(tmp_path_factory.mktemp("served"))
    for stage in ("decide", "write"):
        made.run(stage, "both")
    subprocess.run(["git", "init", "-q", made.registry.root], check=True)
    return made


@pytest.fixture(scope="module")
def url(lab: Lab) -> Iterator[str]:
    with answering(lab.registry.root) as where:
        yield where


@contextmanager
def changed(file: Path, old: str, new: str) -> Iterator[None]:
    """Write *new* for *old* in *file*, for a while."""
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    try:
        yield
    finally:
        file.write_text(text)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("", "text/html; charset=utf-8"),
        ("index.html?q=liver", "text/html; charset=utf-8"),
        ("view.html", "text/html; charset=utf-8"),
        ("cases/toy.json", "application/json"),
        ("cases/both.json", "application/json"),
        ("assets/view.css", "text/css; charset=utf-8"),
        ("assets/view.js", "text/javascript; charset=utf-8"),
        ("assets/niivue.LICENSE.txt", "text/plain; charset=utf-8"),
        (VOLUME, "application/gzip"),
        ("volumes/both/toy__volume-1/toy__volume-1.nii.gz", "application/gzip"),
    ],
)
def test_what_is_there_is_answered_with_its_type(url: str, path: str, kind: str) -> None:
    answer = requests.get(url + path, timeout=30)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == kind
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Access-Control-Allow-Origin" not in answer.headers
    head = requests.head(url + path, timeout=30)
    assert head.headers["Content-Length"] == answer.headers["Content-Length"]
    assert head.content == b""


@pytest.mark.parametrize(
    ("asked", "status", "first", "last"),
    [
        ("bytes=0-9", 206, 0, 10),
        ("bytes=100-", 206, 100, None),
        ("bytes=-7", 206, -7, None),
        ("bytes=5-99999999", 206, 5, None),
        ("bytes=0-", 200, 0, None),
        ("bytes=9-5", 200, 0, None),
        ("bytes=0-1,4-5", 200, 0, None),
        ("lines=0-1", 200, 0, None),
        ("bytes=99999999-", 416, 0, 0),
        ("bytes=-0", 416, 0, 0),
    ],
)
def test_a_part_of_a_volume_can_be_had(  # noqa: PLR0913, PLR0917 - what is asked, and what comes
    lab: Lab, url: str, asked: str, status: int, first: int, last: int | None
) -> None:
    whole = (lab.dataset().converted / "volume-1" / "ct.nii.gz").read_bytes()
    answer = requests.get(url + VOLUME, headers={"Range": asked}, timeout=30)
    assert answer.status_code == status
    if status == 416:
        assert answer.headers["Content-Range"] == f"bytes */{len(whole)}"
    else:
        assert answer.content == whole[first:last]
    if status == 206:
        start = first % len(whole)
        end = start + len(answer.content) - 1
        assert answer.headers["Content-Range"] == f"bytes {start}-{end}/{len(whole)}"


@pytest.mark.parametrize("path", ["index.html", "cases/toy.json", VOLUME])
def test_what_did_not_change_is_not_sent_again(url: str, path: str) -> None:
    tag = requests.get(url + path, timeout=30).headers["ETag"]
    for asked in (tag, f'"other", W/{tag}', "*"):
        answer = requests.get(url + path, headers={"If-None-Match": asked}, timeout=30)
        assert (answer.status_code, answer.content) == (304, b"")
    assert requests.get(url + path, headers={"If-None-Match": '"x"'}, timeout=30).status_code == 200
    stale = {"Range": "bytes=0-1", "If-Range": '"x"'}
    assert requests.get(url + path, headers=stale, timeout=30).status_code == 200


def raw(url: str, method: str, path: str, **headers: str) -> tuple[int, bytes]:
    """Ask for exactly *path*: no client puts it in order first."""
    host = url.removeprefix("http://").rstrip("/")
    connection = http.client.HTTPConnection(host, timeout=30)
    connection.putrequest(method, path, skip_host="Host" in headers)
    for key, value in headers.items():
        connection.putheader(key, value)
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


@pytest.mark.parametrize(
    "path",
    [
        "/volumes/",
        "/volumes/toy/",
        "/volumes/toy/volume-1/",
        "/volumes/toy/volume-1/case.json",
        "/volumes/toy/volume-1/../volume-1/ct.nii.gz",
        "/volumes/toy/volume-1/%2e%2e/volume-1/ct.nii.gz",
        "/volumes/toy/volume-1%2f..%2fvolume-1/ct.nii.gz",
        "/volumes/toy/../cases.csv",
        "/volumes/toy/./ct.nii.gz",
        "/volumes/../../pyproject.toml",
        "/volumes/toy/volume-1/ct.nii.gz%00",
        "/volumes/toy/volume-9/ct.nii.gz",
        "/volumes/nothing/volume-1/ct.nii.gz",
        "/volumes/both/toy__volume-1/ct.nii.gz",
        "/assets/",
        "/assets/../index.html",
        "/../../../../etc/passwd",
        "//etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/pyproject.toml",
        "/registry/datasets/toy/cases.csv",
        "/cases/nothing.json",
        "/cases/..%2f..%2fregistry/vocabulary.json",
        "/%ff%fe",
    ],
)
def test_nothing_else_is_there(url: str, path: str) -> None:
    status, body = raw(url, "GET", path)
    assert status == 404
    assert b"root:" not in body
    assert b"[tool.medreg]" not in body


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:{port}", 200),
        ("127.0.0.1:{port}", 200),
        ("127.0.0.1", 421),
        ("rebound.example:{port}", 421),
        ("127.0.0.1:{port}.example", 421),
        ("", 421),
    ],
)
def test_a_name_that_is_not_the_loopbacks_is_refused(url: str, host: str, status: int) -> None:
    port = url.rstrip("/").rpartition(":")[2]
    assert raw(url, "GET", "/view.html", Host=host.format(port=port))[0] == status


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_nothing_can_be_written(url: str, method: str) -> None:
    assert raw(url, method, "/index.html")[0] == 405


def test_only_this_machine_is_answered(lab: Lab) -> None:
    with api.server(api.open_lab(lab.registry.root), 0) as server:
        assert server.socket.getsockname()[0] == "127.0.0.1"


def cases(url: str, name: str) -> list[str]:
    answer = requests.get(f"{url}cases/{name}.json", timeout=30)
    return [one["case"] for one in answer.json()["cases"]]


def test_a_change_is_seen_at_once(lab: Lab, url: str) -> None:
    page = f"{url}dataset/toy.html"
    assert "Renamed today" not in requests.get(page, timeout=30).text
    with changed(lab.registry.plugins / "toy.py", "Toy toy", "Renamed today"):
        assert "Renamed today" in requests.get(page, timeout=30).text
    assert "Renamed today" not in requests.get(page, timeout=30).text


def test_what_is_restricted_is_not_shown(lab: Lab, url: str) -> None:
    assert requests.get(url + VOLUME, timeout=30).status_code == 200
    with changed(lab.registry.plugins / "toy.py", "restricted=False", "restricted=True"):
        for path in (VOLUME, "cases/toy.json", "cases/both.json"):
            assert requests.get(url + path, timeout=30).status_code == 404
        assert cases(url, "other")


def test_a_withdrawn_case_is_not_shown(lab: Lab, url: str) -> None:
    assert "volume-1" in cases(url, "toy")
    table = lab.registry.facts / "withdrawn.csv"
    table.write_text("dataset,case,reason,by,date\ntoy,volume-1,asked,a person,2026-01-01\n")
    try:
        assert "volume-1" not in cases(url, "toy")
        assert "toy__volume-1" not in cases(url, "both")
        for path in (VOLUME, "volumes/both/toy__volume-1/toy__volume-1.nii.gz"):
            assert requests.get(url + path, timeout=30).status_code == 404
    finally:
        table.unlink()


def test_the_viewer_is_told_what_it_shows(lab: Lab, url: str) -> None:
    told = requests.get(f"{url}cases/toy.json", timeout=30).json()
    assert told["labels"] == [
        {"name": "liver", "values": [1], "color": "#aa0000"},
        {"name": "liver_tumor", "values": [2], "color": "#00aa00"},
    ]
    assert [one["case"] for one in told["cases"]] == ["volume-1", "volume-2", "volume-10"]
    first = told["cases"][0]
    assert first["images"] == [{"channel": "ct", "path": VOLUME, "modality": "CT", "unit": "HU"}]
    assert first["mask"] == "volumes/toy/volume-1/mask.nii.gz"
    assert first["voxels"] == 24 * 20 * 12
    folder = lab.dataset().converted / "volume-1"
    assert first["bytes"] == {
        "ct": (folder / "ct.nii.gz").stat().st_size,
        "mask": (folder / "mask.nii.gz").stat().st_size,
    }


def test_a_case_whose_volumes_are_elsewhere_says_how_they_come(lab: Lab, url: str) -> None:
    folder = lab.dataset().converted / "volume-2"
    folder.rename(folder.with_name("away"))
    try:
        told = requests.get(f"{url}cases/toy.json", timeout=30).json()
    finally:
        folder.with_name("away").rename(folder)
    gone = next(one for one in told["cases"] if one["case"] == "volume-2")
    assert gone["images"] == []
    assert "medreg pull toy" in told["missing"]["type"]


def test_a_sidecar_cannot_point_out_of_its_folder(lab: Lab, url: str) -> None:
    file = lab.dataset().converted / "volume-1" / "case.json"
    with changed(file, '"file": "ct.nii.gz"', '"file": "../volume-2/ct.nii.gz"'):
        assert requests.get(url + VOLUME, timeout=30).status_code == 404


def test_a_registry_that_is_wrong_says_so_and_recovers(lab: Lab, url: str) -> None:
    table = lab.registry.facts / "vocabulary.csv"
    with changed(table, "#aa0000", "red"):
        answer = requests.get(f"{url}labels.html", timeout=30)
        assert answer.status_code == 500
        assert "color is like" in answer.text
    assert requests.get(f"{url}labels.html", timeout=30).status_code == 200


def test_the_command_tells_its_address_and_ends_by_ctrl_c(lab: Lab) -> None:
    words = [sys.executable, "-m", "medreg", "serve", "--port", "0", "--json"]
    with subprocess.Popen(
        words, cwd=lab.registry.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stderr
        told = json.loads("".join(iter(process.stdout.readline, "}\n")) + "}")
        assert requests.get(told["url"], timeout=30).status_code == 200
        assert told["registry"] == str(lab.registry.root)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
        assert "Traceback" not in process.stderr.read()


def test_a_port_that_is_taken_is_named(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert main(["serve", "--registry", str(lab.registry.root), "--port", str(port)]) == 7
    said = capsys.readouterr().err
    assert str(port) in said
    assert "medreg serve --port 0" in said
    assert main(["serve", "--port", "70000"]) == 2
