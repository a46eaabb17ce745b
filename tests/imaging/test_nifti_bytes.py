"""The bytes of canonical files: one gzip member, whatever the number of threads."""

from __future__ import annotations

import gzip
import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nibabel.eulerangles import euler2mat
from nibabel.nifti1 import Nifti1Header
from nibabel.orientations import apply_orientation, inv_ornt_aff, io_orientation

from medreg.imaging import gzipped, nifti
from medreg.imaging.canonical_nifti import canonical_chunks
from medreg.imaging.geometry import as_stored, quaternion
from medreg.imaging.scaling import scaled
from medreg.volume import Volume

if TYPE_CHECKING:
    from pathlib import Path

RNG = np.random.default_rng(5)


def packed(pieces: list[bytes], threads: int) -> bytes:
    stream = io.BytesIO()
    gzipped.write([lambda piece=piece: piece for piece in pieces], stream, threads)
    return stream.getvalue()


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_threads_do_not_change_a_byte(count: int) -> None:
    pieces = [RNG.integers(0, 9 + 9 * k, 700_000).astype("u1").tobytes() for k in range(count)]
    expected = packed(pieces, 1)
    assert all(packed(pieces, threads) == expected for threads in (2, 3, 4, 5))
    assert gzip.decompress(expected) == b"".join(pieces)
    assert expected[:10] == b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(1, 3 * gzipped.CHUNK), max_size=20))
def test_chunks_hold_every_block_once_and_enough(sizes: list[int]) -> None:
    runs = gzipped.grouped(sizes)
    assert [block for run in runs for block in run] == list(range(len(sizes)))
    for run in runs[:-1]:
        assert sum(sizes[run.start : run.stop]) >= gzipped.CHUNK
        assert sum(sizes[run.start : run.stop - 1]) < gzipped.CHUNK


@pytest.mark.parametrize("shape", [(3, 4, 5), (700, 600, 9), (300, 40, 1), (2000, 1500, 2)])
def test_a_file_of_several_chunks_is_one_volume(
    tmp_path: Path, shape: tuple[int, int, int]
) -> None:
    values = RNG.integers(-2000, 2000, shape).astype(np.int16)
    nifti.write(Volume(values, np.diag([-2.0, -3, 4, 1])), tmp_path / "a.nii.gz")
    found = nifti.load(tmp_path / "a.nii.gz")
    assert np.array_equal(found.array, values[::-1, ::-1])
    assert gzip.decompress((tmp_path / "a.nii.gz").read_bytes())[352:] == values[
        ::-1, ::-1
    ].tobytes("F")


@pytest.mark.parametrize("kind", ["u1", "i2", "u2", "i4", "f4", "f8"])
def test_the_header_is_the_one_that_nibabel_would_write(kind: str) -> None:
    affine = np.eye(4)
    affine[:3, :3] = euler2mat(0.1, -0.2, 0.3) * (0.7, 0.8, 2.5)
    affine[:3, 3] = (-100.5, 20.25, 7)
    volume = Volume(np.zeros((4, 5, 6), kind), as_stored(affine))
    fields = Nifti1Header(endianness="<")
    fields.set_data_dtype(kind)
    fields["dim"] = (3, 4, 5, 6, 1, 1, 1, 1)
    fields["pixdim"] = (1, *volume.spacing, 1, 1, 1, 1)
    fields["vox_offset"], fields["scl_slope"], fields["xyzt_units"] = 352, 1, 2
    fields["qform_code"] = fields["sform_code"] = 1
    fields["quatern_b"], fields["quatern_c"], fields["quatern_d"] = quaternion(volume.affine)
    for name, value in zip("xyz", volume.affine[:3], strict=True):
        fields[f"srow_{name}"], fields[f"qoffset_{name}"] = value, value[3]
    content = b"".join(chunk() for chunk in canonical_chunks(volume, "a"))
    assert content[:348] == fields.binaryblock
    assert content[348:352] == bytes(4)


angles = st.floats(-3.2, 3.2)


@settings(max_examples=200, deadline=None)
@given(
    turn=st.tuples(angles, angles, angles),
    plain=st.booleans(),
    order=st.permutations(range(3)),
    signs=st.lists(st.sampled_from([-1, 1]), min_size=3, max_size=3),
    spacing=st.lists(st.floats(0.2, 9), min_size=3, max_size=3),
)
def test_turning_to_ras_is_what_nibabel_does(
    turn: Any, order: list[int], signs: list[int], spacing: list[float], *, plain: bool
) -> None:
    rotation = np.eye(3)[order] if plain else euler2mat(*turn)
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = rotation * signs * spacing, (9, -8, 7)
    values = RNG.integers(0, 99, (3, 4, 5))
    found = Volume(values, affine).to_ras()
    orientation = io_orientation(affine)
    assert np.array_equal(found.array, apply_orientation(values, orientation))
    assert np.allclose(found.affine, affine @ inv_ornt_aff(orientation, values.shape))


@settings(max_examples=200, deadline=None)
@given(
    kind=st.sampled_from(["u1", "i1", "u2", "i2", "u4", "i4"]),
    slope=st.integers(-(2**20), 2**20),
    intercept=st.integers(-(2**30), 2**30),
    part=st.integers(1, 1000),
)
def test_whole_scales_are_exact_in_the_narrowest_type(
    kind: str, slope: int, intercept: int, part: int
) -> None:
    limits = np.iinfo(kind)
    ends = [limits.min // part, 0, 1, limits.max // part]
    stored = np.array(ends).astype(kind)
    found = scaled(stored, slope, intercept)
    assert found.tolist() == [int(value) * slope + intercept for value in stored.tolist()]
