"""Scans of an institution: approved, consented, and de-identified as they arrive (F073, F074)."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from pydicom import dcmread

from medreg import CT, Claim, Dataset, DicomSeries, Dimse, Gate, Local, Parts, terms
from medreg.errors import ActionNeeded
from medreg.registry import Registry
from medreg.sources import DicomWeb
from medreg.stages.accept import Acceptance, accept, require, sha256, shown
from tests.peers import peer
from tests.sources.servers import Orthanc, orthanc

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.sources.lab import Lab

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


@pytest.mark.parametrize(
    ("gate", "words"),
    [
        (None, ["irb=", "consent="]),
        (Gate(kind="application"), ["irb=", "consent="]),
        (Gate(kind="application", irb="EK 2026-014"), ["consent="]),
        (Gate(kind="application", irb=" ", consent="all"), ["irb="]),
    ],
)
@pytest.mark.parametrize("source", [PACS, Local("scans"), Parts(images=PACS, labels=Local("x"))])
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
    digest = sha256(text.encode())
    row = Acceptance(
        dataset="ours", person="Ada", date="2026-11-20", text="EK", sha256=digest, shown=digest
    )
    accept(registry, row)
    require(registry, OURS, facts)
    other = replace(OURS, gate=Gate(kind="application", irb="EK 2026-015", consent="all"))
    with pytest.raises(ActionNeeded, match="since they changed"):
        require(registry, other, facts)


def test_public_archives_are_not_asked() -> None:
    licenses = (Claim("CC-BY-4.0", source="its page", date="2026-11"),)
    public = DicomWeb("https://dicom.example.org", deidentify=False)
    assert not replace(OURS, licenses=licenses, source=public, gate=None).unapproved
    assert replace(OURS, licenses=licenses, gate=None).unapproved == ["irb", "consent"]


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
