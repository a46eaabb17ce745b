from __future__ import annotations

import io
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nibabel.eulerangles import euler2mat
from pydicom import dcmread
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RLELossless,
)

from medreg.errors import Refused
from medreg.imaging import dicom
from medreg.imaging.series import read_series
from tests.imaging.dicoms import GONE, MemoryTree, damaged, dataset, one, series, to_bytes

if TYPE_CHECKING:
    from medreg.volume import Volume

RNG = np.random.default_rng(0)
STORED = RNG.integers(0, 3000, (5, 4, 6)).astype(np.int16)  # columns, rows, slices


def read(files: dict[str, bytes]) -> Volume:
    return read_series(MemoryTree(files), list(files))


def refused(files: dict[str, bytes]) -> str:
    with pytest.raises(Refused) as refusal:
        read(files)
    return refusal.value.message


def oblique() -> list[float]:
    turn = euler2mat(0.3, -0.2, 0.5)
    return [round(float(x), 6) for x in (*turn[:, 0], *turn[:, 1])]


# --- geometry and values -----------------------------------------------------------------------


def test_a_ct_is_in_hounsfield_units_where_its_headers_say() -> None:
    found = read(series(STORED))
    assert np.array_equal(found.array, STORED - 1024)
    assert (found.array.dtype, found.unit, found.notes) == (np.int16, "HU", ())
    expected = [[-0.5, 0, 0, 20], [0, -0.75, 0, 30], [0, 0, 2, 40], [0, 0, 0, 1]]
    assert np.allclose(found.affine, expected)
    assert found.axes == "LPS"


@pytest.mark.parametrize(
    "orientation",
    [(1, 0, 0, 0, 1, 0), (0, 1, 0, 0, 0, -1), (1, 0, 0, 0, 0, -1), (-1, 0, 0, 0, 1, 0), oblique()],
    ids=["axial", "sagittal", "coronal", "from the feet", "oblique"],
)
def test_every_voxel_lies_where_the_standard_puts_it(orientation: list[float]) -> None:
    files = series(STORED, orientation=orientation)
    found = read(files)
    row, column = np.array(orientation[:3]), np.array(orientation[3:])
    normal = np.cross(row, column)
    for i, j, k in [(0, 0, 0), (4, 0, 0), (0, 3, 0), (0, 0, 5), (4, 3, 5)]:
        lps = np.array([-20, -30, 40]) + row * 0.5 * i + column * 0.75 * j + normal * 2 * k
        ras = found.affine @ [i, j, k, 1]
        assert ras[:3] == pytest.approx(lps * [-1, -1, 1], abs=1e-4)
        assert found.array[i, j, k] == STORED[i, j, k] - 1024


@settings(max_examples=25)
@given(shuffled=st.permutations(range(6)))
def test_names_and_order_of_files_do_not_count(shuffled: list[int]) -> None:
    files = series(STORED, RescaleSlope=lambda k: 1 + k / 7, InstanceNumber=lambda k: 9 - k)
    renamed = {f"{n}/slice": files[f"IM{number + 1}"] for n, number in enumerate(shuffled)}
    assert read(renamed).digest() == read(files).digest()


def test_slice_order_is_ascending_along_the_normal() -> None:
    files = series(STORED, gap=-2.0)
    assert np.array_equal(read(files).array[0, 0], STORED[0, 0, ::-1].astype(int) - 1024)


def test_each_slice_has_its_own_rescale_and_integers_stay_integers() -> None:
    found = read(series(STORED, RescaleSlope=lambda k: k + 1, RescaleIntercept=lambda k: -k))
    assert found.array.dtype.kind == "i"
    for k in range(6):
        assert np.array_equal(found.array[:, :, k], STORED[:, :, k].astype(int) * (k + 1) - k)


def test_fractional_slopes_give_float32() -> None:
    slopes = [0.5, 1.25, 0.3, 2.7182, 1.0, 0.0001]
    files = series(STORED, Modality="PT", RescaleSlope=lambda k: slopes[k])
    found = read(files)
    assert (found.array.dtype, found.unit) == (np.float32, "Bq/ml")
    expected = STORED * np.array(slopes)
    assert np.allclose(found.array, expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("said", "unit"),
    [
        ({"Units": "BQML"}, "Bq/ml"),
        ({"Units": "GML"}, "SUV"),
        ({"Units": "GML", "SUVType": "BW"}, "SUV"),
        ({"Units": "GML", "SUVType": "LBM"}, "SUV (LBM)"),
        ({"Units": "CNTS"}, "CNTS"),
    ],
)
def test_pet_says_its_unit(said: dict[str, str], unit: str) -> None:
    assert read(series(STORED, Modality="PT", **said)).unit == unit


def test_mr_needs_no_rescale_and_has_no_unit() -> None:
    found = read(series(STORED, Modality="MR", RescaleSlope=GONE, RescaleIntercept=GONE))
    assert np.array_equal(found.array, STORED)
    assert found.unit == ""


@pytest.mark.parametrize("kind", ["u1", "i1", "u2", "i2", "u4", "i4"])
def test_stored_values_of_every_width_and_sign(kind: str) -> None:
    limits = np.iinfo(kind)
    stored = np.linspace(limits.min, limits.max, 60).astype(kind).reshape(5, 4, 3)
    found = read(series(stored, Modality="MR", RescaleSlope=1, RescaleIntercept=-1))
    assert np.array_equal(found.array, stored.astype(np.int64) - 1)


@pytest.mark.parametrize(("high", "signed"), [(11, 0), (11, 1), (15, 0), (15, 1), (13, 1)], ids=str)
def test_bits_outside_those_stored_do_not_count(high: int, signed: int) -> None:
    values = RNG.integers(-2048 if signed else 0, 2047, (5, 4, 3))
    garbage = RNG.integers(0, 2**16, values.shape)
    shift = high - 11
    kept = ((1 << 12) - 1) << shift
    stored = ((values << shift) & kept) | (garbage & ~kept & 0xFFFF)
    files = series(
        stored.astype(np.uint16),
        Modality="MR",
        BitsStored=12,
        HighBit=high,
        PixelRepresentation=signed,
        RescaleIntercept=0,
    )
    assert np.array_equal(read(files).array, values)


@pytest.mark.parametrize(
    "syntax",
    [ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian, RLELossless],
)
def test_transfer_syntaxes_are_exact(syntax: str) -> None:
    files = {}
    for name, data in series(STORED).items():
        slice_ = dcmread(io.BytesIO(data))
        if syntax == RLELossless:
            slice_.compress(RLELossless, encoding_plugin="pydicom", generate_instance_uid=False)
        elif syntax == ExplicitVRBigEndian:
            slice_.PixelData = slice_.pixel_array.astype(">i2").tobytes()
        files[name] = to_bytes(slice_, syntax)
    assert read(files).digest() == read(series(STORED)).digest()


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian])
def test_files_without_preamble_and_meta_information_are_read(syntax: str) -> None:
    files = {}
    for name, data in series(STORED).items():
        whole = to_bytes(dcmread(io.BytesIO(data)), syntax)
        files[name] = whole[132 + 12 + int.from_bytes(whole[140:144], "little") :]
    assert read(files).digest() == read(series(STORED)).digest()


def test_padding_is_left_as_stored() -> None:
    padded = STORED.copy()
    padded[0] = -2000
    found = read(series(padded, PixelPaddingValue=-2000))
    assert found.array.min() == -3024


def test_monochrome_1_changes_how_it_is_shown_not_what_it_means() -> None:
    assert read(series(STORED, PhotometricInterpretation="MONOCHROME1")).array[0, 0, 0] == (
        STORED[0, 0, 0] - 1024
    )


# --- set aside, and noted ----------------------------------------------------------------------


def test_localizers_and_directories_are_set_aside_by_name() -> None:
    scout = one(np.zeros((9, 9), np.int16), ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
    directory = dataset(np.zeros((1, 1), np.int16), SOPClassUID="1.2.840.10008.1.3.10")
    files = series(STORED) | {"scout": scout, "DICOMDIR": to_bytes(directory)}
    found = read(files)
    assert found.digest() == read(series(STORED)).digest()
    assert found.notes == (
        "set aside DICOMDIR: a DICOM directory",
        "set aside scout: a localizer",
    )
    assert "no slice in the series; set aside scout: a localizer" in refused({"scout": scout})


def test_uneven_gaps_below_ten_percent_are_noted() -> None:
    heights = [0, 2, 4, 6.1, 8.1, 10.1]
    files = series(STORED, ImagePositionPatient=lambda k: [0, 0, heights[k]])
    found = read(files)
    assert found.notes == ("slice gaps run from 2.000 to 2.100 mm (5.0% uneven)",)
    assert found.spacing[2] == pytest.approx(10.1 / 5)


def test_missing_identifiers_and_lossy_compression_are_noted() -> None:
    found = read(series(STORED, SeriesInstanceUID="", SOPClassUID=GONE, LossyImageCompression="01"))
    assert found.notes == (
        "no SeriesInstanceUID: the files given were taken for one series",
        "lossy compression: values are not those of the scanner",
    )


# --- refused -----------------------------------------------------------------------------------


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no position": ({"ImagePositionPatient": GONE}, "IM1 has no ImagePositionPatient"),
    "two positions": ({"ImagePositionPatient": [1, 2]}, "expected 3 numbers"),
    "far position": ({"ImagePositionPatient": [1, 2, 1e30]}, "expected 3 numbers"),
    "no orientation": ({"ImageOrientationPatient": GONE}, "IM1 has no ImageOrientationPatient"),
    "no right angle": ({"ImageOrientationPatient": [1, 0, 0, 1, 0, 0]}, "no two perpendicular"),
    "no unit vector": ({"ImageOrientationPatient": [2, 0, 0, 0, 1, 0]}, "no two perpendicular"),
    "no spacing": ({"PixelSpacing": GONE}, "IM1 has no PixelSpacing"),
    "zero spacing": ({"PixelSpacing": [0, 1]}, "PixelSpacing is"),
    "no slope": ({"RescaleSlope": GONE}, "IM1 has no RescaleSlope"),
    "no intercept": ({"RescaleIntercept": GONE}, "IM1 has no RescaleIntercept"),
    "zero slope": ({"RescaleSlope": 0}, "RescaleSlope is 0"),
    "no HU": ({"RescaleType": "US"}, "RescaleType is US"),
    "color": ({"PhotometricInterpretation": "RGB", "SamplesPerPixel": 3}, "RGB, not gray"),
    "palette": ({"PhotometricInterpretation": "PALETTE COLOR"}, "PALETTE COLOR, not gray"),
    "no rows": ({"Rows": GONE}, "declares 0 x 5 pixels"),
    "huge": ({"Rows": 65535, "Columns": 65535}, "declares 65535 x 65535 pixels"),
    "more rows": ({"Rows": 400}, "cannot be read as DICOM pixels"),
    "no pixels": ({"PixelData": GONE}, "has no pixel data"),
    "cut pixels": ({"PixelData": b"1234"}, "cannot be read as DICOM pixels"),
    "no modality": ({"Modality": GONE}, r"Modality \(none\)"),
    "ultrasound": ({"Modality": "US", "SOPClassUID": GONE}, "Modality US"),
    "screenshot": ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"}, "Secondary Capture"),
    "enhanced": ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.2.1"}, "describes 0 of its 1 frames"),
    "frames": ({"NumberOfFrames": 2}, "multi-frame"),
    "PET without units": ({"Modality": "PT", "Units": GONE}, "without Units"),
    "bits": ({"BitsStored": 17}, "bits 16/17/15"),
    "more bits": ({"BitsAllocated": 64}, "bits 64"),
    "number": ({"RescaleSlope": float("nan")}, "expected 1 numbers"),
}


@pytest.mark.parametrize(("said", "says"), REFUSED.values(), ids=REFUSED)
def test_a_slice_that_would_be_wrong_is_refused_by_name(said: dict[str, Any], says: str) -> None:
    with pytest.raises(Refused, match=says) as refusal:
        read(series(STORED, **said))
    assert "IM1" in refusal.value.message


MIXED: dict[str, tuple[dict[str, Any], str]] = {
    "two series": ({"SeriesInstanceUID": lambda k: f"1.{k % 2}"}, "SeriesInstanceUID is 1.0 in 3"),
    "two modalities": (
        {"Modality": lambda k: ("CT", "MR")[k % 2], "SOPClassUID": GONE},
        "Modality is CT in 3",
    ),
    "two kinds": ({"ImageType": lambda k: ["O", "P", "MP"[k % 2]]}, "ImageType value 3 is M in 3"),
    "two frames of reference": ({"FrameOfReferenceUID": lambda k: f"1.{k}"}, "FrameOfReference"),
    "two sizes": ({"PixelSpacing": lambda k: [1, 1 + k % 2]}, "PixelSpacing is"),
    "two directions": (
        {"ImageOrientationPatient": lambda k: ([1, 0, 0, 0, 1, 0], [0, 1, 0, 0, 0, -1])[k // 5]},
        "not parallel",
    ),
    "one place": ({"ImagePositionPatient": [1, 2, 3]}, "duplicate position: IM1 and IM2"),
    "twice": (
        {"ImagePositionPatient": lambda k: [0, 0, k // 2]},
        "duplicate position: IM1 and IM2",
    ),
    "missing": (
        {"ImagePositionPatient": lambda k: [0, 0, 2 * k + 4 * (k > 2)]},
        r"slices are missing along the normal: 2 between 4.00 mm \(IM3\) and 10.00 mm \(IM4\)",
    ),
    "irregular": (
        {"ImagePositionPatient": lambda k: [0, 0, 2 * k + 0.6 * (k > 2)]},
        "slices are irregular: 2.600 mm between IM3 and IM4, 2.000 mm elsewhere",
    ),
    "tilt": (
        {"ImagePositionPatient": lambda k: [0, 0.5 * k, 2 * k]},
        r"at 14.04 degrees to it \(gantry tilt\?\)",
    ),
    "drift": (
        {"ImagePositionPatient": lambda k: [3 * (k == 3), 0, 2 * k]},
        "not stacked along their normal",
    ),
}


@pytest.mark.parametrize(("said", "says"), MIXED.values(), ids=MIXED)
def test_slices_that_make_no_volume_are_refused(said: dict[str, Any], says: str) -> None:
    with pytest.raises(Refused, match=says):
        read(series(STORED, **said))


def test_two_sizes_of_slice_are_no_series() -> None:
    other = series(STORED[:4])
    assert "Rows x Columns is 4 x 5 in 5" in refused(series(STORED) | {"IM2": other["IM2"]})


def test_a_lone_slice_is_refused() -> None:
    assert "IM1 is the only slice" in refused(series(STORED[:, :, :1]))


def test_a_file_that_is_not_dicom_is_refused() -> None:
    for junk in (b"", b"hello" * 50, bytes(400), b"\x89PNG\r\n\x1a\n" + bytes(300)):
        assert "junk" in refused(series(STORED) | {"junk": junk})


def test_no_files_are_no_series() -> None:
    assert "no slice" in refused({})


def test_a_deflate_bomb_is_refused_before_it_swells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dicom, "MAX_INFLATED", 1 << 20)
    whole = to_bytes(dataset(STORED[:, :, 0].T), DeflatedExplicitVRLittleEndian)
    start = 132 + 12 + int.from_bytes(whole[140:144], "little")
    pack = zlib.compressobj(1, zlib.DEFLATED, -15)
    bomb = pack.compress(bytes(2 << 20)) + pack.flush()
    assert "inflates to more" in refused({"a": whole[:start] + bomb})


# --- hostile -----------------------------------------------------------------------------------


def test_truncation_anywhere_is_refused() -> None:
    files = series(STORED)
    whole = files["IM3"]
    for end in range(0, len(whole), 11):
        assert "IM3" in refused(files | {"IM3": whole[:end]})


@pytest.mark.parametrize("seed", range(60))
def test_damaged_bytes_are_refused_or_read_never_anything_else(seed: int) -> None:
    files = series(STORED)
    try:
        found = read(files | {"IM2": damaged(files["IM2"], seed)})
    except Refused:
        return
    assert found.shape == STORED.shape
