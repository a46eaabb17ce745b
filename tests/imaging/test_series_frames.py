"""Enhanced multi-frame CT, MR and PET against the same slices in files of their own."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.uid import ExplicitVRBigEndian, RLELossless

from medreg.errors import Refused
from medreg.imaging.series import read_series
from tests.imaging.dicoms import GONE, MemoryTree, enhanced, item, series, to_bytes

RNG = np.random.default_rng(1)
STORED = RNG.integers(0, 3000, (5, 4, 6)).astype(np.uint16)
PLACES = "PlanePositionSequence"
SCALE = "PixelValueTransformationSequence"


def read(files: dict[str, bytes], **options: Any) -> Any:
    return read_series(MemoryTree(files), list(files), **options)


def test_a_frame_is_a_slice() -> None:
    one = read({"f": enhanced(STORED)})
    many = read(series(STORED, Modality="MR", RescaleIntercept=0))
    assert one.digest() == many.digest()
    assert one.affine == pytest.approx(many.affine)


def test_frames_are_ordered_by_position_and_named_with_their_number() -> None:
    order = [3, 0, 5, 1, 4, 2]
    places = lambda k: {"ImagePositionPatient": [-20, -30, 40 + 2 * order[k]]}  # noqa: E731 - as others
    shuffled = enhanced(STORED[:, :, order], **{PLACES: places})
    assert read({"f": shuffled}).digest() == read({"f": enhanced(STORED)}).digest()


def test_each_frame_has_its_own_rescale() -> None:
    own = lambda k: {"RescaleSlope": k + 1, "RescaleIntercept": -k, "RescaleType": "US"}  # noqa: E731 - as others
    found = read({"f": enhanced(STORED, **{SCALE: own})})
    for k in range(6):
        assert np.array_equal(found.array[:, :, k], STORED[:, :, k].astype(int) * (k + 1) - k)


def test_an_enhanced_ct_is_in_hounsfield_units() -> None:
    scale = {"RescaleSlope": 1, "RescaleIntercept": -1024, "RescaleType": "HU"}
    found = read({"f": enhanced(STORED, Modality="CT", **{SCALE: scale})})
    assert found.unit == "HU"
    assert np.array_equal(found.array, STORED.astype(int) - 1024)


def test_an_enhanced_pet_has_its_unit_from_the_real_world_mapping() -> None:
    mapping = {
        "RealWorldValueSlope": 2.5,
        "RealWorldValueIntercept": 0.0,
        "MeasurementUnitsCodeSequence": item(CodeValue="Bq/ml", CodingSchemeDesignator="UCUM"),
    }
    said = {"RealWorldValueMappingSequence": mapping}
    found = read({"f": enhanced(STORED, Modality="PT", Units=GONE, **said)})
    assert (found.unit, found.array.dtype) == ("Bq/ml", np.float32)
    assert np.allclose(found.array, STORED * 2.5)
    with pytest.raises(Refused, match="f frame 1: a PET slice without Units"):
        read({"f": enhanced(STORED, Modality="PT", Units=GONE)})


@pytest.mark.parametrize("syntax", [RLELossless, ExplicitVRBigEndian])
def test_frames_of_other_transfer_syntaxes_are_exact(syntax: str) -> None:
    whole = dcmread(io.BytesIO(enhanced(STORED)))
    if syntax == RLELossless:
        whole.compress(RLELossless, encoding_plugin="pydicom", generate_instance_uid=False)
    else:
        whole.PixelData = STORED.T.astype(">u2").tobytes()
    assert read({"f": to_bytes(whole, syntax)}).digest() == read({"f": enhanced(STORED)}).digest()


@pytest.mark.parametrize("names", [("EffectiveEchoTime", "echo"), ("DiffusionBValue", "b")])
def test_frames_in_one_place_are_split_by_their_groups(names: tuple[str, str]) -> None:
    name, word = names
    group = {"echo": "MREchoSequence", "b": "MRDiffusionSequence"}[word]
    said = {
        PLACES: lambda k: {"ImagePositionPatient": [-20, -30, 40 + 2 * (k // 2)]},
        group: lambda k: {name: 30.0 * (k % 2)},
    }
    files = {"f": enhanced(STORED, **said)}
    channels = {"echo": ("echo1", "echo2"), "b": ("b0", "b30")}[word]
    for number, channel in enumerate(channels):
        assert np.array_equal(read(files, channel=channel).array, STORED[:, :, number::2])
    with pytest.raises(Refused, match=f"holds 2 volumes: name one of {', '.join(channels)}"):
        read(files)


PHILIPS = {"Manufacturer": "Philips Medical Systems"}


def test_philips_real_world_values_are_taken_where_no_scale_slope_is() -> None:
    said = {
        "RealWorldValueMappingSequence": {
            "RealWorldValueSlope": 0.5,
            "RealWorldValueIntercept": 3.0,
        }
    }
    found = read({"f": enhanced(STORED, **PHILIPS, **said)})
    assert np.allclose(found.array, STORED * 0.5 + 3)
    assert "Real World Value" in found.notes[0]
    others = read({"f": enhanced(STORED, Manufacturer="Siemens", **said)})
    assert np.array_equal(others.array, STORED)


def test_philips_precise_values_of_single_frames() -> None:
    files = {}
    for name, data in series(
        STORED, Modality="MR", RescaleSlope=2, RescaleIntercept=6, **PHILIPS
    ).items():
        one = dcmread(io.BytesIO(data))
        one.private_block(0x2005, "Philips MR Imaging DD 001", create=True).add_new(
            0x0E, "FL", 0.25
        )
        files[name] = to_bytes(one)
    found = read(files)
    assert np.allclose(found.array, (STORED * 2.0 + 6) / (2 * 0.25))
    assert "precise" in found.notes[0]


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no groups": ({"PerFrameFunctionalGroupsSequence": GONE}, "describes 0 of its 6 frames"),
    "no position": ({PLACES: GONE}, "f frame 1 has no ImagePositionPatient"),
    "US": ({"Modality": "CT"}, "f frame 1: RescaleType is US"),
    "more frames": ({"NumberOfFrames": 7}, "describes 6 of its 7 frames"),
    "another modality": ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.2.1"}, "but is Enhanced CT"),
    "cut": ({"PixelData": b"1234"}, "f cannot be read as DICOM pixels"),
}


@pytest.mark.parametrize(("said", "says"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_would_be_wrong_is_refused(said: dict[str, Any], says: str) -> None:
    whole = said.pop("PerFrameFunctionalGroupsSequence", None)
    data = enhanced(STORED, **said)
    if whole is GONE:
        content = dcmread(io.BytesIO(data))
        del content.PerFrameFunctionalGroupsSequence
        data = to_bytes(content)
        said["PerFrameFunctionalGroupsSequence"] = GONE
    with pytest.raises(Refused, match=says):
        read({"f": data})
