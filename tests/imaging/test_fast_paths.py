"""A fast path gives the answer of the library that it skips."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import dcmread

from medreg.errors import Refused
from medreg.files.archive import RawTree
from medreg.imaging import rle
from medreg.imaging.codecs import Decoder
from medreg.imaging.fragments import lone
from medreg.imaging.headers import read_header, single
from medreg.imaging.pixels import Pixels
from medreg.imaging.scaling import scaled, used
from medreg.imaging.series import read_series
from tests.imaging.dicoms import MemoryTree, one, series

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

RLE = rle.SYNTAX
JPEG_LS = "1.2.840.10008.1.2.4.80"
JPEG_2000 = "1.2.840.10008.1.2.4.90"
ENCODERS = {RLE: "pydicom", JPEG_LS: "pyjpegls", JPEG_2000: "pylibjpeg"}  # GDCM's crash


def encoded(pixels: NDArray[Any], syntax: str, stored: int) -> bytes:
    (plain,) = series(
        pixels.T[:, :, None],
        BitsAllocated=pixels.dtype.itemsize * 8,
        BitsStored=stored,
        HighBit=stored - 1,
        PixelRepresentation=int(pixels.dtype.kind == "i"),
    ).values()
    slice_ = dcmread(io.BytesIO(plain))
    slice_.compress(syntax, generate_instance_uid=False, encoding_plugin=ENCODERS[syntax])
    slice_.save_as(into := io.BytesIO())
    return into.getvalue()


@st.composite
def planes(draw: st.DrawFn) -> tuple[NDArray[Any], int]:
    """Return a plane and how many of its bits are stored."""
    kind = np.dtype(draw(st.sampled_from(["u1", "u2", "i2"])))
    stored = draw(st.integers(8, 16)) if kind.itemsize > 1 else 8
    low, high = (-(2 ** (stored - 1)), 2 ** (stored - 1)) if kind.kind == "i" else (0, 2**stored)
    shape = draw(st.tuples(st.integers(32, 40), st.integers(32, 40)))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    flat = rng.integers(low, high, shape)
    runs = np.repeat(flat[:, :1], shape[1], axis=1)
    return np.where(rng.random(shape) < draw(st.floats(0, 1)), flat, runs).astype(kind), stored


@pytest.mark.parametrize("syntax", [RLE, JPEG_LS, JPEG_2000])
def test_codecs_give_what_pydicom_does(syntax: str) -> None:
    """F066: whatever the bits and the sign, on the fast way and on the other."""
    with Decoder() as decoder:

        @settings(max_examples=10, deadline=None)
        @given(planes())
        def same(plane: tuple[NDArray[Any], int]) -> None:
            pixels, stored = plane
            data = encoded(pixels, syntax, stored)
            tree = MemoryTree({"a": data})
            header = single(tree, read_header(tree, "a"), "a")
            try:
                theirs = decoder.decode(data, "a")  # pydicom, in a child: GDCM may crash
            except Refused:
                return
            found = Pixels(tree, decoder)(header)
            assert found.dtype == theirs.dtype
            assert (found == theirs).all()
            assert (found == pixels).all()

        same()


@given(st.binary(max_size=200), st.integers(0, 60))
def test_fragments_of_anything_are_none_or_lie_in_the_file(data: bytes, offset: int) -> None:
    found = lone(data, offset)
    assert found is None or 0 <= found[0] <= found[1] <= len(data)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_damaged_rle_ends_as_pydicom_says(data: st.DataObject) -> None:
    whole = bytearray(encoded(np.arange(600, dtype=np.uint16).reshape(20, 30), RLE, 16))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(len(whole) - 900, len(whole) - 1))] ^= data.draw(
            st.integers(1, 255)
        )
    tree = MemoryTree({"a": bytes(whole)})
    with Decoder() as decoder:
        try:
            header = single(tree, read_header(tree, "a"), "a")
            found = Pixels(tree, decoder)(header)
        except Refused:
            return
        try:
            theirs = decoder.decode(bytes(whole), "a")
        except Refused:
            return
        assert (found == theirs).all()


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(["<i2", "<u2", "<u1", "<i4"]),
    st.integers(-70000, 70000),
    st.integers(0, 99),
)
def test_a_stack_at_once_is_one_slice_after_the_other(kind: str, intercept: int, seed: int) -> None:
    """The type too: it is the narrowest that holds every slice."""
    rng = np.random.default_rng(seed)
    limits = np.iinfo(kind)
    ends = sorted(rng.integers(limits.min, limits.max, 2, endpoint=True).tolist())
    stored = rng.integers(*ends, (4, 5, 3), endpoint=True).astype(kind)
    bits = stored.dtype.itemsize * 8
    said = {
        "BitsAllocated": bits,
        "BitsStored": bits,
        "HighBit": bits - 1,
        "PixelRepresentation": int(stored.dtype.kind == "i"),
        "RescaleIntercept": intercept,
    }
    files = series(stored, **said)
    tree = MemoryTree(files)
    volume = read_series(tree, sorted(files))
    expected = np.concatenate(
        [scaled(stored[..., k], 1, intercept)[..., None] for k in range(stored.shape[2])], axis=2
    )
    assert volume.array.dtype == expected.dtype.newbyteorder("=")
    assert (volume.array == expected).all()


@given(st.integers(1, 16), st.integers(0, 15), st.sampled_from(["i2", "u2"]))
def test_used_bits_do_not_change_what_was_given(stored: int, high: int, kind: str) -> None:
    if stored > high + 1:
        return
    array = np.arange(-300, 300).astype(kind)
    before = array.copy()
    used(array, 16, stored, high)
    assert (array == before).all()


def test_loose_files_and_members_of_archives_read_alike(tmp_path: Path) -> None:
    import zipfile

    stored = np.random.default_rng(1).integers(-1000, 3000, (6, 5, 4)).astype(np.int16)
    files = series(stored)
    for name, data in files.items():
        path = tmp_path / "loose" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    with zipfile.ZipFile(tmp_path / "packed.zip", "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    with RawTree(tmp_path) as tree:
        loose, packed = (
            read_series(tree, [p for p in tree.paths() if p.startswith(part)])
            for part in ("loose", "packed")
        )
        assert tree.loose(next(p for p in tree.paths() if p.startswith("packed"))) is None
    assert (loose.array == packed.array).all()
    assert loose.digest() == packed.digest()


def test_a_long_header_is_read_in_steps(tmp_path: Path) -> None:
    data = one(np.zeros((4, 5), np.int16), ImageComments="x" * 9000)
    longer = one(np.zeros((4, 5), np.int16), TextValue="x" * 90_000)
    for name, content in (("a", data), ("b", longer)):
        (tmp_path / name).write_bytes(content)
    with RawTree(tmp_path) as tree:
        for name, content in (("a", data), ("b", longer)):
            found = read_header(tree, name)
            assert found == read_header(MemoryTree({name: content}), name)
            assert found.offset > 9000
