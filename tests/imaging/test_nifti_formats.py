"""MetaImage, NRRD, NIfTI pairs and Analyze as inputs."""

from __future__ import annotations

import io
import zlib
from typing import TYPE_CHECKING, Any

import nibabel
import numpy as np
import pytest
import SimpleITK
from nibabel.eulerangles import euler2mat
from nibabel.spm2analyze import Spm2AnalyzeImage

from medreg.errors import Refused
from medreg.imaging import formats
from medreg.layouts.refs import NiftiRef
from tests.imaging.dicoms import MemoryTree

if TYPE_CHECKING:
    from pathlib import Path

    from medreg.volume import Volume

RNG = np.random.default_rng(4)
VALUES = RNG.integers(-900, 900, (5, 6, 7)).astype(np.int16)
TURN = euler2mat(0.2, -0.4, 1.1)
SPACING, ORIGIN = (0.5, 0.75, 2.0), (-12.0, 30.5, 7.25)
AFFINE = np.eye(4)
AFFINE[:3, :3], AFFINE[:3, 3] = TURN * SPACING, ORIGIN
RAS = np.diag([-1.0, -1.0, 1.0, 1.0]) @ AFFINE


def image(values: Any = VALUES) -> SimpleITK.Image:
    made = SimpleITK.GetImageFromArray(values.transpose(2, 1, 0))
    made.SetSpacing(SPACING)
    made.SetOrigin(ORIGIN)
    made.SetDirection(TURN.ravel().tolist())
    return made


def files(folder: Path) -> MemoryTree:
    return MemoryTree({path.name: path.read_bytes() for path in folder.iterdir()})


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("name", ["a.mha", "a.mhd", "a.nrrd", "a.nhdr"])
@pytest.mark.parametrize("kind", ["u1", "i2", "u2", "i4", "f4", "f8"])
def test_an_itk_image_is_read_with_its_geometry(
    tmp_path: Path, name: str, kind: str, *, compressed: bool
) -> None:
    values = np.abs(VALUES).astype(kind) if kind.startswith("u") else VALUES.astype(kind)
    SimpleITK.WriteImage(image(values), str(tmp_path / name), useCompression=compressed)
    ref = NiftiRef(files(tmp_path), name, unit="HU")
    found = ref.read()
    assert np.array_equal(found.array, values)
    assert found.array.dtype == values.dtype
    assert found.affine == pytest.approx(RAS)
    assert found.unit == "HU"
    assert sorted(ref.members) == sorted(path.name for path in tmp_path.iterdir())


def read(tree: MemoryTree, name: str, **options: Any) -> Volume:
    return formats.read(tree, name, **options)


@pytest.mark.parametrize("name", ["a.mha", "a.nrrd"])
def test_one_of_several_volumes_is_named(tmp_path: Path, name: str) -> None:
    several = [image(VALUES), image(VALUES[::-1].copy())]
    join = SimpleITK.JoinSeries if name == "a.mha" else SimpleITK.Compose  # an axis, or vectors
    SimpleITK.WriteImage(join(several), str(tmp_path / name))
    tree = files(tmp_path)
    with pytest.raises(Refused, match="holds 2 volumes; name one channel"):
        read(tree, name)
    assert np.array_equal(read(tree, name, channel=1).array, VALUES[::-1])
    with pytest.raises(Refused, match="no channel 2"):
        read(tree, name, channel=2)


HEADER = b"""ObjectType = Image
NDims = 3
BinaryData = True
TransformMatrix = 1 0 0 0 1 0 0 0 1
Offset = 0 0 0
ElementSpacing = 1 1 1
DimSize = 2 2 2
ElementType = MET_UCHAR
ElementDataFile = LOCAL
"""
NRRD = b"""NRRD0004
type: uint8
dimension: 3
space: left-posterior-superior
sizes: 2 2 2
space directions: (1,0,0) (0,1,0) (0,0,1)
endian: little
encoding: raw
space origin: (0,0,0)

"""
HOSTILE: dict[str, tuple[str, bytes, str]] = {
    "huge": ("a.mha", HEADER.replace(b"2 2 2", b"99999 99999 99999"), "99999 x 99999"),
    "huge NRRD": ("a.nrrd", NRRD.replace(b"2 2 2", b"99999 99999 99999"), "99999 x 99999"),
    "flat": (
        "a.mha",
        HEADER.replace(b"2 2 2", b"2 2").replace(b"NDims = 3", b"NDims = 2"),
        r"2 axes \(2 2\)",
    ),
    "axes without end": (  # SimpleITK crashes on it
        "a.mha",
        HEADER.replace(b"NDims = 3", b"NDims = 4294967296") + bytes(8),
        "declares 4294967296 axes, and sizes of 3",
    ),
    "gigabytes that are not there": (
        "a.nrrd",
        NRRD.replace(b"2 2 2", b"1000 1000 1000").replace(b"uint8", b"int64") + bytes(8),
        "is truncated: 7,999,999,992 of 8,000,000,000 bytes missing",
    ),
    "inflates to less": (  # SimpleITK reads whatever lies in memory
        "a.mha",
        HEADER.replace(b"ElementT", b"CompressedData = True\nElementT") + zlib.compress(bytes(7)),
        "is truncated: 1 of 8 bytes missing",
    ),
    "channels without end": (
        "a.mha",
        HEADER.replace(b"ElementT", b"ElementNumberOfChannels = 99999999999\nElementT") + bytes(8),
        "declares 2 x 2 x 2 x 99999999999",
    ),
    "two sizes": ("a.mha", HEADER.replace(b"Off", b"DimSize = 9 9 9\nOff"), "says twice .*dimsize"),
    "bzip2": ("a.nrrd", NRRD.replace(b"raw", b"bzip2") + bytes(8), "encoding is 'bzip2'"),
    "digits": ("a.nrrd", NRRD.replace(b"raw", b"ascii") + b"1 2 3", "10 of 15 bytes missing"),
    "elsewhere": ("a.mhd", HEADER.replace(b"LOCAL", b"/etc/passwd"), "no file beside it"),
    "above": ("a.mhd", HEADER.replace(b"LOCAL", b"../x.raw"), "no file beside it"),
    "a list": ("a.mhd", HEADER.replace(b"LOCAL", b"LIST"), "a list of files"),
    "a pattern": ("a.mhd", HEADER.replace(b"LOCAL", b"x%03d.raw 1 3 1"), "a list of files"),
    "elsewhere, NRRD": (
        "a.nhdr",
        NRRD.replace(b"endian", b"data file: ../x.raw\nendian"),
        "no file beside it",
    ),
    "no data": ("a.mha", HEADER, "is truncated: 8 of 8 bytes missing"),
    "no data, NRRD": ("a.nrrd", NRRD, "is truncated: 8 of 8 bytes missing"),
    "junk": ("a.mha", b"hello" * 99, "is not MetaImage"),
    "junk, NRRD": ("a.nrrd", b"hello" * 99, "is not NRRD"),
    "nowhere": (
        "a.nrrd",
        NRRD.replace(b"space: left-posterior-superior\n", b"") + bytes(8),
        "does not say how it lies in the patient",
    ),
}


@pytest.mark.parametrize(("name", "data", "says"), HOSTILE.values(), ids=HOSTILE)
def test_what_would_be_wrong_is_refused(name: str, data: bytes, says: str) -> None:
    with pytest.raises(Refused, match=says) as refusal:
        read(MemoryTree({name: data}), name)
    assert name in refusal.value.message


def test_a_whole_header_and_its_voxels_are_read() -> None:
    assert read(MemoryTree({"a.mha": HEADER + bytes(range(8))}), "a.mha").array[1, 0, 0] == 1
    assert read(MemoryTree({"a.nrrd": NRRD + bytes(range(8))}), "a.nrrd").array[1, 0, 0] == 1


@pytest.mark.parametrize("name", ["a.mha", "a.mhd", "a.nrrd", "a.nhdr"])
def test_damage_to_compressed_voxels_is_refused(tmp_path: Path, name: str) -> None:
    SimpleITK.WriteImage(image(), str(tmp_path / name), useCompression=True)
    whole = files(tmp_path)
    held = next((file for file in whole.files if file != name), name)  # the file of the voxels
    data = whole.files[held]
    for at in range(len(data) - 200, len(data) - 9, 9):  # before the checksum and leftover bits
        broken = data[:at] + bytes([data[at] ^ 16]) + data[at + 1 :]
        for damage in (broken, data[:at]):
            with pytest.raises(Refused, match=name):
                read(MemoryTree(whole.files | {held: damage}), name)


@pytest.mark.parametrize("name", ["a.mhd", "a.nhdr"])
def test_a_header_without_its_voxels_is_refused(tmp_path: Path, name: str) -> None:
    SimpleITK.WriteImage(image(), str(tmp_path / name))
    with pytest.raises(Refused, match=f"{name}: its voxels lie in 'a.raw', which is no file"):
        read(MemoryTree({name: (tmp_path / name).read_bytes()}), name)


# --- pairs -------------------------------------------------------------------------------------


def pair(made: Any) -> MemoryTree:
    for part in made.file_map.values():
        part.fileobj = io.BytesIO()
    made.to_file_map()
    return MemoryTree(
        {
            f"a.{'hdr' if kind == 'header' else 'img'}": part.fileobj.getvalue()
            for kind, part in made.file_map.items()
            if kind in ("header", "image")
        }
    )


def test_a_nifti_pair_is_read_with_its_geometry_and_scale() -> None:
    made = nibabel.Nifti1Pair(VALUES, RAS)
    made.header.set_slope_inter(2, -1000)
    tree = pair(made)
    found = read(tree, "a.hdr", unit="HU")
    assert np.array_equal(found.array, nibabel.Nifti1Pair.from_file_map(made.file_map).dataobj)
    assert not np.array_equal(found.array, VALUES)
    assert found.affine == pytest.approx(RAS, abs=1e-5)
    assert NiftiRef(tree, "a.hdr").members == ("a.hdr", "a.img")


def test_analyze_is_read_as_spm_does_and_says_so() -> None:
    made = Spm2AnalyzeImage(VALUES, None)
    made.header.set_zooms((2, 3, 4))
    tree = pair(made)
    found = read(tree, "a.hdr")
    assert np.array_equal(found.array, VALUES)
    assert found.axes == "LAS"
    assert found.spacing == (2, 3, 4)
    assert found.notes == (
        "Analyze: left, right and origin are not in the file; taken as SPM does",
    )


def test_half_a_pair_is_refused() -> None:
    tree = pair(nibabel.Nifti1Pair(VALUES, RAS))
    with pytest.raises(Refused, match="0 files beside it hold its voxels"):
        read(MemoryTree({"a.hdr": tree.files["a.hdr"]}), "a.hdr")
    with pytest.raises(Refused, match="truncated"):
        read(MemoryTree(tree.files | {"a.img": b"1234"}), "a.hdr")
    whole = nibabel.Nifti1Image(VALUES, RAS).to_bytes()
    with pytest.raises(Refused, match="a whole file"):
        read(MemoryTree({"a.hdr": whole, "a.img": b""}), "a.hdr")


# --- real --------------------------------------------------------------------------------------

REAL = {
    "mha/3DCT_lung_baseline_small.mha": (57, 78, 64),
    "mha/3DCT_lung_baseline_mask.mha": None,
    "pyradiomics/brain1_image.nrrd": (256, 256, 25),
    "pyradiomics/brain1_label.nrrd": (256, 256, 25),
    "pyradiomics/lung1_label.nrrd": (512, 512, 48),
    "pyradiomics/prostate_phantom_subvolume.nrrd": (82, 67, 13),
}


@pytest.mark.parametrize(("name", "shape"), REAL.items(), ids=REAL)
def test_real_files_lie_where_simpleitk_puts_them(
    shared_data: Path, name: str, shape: tuple[int, ...] | None
) -> None:
    path = shared_data / name
    found = read(MemoryTree({path.name: path.read_bytes()}), path.name)
    expected = SimpleITK.ReadImage(str(path))
    assert found.shape == (shape or expected.GetSize())
    assert np.array_equal(found.array.T, SimpleITK.GetArrayFromImage(expected))
    corner = [length - 1 for length in found.shape]
    lps = expected.TransformIndexToPhysicalPoint(corner)
    assert (found.affine @ [*corner, 1])[:3] == pytest.approx(np.array(lps) * [-1, -1, 1])


def test_a_real_flat_image_is_refused(shared_data: Path) -> None:
    path = shared_data / "mha" / "2DMRI-T1_brain.mha"
    with pytest.raises(Refused, match="2 axes"):
        read(MemoryTree({path.name: path.read_bytes()}), path.name)
