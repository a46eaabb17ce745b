"""Synapse, Box, Dryad, Azure, DataLad, DICOMweb and DIMSE: what only one of them has."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from medreg.errors import (
    ActionNeeded,
    CannotHere,
    DeclarationError,
    NotFound,
    Refused,
    Transient,
)
from medreg.sources import AzureSas, Box, DataLad, DicomWeb, Dimse, Dryad, Manual, Synapse
from tests.peers import peer, program
from tests.sources import publishers
from tests.sources.servers import Orthanc, folder_server, free_port, orthanc
from tests.sources.test_publishers import SECRET, no_logins

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sources.lab import Lab
    from tests.sources.website import Server

__all__ = ["no_logins"]
pytestmark = pytest.mark.usefixtures("naps", "no_logins")


def test_synapse_alone_sees_its_token(lab: Lab, server: Server) -> None:
    """F036: the token goes to Synapse, and not to the storage of a signed address."""
    made = publishers.synapse(server)
    made.publish("data/scan.nii", b"voxels" * 100)
    lab.fetch(made.source)
    sent = {h["Host"].partition(":")[0]: h.get("Authorization") for h in server.headers}
    assert sent == {"127.0.0.1": f"Bearer {SECRET}", "localhost": None}
    assert lab.records["data/scan.nii"].version.endswith(".3")


def test_synapse_wants_a_token(
    lab: Lab, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = publishers.synapse(server)
    made.publish("scan.nii", b"voxels")
    monkeypatch.delenv("SYNAPSE_AUTH_TOKEN")
    with pytest.raises(ActionNeeded, match="only with a token") as caught:
        lab.fetch(made.source)
    assert "SYNAPSE_AUTH_TOKEN" in caught.value.steps[1]
    (tmp_path / ".synapseConfig").write_text("[authentication]\nauthtoken = from%file\n")
    lab.fetch(made.source)
    assert server.headers[0]["Authorization"] == "Bearer from%file"


def test_conditions_that_a_person_has_not_met(lab: Lab, server: Server) -> None:
    """F036: exit 4 names the page where access is asked for."""
    made = publishers.synapse(server)
    made.publish("scan.nii", b"voxels")
    answer = server.resources["repo/v1/entity/children"].answer
    assert answer
    answer({"parentId": "syn1"})
    bundle = next(p for p in server.resources if p.endswith("/bundle2") and "syn1/" not in p)
    told = server.resources[bundle].answer
    assert told
    unmet = told({})[0].replace(b"false", b"true")
    children = answer({"parentId": "syn1"})
    server.put("repo/v1/entity/children", answer=lambda _: children)
    server.put(bundle, answer=lambda _: (unmet, {}))
    with pytest.raises(ActionNeeded, match="conditions") as caught:
        lab.fetch(made.source)
    assert "synapse.org/Synapse:syn1" in caught.value.steps[0]


def test_a_single_synapse_file(lab: Lab, server: Server) -> None:
    body = publishers.zipped(b"1,2")
    told = (
        b'{"entity": {"concreteType": "org.x.FileEntity", "name": "n.zip",'
        b' "dataFileHandleId": 5, "versionNumber": 2},'
        b' "fileHandles": [{"id": "5", "contentMd5": "%s", "contentSize": %d,'
        b' "fileName": "RawData.zip"}]}' % (publishers.md5(body).encode(), len(body))
    )
    signed = b'{"requestedFiles": [{"preSignedURL": "%s/s3"}]}' % server.url.encode()
    server.put("repo/v1/entity/syn7/bundle2", answer=lambda _: (told, {}))
    server.put("file/v1/fileHandle/batch", answer=lambda _: (signed, {}))
    server.put("s3", body)
    assert lab.outcomes(Synapse("syn7", base_url=server.url)) == {"n.zip": "fetched"}
    assert lab.records["n.zip"].version == "syn7.2"


def test_dryad_lists_for_everybody_and_hands_out_to_a_token(
    lab: Lab, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = publishers.dryad(server)
    made.publish("scan.nii", b"voxels", login="Bearer good")
    for path in list(server.resources):
        if server.resources[path].answer:
            server.change(path, statuses=((401, {}),))  # an expired token closes even the list
    with pytest.raises(ActionNeeded) as caught:
        lab.fetch(made.source)
    assert "DRYAD_TOKEN" in " ".join(caught.value.steps)
    monkeypatch.setenv("DRYAD_TOKEN", "good")
    lab.fetch(made.source)
    assert lab.files() == {"scan.nii": b"voxels"}


def test_azure_wants_the_address_and_never_keeps_it(
    lab: Lab, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = publishers.azure(server)
    made.publish("a b/scan.nii", b"voxels")
    monkeypatch.delenv("MEDREG_SAS_URL", raising=False)
    with pytest.raises(ActionNeeded, match="not in MEDREG_SAS_URL") as caught:
        lab.fetch(made.source)
    assert caught.value.steps[0] == "Agree."
    monkeypatch.setenv("MEDREG_SAS_URL", "https://other.example/c?sig=S3CR3T")
    with pytest.raises(ActionNeeded, match=r"other\.example/c, not to") as caught:
        lab.fetch(made.source)
    assert "S3CR3T" not in str(caught.value)
    monkeypatch.setenv("MEDREG_SAS_URL", f"{server.url}/scans?sig={publishers.SIGNATURE}")
    lab.fetch(made.source)
    kept = "".join(p.read_text() for p in lab.scratch.rglob("*.json"))
    assert publishers.SIGNATURE not in kept + str(lab.records)
    server.put("scans", statuses=((403, {}),) * 9)
    with pytest.raises(ActionNeeded, match="has expired") as caught:
        lab.fetch(made.source)
    assert publishers.SIGNATURE not in f"{caught.value} {caught.value.steps}"


def test_box_and_its_spent_allowance(lab: Lab, server: Server) -> None:
    """F037: a page with status 200 is never taken for the file."""
    body = publishers.zipped(b"1,2")
    url = "https://nihcc.box.com/shared/static/abc.zip"
    source = Box({"images_01.zip": url}, base_url=server.url)
    page = b"<!DOCTYPE html><html>The bandwidth limit was exceeded.</html>"
    server.put("shared/static/abc.zip", page, content_type="text/html")
    with pytest.raises(Transient, match="allowance"):
        lab.fetch(source)
    server.put("shared/static/abc.zip", b"<html>log in</html>", content_type="text/html")
    with pytest.raises(ActionNeeded):
        lab.fetch(source)
    server.put("shared/static/abc.zip", body)
    assert lab.outcomes(source) == {"images_01.zip": "fetched"}


@pytest.mark.parametrize(
    ("kind", "declared"),
    [
        (Synapse, {"id": "3193805"}),
        (Dryad, {"doi": "doi:10.5061/dryad.x"}),
        (Box, {"files": {}}),
        (Box, {"files": {"a.zip": "https://nihcc.app.box.com/v/ChestXray"}}),
        (AzureSas, {"steps": ""}),
        (AzureSas, {"steps": "Agree.", "container": "https://x.example/c?sig=abc"}),
        (AzureSas, {"steps": "Agree.", "variable": "sas"}),
        (DataLad, {"base_url": "git@github.com:a/b", "tag": "1"}),
        (DataLad, {"base_url": "https://me:pw@example.org/a", "tag": "1"}),
        (DataLad, {"base_url": "https://example.org/a", "tag": "--upload-pack=x"}),
        (DicomWeb, {"base_url": "https://x.example", "query": {"PatientID": ""}}),
        (DicomWeb, {"base_url": "https://x.example", "query": {"patient id": "a"}}),
        (DicomWeb, {"base_url": "https://x.example", "modalities": "CT"}),
        (Dimse, {"host": "a b", "port": 104, "called": "X"}),
        (Dimse, {"host": "a", "port": 0, "called": "X"}),
        (Dimse, {"host": "a", "port": 104, "called": "A" * 17}),
    ],
)
def test_impossible_declarations_are_errors(kind: type, declared: dict[str, object]) -> None:
    with pytest.raises(DeclarationError):
        kind(**declared)


def test_without_their_programs_the_extras_are_named(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    with pytest.raises(CannotHere, match="git-annex") as caught:
        lab.fetch(DataLad("https://example.org/a", "1"))
    assert caught.value.hint == "pip install 'medreg[datalad]'"
    monkeypatch.setitem(__import__("sys").modules, "pynetdicom", None)
    with pytest.raises(CannotHere, match="pynetdicom") as caught:
        lab.fetch(Dimse("127.0.0.1", 104, "X"))
    assert caught.value.hint == "pip install 'medreg[pacs]'"


def test_what_was_found_and_what_is_missing(lab: Lab, downloads: Path) -> None:
    """F037: a person is told what was expected, what was found, and what is missing."""
    source = Manual(files=("a.zip", "b.zip", "tables/*.csv"), steps="Register.")
    (downloads / "a.zip").write_bytes(publishers.zipped(b"1"))
    lab.given = downloads
    with pytest.raises(ActionNeeded) as caught:
        lab.fetch(source)
    told = caught.value.message
    assert "expected  a.zip, b.zip, tables/*.csv" in told
    assert "found     a.zip" in told
    assert "missing   b.zip, tables/*.csv" in told


# --- real servers --------------------------------------------------------------------------------


@pytest.mark.peers
def test_a_real_annex_over_http(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F033: the snapshot of a tag; just the asked files; proved by the digest in the key."""
    annex = program("git-annex", "git-annex (PyPI)")
    monkeypatch.setenv("PATH", f"{Path(annex).parent}:{os.environ['PATH']}")
    config = "[user]\n name = a\n email = a@b\n[init]\n defaultBranch = master\n"
    loopback = '[annex "security"]\n allowed-ip-addresses = 127.0.0.1 ::1\n'
    (tmp_path / ".gitconfig").write_text(config + loopback)
    repository = tmp_path / "served" / "ds000001"
    (repository / "sub-01").mkdir(parents=True)

    def run(*words: str) -> None:
        subprocess.run(words, cwd=repository, check=True, capture_output=True)

    scan = bytes(range(256)) * 5000
    (repository / "sub-01" / "T1w.nii").write_bytes(scan)
    (repository / "sub-01" / "bold.nii").write_bytes(scan * 2)
    (repository / "participants.tsv").write_text("participant_id\n")
    run("git", "init", "--quiet")
    run("git", "annex", "init", "--quiet")
    run("git", "config", "annex.largefiles", "include=*.nii")
    run("git", "annex", "add", "--quiet", ".")
    run("git", "commit", "--quiet", "-m", "1")
    run("git", "tag", "1.0.0")
    (repository / "participants.tsv").write_text("another\n")
    run("git", "commit", "--quiet", "-a", "-m", "2")
    run("git", "update-server-info")
    with folder_server(tmp_path / "served") as url:
        source = DataLad(f"{url}/ds000001/.git", "1.0.0", files=("**/T1w.nii", "*.tsv"))
        assert set(lab.outcomes(source).values()) == {"fetched"}
        assert lab.files() == {
            "participants.tsv": b"participant_id\n",
            "sub-01/T1w.nii": scan,
        }
        record = lab.records["sub-01/T1w.nii"]
        assert record.version.startswith(record.checksum.partition(":")[0].upper())
        assert set(lab.outcomes(source).values()) == {"kept"}
        with pytest.raises(NotFound, match="no snapshot '9'"):
            lab.fetch(replace(source, tag="9"))
        key = next(repository.glob(f".git/annex/objects/*/*/{record.version}"))
        key.chmod(0o700)
        for file in key.iterdir():
            file.chmod(0o600)
            file.write_bytes(scan[::-1])
        (lab.raw / "sub-01" / "T1w.nii").unlink()
        with pytest.raises(Transient, match=record.version):
            lab.fetch(source)
    assert "sub-01/T1w.nii" not in lab.files()


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Orthanc]:
    with orthanc(tmp_path) as made:
        made.fill()
        yield made


def members(lab: Lab) -> dict[str, dict[str, bytes]]:
    import io
    import zipfile

    found = {}
    for path, body in lab.files().items():
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            found[path] = {name: packed.read(name) for name in packed.namelist()}
    return found


@pytest.mark.peers
def test_a_real_archive_over_dicomweb(lab: Lab, archive: Orthanc, tmp_path: Path) -> None:
    """F073: every instance, in the transfer syntax in which it is stored; logins by netrc."""
    source = DicomWeb(f"{archive.url}/dicom-web", modalities=("CT",), deidentify=False)
    with pytest.raises(ActionNeeded, match="is closed"):
        lab.fetch(source)
    archive.let_in(tmp_path)
    assert set(lab.outcomes(source).values()) == {"fetched"}
    syntaxes = archive.compare(members(lab), exact=True)
    assert len(syntaxes) > 1
    assert set(lab.outcomes(source).values()) == {"kept"}
    one = replace(source, query={"PatientID": "PACKED"})
    lab.records.clear()
    assert len(lab.outcomes(one)) == 1
    with pytest.raises(NotFound):
        lab.fetch(replace(source, query={"PatientID": "NOBODY"}))


@pytest.mark.peers
@pytest.mark.parametrize("verb", ["get", "move"])
def test_a_real_archive_over_dimse(lab: Lab, archive: Orthanc, verb: str) -> None:
    """F073: C-FIND, then C-GET or C-MOVE to this machine."""
    peer("pynetdicom")
    receive = archive.receiver if verb == "move" else 0
    source = Dimse(
        "127.0.0.1",
        archive.dicom,
        "ORTHANC",
        modalities=("CT",),
        receive=receive,
        deidentify=False,
    )
    assert set(lab.outcomes(source).values()) == {"fetched"}
    syntaxes = archive.compare(members(lab), exact=False)
    assert len(syntaxes) > 1
    assert set(lab.outcomes(source).values()) == {"kept"}
    with pytest.raises(ActionNeeded, match="refuses the association"):
        lab.fetch(replace(source, called="OTHER"))
    with pytest.raises(Transient, match="does not answer"):
        lab.fetch(replace(source, port=free_port()))
    if verb == "move":
        (lab.raw / next(iter(lab.records))).unlink()
        with pytest.raises(Refused, match=r"C000|A801"):
            lab.fetch(replace(source, calling="NOBODY"))
