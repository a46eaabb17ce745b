from __future__ import annotations

import gzip
import io
import itertools
import struct
from typing import TYPE_CHECKING, Any

import nibabel as nib
import numpy as np
import pytest
import SimpleITK
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from medreg.errors import Refused
from medreg.imaging import nifti
from medreg.imaging.canonical import canonical_image
from medreg.model import CT, MR
from medreg.volume import Volume

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


def steps(low: int, high: int) -> st.SearchStrategy[float]:
    """Multiples of 1/1024: exact in float32, whatever is added and flipped."""
    return st.integers(low, high).map(lambda n: n / 1024)


@st.composite
def affines(draw: st.DrawFn) -> NDArray[np.float64]:
    """Oblique or straight, any axis order and side, of exact numbers."""
    spacing = [draw(steps(512, 8192)) for _ in range(3)]
    tilt = [draw(steps(-200, 200)) for _ in range(9)] if draw(st.booleans()) else [0.0] * 9
    order = draw(st.permutations(range(3)))
    affine = np.eye(4)
    affine[:3, :3] = np.array(tilt).reshape(3, 3) * min(spacing)
    for axis, way in enumerate(order):
        affine[way, axis] = spacing[axis] * draw(st.sampled_from([1, -1]))
    affine[:3, :3] = np.rint(affine[:3, :3] * 1024) / 1024
    affine[:3, 3] = [draw(steps(-300_000, 300_000)) for _ in range(3)]
    return affine


@st.composite
def volumes(draw: st.DrawFn) -> Volume:
    shape = tuple(draw(st.integers(1, 7)) for _ in range(3))
    kind = draw(st.sampled_from(["u1", "i1", "i2", "u2", "i4", "u4", "f4", "f8"]))
    rng = np.random.default_rng(draw(st.integers(0, 9)))
    if kind.startswith("f"):
        values = rng.normal(0, 500, shape).astype(kind)
    else:
        limits = np.iinfo(kind)
        values = rng.integers(max(limits.min, -(2**20)), min(limits.max, 2**20), shape).astype(kind)
    return Volume(values, draw(affines()))


def stored(volume: Volume, *, version: int = 1, big: bool = False, **fields: Any) -> bytes:
    """What nibabel writes for *volume*, with header *fields* changed afterwards."""
    kind = nib.Nifti1Image if version == 1 else nib.Nifti2Image
    header = kind.header_class(endianness=">" if big else "<")
    header.set_data_dtype(volume.array.dtype)
    image = kind(volume.array, volume.affine, header)
    image.header.set_slope_inter(1, 0)
    data = bytearray(image.to_bytes())
    block = kind.header_class(bytes(data[: header.sizeof_hdr]))
    for name, value in fields.items():
        block[name] = value
    return block.binaryblock + bytes(data[header.sizeof_hdr :])


def read(data: bytes, **options: Any) -> Volume:
    return nifti.read(io.BytesIO(data), "some.nii", **options)


def box(kind: str = "i2", *, channels: int = 0) -> Volume:
    shape = (3, 4, 5, channels) if channels else (3, 4, 5)
    return Volume(np.arange(np.prod(shape)).reshape(shape).astype(kind), np.diag([2.0, 3, 4, 1]))


# --- reading -----------------------------------------------------------------------------------


@given(
    volume=volumes(),
    version=st.sampled_from([1, 2]),
    big=st.booleans(),
    packed=st.booleans(),
)
def test_any_file_reads_back_as_the_same_voxels(
    *, volume: Volume, version: int, big: bool, packed: bool
) -> None:
    data = stored(volume, version=version, big=big)
    assert read(gzip.compress(data) if packed else data).digest() == volume.digest()


@given(volume=volumes(), order=st.permutations(range(3)), flips=st.tuples(*[st.booleans()] * 3))
def test_axis_order_in_the_file_does_not_count(
    volume: Volume, order: list[int], flips: tuple[bool, ...]
) -> None:
    way = np.array([[o, -1 if f else 1] for o, f in zip(order, flips, strict=True)], float)
    turned = nib.Nifti1Image(volume.array, volume.affine, dtype=volume.array.dtype)
    turned = turned.as_reoriented(way)
    moved = Volume(np.asanyarray(turned.dataobj), turned.affine)
    assert read(stored(moved)).digest() == volume.digest()


@given(
    kind=st.sampled_from(["u1", "i2", "u2", "i4"]),
    slope=st.sampled_from([1.0, 2.0, -3.0, 0.5, 0.0031, 1e-7]),
    intercept=st.sampled_from([0.0, -1024.0, 40_000.0, 0.25]),
)
def test_the_scale_is_applied_as_nibabel_does(kind: str, slope: float, intercept: float) -> None:
    data = stored(box(kind), scl_slope=slope, scl_inter=intercept)
    expected = nib.Nifti1Image.from_bytes(data).get_fdata()
    found = read(data).array
    assert np.array_equal(found, expected)
    whole = slope == int(slope) and intercept == int(intercept)
    assert (found.dtype.kind in "iu") == whole


def test_whole_numbers_stay_exact_whatever_their_size() -> None:
    big = Volume(np.full((1, 1, 1), 2**31 - 1, np.int32), np.eye(4))
    found = read(stored(big, scl_slope=3.0, scl_inter=1.0)).array
    assert found.item() == 3 * (2**31 - 1) + 1


@pytest.mark.parametrize("slope", [0.0, np.nan, np.inf])
def test_a_slope_that_is_none_leaves_values_alone(slope: float) -> None:
    assert read(stored(box(), scl_slope=slope, scl_inter=7.0)).digest() == box().digest()


@pytest.mark.parametrize(("code", "factor"), [(0, 1.0), (1, 1000.0), (2, 1.0), (3, 0.001)])
def test_lengths_become_millimeters(code: int, factor: float) -> None:
    found = read(stored(box(), xyzt_units=code))
    assert found.spacing == pytest.approx((2 * factor, 3 * factor, 4 * factor))


def test_a_qform_alone_is_enough_even_with_negative_pixdim() -> None:
    image = nib.Nifti1Image(box().array, None)
    oblique = nib.affines.from_matvec(
        nib.eulerangles.euler2mat(0.1, -0.2, 0.3) @ np.diag([2.0, 3, -4]), [5, 6, 7]
    )
    image.set_qform(oblique, 1)
    found = read(image.to_bytes())
    assert np.allclose(found.affine, oblique, atol=1e-5)
    pixdim = nib.Nifti1Image.from_bytes(image.to_bytes()).header["pixdim"].copy()
    pixdim[1:4] *= -1
    block = nib.Nifti1Header(image.to_bytes()[:348])
    block["pixdim"] = pixdim
    again = read(block.binaryblock + image.to_bytes()[348:])
    assert np.allclose(again.affine, oblique, atol=1e-5)


@pytest.mark.parametrize("version", [1, 2])
def test_four_dimensions_are_one_volume_per_channel(version: int) -> None:
    four = box(channels=3)
    data = gzip.compress(stored(four, version=version))
    assert nifti.channels(io.BytesIO(data), "x") == 3
    for channel in range(3):
        found = read(data, channel=channel, unit="HU")
        assert np.array_equal(found.array, four.array[..., channel])
        assert found.unit == "HU"
    with pytest.raises(Refused, match="3 volumes"):
        read(data)
    with pytest.raises(Refused, match="no channel 3"):
        read(data, channel=3)


def test_a_fourth_dimension_of_one_is_none() -> None:
    assert read(stored(box(channels=1))).shape == (3, 4, 5)
    assert nifti.channels(io.BytesIO(stored(box())), "x") == 1
    assert read(stored(box()), channel=0).digest() == box().digest()


def test_two_dimensions_are_one_slice() -> None:
    flat = nib.Nifti1Image(box().array[..., 0], np.diag([2.0, 3, 4, 1]))
    assert read(flat.to_bytes()).shape == (3, 4, 1)


def test_extensions_are_passed_over() -> None:
    image = nib.Nifti1Image(box().array, box().affine)
    image.header.extensions.append(nib.nifti1.Nifti1Extension("comment", b"x" * 5000))
    assert read(image.to_bytes()).digest() == box().digest()


REFUSED = {
    "neither code": ({"qform_code": 0, "sform_code": 0}, "left and right|does not say"),
    "no scale": ({"scl_slope": 2.0, "scl_inter": np.nan}, "scl_inter"),
    "pair": ({"magic": b"ni1"}, "half of a pair"),
    "analyze": ({"magic": b""}, "half of a pair"),
    "flat space": ({"srow_x": [0, 0, 0, 0]}, "do not span"),
    "nan space": ({"srow_x": [np.nan, 0, 0, 0]}, "no geometry"),
    "no dimensions": ({"dim": [0] * 8}, "0 dimensions"),
    "negative": ({"dim": [3, -3, 4, 5, 1, 1, 1, 1]}, "declares"),
    "huge": ({"dim": [3, 32767, 32767, 32767, 1, 1, 1, 1]}, "declares"),
    "too much": ({"dim": [3, 3, 4, 1, 1, 1, 1, 1], "vox_offset": 0}, None),
    "vectors": ({"dim": [5, 3, 2, 5, 1, 2, 1, 1]}, "vectors"),
    "complex": ({"datatype": 32, "bitpix": 64}, "not real numbers"),
    "color": ({"datatype": 128, "bitpix": 24}, "not real numbers"),
    "unknown type": ({"datatype": 9999}, "cannot be read as NIfTI"),
    "short": ({"dim": [3, 3, 4, 50, 1, 1, 1, 1]}, "truncated"),
    "far away": ({"vox_offset": 1e9}, "truncated"),
}


@pytest.mark.parametrize(("fields", "says"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_volume_is_refused_by_name(fields: dict[str, Any], says: str | None) -> None:
    if says is None:
        assert read(stored(box(), **fields)).shape == (3, 4, 1)
        return
    with pytest.raises(Refused, match=says) as refusal:
        read(stored(box(), **fields))
    assert "some.nii" in refusal.value.message


def test_sform_and_qform_that_point_apart_are_refused() -> None:
    image = nib.Nifti1Image(box().array, box().affine)
    image.set_sform(box().affine, 1)
    image.set_qform(box().affine @ np.diag([-1, 1, 1, 1]), 1)
    with pytest.raises(Refused, match="contradicts itself"):
        read(image.to_bytes())


def test_sform_and_qform_that_disagree_a_little_are_noted() -> None:
    image = nib.Nifti1Image(box().array, box().affine)
    image.set_sform(box().affine, 2)
    moved = box().affine.copy()
    moved[0, 3] += 1.5
    image.set_qform(moved, 1)
    found = read(image.to_bytes())
    assert found.digest() == box().digest()
    assert found.notes == ("sform and qform are 1.5 mm apart; the sform was taken",)


def test_more_voxels_than_declared_are_refused() -> None:
    with pytest.raises(Refused, match="more voxels"):
        read(stored(box()) + bytes(1 << 17))


@pytest.mark.parametrize("packed", [False, True])
def test_a_truncated_file_is_refused_wherever_it_ends(*, packed: bool) -> None:
    data = stored(box())
    data = gzip.compress(data) if packed else data
    for end in range(0, len(data), 7):
        with pytest.raises(Refused, match=r"some\.nii"):
            read(data[:end])


def test_a_wrong_checksum_is_refused() -> None:
    data = bytearray(gzip.compress(stored(box())))
    data[-6] ^= 1
    with pytest.raises(Refused, match="gzip"):
        read(bytes(data))


@settings(max_examples=150)
@given(data=st.data(), packed=st.booleans())
def test_damage_is_refused_or_read_never_anything_else(
    *, data: st.DataObject, packed: bool
) -> None:
    whole = stored(box(), scl_slope=2.0)
    if packed:
        whole = gzip.compress(whole)
    broken = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, min(len(broken), 360) - 1))
        broken[at] = data.draw(st.integers(0, 255))
    try:
        found = read(bytes(broken))
    except Refused:
        return
    assert found.array.ndim == 3


# --- writing -----------------------------------------------------------------------------------


@given(volume=volumes())
def test_written_files_open_alike_in_nibabel_and_simpleitk(
    volume: Volume, tmp_path_factory: pytest.TempPathFactory
) -> None:
    target = tmp_path_factory.mktemp("written") / "image.nii.gz"
    try:
        canonical = canonical_image(volume, MR)
    except Refused:
        reject()  # most oblique draws are sheared
    nifti.write(canonical, target)
    by_nibabel, by_itk = nib.load(target), SimpleITK.ReadImage(str(target))
    assert np.array_equal(np.asanyarray(by_nibabel.dataobj), canonical.array)
    assert np.array_equal(SimpleITK.GetArrayFromImage(by_itk).transpose(2, 1, 0), canonical.array)
    assert np.allclose(by_nibabel.get_qform(), canonical.affine, atol=1e-4)
    assert np.allclose(by_nibabel.get_sform(), canonical.affine, atol=1e-6)
    assert np.allclose(itk_affine(by_itk), canonical.affine, atol=1e-4)
    assert nifti.load(target).digest() == canonical.digest()


def itk_affine(image: SimpleITK.Image) -> NDArray[np.float64]:
    affine = np.eye(4)
    affine[:3, :3] = np.array(image.GetDirection()).reshape(3, 3) * image.GetSpacing()
    affine[:3, 3] = image.GetOrigin()
    return LPS @ affine


@given(angles=st.tuples(*[st.floats(-0.7, 0.7)] * 3), origin=st.tuples(*[st.floats(-900, 900)] * 3))
def test_oblique_volumes_keep_their_geometry_at_every_corner(
    angles: tuple[float, ...],
    origin: tuple[float, ...],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    target = tmp_path_factory.mktemp("oblique") / "image.nii.gz"
    turn = nib.eulerangles.euler2mat(*angles)
    affine = nib.affines.from_matvec(turn @ np.diag([0.7, 0.8, 2.5]), origin)
    volume = Volume(np.zeros((2, 3, 4), np.int16), affine)
    canonical = canonical_image(volume, CT)
    assert canonical.corner_error(volume.to_ras()) < 1e-3
    nifti.write(canonical, target)
    assert nib.load(target).get_qform() == pytest.approx(canonical.affine, abs=1e-4)
    assert itk_affine(SimpleITK.ReadImage(str(target))) == pytest.approx(canonical.affine, abs=1e-4)
    assert canonical_image(nifti.load(target, "HU"), CT).digest() == canonical.digest()


def test_bytes_depend_on_the_volume_alone(tmp_path: Path) -> None:
    one, two = tmp_path / "one.nii.gz", tmp_path / "elsewhere" / "two.nii.gz"
    nifti.write(box(), one)
    ordered = Volume(np.ascontiguousarray(box().array.astype(">i2")), box().affine, "HU", ("x",))
    nifti.write(ordered, two)
    assert one.read_bytes() == two.read_bytes()
    assert one.read_bytes()[:10] == b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"


def test_the_header_is_decided_field_by_field(tmp_path: Path) -> None:
    target = tmp_path / "image.nii.gz"
    nifti.write(box(), target)
    data = gzip.decompress(target.read_bytes())
    header = nib.Nifti1Header(data[:348])
    said = {
        name: header[name].tolist()
        for name in header
        if np.any(header[name] != np.zeros_like(header[name]))
    }
    assert said == {
        "sizeof_hdr": 348,
        "dim": [3, 3, 4, 5, 1, 1, 1, 1],
        "datatype": 4,
        "bitpix": 16,
        "pixdim": [1, 2, 3, 4, 1, 1, 1, 1],
        "vox_offset": 352,
        "scl_slope": 1,
        "xyzt_units": 2,
        "qform_code": 1,
        "sform_code": 1,
        "srow_x": [2, 0, 0, 0],
        "srow_y": [0, 3, 0, 0],
        "srow_z": [0, 0, 4, 0],
        "magic": b"n+1",
    }
    assert data[348:352] == bytes(4)
    assert len(data) == 352 + box().array.nbytes


@pytest.mark.parametrize("kind", ["u1", "i2", "u2", "i4", "f4", "f8"])
def test_every_stored_type_reads_back(kind: str, tmp_path: Path) -> None:
    target = tmp_path / "image.nii.gz"
    nifti.write(box(kind), target)
    assert nifti.load(target).array.dtype == np.dtype(kind)
    assert nifti.load(target).digest() == box().digest()


def test_large_volumes_are_one_gzip_member_with_a_right_trailer(tmp_path: Path) -> None:
    target = tmp_path / "image.nii.gz"
    noise = np.random.default_rng(0).integers(-1024, 3000, (200, 150, 99)).astype(np.int16)
    volume = Volume(noise, np.diag([1.0, 1, 2, 1]))
    nifti.write(volume, target)  # spans several chunks of the compressor
    data = target.read_bytes()
    assert struct.unpack("<L", data[-4:])[0] == 352 + noise.nbytes
    assert gzip.decompress(data)[352:] == noise.tobytes(order="F")
    assert nifti.load(target).digest() == volume.digest()


@pytest.mark.parametrize("axis", range(3))
def test_what_nifti_1_cannot_say_is_refused(axis: int, tmp_path: Path) -> None:
    shape = [1, 1, 1]
    shape[axis] = 40_000
    with pytest.raises(Refused, match="32,767"):
        nifti.write(Volume(np.zeros(shape, np.uint8), np.eye(4)), tmp_path / "x.nii.gz")
    assert not list(tmp_path.iterdir())


def test_a_shear_or_an_odd_type_is_refused(tmp_path: Path) -> None:
    sheared = np.eye(4)
    sheared[0, 2] = 0.01
    with pytest.raises(Refused, match="right angle"):
        nifti.write(Volume(box().array, sheared), tmp_path / "x.nii.gz")
    with pytest.raises(Refused, match="bool"):
        nifti.write(Volume(box().array > 1, np.eye(4)), tmp_path / "x.nii.gz")


def test_reading_never_closes_the_stream_and_takes_any_source(tmp_path: Path) -> None:
    target = tmp_path / "image.nii.gz"
    nifti.write(box(), target)
    for buffering, name in itertools.product((0, -1), ("image.nii.gz", "renamed.nii")):
        (tmp_path / name).write_bytes(target.read_bytes())
        with (tmp_path / name).open("rb", buffering=buffering) as stream:
            assert nifti.read(stream, name).digest() == box().digest()  # type: ignore[arg-type]
            assert not stream.closed
