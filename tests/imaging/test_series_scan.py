"""The scan of plain headers gives pydicom's answer, or none."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from medreg.imaging import headers as headers_module
from medreg.imaging.attributes import WANTED, of_dataset
from medreg.imaging.dicom import parsed
from medreg.imaging.headers import headers
from medreg.imaging.pixels import Pixels
from medreg.imaging.scan import scan
from tests.imaging.dicoms import MemoryTree, damaged, dataset, enhanced, fill, series, to_bytes

SYNTAXES = [ExplicitVRLittleEndian, ImplicitVRLittleEndian]
TEST_FILES = Path(pydicom.__file__).parent / "data" / "test_files"
PIXELS = np.arange(12, dtype=np.int16).reshape(3, 4)


def by_pydicom(data: bytes) -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return of_dataset(parsed(data, "f", only=[*WANTED], pixels=False), WANTED)


numbers = st.floats(-1e5, 1e5).map(lambda x: f"{x:.8g}")
attributes = st.fixed_dictionaries(
    {},
    optional={
        "ImageType": st.lists(st.sampled_from(["ORIGINAL", "PRIMARY", "AXIAL", ""]), max_size=4),
        "SeriesInstanceUID": st.sampled_from(["", "1.2.3", "1.2.345"]),
        "Manufacturer": st.sampled_from(["", "Philips", "GE ", "Société"]),
        "EchoTime": numbers,
        "SeriesNumber": st.integers(0, 9999),
        "AcquisitionTime": st.sampled_from(["", "120000", "120000.123"]),
        "DiffusionBValue": st.floats(0, 5000),
        "DiffusionGradientOrientation": st.lists(st.floats(-1, 1), min_size=3, max_size=3),
        "ImagePositionPatient": st.lists(numbers, min_size=3, max_size=3),
        "PixelSpacing": st.lists(numbers, min_size=1, max_size=3),
        "RescaleSlope": st.sampled_from(["1", " 1.5 ", "+2", "1e-3", ""]),
        "WindowCenter": st.lists(numbers, min_size=1, max_size=2),
        "PatientName": st.sampled_from(["A^B", "Jürgen", ""]),
        "PatientComments": st.text("abc ", max_size=300),
    },
)


@settings(max_examples=150, deadline=None)
@given(
    said=attributes,
    syntax=st.sampled_from(SYNTAXES),
    nested=st.integers(0, 3),
    undefined=st.booleans(),
    private=st.booleans(),
)
def test_the_answer_is_pydicoms(
    said: dict[str, Any], syntax: str, nested: int, *, undefined: bool, private: bool
) -> None:
    content = dataset(PIXELS, SpecificCharacterSet="ISO_IR 192", **said)
    inner = fill(Dataset(), {"RescaleSlope": 99, "CodeValue": "x"})
    for _ in range(nested):
        items = Items([inner, Dataset(), inner])
        items.is_undefined_length = undefined
        for one in items:
            one.is_undefined_length_sequence_item = undefined
        inner = fill(Dataset(), {"ReferencedSeriesSequence": items})
    if nested:
        content.ReferencedSeriesSequence = inner.ReferencedSeriesSequence
    if private:
        content.private_block(0x2005, "Philips MR Imaging DD 001", create=True).add_new(
            0x0E, "FL", 0.5
        )
    data = to_bytes(content, syntax)
    found = scan(data)
    if not str(said.get("Manufacturer", "")).isascii():
        assert found is None
        return
    assert found is not None
    assert found.attributes == by_pydicom(data)
    assert data[found.offset : found.offset + found.length] == PIXELS.tobytes()


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("seed", range(150))
def test_damaged_headers_get_the_same_answer_or_none(syntax: str, seed: int) -> None:
    whole = to_bytes(dcmread(io.BytesIO(series(np.ones((5, 4, 1), np.int16))["IM1"])), syntax)
    data = damaged(whole[:-40], seed) + whole[-40:]
    found = scan(data)
    if found is not None:
        assert found.attributes == by_pydicom(data)


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_a_header_that_is_read_in_two_parts_is_the_same(
    syntax: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = to_bytes(dataset(PIXELS), syntax)
    tree = MemoryTree({"f": whole})
    for first in range(1, len(whole) + 2):
        monkeypatch.setattr(headers_module, "HEAD", first)
        assert headers_module.read_header(tree, "f") == scan(whole)


def test_other_forms_are_left_to_pydicom() -> None:
    plain = to_bytes(dataset(PIXELS))
    big = to_bytes(dataset(PIXELS.astype(">i2")), ExplicitVRBigEndian)
    for data in (b"", b"DICM", plain[132:], big, plain[:132] + plain[144:]):
        assert scan(data) is None


def files_of_pydicom() -> list[Path]:
    return sorted(path for path in TEST_FILES.rglob("*") if path.is_file())


def test_real_files_get_the_same_answer() -> None:
    answered = 0
    for path in files_of_pydicom():
        data = path.read_bytes()
        found = scan(data)
        if found is not None:
            assert found.attributes == by_pydicom(data), path
            answered += 1
    assert answered > 120


@settings(max_examples=40, deadline=None)
@given(
    kind=st.sampled_from(["u1", "i1", "u2", "i2", "u4", "i4"]),
    syntax=st.sampled_from(SYNTAXES),
    odd=st.booleans(),
    lost=st.integers(0, 3),
)
def test_plain_pixels_are_those_of_pydicom(kind: str, syntax: str, lost: int, *, odd: bool) -> None:
    stored = np.random.default_rng(lost).integers(0, 120, (3 if odd else 4, 5, 1)).astype(kind)
    bits = 8 * stored.dtype.itemsize - lost
    content = dcmread(io.BytesIO(series(stored, BitsStored=bits, HighBit=bits - 1)["IM1"]))
    content.PixelData += bytes(len(content.PixelData) % 2)
    tree = MemoryTree({"f": to_bytes(content, syntax)})
    (one,), _ = headers(tree, ["f"])
    assert one.plain is not None
    plain = Pixels(tree, None)(one)  # type: ignore[arg-type] - nothing is compressed
    with_library = type(one)(
        **{name: getattr(one, name) for name in one.__slots__} | {"plain": None}
    )
    assert np.array_equal(plain, Pixels(tree, None)(with_library))  # type: ignore[arg-type] - as above


def test_a_multi_frame_header_is_scanned_as_well() -> None:
    data = enhanced(np.ones((5, 4, 3), np.uint16))
    found = scan(data)
    assert found is not None
    assert found.attributes == by_pydicom(data)


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize(
    "value", [b"nan ", b"inf ", b"1_0 ", b"1.5 ", b"x   ", b"1e9999", b"7\\8 "]
)
def test_numbers_that_are_none_are_left_to_pydicom(syntax: str, value: bytes) -> None:
    content = dcmread(io.BytesIO(series(np.ones((5, 4, 1), np.int16), SeriesNumber=111111)["IM1"]))
    data = to_bytes(content, syntax).replace(b"111111", value.ljust(6))
    found = scan(data)
    assert found is None or found.attributes == by_pydicom(data)
    assert by_pydicom(data).get("SeriesNumber") in (None, (7.0, 8.0), (10.0,))
    (one,), _ = headers(MemoryTree({"f": data}), ["f"])
    assert (one.rows, one.columns) == (4, 5)
