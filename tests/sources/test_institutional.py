"""Scans of an institution: approved, consented, and de-identified as they arrive (F073, F074)."""

from __future__ import annotations

import io
import json
import multiprocessing
import os
import signal
import zipfile
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
from pydicom import dcmread

from medreg import CT, Claim, Dataset, DicomSeries, Dimse, Gate, Local, Manual, Parts, terms
from medreg.errors import ActionNeeded, Transient
from medreg.files.hashing import sha256_bytes
from medreg.registry import Registry
from medreg.sources import DicomWeb
from medreg.sources.series import Series
from medreg.stages.accept import Acceptance, accept, require, shown
from tests.peers import peer
from tests.sources.lab import write_dicom
from tests.sources.servers import Orthanc, orthanc
from tests.sources.test_part import Registry as Typed
from tests.sources.test_part import medreg

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tests.sources.lab import Lab

__all__ = ["medreg"]
SHORT = 5  # letters: 1.2.8 is in the name of every kind of object, 1.2.840...
PACS = Dimse("pacs.example.org", 104, "ARCHIVE", query={"PatientID": "R*"})
OURS = Dataset(
    name="ours",
    title="Ours",
    homepage="",
    licenses=(Claim("LicenseRef-Institutional", source="our approval", date="2026-11"),),
    cite=(),
    modality=CT,
    source=PACS,
    layout=DicomSeries("{patient}/{case}/**/*.dcm"),
    annotation="none",
    restricted=True,
    gate=Gate(kind="application", irb="EK 2026-014", consent="general consent, version 3"),
)


BY_HAND = Manual(("scans",), "Ask the radiology.")


@pytest.mark.parametrize(
    ("gate", "words"),
    [
        (None, ["irb=", "consent="]),
        (Gate(kind="application"), ["irb=", "consent="]),
        (Gate(kind="application", irb="EK 2026-014"), ["consent="]),
        (Gate(kind="application", irb=" ", consent="all"), ["irb="]),
    ],
)
@pytest.mark.parametrize("source", [PACS, BY_HAND, Parts(images=PACS, labels=Local("x"))])
def test_nothing_is_fetched_before_approval_and_consent_are_told(
    gate: Gate | None, words: list[str], source: Dimse, lab: Lab
) -> None:
    """F073: exit 4, and what to write where."""
    with pytest.raises(ActionNeeded) as caught:
        require(Registry(lab.root), replace(OURS, gate=gate, source=source), {})
    assert caught.value.exit_code == 4
    (step,) = caught.value.steps
    assert all(word in step for word in words)
    assert step.count('="..."') == len(words)


def test_then_a_person_accepts_them_by_their_words(lab: Lab) -> None:
    """F073: an approval that changes is accepted anew."""
    registry, facts = Registry(lab.root), dict[str, terms.License]()
    with pytest.raises(ActionNeeded, match="nobody accepted"):
        require(registry, OURS, facts)
    text = shown(OURS, facts)
    assert "ethics approval: EK 2026-014\nconsent: general consent, version 3" in text
    digest = sha256_bytes(text.encode())
    row = Acceptance(
        dataset="ours", person="Ada", date="2026-11-20", text="EK", sha256=digest, shown=digest
    )
    accept(registry, row)
    require(registry, OURS, facts)
    other = replace(OURS, gate=Gate(kind="application", irb="EK 2026-015", consent="all"))
    with pytest.raises(ActionNeeded, match="since they changed"):
        require(registry, other, facts)


@pytest.mark.parametrize(
    "source",
    [
        'Dimse("pacs.example.org", 104, "ARCHIVE")',
        'DicomWeb("https://pacs.example.org/dicom-web")',
        'Parts(images=Dimse("pacs.example.org", 104, "ARCHIVE"), labels=Manual(("a",), "Ask."))',
    ],
)
def test_check_plugin_refuses_an_archive_without_approval(medreg: Typed, source: str) -> None:
    """F073: who writes the plugin is told, before anybody fetches."""
    medreg.declare(source, layout='DicomSeries("**/{case}.zip/*.dcm")')
    code, out, err = medreg("check-plugin", "some")
    assert code != 0
    assert 'needs gate=Gate(kind="application", irb="...", consent="...")' in out + err
    plugin = medreg.root / "plugins/some.py"
    gate = 'gate=Gate(kind="application", irb="EK 1", consent="general"),'
    text = plugin.read_text().replace("    labels=", f"    {gate}\n    labels=")
    plugin.write_text(text.replace("CT, Claim", "CT, Gate, Claim"))
    assert "irb=" not in "".join(medreg("check-plugin", "some")[1:])


def test_public_archives_are_not_asked() -> None:
    licenses = (Claim("CC-BY-4.0", source="its page", date="2026-11"),)
    public = DicomWeb("https://dicom.example.org", deidentify=False)
    assert not replace(OURS, licenses=licenses, source=public, gate=None).unapproved
    assert replace(OURS, licenses=licenses, gate=None).unapproved == ["irb", "consent"]
    assert not replace(OURS, source=Local("scans"), gate=None).unapproved


NAME = "Muster^Erika"
SLICES = 6


@dataclass
class Pacs:
    """Stands for an archive of series with *slices* each; breaks off after *most* of them."""

    series: int = 2
    most: int = SLICES
    ends: Callable[[], None] = lambda: None
    strange: tuple[str, ...] = ()  # by number: what no rewriting of a header cleans

    def chosen_series(self, source: Dimse) -> list[Series]:
        uids = range(1, self.series + 1)
        return [Series("R7", f"1.2.{n}", "CT", f"1.2.3.{n}", SLICES, source.address) for n in uids]

    def instances(
        self, _: Dimse, series: Series, folder: Path, moved: Callable[[int], None]
    ) -> Mapping[str, Path]:
        came = {}
        for number in range(SLICES):
            if number == self.most:
                self.ends()
            file = write_dicom(folder / f"{series.uid}.{number}.dcm", int(series.uid[6:]), number)
            header = dcmread(file)
            header.PatientName, header.PatientID = NAME, "R7"
            header.StudyInstanceUID = series.study
            kind = self.strange[number] if number < len(self.strange) else ""
            if kind == "burned":
                header.BurnedInAnnotation = "YES"
            elif kind == "document":
                header.SOPClassUID = "1.2.840.10008.5.1.4.1.1.104.1"
            header.save_as(file, enforce_file_format=True)
            came[file.name] = file
            moved(file.stat().st_size)
        return came

    def serve(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("medreg.sources.pacs.chosen_series", self.chosen_series)
        monkeypatch.setattr("medreg.sources.pacs.instances", self.instances)


def named(lab: Lab) -> list[str]:
    """Return the files that still tell who it is."""
    word = NAME.encode()
    found = (f for f in sorted(lab.root.rglob("*")) if f.is_file() and word in f.read_bytes())
    return [file.relative_to(lab.root).as_posix() for file in found]


def test_what_cannot_be_cleaned_is_counted_and_named(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F073: pictures with burned-in text and documents, under their new names."""
    Pacs(series=1, strange=("", "burned", "document")).serve(monkeypatch)
    ((path, answer),) = lab.fetch(PACS).items()
    assert answer.reason.count("left out 2 instances that cannot be cleaned") == 1
    assert "burned" in answer.reason.lower()
    assert "document" in answer.reason.lower()
    assert "1.2.3.1" not in answer.reason
    with zipfile.ZipFile(lab.raw / path) as packed:
        assert len(packed.namelist()) == SLICES - 2
    again = lab.fetch(PACS)[path]
    assert (str(again.outcome), "left out 2 instances" in again.reason) == ("kept", True)
    assert named(lab) == []


def test_a_series_of_nothing_but_documents_is_told(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    Pacs(series=1, strange=("document",) * SLICES).serve(monkeypatch)
    ((_, answer),) = lab.fetch(PACS).items()
    assert "left out 6 instances" in answer.reason
    assert "and 1 more" in answer.reason


def _killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _refused() -> None:
    raise Transient("the archive does not answer")


def test_a_kill_amid_a_series_leaves_no_name_behind(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F073: what a killed fetch left, the next one removes, whichever series it asks for."""
    Pacs(series=2, most=4, ends=_killed).serve(monkeypatch)
    child = multiprocessing.get_context("fork").Process(target=lab.fetch, args=(PACS,))
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    assert len(named(lab)) == 4
    Pacs(series=2, most=0, ends=_refused).serve(monkeypatch)
    with pytest.raises(Transient):
        lab.fetch(PACS)
    assert named(lab) == []
    Pacs(series=2, most=3, ends=_refused).serve(monkeypatch)
    with pytest.raises(Transient):
        lab.fetch(PACS)
    assert named(lab) == []  # what breaks off removes them itself
    Pacs(series=2).serve(monkeypatch)
    assert set(lab.outcomes(PACS).values()) == {"fetched"}
    assert named(lab) == []


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Orthanc]:
    with orthanc(tmp_path) as made:
        made.fill()
        yield made


@pytest.mark.peers
@pytest.mark.parametrize("kind", ["dicomweb", "get"])
def test_what_arrives_is_deidentified(
    kind: str, lab: Lab, archive: Orthanc, tmp_path: Path
) -> None:
    """F073: old names are in no raw file, path or record; one secret file joins them."""
    archive.let_in(tmp_path)
    source: Dimse | DicomWeb = DicomWeb(f"{archive.url}/dicom-web", modalities=("CT",))
    if kind == "get":
        peer("pynetdicom")
        source = Dimse("127.0.0.1", archive.dicom, "ORTHANC", modalities=("CT",))
    plain = type(lab)(tmp_path / "plain")
    (plain.root).mkdir()
    (plain.root / "pyproject.toml").write_text("[tool.medreg]\n")
    plain.fetch(replace(source, deidentify=False))
    old = set()
    for path in plain.files():
        patient, study, series = path.removesuffix(".zip").split("/")
        old |= {patient, study, series.partition("_")[2]}
    assert set(lab.outcomes(source).values()) == {"fetched"}
    assert len(lab.records) == len(plain.records)
    for path, body in lab.files().items():
        assert path.startswith("ANON-")
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            for name in packed.namelist():
                data = packed.read(name)
                header = dcmread(io.BytesIO(data), stop_before_pixels=True)
                assert header.PatientID == path.split("/")[0]
                assert header.SeriesInstanceUID in path
                assert header.PatientIdentityRemoved == "YES"
                assert header.StudyInstanceUID in path
                assert not [word for word in old if len(word) > SHORT and word.encode() in data]
    told = json.dumps([str(record) for record in lab.records.values()])
    assert not [word for word in old if f"/{word}/" in told or f"{word}." in told]
    secret = lab.root / ".medreg/deidentify.json"
    assert secret.stat().st_mode & 0o077 == 0
    assert old & set(json.loads(secret.read_text())["patients"])
    assert list((lab.root / ".medreg").rglob("*.dcm")) == []
    record = dict(lab.records)
    assert set(lab.outcomes(source).values()) == {"kept"}
    for path in (lab.raw).rglob("*.zip"):
        path.unlink()
    lab.fetch(source)  # the same names and bytes again, by the same secret
    assert lab.records == record
