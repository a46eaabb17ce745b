from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from medreg.imaging.masks.seg import read_seg
from medreg.imaging.series import read_series
from medreg.model import CT, MR, PT, Modality
from medreg.testing.attributes import uid
from medreg.testing.dicom import BQML_PER_SUV, Series, segmentation, slices
from medreg.volume import Volume

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

OF = Series(patient="p1", study="demo/p1", series="demo/p1/ct", description="CT", number=2)
SEG = Series(patient="p1", study="demo/p1", series="demo/p1/seg")


class Folder:
    """A tree over bytes."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files

    def paths(self) -> list[str]:
        return sorted(self.files)

    def open(self, path: str) -> io.BytesIO:
        return io.BytesIO(self.files[path])

    def read(self, path: str) -> bytes:
        return self.files[path]

    def container(self, path: str) -> str:
        return path


def oblique(degrees: float = 20) -> NDArray[np.float64]:
    """An affine that is rotated about z, with spacing 0.75 x 1.25 x 3 mm."""
    turn = np.radians(degrees)
    rotation = np.array(
        [[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]]
    )
    affine = np.eye(4)
    affine[:3, :3] = rotation * [0.75, 1.25, 3.0]
    affine[:3, 3] = [-31.5, 12.25, -400.125]
    return affine


AFFINES = {
    "RAS": np.diag([0.75, 1.25, 3.0, 1.0]),
    "LPS": np.diag([-0.75, -1.25, 3.0, 1.0]),
    "LAI": np.diag([-0.75, 1.25, -3.0, 1.0]),
    "oblique": oblique(),
}


def values(modality: Modality, shape: tuple[int, int, int] = (7, 9, 6)) -> NDArray[np.generic]:
    low, high = {CT: (-1024, 3071), MR: (0, 1200), PT: (0, 50_000)}[modality]
    random = np.random.default_rng(7)
    if modality is PT:
        return random.uniform(low, high, shape)
    return random.integers(low, high, shape, endpoint=True).astype(np.int16)


def tree_of(files: list[bytes]) -> Folder:
    return Folder({f"s/{number:03}.dcm": data for number, data in enumerate(files)})


@pytest.mark.parametrize("axes", AFFINES)
@pytest.mark.parametrize("modality", [CT, MR, PT])
def test_a_series_reads_back_as_the_volume_that_was_written(modality: Modality, axes: str) -> None:
    written = Volume(values(modality), AFFINES[axes])
    tree = tree_of(slices(written, modality, OF))
    back, ras = read_series(tree, tree.paths()).to_ras(), written.to_ras()
    assert back.same_grid(ras, tolerance=1e-4)
    step = ras.array.max(axis=(0, 1)) / 32767 if modality is PT else 0.0
    assert (np.abs(back.array - ras.array.astype(np.float64)) <= step).all()


@pytest.mark.parametrize(
    ("low", "high", "signed", "bits"),
    [(-1024, 3071, 0, 12), (-1000, 4000, 0, 16), (-2000, 3000, 1, 16)],
)
def test_a_series_stores_every_slice_alike(low: int, high: int, signed: int, bits: int) -> None:
    array = np.zeros((4, 4, 3), dtype=np.int16)
    array[0, 0, 0], array[0, 0, 2] = low, high
    headers = [pydicom.dcmread(io.BytesIO(f)) for f in slices(Volume(array, np.eye(4)), CT, OF)]
    assert {h.PixelRepresentation for h in headers} == {signed}
    assert {h.BitsStored for h in headers} == {bits}
    tree = tree_of(slices(Volume(array, np.eye(4)), CT, OF))
    assert np.array_equal(read_series(tree, tree.paths()).to_ras().array, array)


@pytest.mark.parametrize(("modality", "value"), [(CT, 0.5), (CT, 70_000), (CT, -40_000)])
def test_what_sixteen_bits_cannot_hold_is_an_error(modality: Modality, value: float) -> None:
    with pytest.raises(ValueError, match="16-bit whole numbers"):
        slices(Volume(np.full((2, 2, 2), value), np.eye(4)), modality, OF)


def test_headers_say_what_readers_need_and_name_nobody() -> None:
    files = slices(Volume(values(PT), AFFINES["RAS"], "Bq/ml"), PT, OF)
    first, last = (pydicom.dcmread(io.BytesIO(files[n])) for n in (0, -1))
    assert first.file_meta.TransferSyntaxUID == pydicom.uid.ExplicitVRLittleEndian
    assert first.ImagePositionPatient[2] > last.ImagePositionPatient[2]  # from the head down
    assert (first.InstanceNumber, first.Units) == (1, "BQML")
    assert list(first.PixelSpacing) == [1.25, 0.75]
    assert (first.PatientID, first.PatientName, first.PatientIdentityRemoved) == ("p1", "", "YES")
    assert first.SeriesInstanceUID == last.SeriesInstanceUID == uid("demo/p1/ct")
    assert first.SOPInstanceUID != last.SOPInstanceUID
    assert all(
        pydicom.uid.UID(value).is_valid and len(value) <= 64
        for value in (first.SOPInstanceUID, first.StudyInstanceUID, first.FrameOfReferenceUID)
    )


def test_one_suv_is_what_the_header_says_it_is() -> None:
    header = pydicom.dcmread(io.BytesIO(slices(Volume(values(PT), np.eye(4)), PT, OF)[0]))
    tracer = header.RadiopharmaceuticalInformationSequence[0]
    waited = 3600  # 09:00 to 10:00
    assert tracer.RadiopharmaceuticalStartTime == "090000"
    assert header.SeriesTime == "100000"
    left = tracer.RadionuclideTotalDose * 2 ** (-waited / tracer.RadionuclideHalfLife)
    assert left / (header.PatientWeight * 1000) == pytest.approx(BQML_PER_SUV)


# --- SEG -----------------------------------------------------------------------------------------


def drawn(shape: tuple[int, int, int] = (7, 9, 6)) -> NDArray[np.uint8]:
    """Two segments that leave out slices; 63 pixels a frame, so that frames share bytes."""
    mask = np.zeros(shape, dtype=np.uint8)
    mask[1:4, 2:6, 1:3] = 1
    mask[4:6, 3:8, 4] = 2
    return mask


@pytest.mark.parametrize("every_frame", [False, True])
@pytest.mark.parametrize("axes", AFFINES)
def test_a_seg_reads_back_onto_the_series_it_was_drawn_on(axes: str, *, every_frame: bool) -> None:
    affine = AFFINES[axes]
    mask = Volume(drawn(), affine, "label")
    data = segmentation(mask, {1: "a", 2: "b"}, SEG, source=OF, every_frame=every_frame)
    pet = tree_of(slices(Volume(values(PT), affine), PT, OF))
    onto = read_series(pet, pet.paths())
    back = read_seg(Folder({"seg.dcm": data}), "seg.dcm", onto)
    assert back.same_grid(onto)
    assert np.array_equal(back.to_ras().array, mask.to_ras().array)


def test_a_seg_holds_only_frames_with_voxels_unless_told_otherwise() -> None:
    mask = Volume(drawn(), np.eye(4), "label")
    sparse, full = (
        pydicom.dcmread(
            io.BytesIO(segmentation(mask, {1: "a", 2: "b"}, SEG, source=OF, every_frame=every))
        )
        for every in (False, True)
    )
    assert (sparse.NumberOfFrames, full.NumberOfFrames) == (3, 12)
    assert sparse.pixel_array.sum() == full.pixel_array.sum() == np.count_nonzero(drawn())


@given(
    arrays(np.uint8, st.tuples(*[st.integers(1, 9)] * 3), elements=st.integers(0, 3)),
    st.sampled_from(sorted(AFFINES)),
)
def test_any_seg_reads_back(array: NDArray[np.uint8], axes: str) -> None:
    mask = Volume(array, AFFINES[axes], "label")
    names = {1: "a", 2: "b", 3: "c"}
    data = segmentation(mask, names, SEG, source=OF, every_frame=not array.any())
    back = read_seg(Folder({"seg.dcm": data}), "seg.dcm", mask.to_ras())
    assert np.array_equal(back.to_ras().array, mask.to_ras().array)


def test_an_empty_seg_needs_its_frames() -> None:
    empty = Volume(np.zeros((7, 9, 6), dtype=np.uint8), AFFINES["RAS"], "label")
    with pytest.raises(ValueError, match="every_frame"):
        segmentation(empty, {1: "a"}, SEG, source=OF)
    data = segmentation(empty, {1: "a"}, SEG, source=OF, every_frame=True)
    back = read_seg(Folder({"seg.dcm": data}), "seg.dcm", empty)
    assert not back.array.any()


def test_a_seg_refers_to_the_instances_of_its_series() -> None:
    source = {
        pydicom.dcmread(io.BytesIO(file)).SOPInstanceUID
        for file in slices(Volume(values(PT), np.eye(4)), PT, OF)
    }
    mask = Volume(drawn(), np.eye(4), "label")
    seg = pydicom.dcmread(io.BytesIO(segmentation(mask, {1: "a", 2: "b"}, SEG, source=OF)))
    series = seg.ReferencedSeriesSequence[0]
    assert series.SeriesInstanceUID == uid(OF.series)
    assert {i.ReferencedSOPInstanceUID for i in series.ReferencedInstanceSequence} == source
    assert seg.FrameOfReferenceUID == uid("demo/p1/frame")


def test_other_software_reads_the_same(tmp_path: Path) -> None:
    import SimpleITK as sitk  # noqa: N813  # as everybody calls it

    written = Volume(values(CT), AFFINES["oblique"], "HU")
    for number, data in enumerate(slices(written, CT, OF)):
        (tmp_path / f"{number}.dcm").write_bytes(data)
    names = sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(tmp_path))
    image = sitk.ReadImage(names)
    tree = Folder({f.name: f.read_bytes() for f in tmp_path.iterdir()})
    ours = read_series(tree, tree.paths()).to_ras()
    corner = image.TransformIndexToPhysicalPoint((0, 0, 0))
    index = np.linalg.solve(ours.affine, [-corner[0], -corner[1], corner[2], 1])[:3]
    i, j, k = np.rint(index).astype(int)
    assert np.allclose(index, [i, j, k], atol=1e-3)
    assert ours.array[i, j, k] == sitk.GetArrayFromImage(image)[0, 0, 0]
    assert sorted(ours.array.ravel()) == sorted(sitk.GetArrayFromImage(image).ravel())


def test_the_bytes_depend_on_the_arguments_alone() -> None:
    volume = Volume(values(CT), AFFINES["LPS"], "HU")
    assert slices(volume, CT, OF) == slices(volume.to_ras(), CT, OF)
