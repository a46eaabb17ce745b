"""Every kind that lists files answers the same questions (F030-F048: bytes from anywhere)."""

from __future__ import annotations

from collections import namedtuple
from typing import TYPE_CHECKING

import pytest

from medreg.errors import ActionNeeded, BytesDiffer, CannotHere, NotFound, Refused, Transient
from tests.sources import publishers
from tests.sources.lab import write_dicom
from tests.sources.publishers import LISTED, Archive

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sources.lab import Lab
    from tests.sources.publishers import Publisher
    from tests.sources.website import Server

pytestmark = pytest.mark.usefixtures("naps", "no_logins")

SCANS = {
    "README.md": b"short",
    "a scan.nii": bytes(range(256)) * 3000,
    "labels/1+1.csv": b"case,label\n" * 40,
    "labels/2.csv": b"case,label\n" * 41,
    "labels/empty.txt": b"",
}
FLAT = {path.replace("/", "_"): body for path, body in SCANS.items()}
SECRET = "hf_SECRET0123456789"  # noqa: S105  # made up
TOKENS = ("HF_TOKEN", "ZENODO_TOKEN", "GITHUB_TOKEN", "SYNAPSE_AUTH_TOKEN", "DRYAD_TOKEN")


@pytest.fixture
def no_logins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let no login of this machine be sent, and one that must never be seen."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / "no-netrc"))
    for name in TOKENS:
        monkeypatch.setenv(name, SECRET)


def a_series(patient: str, series: int, folder: Path, modality: str = "CT") -> dict[str, bytes]:
    path = f"{patient}/1.2.9/{modality}_1.2.3.{series}"
    return {
        f"{path}/1.2.3.{series}.{n}.dcm": write_dicom(folder / "x", series, n).read_bytes()
        for n in (1, 2, 3)
    }


def archive(kind: str, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Archive:
    if kind == "tcia":
        made = publishers.tcia(server)
    else:
        made = publishers.idc(server, tmp_path / "index.parquet")
        monkeypatch.setattr("medreg.sources.idc_index.index_file", lambda: made.index)
    for patient, series in (("P 1", 1), ("P2", 2)):
        for path, body in a_series(patient, series, tmp_path).items():
            made.publish(path, body)
    if kind == "idc":
        publishers.write_index(made)
    return made


@pytest.fixture(params=[*(kind.__name__ for kind in LISTED), "idc", "tcia"])
def publisher(
    request: pytest.FixtureRequest,
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Publisher:
    """A publisher of each kind, with some files."""
    kind = request.param
    if kind in ("idc", "tcia"):
        return archive(kind, server, tmp_path, monkeypatch)
    monkeypatch.setenv("MEDREG_SAS_URL", f"{server.url}/scans?sv=1&sig={publishers.SIGNATURE}")
    made: Publisher = getattr(publishers, kind)(server)
    for path, body in (FLAT if kind in ("zenodo", "github_assets") else SCANS).items():
        made.publish(path, body)
    return made


@pytest.fixture(params=[kind.__name__ for kind in LISTED])
def listed(
    request: pytest.FixtureRequest, server: Server, monkeypatch: pytest.MonkeyPatch
) -> Publisher:
    """A publisher of each kind that lists plain files, with one."""
    monkeypatch.setenv("MEDREG_SAS_URL", f"{server.url}/scans?sv=1&sig={publishers.SIGNATURE}")
    made: Publisher = getattr(publishers, request.param)(server)
    made.publish("scan.nii", SCANS["a scan.nii"])
    return made


def test_all_is_fetched_and_then_kept(lab: Lab, publisher: Publisher) -> None:
    assert publisher.source.wanted()
    assert publisher.source.access in ("open", "manual")
    assert set(lab.outcomes(publisher.source).values()) == {"fetched"}
    assert lab.files() == publisher.raw()
    assert list(lab.records) == sorted(lab.records)
    for record in lab.records.values():
        assert record.date == "2026-11-20"
        assert record.source.startswith((publisher.server.url, "s3://"))
        assert SECRET not in str(record)
        assert publishers.SIGNATURE not in str(record)
    before = dict(lab.records)
    assert set(lab.outcomes(publisher.source).values()) == {"kept"}
    assert lab.records == before


def test_what_was_fetched_but_not_recorded_is_kept(lab: Lab, publisher: Publisher) -> None:
    """Killed before files.csv was written: the same records."""
    lab.fetch(publisher.source)
    before = dict(lab.records)
    lab.records.clear()
    assert set(lab.outcomes(publisher.source).values()) == {"kept"}
    assert lab.records == before


def test_a_damaged_file_is_repaired(lab: Lab, publisher: Publisher) -> None:
    lab.fetch(publisher.source)
    damaged = list(publisher.raw())[1]
    (lab.raw / damaged).write_bytes(b"rotten")
    outcomes = lab.outcomes(publisher.source)
    assert outcomes.pop(damaged) == "repaired"
    assert set(outcomes.values()) == {"kept"}
    assert lab.files() == publisher.raw()


def test_a_publisher_that_replaces_a_file(
    lab: Lab, publisher: Publisher, server: Server, tmp_path: Path
) -> None:
    """What is here stays; what is not here comes from the old revision, or differs: exit 5."""
    lab.fetch(publisher.source)
    before, changed = lab.files(), list(publisher.files)[1]
    raw = next(path for path in before if changed.startswith(path.removesuffix(".zip")))
    publisher.commit = "beef01"
    for path in list(publisher.files):
        publisher.publish(path, publisher.files[path])
    other = write_dicom(tmp_path / "x", 1, 7).read_bytes()
    publisher.publish(changed, other)
    if isinstance(publisher, Archive) and publisher.index:
        publishers.write_index(publisher)
    answers = lab.fetch(publisher.source)
    assert {str(answer.outcome) for answer in answers.values()} == {"kept"}
    if not isinstance(publisher, Archive):
        assert "now" in answers[raw].reason
    assert lab.files() == before
    (lab.raw / raw).unlink()
    if publisher.pins:
        assert lab.outcomes(publisher.source)[raw] == "fetched"
        assert lab.files() == before
        return
    with pytest.raises(BytesDiffer, match="is not the file on record") as caught:
        lab.fetch(publisher.source)
    assert caught.value.exit_code == 5
    assert raw not in lab.files()


def test_a_publisher_that_withdraws_a_file(lab: Lab, publisher: Publisher) -> None:
    lab.fetch(publisher.source)
    before = lab.files()
    gone = list(publisher.files)[-1]
    raw = next(path for path in before if gone.startswith(path.removesuffix(".zip")))
    for path in [p for p in publisher.files if p.startswith(raw.removesuffix(".zip"))]:
        publisher.withdraw(path)
    if isinstance(publisher, Archive) and publisher.index:
        publishers.write_index(publisher)
    assert lab.outcomes(publisher.source)[raw] == "kept"
    (lab.raw / raw).unlink()
    if publisher.pins:
        assert lab.outcomes(publisher.source)[raw] == "fetched"
        assert lab.files() == before
    else:
        with pytest.raises(NotFound, match="no more"):
            lab.fetch(publisher.source)


@pytest.mark.parametrize("status", [401, 403])
def test_a_closed_door_names_the_steps_and_no_secret(
    lab: Lab, publisher: Publisher, server: Server, status: int
) -> None:
    server.closed = status
    with pytest.raises(ActionNeeded) as caught:
        lab.fetch(publisher.source)
    assert caught.value.exit_code == 4
    assert caught.value.steps
    told = " ".join((caught.value.message, caught.value.hint, *caught.value.steps))
    assert SECRET not in told
    assert publishers.SIGNATURE not in told
    assert lab.files() == {}


def test_a_server_that_is_down_is_transient(lab: Lab, publisher: Publisher, server: Server) -> None:
    server.closed = 503
    with pytest.raises(Transient) as caught:
        lab.fetch(publisher.source)
    assert caught.value.exit_code == 6
    server.closed = 0
    lab.fetch(publisher.source)
    assert lab.files() == publisher.raw()


def test_it_waits_where_the_listing_asks_to(
    lab: Lab, publisher: Publisher, server: Server, naps: list[float]
) -> None:
    for path in list(server.resources):
        if server.resources[path].answer:
            server.change(path, statuses=((429, {"Retry-After": "7"}),))
    lab.fetch(publisher.source)
    assert naps.count(7) >= 1
    assert lab.files() == publisher.raw()


def test_a_source_that_is_gone(lab: Lab, publisher: Publisher, server: Server) -> None:
    server.closed = 410
    with pytest.raises(NotFound, match="410"):
        lab.fetch(publisher.source)


def test_a_full_disk_stops_before_a_byte_moves(
    lab: Lab, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    if type(publisher.source).__name__ in ("PhysioNet", "Tcia"):
        pytest.skip("tells no sizes")
    usage = namedtuple("usage", "total used free")  # noqa: PYI024  # as shutil has it
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage(1, 1, 10))
    with pytest.raises(CannotHere, match="no room on disk"):
        lab.fetch(publisher.source)
    assert lab.files() == {}


# --- kinds that list plain files ----------------------------------------------------------------


def test_a_broken_download_goes_on(lab: Lab, listed: Publisher, server: Server) -> None:
    body = SCANS["a scan.nii"]
    server.change(listed.at("scan.nii"), cut=500_000, ranges=False)
    with pytest.raises(Transient):
        lab.fetch(listed.source)
    server.change(listed.at("scan.nii"), cut=None, ranges=True)
    lab.fetch(listed.source)
    assert "bytes=500000-" in [asked for _, asked in server.requests]
    assert lab.files() == {"scan.nii": body}


@pytest.mark.parametrize("body", [SCANS["a scan.nii"][::-1], b"short", b"<html>log in</html>"])
def test_wrong_bytes_are_never_taken(
    lab: Lab, listed: Publisher, server: Server, body: bytes
) -> None:
    server.put(listed.at("scan.nii"), body)
    with pytest.raises((BytesDiffer, ActionNeeded), match=r"scan\.nii"):
        lab.fetch(listed.source)
    assert lab.files() == {}


def test_files_are_chosen_by_name_and_pattern(lab: Lab, listed: Publisher, server: Server) -> None:
    from dataclasses import replace

    for number in range(5):
        listed.publish(f"x{number}.csv", b"%d" % number)
    chosen = "assets" if getattr(listed.source, "assets", ()) else "files"
    source = replace(listed.source, **{chosen: ("x[!]".replace("[!]", "?.csv"), "scan.nii")})  # type: ignore[type-var]
    assert sorted(lab.outcomes(source)) == ["scan.nii", *(f"x{n}.csv" for n in range(5))]
    absent = replace(source, **{chosen: ("masks/**",)})
    with pytest.raises(NotFound, match=r"has no masks/\*\*") as caught:
        lab.fetch(absent)
    assert caught.value.exit_code == 3


@pytest.mark.parametrize("name", ["../evil.nii", "a/../../evil.nii", "a\\b.nii", "a\nb.nii"])
def test_hostile_names_are_refused(lab: Lab, listed: Publisher, tmp_path: Path, name: str) -> None:
    listed.publish(name, b"evil")
    with pytest.raises((Refused, NotFound)):
        lab.fetch(listed.source)
    assert lab.files() == {}
    assert not list(tmp_path.rglob("*evil*"))


def test_names_that_differ_in_case_only_are_refused(lab: Lab, listed: Publisher) -> None:
    listed.publish("SCAN.nii", b"other")
    with pytest.raises(Refused, match="differ in case only"):
        lab.fetch(listed.source)


def test_a_person_may_bring_a_file(
    lab: Lab, listed: Publisher, server: Server, downloads: Path
) -> None:
    (downloads / "scan.nii").write_bytes(SCANS["a scan.nii"])
    server.put(listed.at("scan.nii"), statuses=((403, {}),) * 9)
    lab.given = downloads
    lab.fetch(listed.source)
    assert lab.records["scan.nii"].source == "by hand"


def test_one_bad_file_does_not_stop_the_others(lab: Lab, listed: Publisher, server: Server) -> None:
    for number in range(5):
        listed.publish(f"x{number}.csv", b"%d" % number)
    del server.resources[listed.at("x2.csv")]
    with pytest.raises(NotFound, match=r"x2\.csv"):
        lab.fetch(listed.source)
    assert sorted(lab.files()) == ["scan.nii", "x0.csv", "x1.csv", "x3.csv", "x4.csv"]
