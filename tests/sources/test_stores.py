"""What only real stores do: versions of objects, signed containers, OpenNeuro's annex (F040)."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from medreg.errors import ActionNeeded, BytesDiffer, NotFound, Transient
from medreg.sources import S3, AzureSas, DataLad
from tests.sources.servers import folder_server, seaweed
from tests.sources.stores import EARLIER, KEY, SECRET, Annex, Container, azurite, store
from tests.sources.test_publishers import no_logins
from tests.sources.throttle import throttled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.sources.lab import Lab

__all__ = ["no_logins"]
pytestmark = [pytest.mark.peers, pytest.mark.usefixtures("naps", "no_logins")]

SCANS = {"a b/x+1.nii": b"voxels" * 1000, "y.nii": b"other" * 1000, "z.nii": b"third" * 1000}


@pytest.fixture(scope="module")
def weed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with seaweed(tmp_path_factory.mktemp("weed") / "state") as url:
        yield url


@pytest.mark.parametrize("kept", [True, False])
def test_an_object_that_was_replaced_or_deleted(
    lab: Lab, weed: str, monkeypatch: pytest.MonkeyPatch, *, kept: bool
) -> None:
    """The recorded bytes come from the version that the bucket keeps; without one, none do."""
    bucket = "versioned" if kept else "plain"
    there = store(weed, bucket, {})
    if kept:
        there.make_bucket_versioned(bucket, True)
    store(weed, bucket, SCANS)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    source = S3(bucket, anonymous=False, base_url=weed)
    lab.fetch(source)
    before = dict(lab.records)
    for body in (b"second" * 1000, b"newest" * 1000):
        there.pipe_file(f"{bucket}/a b/x+1.nii", body)
    there.rm_file(f"{bucket}/y.nii")
    part = replace(source, files=("a b/**",))
    assert list(lab.fetch(part)) == ["a b/x+1.nii"]
    answers = lab.fetch(source)
    assert {str(answer.outcome) for answer in answers.values()} == {"kept"}
    assert [path for path, answer in answers.items() if "now" in answer.reason] == (
        ["a b/x+1.nii", "y.nii"] if kept else []
    )
    shutil.rmtree(lab.raw)
    if kept:
        assert set(lab.outcomes(source).values()) == {"fetched"}
        assert lab.files() == SCANS
        assert lab.records == before
    else:
        with pytest.raises((BytesDiffer, NotFound)):
            lab.fetch(source)
        assert set(lab.files()) <= {"z.nii"}


@pytest.mark.parametrize("anonymous", [False, True])
@pytest.mark.parametrize("checksum", ["", "CRC32", "SHA256"])
def test_a_wrong_byte_on_the_way(
    lab: Lab, weed: str, monkeypatch: pytest.MonkeyPatch, checksum: str, *, anonymous: bool
) -> None:
    """F040: the checksum that an object was stored with proves it, and else its MD5.

    Keys may hide what an ETag is; the answer itself tells that it is the MD5.
    """
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    body = b"voxels" * 100_000
    store(weed, "public", {"spoiled/a.nii": body}, checksum)
    told = f"states {checksum.lower()}:" if checksum else "md5:"
    with throttled(int(urlsplit(weed).port or 0), 1e9) as way:
        source = S3("public", ("spoiled/**",), anonymous=anonymous, base_url=way.url)
        way.flips = 1
        with pytest.raises(BytesDiffer, match=told):
            lab.fetch(source)
        assert lab.files() == {}
        lab.fetch(source)
    assert lab.files() == {"spoiled/a.nii": body}
    md5 = hashlib.md5(body, usedforsecurity=False).hexdigest()
    record = lab.records["spoiled/a.nii"]
    assert (record.checksum, record.version) == (f"md5:{md5}" if anonymous else "", f'"{md5}"')


@pytest.fixture(scope="module")
def container(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Container]:
    with azurite(tmp_path_factory.mktemp("azurite"), SCANS) as made:
        yield made


def azure(container: Container, monkeypatch: pytest.MonkeyPatch, signature: str) -> AzureSas:
    monkeypatch.setenv("MEDREG_SAS_URL", f"{container.url}?{signature}")
    return AzureSas("Agree to the terms.", container=container.url)


def test_a_signed_container(
    lab: Lab, container: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F040: every blob, proved by the MD5 that Azure states; the signature is kept nowhere."""
    source = azure(container, monkeypatch, container.signature())
    assert set(lab.outcomes(source).values()) == {"fetched"}
    assert lab.files() == SCANS
    assert all(record.checksum.startswith("md5:") for record in lab.records.values())
    container.put("y.nii", b"replaced")
    try:
        assert set(lab.outcomes(source).values()) == {"kept"}
        (lab.raw / "y.nii").unlink()
        with pytest.raises(BytesDiffer, match=r"y\.nii is not the file on record"):
            lab.fetch(source)
    finally:
        container.put("y.nii", SCANS["y.nii"])
    lab.fetch(source)
    assert lab.files() == SCANS
    kept = "".join(path.read_text() for path in lab.scratch.rglob("*.json"))
    assert "sig=" not in kept + str(lab.records)


@pytest.mark.parametrize(
    ("rights", "expiry", "spoiled"),
    [("rl", EARLIER, ""), ("r", "", ""), ("l", "", ""), ("rl", "", "x")],
    ids=["expired", "may not list", "may not read", "signed wrongly"],
)
def test_a_signature_that_does_not_open(  # noqa: PLR0913, PLR0917  # fixtures
    lab: Lab,
    container: Container,
    monkeypatch: pytest.MonkeyPatch,
    rights: str,
    expiry: str,
    spoiled: str,
) -> None:
    signature = container.signature(rights, *filter(None, (expiry,)))
    source = azure(container, monkeypatch, signature.replace("sig=", f"sig={spoiled}"))
    with pytest.raises(ActionNeeded, match="is closed") as caught:
        lab.fetch(source)
    assert "sig=" not in f"{caught.value.message} {caught.value.hint}"
    assert lab.files() == {}


def test_the_shape_of_openneuro(
    lab: Lab, weed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F040: a snapshot whose content lies in a public bucket, at the version of the export."""
    monkeypatch.setenv("HOME", str(tmp_path))
    there = store(weed, "public", {})
    there.make_bucket_versioned("public", True)
    made = Annex(tmp_path / "served" / "ds000001", tmp_path)
    first = {"sub-01/T1w.nii": b"first" * 9000, "participants.tsv": b"participant_id\n"}
    made.publish("1.0.0", first)
    made.export(int(urlsplit(weed).port or 0), weed)
    with folder_server(tmp_path / "served") as url:
        source = DataLad(f"{url}/ds000001/.git", "1.0.0")
        assert set(lab.outcomes(source).values()) == {"fetched"}
        assert lab.files() == first
        (lab.raw / "sub-01" / "T1w.nii").unlink()
        there.pipe_file("public/ds000001/sub-01/T1w.nii", b"later" * 9000)
        assert lab.outcomes(source)["sub-01/T1w.nii"] == "fetched"
        assert lab.files() == first
        (lab.raw / "sub-01" / "T1w.nii").unlink()
        for old in there.object_version_info("public/ds000001/sub-01/T1w.nii"):
            there.call_s3(
                "delete_object", Bucket="public", Key=old["Key"], VersionId=old["VersionId"]
            )
        with pytest.raises(Transient, match=lab.records["sub-01/T1w.nii"].version):
            lab.fetch(source)
        assert list(lab.files()) == ["participants.tsv"]
