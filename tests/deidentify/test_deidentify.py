"""Who is shown must be gone, at every depth; what is shown must stay, uptake included."""

from __future__ import annotations

import io
import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import DataElement, Dataset
from pydicom.datadict import dictionary_VR, keyword_for_tag
from pydicom.sequence import Sequence as Items

from medreg import api
from medreg.cli import main
from medreg.deidentify.clean import cleaned
from medreg.deidentify.mapping import PREFIX, Mapping, load
from medreg.deidentify.sign import Profile
from medreg.deidentify.table import rules
from medreg.deidentify.words import cleaned as described
from medreg.errors import Misuse, NotFound
from medreg.files.archive import RawTree
from medreg.imaging.series import read_series
from medreg.imaging.suv.factor import factor
from medreg.imaging.suv.facts import facts
from medreg.imaging.suv.volume import read_suv
from tests.imaging.dicoms import damaged, dataset, fill, item, one, seg, to_bytes

KEY = bytes(range(32))
PIXELS = np.arange(64, dtype=np.int16).reshape(8, 8)
PROFILES = [
    Profile(),
    Profile(dates="remove", characteristics=False),
    Profile(descriptors=True),
]


def pet(**said: Any) -> Dataset:
    tracer = {
        "RadionuclideTotalDose": "350000000",
        "RadionuclideHalfLife": "6586.2",
        "RadiopharmaceuticalStartDateTime": "20240228230000",
        "RadiopharmaceuticalStartTime": "230000",
    }
    plain = {
        "Modality": "PT",
        "PatientName": "Mustermann^Erika",
        "PatientID": "4711-0815",
        "PatientBirthDate": "19430807",
        "PatientWeight": "71.5",
        "PatientSize": "1.63",
        "PatientSex": "F",
        "PatientAge": "080Y",
        "StudyInstanceUID": "1.2.77.1",
        "SeriesDate": "20240229",
        "SeriesTime": "000100",
        "AcquisitionDate": "20240229",
        "AcquisitionTime": "000100",
        "CorrectedImage": ["ATTN", "DECY"],
        "DecayCorrection": "START",
        "InstanceNumber": 3,
        "RadiopharmaceuticalInformationSequence": item(**tracer),
    }
    return dataset(PIXELS, **(plain | said))


def clean(header: Dataset, profile: Profile = PROFILES[0]) -> Dataset:
    return cleaned(header, Mapping(KEY), profile)


def run(source: Path, profile: Profile = PROFILES[0]) -> tuple[Path, Any]:
    out = source.parent / "out"
    mapping = source.parent / "secret" / "mapping.json"
    return out, api.deidentify(source, out, mapping=mapping, options=profile)


def files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.dcm"))


# --- nothing survives ----------------------------------------------------------------------------

SECRETS = {
    **dict.fromkeys(("LO", "SH", "ST", "LT", "UT", "UC", "UR"), "Qx7"),
    "PN": "Zworykin^Qx7",
    "CS": "QX7ID83716254",
    "AE": "QX7ID83716254",
    "DA": "19431207",
    "DT": "19431207102233",
    "AS": "087Y",
    "UI": "1.2.83716254.7",
    "OB": b"Qx7 ID83716254",
    "UN": b"Qx7 ID83716254",
}
TRACES = (b"zworykin", b"83716254", b"19431207", b"087y", b"qx7")
NAMED = sorted(
    tag for tag in rules() if tag >> 16 != 2 and dictionary_VR(tag).split(" or ")[0] in SECRETS
)
NESTED = sorted(tag for tag in rules() if dictionary_VR(tag) == "SQ")


def secret(tag: int) -> DataElement:
    vr = dictionary_VR(tag).split(" or ")[0]
    return DataElement(tag, vr, SECRETS[vr])


def whose() -> Dataset:
    """An item as a sequence of the table would hold it."""
    return fill(Dataset(), {"PatientName": "Zworykin^Qx7", "PatientID": "ID83716254"})


def searched(header: Dataset, profile: Profile) -> bytes:
    made = clean(header, profile)
    return to_bytes(made).lower()


def tell_everywhere(tags: list[int], nested: list[int]) -> Dataset:
    """Return a PET whose listed, nested and private elements all tell the same secrets."""
    header = pet()
    tracer = header.RadiopharmaceuticalInformationSequence[0]
    deeper = Dataset()
    deeper.AnatomicRegionSequence = Items([Dataset()])
    header.AnatomicRegionSequence = Items([deeper])
    for holder in (header, tracer, deeper, deeper.AnatomicRegionSequence[0]):
        for tag in tags:
            if keyword_for_tag(tag) not in {"SOPInstanceUID", "SOPClassUID"}:
                holder[tag] = secret(tag)
        for tag in nested:
            holder[tag] = DataElement(tag, "SQ", Items([whose()]))
        block = holder.private_block(0x0029, "Zworykin Qx7", create=True)
        block.add_new(0x01, "LO", "ID83716254")
        block.add_new(0x02, "UN", b"Zworykin ID83716254")
        block.add_new(0x03, "SQ", Items([whose()]))
        block.add_new(0x04, "PN", "Zworykin^Qx7")
    return header


@pytest.mark.parametrize("profile", PROFILES, ids=["default", "strict", "descriptors"])
def test_no_secret_of_any_listed_attribute_survives(profile: Profile) -> None:
    told = tell_everywhere(NAMED, NESTED)
    for tag in [tag for tag in told.keys() if tag.group < 8]:  # noqa: SIM118 - as in pydicom
        del told[tag]  # of a file's head: they cannot be in a data set
    assert all(trace in to_bytes(told).lower() for trace in TRACES)
    found = searched(told, profile)
    assert [trace for trace in TRACES if trace in found] == []


@settings(max_examples=40, deadline=None)
@given(
    tags=st.lists(st.sampled_from(NAMED), max_size=12, unique=True),
    nested=st.lists(st.sampled_from(NESTED), max_size=4, unique=True),
    profile=st.sampled_from(PROFILES),
)
def test_no_secret_survives_alone_either(
    tags: list[int], nested: list[int], profile: Profile
) -> None:
    found = searched(tell_everywhere(tags, nested), profile)
    listed = [trace for trace in TRACES if trace in found]
    assert listed == []


LETTERS = st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=4, max_size=10)
NAMES = LETTERS.map(lambda text: f"xq{text}")  # no word that a clean file says itself: "profile"
NUMBERS = st.integers(10**6, 10**8).map(lambda number: number * 10 + 7)  # nor a dose in Bq


@settings(max_examples=60, deadline=None)
@given(family=NAMES, given_name=NAMES, number=NUMBERS, data=st.data())
def test_a_name_is_found_in_text_that_the_profile_lets_pass(
    family: str, given_name: str, number: int, data: st.DataObject
) -> None:
    header = pet(
        PatientName=f"{family}^{given_name}",
        PatientID=str(number),
        Manufacturer=f"for {given_name.upper()}",
        ConvolutionKernel=str(number),
        Radiopharmaceutical="FDG",
    )
    code = fill(Dataset(), {"CodeMeaning": f"{family}'s tumor", "CodeValue": "1"})
    header.AnatomicRegionSequence = Items([code])
    header.SeriesDescription = f"PET {family} of {number}"
    found = searched(header, data.draw(st.sampled_from(PROFILES)))
    for word in (family, given_name, str(number)):  # within a longer word it is chance
        assert not re.search(rb"(?i)(?<![a-z0-9])%s(?![a-z0-9])" % word.encode(), found)


def test_what_the_file_carries_besides_its_header_is_gone(tmp_path: Path) -> None:
    header = pet()
    data = bytearray(to_bytes(header))
    data[:20] = b"Mustermann in a hole"  # the preamble
    (tmp_path / "in" / "Mustermann").mkdir(parents=True)
    (tmp_path / "in" / "Mustermann" / "Erika.dcm").write_bytes(data)
    (tmp_path / "in" / "Mustermann" / "letter.txt").write_text("Dear Mrs Mustermann")
    out, done = run(tmp_path / "in")
    assert done.left_out == ("Mustermann/letter.txt",)
    everything = b"".join(
        str(path).encode() + (path.read_bytes() if path.is_file() else b"")
        for path in out.rglob("*")
    ).lower()
    assert b"mustermann" not in everything
    assert b"erika" not in everything


# --- what stays ----------------------------------------------------------------------------------


def test_patient_dates_and_uids_move_together() -> None:
    mapping = Mapping(KEY)
    first = cleaned(pet(), mapping, Profile())
    later = cleaned(pet(SeriesDate="20240310", SOPInstanceUID="1.2.9"), mapping, Profile())
    other = cleaned(pet(PatientID="other"), mapping, Profile())
    assert first.PatientID == later.PatientID != other.PatientID
    assert first.PatientName == first.PatientID
    assert first.PatientID.startswith(PREFIX)
    assert first.SeriesInstanceUID == later.SeriesInstanceUID != "1.2.3"
    assert first.SOPInstanceUID != later.SOPInstanceUID
    days = np.datetime64(f"{later.SeriesDate[:4]}-{later.SeriesDate[4:6]}-{later.SeriesDate[6:]}")
    days -= np.datetime64(f"{first.SeriesDate[:4]}-{first.SeriesDate[4:6]}-{first.SeriesDate[6:]}")
    assert days == np.timedelta64(10, "D")
    assert first.SeriesDate != "20240229"
    assert (first.PatientWeight, first.PatientSex, first.PatientBirthDate) == (71.5, "F", "")
    assert "PatientAge" not in first


def test_the_header_says_what_was_done() -> None:
    made = clean(pet())
    codes = [code.CodeValue for code in made.DeidentificationMethodCodeSequence]
    assert codes == ["113100", "113107", "113108", "113111"]
    assert made.PatientIdentityRemoved == "YES"
    assert made.LongitudinalTemporalInformationModified == "MODIFIED"
    strict = clean(pet(), Profile(dates="remove", characteristics=False))
    assert [c.CodeValue for c in strict.DeidentificationMethodCodeSequence] == ["113100"]
    assert (strict.SeriesDate, strict.get("PatientWeight")) == ("19000101", None)


def test_descriptions_keep_their_harmless_words() -> None:
    text = "WB PET 2.0 mm corrected for Dr. House 20240229"
    assert "SeriesDescription" not in clean(pet(SeriesDescription=text))
    kept = clean(pet(SeriesDescription=text), Profile(descriptors=True))
    assert kept.SeriesDescription == "WB PET 2.0 mm corrected"
    assert described("GTV_Mass left") == "GTV Mass left"


@settings(max_examples=60, deadline=None)
@given(
    weight=st.floats(3, 200),
    dose=st.integers(10**7, 10**9),
    late=st.booleans(),
    patient=st.text(alphabet="ABC123", min_size=1, max_size=8),
)
def test_uptake_is_the_same_before_and_after(
    weight: float,
    dose: int,
    *,
    late: bool,
    patient: str,
) -> None:
    header = pet(PatientWeight=f"{weight:.2f}", PatientID=patient)
    header.RadiopharmaceuticalInformationSequence[0].RadionuclideTotalDose = str(dose)
    if late:  # the series was made later: GE's private time tells the scan's
        header.SeriesTime = "080000"
        block = header.private_block(0x0009, "GEMS_PETD_01", create=True)
        block.add_new(0x0D, "DT", "20240229000100.00")
    before = factor([facts(header, "a")])
    after = factor([facts(pydicom.dcmread(io.BytesIO(to_bytes(clean(header)))), "a")])
    assert after == before


def test_private_scales_stay_if_they_are_numbers() -> None:
    header = pet(Units="CNTS")
    block = header.private_block(0x7053, "Philips PET Private Group", create=True)
    block.add_new(0x00, "DS", "0.000412")
    block.add_new(0x09, "UN", b"Mustermann")
    made = clean(header)
    assert factor([facts(made, "a")]).value == 0.000412
    assert b"mustermann" not in to_bytes(made).lower()
    assert not [e for e in clean(header, PROFILES[1]) if e.tag.is_private]


def test_real_uptake_is_the_same(shared_data: Path, tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    for path in (shared_data / "suv_dro/DRO_1_0/PT").glob("*.dcm"):
        (source / path.name).write_bytes(path.read_bytes())
    out, done = run(source)
    assert (len(done.written), done.refused) == (20, ())
    volumes = []
    for folder in (source, out):
        with RawTree(folder) as tree:
            paths = [path for path in tree.paths() if path.endswith(".dcm")]
            volumes.append(read_suv(tree, paths)[0])
    assert volumes[0].digest() == volumes[1].digest()


@pytest.mark.parametrize("folder", ["dicom2nifti", "dcmqi", "ibsi_validation/dicom/STS_001/CT"])
def test_voxels_of_every_syntax_are_untouched(
    folder: str, shared_data: Path, tmp_path: Path
) -> None:
    """Pixel data comes through byte for byte, whatever its compression."""
    mapping = tmp_path / "mapping.json"
    out = tmp_path / "out"
    done = api.deidentify(shared_data / folder, out, mapping=mapping)
    joined = json.loads(mapping.read_text())["uids"]
    after = {pydicom.dcmread(path).SOPInstanceUID: path for path in files(out)}
    checked = 0
    for answer in done.written[::7]:
        before = pydicom.dcmread(shared_data / folder / answer.item, force=True)
        if "PixelData" in before and before.get("SOPInstanceUID"):
            made = pydicom.dcmread(after[joined[before.SOPInstanceUID]])
            assert made.PixelData == before.PixelData
            assert made.file_meta.TransferSyntaxUID == before.file_meta.TransferSyntaxUID
            checked += 1
    assert checked


def test_a_mask_still_points_at_its_scan(tmp_path: Path) -> None:
    frame = np.ones((8, 8), bool)
    reference = item(ReferencedSOPInstanceUID="1.2.3.1", ReferencedSOPClassUID="1.2.3")
    drawn = seg(
        [(1, frame, (0, 0, 0))],
        ReferencedSeriesSequence=item(
            SeriesInstanceUID="1.2.3", ReferencedInstanceSequence=reference
        ),
    )
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.dcm").write_bytes(one(PIXELS, InstanceNumber=1))
    (tmp_path / "in/b.dcm").write_bytes(drawn)
    out, done = run(tmp_path / "in")
    assert not done.refused
    image, mask = (
        next(d for d in map(pydicom.dcmread, files(out)) if d.Modality == m) for m in ("CT", "SEG")
    )
    series = mask.ReferencedSeriesSequence[0]
    assert series.SeriesInstanceUID == image.SeriesInstanceUID
    instance = series.ReferencedInstanceSequence[0]
    assert instance.ReferencedSOPInstanceUID == image.SOPInstanceUID
    assert mask.SegmentSequence[0].SegmentNumber == 1


# --- what is refused -----------------------------------------------------------------------------


def test_burned_in_names_are_refused(shared_data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = api.deidentify(shared_data / "phi_samples", out, mapping=tmp_path / "m.json")
    assert len(done.refused) == 3
    assert not done.written
    assert not files(out)


@pytest.mark.parametrize(
    "said",
    [
        {"BurnedInAnnotation": "YES"},
        {"Modality": "US"},
        {"ImageType": ["DERIVED", "SECONDARY", "SCREEN SAVE"]},
        {"SeriesDescription": "Dose Report"},
        {"SecondaryCaptureDeviceManufacturer": "somebody"},
        {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.88.11"},
        {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.104.1"},
        {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.66"},
    ],
)
def test_what_a_header_cannot_clean_is_refused(said: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.dcm").write_bytes(one(PIXELS, **said))
    (tmp_path / "in/b.dcm").write_bytes(one(PIXELS, InstanceNumber=2))
    out, done = run(tmp_path / "in")
    assert [answer.item for answer in done.refused] == ["a.dcm"]
    assert len(files(out)) == 1


@pytest.mark.parametrize("text", ["LOW DOSE CT", "Lung screening", "Safe T2"])
def test_ordinary_descriptions_are_not_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.dcm").write_bytes(one(PIXELS, SeriesDescription=text))
    assert not run(tmp_path / "in")[1].refused


def test_text_of_the_visit_that_no_table_lists_is_gone() -> None:
    made = clean(pet(PatientSpeciesDescription="a note", IssuerOfAdmissionID="a note"))
    assert b"a note" not in to_bytes(made)


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.dcm").write_bytes(one(PIXELS)[:400])
    (tmp_path / "in/b.dcm").write_bytes(bytes(128) + b"DICM" + b"\xff" * 50)
    out, done = run(tmp_path / "in")
    assert {a.item for a in done.refused} >= {"b.dcm"}
    assert len(files(out)) + len(done.refused) == 2


@pytest.mark.parametrize(
    ("said", "warned"),
    [
        ({"BodyPartExamined": "HEAD"}, True),
        ({"SeriesDescription": "MPRAGE brain"}, True),
        ({"BodyPartExamined": "HEAD", "RecognizableVisualFeatures": "NO"}, False),
        ({"BodyPartExamined": "LIVER"}, False),
        ({"SeriesDescription": "surface coil"}, False),
        ({"SeriesType": ["WHOLE BODY", "IMAGE"], "Modality": "PT"}, True),
    ],
)
def test_faces_are_warned_of(said: dict[str, Any], warned: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a case's answer
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.dcm").write_bytes(one(PIXELS, **said))
    out, done = run(tmp_path / "in")
    assert any("face" in warning for warning in done.warnings) is warned
    assert json.loads((out / "deidentified.json").read_text())["shareable"] is not warned


# --- the secret ----------------------------------------------------------------------------------


def test_one_mapping_gives_one_result(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.dcm").write_bytes(to_bytes(pet()))
    out, _ = run(tmp_path / "in")
    before = {p.relative_to(out): p.read_bytes() for p in out.rglob("*") if p.is_file()}
    run(tmp_path / "in")
    assert before == {p.relative_to(out): p.read_bytes() for p in out.rglob("*") if p.is_file()}
    secret_file = tmp_path / "secret/mapping.json"
    assert secret_file.stat().st_mode & 0o077 == 0
    content = json.loads(secret_file.read_text())
    assert "4711-0815" in content["patients"]
    assert load(secret_file).uid("1.2.3") == content["uids"]["1.2.3"]


def test_another_key_gives_other_names() -> None:
    one_, other = Mapping(KEY), Mapping(bytes(32))
    assert one_.uid("1.2.3") != other.uid("1.2.3")
    assert one_.pseudonym("p") != other.pseudonym("p")
    assert -3650 <= one_.days("p") <= -1


def test_the_secret_lies_where_nobody_shares_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    (source / "a.dcm").write_bytes(one(PIXELS))
    (tmp_path / "lab" / ".dvc").mkdir(parents=True)
    for bad, reason in (
        (out / "m.json", "lies among the result"),
        (source / "m.json", "lies among the scans"),
        (tmp_path / "lab" / "m.json", "dvc tracks"),
    ):
        with pytest.raises(Misuse, match=reason):
            api.deidentify(source, out, mapping=bad)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Misuse, match="outside a registry"):
        api.deidentify(source, out)
    (tmp_path / "pyproject.toml").write_text("[tool.medreg]\n")
    api.deidentify(source, out)
    assert (tmp_path / ".medreg/deidentify.json").is_file()
    (tmp_path / "x.json").write_text("{}")
    with pytest.raises(Misuse, match="no mapping"):
        api.deidentify(source, tmp_path / "o", mapping=tmp_path / "x.json")


def test_the_command_counts_and_fails_on_refusals(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.dcm").write_bytes(one(PIXELS))
    words = ["deidentify", str(tmp_path / "in"), str(tmp_path / "out")]
    words += ["--mapping", str(tmp_path / "m.json")]
    assert main([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["written"] == 1
    (tmp_path / "in/b.dcm").write_bytes(one(PIXELS, BurnedInAnnotation="YES", InstanceNumber=2))
    assert main(words) == 1
    assert "b.dcm is refused: BurnedInAnnotation" in capsys.readouterr().err
    with pytest.raises(NotFound):
        api.deidentify(tmp_path / "nowhere", tmp_path / "out2", mapping=tmp_path / "m.json")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("")
    with pytest.raises(Misuse, match="exists already"):
        api.deidentify(tmp_path / "in", tmp_path / "mine", mapping=tmp_path / "m.json")


def test_a_clean_series_still_reads(tmp_path: Path) -> None:
    from tests.imaging.dicoms import series

    (tmp_path / "in").mkdir()
    stored = np.random.default_rng(1).integers(0, 2000, (8, 7, 5)).astype(np.int16)
    for name, data in series(stored, PatientName="Mustermann^Erika").items():
        (tmp_path / "in" / name).write_bytes(data)
    out, _ = run(tmp_path / "in")
    digests = set()
    for folder in (tmp_path / "in", out):
        with RawTree(folder) as tree:
            paths = [p for p in tree.paths() if not p.endswith(".json")]
            digests.add(read_series(tree, paths).digest())
    assert len(digests) == 1


def test_the_readiness_report_finds_nobody(tmp_path: Path) -> None:
    """What another reader of headers fails for privacy before, it does not fail afterwards."""
    from tests.imaging.dicoms import series

    stored = np.random.default_rng(1).integers(0, 2000, (8, 7, 5)).astype(np.int16)
    said = {"PatientName": "Mustermann^Erika", "InstitutionName": "Clinic", "AccessionNumber": "7"}
    (tmp_path / "in").mkdir()
    for name, data in series(stored, **said).items():
        (tmp_path / "in" / name).write_bytes(data)
    out, _ = run(tmp_path / "in")
    levels = []
    for folder in (tmp_path / "in", out):
        (judged,) = api.validate([folder]).json()["series"]
        (privacy,) = [check for check in judged["checks"] if check["check"] == "privacy"]
        levels.append(str(privacy["level"]))
    assert levels[0] == "FAIL"
    assert levels[1] != "FAIL"


def test_damaged_bytes_end_as_a_file_or_a_refusal(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    whole = to_bytes(tell_everywhere([], []))
    for seed in range(200):
        (tmp_path / f"in/{seed}.dcm").write_bytes(damaged(whole, seed))
    out, done = run(tmp_path / "in")
    assert len(done.written) + len(done.refused) + len(done.left_out) == 200
    assert 0 < len(files(out)) <= len(done.written)


@pytest.mark.parametrize("name", ["Müller^Jörg", "Иванов^Иван", "山田^太郎=やまだ^たろう"])
def test_names_in_any_alphabet_are_gone(name: str) -> None:
    header = pet(SpecificCharacterSet="ISO_IR 192", PatientName=name, Manufacturer=f"of {name}")
    found = to_bytes(clean(header)).decode("utf-8", "replace")
    assert [part for part in re.split(r"[\^=]", name) if part in found] == []


def test_a_lone_file_or_archive_is_cleaned_too(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.dcm").write_bytes(to_bytes(pet()))
    archive = Path(shutil.make_archive(str(tmp_path / "scans"), "zip", tmp_path / "in"))
    for number, source in enumerate((tmp_path / "in/a.dcm", archive)):
        done = api.deidentify(source, tmp_path / f"out{number}", mapping=tmp_path / "m.json")
        assert len(done.written) == 1
    made = [files(tmp_path / f"out{number}")[0].read_bytes() for number in range(2)]
    assert made[0] == made[1]
