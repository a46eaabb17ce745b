"""A part of a dataset, a plan before it, and the whole later (F030-F048, F119)."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import subprocess
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from medreg import api
from medreg.cli import main
from medreg.files.growing import Growing
from medreg.sources import pace
from tests.sources import publishers
from tests.sources.test_publishers import a_series, archive, no_logins

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sources.publishers import Publisher
    from tests.sources.website import Server

__all__ = ["no_logins"]
pytestmark = pytest.mark.usefixtures("naps", "no_logins", "known_to_git")

PLUGIN = '''"""Some: a dataset of tests."""

from medreg import CT, Claim, Dataset, Pairs, hookimpl
from medreg.layouts import *
from medreg.sources import *

SOME = Dataset(
    name="some",
    title="Some",
    homepage="https://example.org",
    licenses=(Claim("CC-BY-4.0", source="https://example.org", date="2026-01"),),
    cite=("https://example.org",),
    modality=CT,
    source={source},
    layout={layout},
    labels={{1: "liver"}},
)


@hookimpl
def medreg_datasets():
    yield SOME
'''
PAIRS = 'Pairs(image="imagesTr/{case}.nii", label="labelsTr/{case}.nii")'


@dataclass(frozen=True)
class Registry:
    root: Path
    capsys: pytest.CaptureFixture[str]

    def declare(self, source: str, layout: str = PAIRS) -> None:
        text = PLUGIN.format(source=source, layout=layout)
        (self.root / "plugins" / "some.py").write_text(text)

    def __call__(self, *words: str) -> tuple[int, str, str]:
        code = main(words)
        out, err = self.capsys.readouterr()
        return code, out, err

    def data(self, *words: str) -> Any:
        code, out, err = self(*words, "--json")
        assert code == 0, err
        return json.loads(out)

    @property
    def folder(self) -> Path:
        return self.root / "registry" / "datasets" / "some"

    def raw(self) -> list[str]:
        raw = self.folder / "raw"
        return sorted(p.relative_to(raw).as_posix() for p in raw.rglob("*") if p.is_file())

    def rows(self) -> list[str]:
        lines = (self.folder / "files.csv").read_text().splitlines()[1:]
        return [line.split(",")[0] for line in lines]

    def state(self) -> str:
        (row,) = self.data("status")
        return str(row["state"])


@pytest.fixture
def medreg(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Registry:
    root = tmp_path / "registry"
    api.init(root)
    monkeypatch.chdir(root)
    monkeypatch.delenv("MEDREG_ROOT", raising=False)
    return Registry(root, capsys)


def nifti(number: int) -> bytes:
    import nibabel
    import numpy as np

    affine = np.diag([1.0, 1.0, 1.0, 1.0])
    image = nibabel.Nifti1Image(np.full((8, 8, 8), number % 2, np.int16), affine)
    return bytes(image.to_bytes())


@pytest.fixture
def bucket(server: Server, medreg: Registry) -> Publisher:
    """Twelve pairs and a table in a bucket."""
    made = publishers.s3(server)
    for number in range(12):
        made.publish(f"imagesTr/ct_{number:02}.nii", nifti(number))
        made.publish(f"labelsTr/ct_{number:02}.nii", nifti(1))
    made.publish("dataset.csv", b"case,age\n")
    medreg.declare(f'S3("scans", base_url={server.url!r})')
    return made


def pairs(*numbers: int) -> list[str]:
    folders = ("imagesTr", "labelsTr")
    return ["dataset.csv", *(f"{f}/ct_{n:02}.nii" for f in folders for n in sorted(numbers))]


def test_a_part_then_more_then_all(medreg: Registry, bucket: Publisher, server: Server) -> None:
    """A case comes with its mask and the tables; status says how much; the whole keeps it."""
    medreg("fetch", "some", "--limit", "3")
    assert medreg.raw() == medreg.rows() == pairs(0, 1, 2)
    assert medreg.state() == "fetched 3 of 12 cases"
    first = (medreg.folder / "files.csv").read_text()
    code, _, err = medreg("convert", "some")
    assert code == 0, err
    assert sorted(p.name for p in (medreg.folder / "converted").iterdir()) == [
        "ct_00",
        "ct_01",
        "ct_02",
    ]
    medreg("fetch", "some", "--cases", "ct_1*")
    assert medreg.raw() == pairs(0, 1, 2, 10, 11)
    assert medreg.state().endswith("5 of 12 cases")
    server.requests.clear()
    (report,) = medreg.data("fetch", "some")
    outcomes = [answer["outcome"] for answer in report["answers"]]
    assert (outcomes.count("kept"), outcomes.count("fetched")) == (11, 14)
    assert not any("ct_00" in path for path, _ in server.requests)
    assert medreg.raw() == pairs(*range(12))
    assert not (medreg.folder / "partial.json").exists()
    assert set(first.splitlines()) <= set((medreg.folder / "files.csv").read_text().splitlines())
    assert medreg.state() in ("fetched", "converted")


def test_a_sample_is_the_same_everywhere(medreg: Registry, bucket: Publisher) -> None:
    medreg("fetch", "some", "--sample", "4")
    first = medreg.raw()
    assert len(first) == 9
    assert first != pairs(0, 1, 2, 3)
    subprocess.run(["rm", "-r", str(medreg.folder)], check=True)
    bucket.publish("imagesTr/ct_99.nii", nifti(0))
    medreg("fetch", "some", "--sample", "4")
    assert len(set(medreg.raw()) & set(first)) >= 7


def test_files_where_no_case_can_be_told(medreg: Registry, server: Server) -> None:
    """Zenodo's archives: nobody can look into them from here, so a part is of files."""
    made = publishers.zenodo(server)
    for number in range(4):
        made.publish(f"batch{number}.zip", publishers.zipped(b"%d" % number))
    medreg.declare(f'Zenodo("42", base_url={server.url!r})')
    medreg("fetch", "some", "--limit", "1")
    assert medreg.raw() == ["batch0.zip"]
    assert medreg.state() == "fetched 1 of 4 files"
    medreg("fetch", "some", "--cases", "batch[23]*")
    assert medreg.raw() == ["batch0.zip", "batch2.zip", "batch3.zip"]


def test_http_by_file_name(medreg: Registry, server: Server) -> None:
    urls = [server.put(f"x{number}.nii", nifti(number)) for number in range(3)]
    medreg.declare(f"Http({tuple(urls)!r})", 'Pairs(image="{case}.nii")')
    plan = medreg.data("fetch", "some", "--dry-run")["some"]
    assert (plan["files"], plan["size"]) == (3, 3 * len(nifti(0)))
    medreg("fetch", "some", "--cases", "x1")
    assert medreg.raw() == ["x1.nii"]
    assert medreg.state() == "fetched 1 of 3 cases"


@pytest.mark.parametrize(
    ("layout", "word"),
    [
        ('DicomSeries(image="{patient}/*/CT_{case}/*.dcm")', "cases"),
        ('DicomSeries(image="elsewhere/{case}/*.dcm")', "studies"),
    ],
)
@pytest.mark.parametrize("kind", ["idc", "tcia"])
def test_series_by_case_or_study(  # noqa: PLR0913, PLR0917  # fixtures
    medreg: Registry,
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    layout: str,
    word: str,
) -> None:
    """F034, F035, F043: one series of a collection, from IDC or from TCIA's own server."""
    made = archive(kind, server, tmp_path, monkeypatch)
    source = f'Idc("lab_ct", base_url={server.url!r})'
    if kind == "tcia":
        source = f'Tcia("CT-LAB", base_url={server.url!r})'
    medreg.declare(source, layout)
    medreg("fetch", "some", "--limit", "1")
    first, other = ("P 1", "P2") if word == "cases" else ("P2", "P 1")
    assert medreg.raw() == [f"{first}/1.2.9/CT_1.2.3.{1 if first == 'P 1' else 2}.zip"]
    assert medreg.state() == f"fetched 1 of 2 {word}"
    if kind == "idc":
        medreg("fetch", "some", "--where", f"PatientID = '{other}'")
        assert medreg.state() == "fetched"
    else:
        code, _, err = medreg("fetch", "some", "--where", f"PatientID = '{other}'")
        assert (code, "--cases" in err) == (2, True)
    assert a_series("P2", 2, tmp_path).keys() <= made.files.keys()


def test_a_later_fetch_that_broke_is_no_part_yet(
    medreg: Registry, bucket: Publisher, server: Server
) -> None:
    """What came of it waits: neither files.csv nor convert takes half of a case for a case."""
    medreg("fetch", "some", "--limit", "2")
    del server.resources[bucket.at("labelsTr/ct_07.nii")]
    code, _, _ = medreg("fetch", "some")
    assert code == 3
    assert medreg.rows() == pairs(0, 1)
    assert medreg.state() == "fetched 2 of 12 cases"
    medreg("convert", "some")
    assert len(list((medreg.folder / "converted").iterdir())) == 2
    bucket.publish("labelsTr/ct_07.nii", nifti(1))
    medreg("fetch", "some")
    assert medreg.rows() == pairs(*range(12))


def test_a_part_is_no_whole_before_all_is_on_record(
    medreg: Registry, bucket: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    medreg("fetch", "some", "--limit", "2")
    with monkeypatch.context() as patch:
        patch.setattr("medreg.stages.compared.note", killed)
        medreg("fetch", "some")
    assert medreg.rows() == pairs(0, 1)
    assert medreg.state() == "fetched 2 of 12 cases"


def test_what_waits_to_be_recorded_binds_nobody(
    medreg: Registry, bucket: Publisher, server: Server
) -> None:
    """Who deletes files, or rows of files.csv, after a fetch that broke is believed."""
    del server.resources[bucket.at("labelsTr/ct_07.nii")]
    assert medreg("fetch", "some")[0] == 3
    subprocess.run(["rm", "-r", str(medreg.folder / "raw")], check=True)
    bucket.publish("imagesTr/ct_00.nii", nifti(1))
    bucket.publish("labelsTr/ct_07.nii", nifti(1))
    code, _, err = medreg("fetch", "some")
    assert code == 0, err
    bucket.publish("imagesTr/ct_02.nii", nifti(1))
    (medreg.folder / "raw/imagesTr/ct_02.nii").write_bytes(nifti(1))
    del server.resources[bucket.at("labelsTr/ct_07.nii")]
    (medreg.folder / "raw/labelsTr/ct_07.nii").unlink()
    assert medreg("fetch", "some")[0] != 0
    record = medreg.folder / "files.csv"
    rows = record.read_text().splitlines(keepends=True)
    record.write_text("".join(row for row in rows if "ct_02" not in row and "ct_07" not in row))
    bucket.publish("labelsTr/ct_07.nii", nifti(1))
    code, _, err = medreg("fetch", "some")
    assert code == 0, err
    assert (medreg.folder / "raw/imagesTr/ct_02.nii").read_bytes() == nifti(1)


def test_what_came_from_a_wrong_address_is_not_kept(medreg: Registry, server: Server) -> None:
    """Who breaks off, corrects the plugin and fetches again has the files of the right one."""
    for name in ("wrong", "right"):
        server.put(f"{name}/a.nii", name.encode() * 9)
    server.put("right/b.nii", b"b")
    medreg.declare(f"Http({[f'{server.url}/wrong/{n}.nii' for n in 'ab']})", PAIRS)
    assert medreg("fetch", "some")[0] == 3
    medreg.declare(f"Http({[f'{server.url}/right/{n}.nii' for n in 'ab']})", PAIRS)
    code, _, err = medreg("fetch", "some")
    assert code == 0, err
    assert (medreg.folder / "raw" / "a.nii").read_bytes() == b"right" * 9


def test_dvc_repeats_a_part_and_no_more(
    medreg: Registry, bucket: Publisher, server: Server
) -> None:
    medreg("fetch", "some", "--limit", "2")
    del server.resources[bucket.at("labelsTr/ct_07.nii")]
    assert medreg("fetch", "some")[0] == 3  # and what came waits
    (medreg.folder / "raw" / "labelsTr" / "ct_00.nii").unlink()
    medreg("stage", "fetch", "some")
    assert medreg.rows() == pairs(0, 1)
    assert set(pairs(0, 1)) < set(medreg.raw())
    assert medreg.state() == "fetched 2 of 12 cases"


def test_a_plan_tells_what_a_fetch_takes(
    medreg: Registry, bucket: Publisher, server: Server, naps: list[float]
) -> None:
    plan = medreg.data("fetch", "some", "--dry-run", "--bandwidth", "1M")["some"]
    assert (plan["files"], plan["cases"]) == (25, "12 of 12 cases")
    assert plan["size"] == sum(map(len, bucket.files.values()))
    assert plan["seconds"] == plan["size"] / 1e6
    code, out, _ = medreg("fetch", "some", "--dry-run", "--limit", "3")
    assert code == 0
    for told in ("7 of 25", "3 of 12 cases", "research unclear", "free", "left after it", "1 s at"):
        assert told in out
    assert medreg.folder.exists() is False or medreg.raw() == []
    server.closed = 503
    naps.clear()
    code, out, _ = medreg("fetch", "some", "--dry-run")
    assert (code, "asked in vain" in out) == (0, True)
    assert naps == []  # who only looks does not wait


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--limit", "0"), 2),
        (("--sample", "-1"), 2),
        (("--jobs", "-1"), 2),
        (("--bandwidth", "fast"), 2),
        (("--cases", "nobody"), 3),
        (("--where", "1 = 1"), 2),
    ],
)
def test_parts_that_are_none(
    medreg: Registry, bucket: Publisher, words: tuple[str, ...], code: int
) -> None:
    assert medreg("fetch", "some", *words)[0] == code
    assert not (medreg.folder / "files.csv").exists()


def test_what_has_no_parts_says_so(medreg: Registry) -> None:
    medreg.declare('Synthetic("ct", 2, "s")', 'Pairs(image="{case}/ct.nii.gz")')
    code, _, err = medreg("fetch", "some", "--limit", "1")
    assert (code, "everything at once" in err) == (2, True)


def test_dvc_does_not_read_again_what_was_hashed_while_it_came(
    medreg: Registry, bucket: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dvc_data.hashfile import build

    read: list[str] = []
    hash_file = build.hash_file

    def watched(path: str, *how: Any, **more: Any) -> Any:
        read.append(path)
        return hash_file(path, *how, **more)

    monkeypatch.setattr(build, "hash_file", watched)
    assert medreg("fetch", "some")[0] == 0
    assert [path for path in read if "/raw/" in path] == []
    told = (medreg.folder / "dvc.lock").read_text()
    cached = medreg.root / ".dvc" / "cache" / "files" / "md5"
    for path, data in bucket.files.items():
        md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
        assert (cached / md5[:2] / md5[2:]).read_bytes() == data, path
    (medreg.folder / "raw" / "dataset.csv").write_bytes(b"case,sex\n")
    assert medreg("fetch", "some")[0] == 0
    assert (medreg.folder / "dvc.lock").read_text() == told


@pytest.mark.parametrize("fails", [False, True])
def test_the_cache_has_files_while_they_come(
    medreg: Registry, bucket: Publisher, monkeypatch: pytest.MonkeyPatch, *, fails: bool
) -> None:
    """DVC need not copy them afterwards; it does where the copy failed."""
    from dvc_objects.fs import generic

    copied: list[str] = []
    transfer = generic.transfer

    def watched(fs: Any, files: list[str], *how: Any, **more: Any) -> Any:
        copied.extend(path for path in files if "/raw/" in path)
        return transfer(fs, files, *how, **more)

    class Full(Growing):
        def write(self, _data: memoryview) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(generic, "transfer", watched)
    monkeypatch.setattr("medreg.versions.copies._shares", lambda *_: False)
    if fails:
        monkeypatch.setattr("medreg.versions.copies.Growing", Full)
    assert medreg("fetch", "some")[0] == 0
    assert len(copied) == (len(set(bucket.files.values())) if fails else 0)
    cached = medreg.root / ".dvc" / "cache" / "files" / "md5"
    for path, data in bucket.files.items():
        md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
        assert (cached / md5[:2] / md5[2:]).read_bytes() == data, path
        assert (cached / md5[:2] / md5[2:]).stat().st_mode & 0o777 == 0o444
    assert list(cached.rglob("*.tmp")) == []


def test_bytes_come_no_faster_than_allowed(
    medreg: Registry, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    at_once = partial(pace.Pace, clock=lambda: 0.0, wait=waits.append)  # no time goes by
    monkeypatch.setattr(pace, "Pace", at_once)
    made = publishers.s3(server)
    for number in range(4):
        made.publish(f"{number}.nii", bytes(500_000))
    medreg.declare(f'S3("scans", base_url={server.url!r})', 'Pairs(image="{case}.nii")')
    code, out, _ = medreg("fetch", "some", "--bandwidth", "2M", "--jobs", "4")
    assert code == 0
    assert max(waits) == pytest.approx(1.0)  # second, for 2 MB
    assert out.count("fetched  500 kB  some/") == 4
