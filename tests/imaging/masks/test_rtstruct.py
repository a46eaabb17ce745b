"""RT Structure Sets: geometry, identity, and contours that are no area of the image."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items

from medreg.errors import Refused
from medreg.files.archive import RawTree
from medreg.imaging import nifti
from medreg.imaging.masks.identity import Identity, identity
from medreg.imaging.masks.merge import by_number, label_map, numbered
from medreg.imaging.masks.rtstruct import read_rtstruct
from medreg.imaging.series import read_series
from medreg.testing.attributes import Series
from medreg.testing.rtstruct import structure_set
from medreg.volume import Volume
from tests.imaging.dicoms import MemoryTree, damaged, fill
from tests.imaging.masks.drawn import (
    AFFINE,
    SHAPE,
    box,
    contour,
    image,
    read,
    rtss,
    voxels,
)

if TYPE_CHECKING:
    from pathlib import Path

    from medreg.imaging.masks.structures import Drawing

THIS = Identity(frozenset(["1.2.3"]), frozenset(["1.2.4"]), frozenset(["1.7.1", "1.7.2"]))
SQUARE = box(2, 1, 6, 4)


def test_a_square_fills_its_plane_and_no_other() -> None:
    found = voxels(read(rtss([("A", [contour(SQUARE, 4.0)])])))
    expected = np.zeros(SHAPE, bool)
    expected[2:6, 1:4, 2] = True
    assert np.array_equal(found, expected)


def test_holes_islands_and_overlaps_are_told() -> None:
    contours = [contour(box(0, 0, 9, 9)), contour(box(2, 2, 6, 6)), contour(box(8, 8, 11, 10))]
    drawing = read(rtss([("A", contours)]))
    assert voxels(drawing).sum() == 81 - 16 + 6 - 1
    assert "1 contours within others were read as holes" in " ".join(drawing.notes)
    assert "overlap in part, in 1 voxels" in " ".join(drawing.notes)


def test_xor_contours_are_xor() -> None:
    kinds = "CLOSEDPLANAR_XOR"
    contours = [contour(box(0, 0, 4, 4), kind=kinds), contour(box(2, 2, 6, 6), kind=kinds)]
    assert voxels(read(rtss([("A", contours)]))).sum() == 24


def test_names_are_kept_as_they_are_spelt() -> None:
    names = ["GTV-1", "gtv_1", "GTV-1", "Läsion ①", "肝臓"]
    drawing = read(rtss([(name, [contour(SQUARE)]) for name in names]))
    assert [one.name for one in drawing.structures] == names
    assert len(set(drawing.keys)) == 5


LEFT_OUT: dict[str, tuple[dict[str, Any], str]] = {
    "point": (contour([(2, 2)], kind="POINT"), "1 POINT contours"),
    "open": (contour(SQUARE, kind="OPEN_PLANAR"), "1 OPEN_PLANAR contours"),
    "two points": (contour(SQUARE[:2]), "1 contours of fewer than 3 points"),
    "above": (contour(SQUARE, 11.1), "1 contours outside the image"),
    "below": (contour(SQUARE, -1.1), "1 contours outside the image"),
    "tilted": (contour([(2, 1, 0), (6, 1, 0), (4, 4, 4)]), "1 contours not parallel"),
    "between": (contour(SQUARE, 0.9), "1 contours between two planes that are nearer"),
}


@pytest.mark.parametrize(("extra", "says"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_what_is_no_area_of_the_image_is_left_out_and_told(
    extra: dict[str, Any], says: str
) -> None:
    drawing = read(rtss([("A", [contour(SQUARE), contour(SQUARE, 2.0), extra])]))
    assert voxels(drawing).sum() == 24
    assert any(re.search(f"'A': left out {says}", note) for note in drawing.notes)


def test_the_nearest_plane_within_half_the_spacing_is_taken() -> None:
    drawing = read(rtss([("A", [contour(SQUARE, 3.1), contour(SQUARE, 8.9)])]))
    assert sorted(set(voxels(drawing).nonzero()[2])) == [2, 4]
    assert "1 planes between its contours have none and stay empty" in drawing.notes[-1]


def test_a_number_that_is_no_label_is_refused_where_values_are_numbers() -> None:
    rois = Items([fill(Dataset(), {"ROINumber": 0, "ROIName": "A"})])
    drawing = read(rtss([], StructureSetROISequence=rois))
    assert by_number(drawing) == [1]
    with pytest.raises(Refused, match=r"rt\.dcm numbers a structure 0"):
        numbered(drawing, "rt.dcm")


def test_an_roi_without_contours_is_empty() -> None:
    drawing = read(rtss([("A", []), ("B", [contour(SQUARE)])]))
    assert [one.region.voxels for one in drawing.structures] == [0, 12]


TURNS = st.permutations([0, 1, 2]), st.lists(st.booleans(), min_size=3, max_size=3)


@settings(max_examples=40, deadline=None)
@given(*TURNS)
def test_the_order_of_the_images_axes_does_not_decide_borders(
    order: list[int], flips: list[bool]
) -> None:
    data = rtss([("A", [contour([(2, 1), (6, 1), (9, 5), (3, 8)], 2.0 * k) for k in range(3)])])
    turned = voxels(read(data, turn(image(), order, flips)))
    expected = turn(Volume(voxels(read(data)), AFFINE), order, flips).array
    assert np.array_equal(turned, expected)


def turn(volume: Volume, order: list[int], flips: list[bool]) -> Volume:
    """Store the same volume with other axes."""
    moved = np.eye(4)[[*order, 3]].T
    array = volume.array.transpose(order)
    for axis, flip in enumerate(flips):
        if flip:
            array = np.flip(array, axis)
            back = np.eye(4)
            back[axis, axis], back[axis, 3] = -1, array.shape[axis] - 1
            moved = moved @ back
    return Volume(array, volume.affine @ moved)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(-0.6, 0.6), st.floats(-0.6, 0.6))
def test_any_mask_on_an_oblique_grid_comes_back(seed: int, a: float, b: float) -> None:
    rng = np.random.default_rng(seed)
    rotation = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    rotation = rotation @ np.array(
        [[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]]
    )
    affine = np.eye(4)
    affine[:3, :3] = rotation * rng.uniform(0.5, 4, 3)
    affine[:3, 3] = rng.uniform(-300, 300, 3)
    mask = Volume(rng.integers(0, 3, (7, 6, 5)).astype(np.uint8), affine, "label")
    source = Series(patient="p", study="s", series="s/ct")
    data = structure_set(
        mask, {1: "a", 2: "b"}, Series(patient="p", study="s", series="s/rt"), source=source
    )
    drawing = read(data, mask)
    assert np.array_equal(label_map(drawing, by_number(drawing)).array, mask.array)


# --- whose contours -----------------------------------------------------------------------------


OTHER: dict[str, tuple[bytes, str]] = {
    "series": (rtss([("A", [contour(SQUARE)])], series="1.9"), "drawn on series 1.9, the image"),
    "frame": (
        rtss([("A", [contour(SQUARE)])], series="", frame="1.8"),
        "drawn in frame of reference 1.8",
    ),
    "slices": (
        rtss([("A", [contour(SQUARE, image_uid="1.7.1"), contour(SQUARE, image_uid="1.7.9")])]),
        "of which the image lacks 1 .such as 1.7.9.",
    ),
}


@pytest.mark.parametrize(("data", "says"), OTHER.values(), ids=OTHER)
def test_contours_of_another_image_are_refused_unless_allowed(data: bytes, says: str) -> None:
    with pytest.raises(Refused, match=f"rt.dcm was .*{says}"):
        read(data, of=THIS)
    assert any(
        "allowed although" in note for note in read(data, of=THIS, allow_other_image=True).notes
    )


def test_the_same_series_in_another_frame_of_reference_is_told() -> None:
    notes = read(rtss([("A", [contour(SQUARE)])], frame="1.8"), of=THIS).notes
    assert any("on this very series" in note for note in notes)
    assert read(rtss([("A", [contour(SQUARE)])]), of=THIS).notes == ()


# --- damage -------------------------------------------------------------------------------------


REFUSED: dict[str, tuple[bytes, str]] = {
    "other": (rtss([("A", [])], SOPClassUID="1.2.840.10008.5.1.4.1.1.2"), "CT Image Storage"),
    "cut": (rtss([("A", [contour(SQUARE, NumberOfContourPoints=5)])]), "12 coordinates for 5"),
    "nowhere": (rtss([("A", [contour([(1e9, 0), (1, 1), (2, 5)])])]), "lie nowhere"),
    "no kind": (rtss([("A", [contour(SQUARE, kind="")])]), "no ContourGeometricType"),
    "empty": (b"", "rt.dcm"),
}


@pytest.mark.parametrize(("data", "says"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_structure_set_is_refused_by_name(data: bytes, says: str) -> None:
    with pytest.raises(Refused, match=says) as refusal:
        read(data)
    assert "rt.dcm" in refusal.value.message


@pytest.mark.parametrize("seed", range(60))
def test_damage_is_refused_or_read_never_anything_else(seed: int) -> None:
    whole = rtss([("A", [contour(SQUARE, 2.0 * k) for k in range(4)]), ("B", [contour(SQUARE)])])
    broken = damaged(whole, seed)[: len(whole) - (seed % 3) * 31]
    try:
        found = read(broken)
    except Refused:
        return
    assert found.shape == SHAPE


# --- real ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("patient", ["STS_001", "STS_002", "STS_003"])
@pytest.mark.parametrize("kind", ["CT", "PET", "MR_T1"])
def test_ibsi_contours_equal_their_published_masks(
    shared_data: Path, patient: str, kind: str
) -> None:
    ibsi = shared_data / "ibsi_validation"
    with RawTree(ibsi / "dicom" / patient / kind) as tree:
        members = [path for path in tree.paths() if path.startswith("image/")]
        scan = read_series(tree, members)
        drawing = read_rtstruct(tree, "mask/RS.dcm", scan, identity(tree, members))
        as_nifti = nifti.load(ibsi / "nifti" / patient / f"{kind}_image.nii.gz")
        on_nifti = read_rtstruct(tree, "mask/RS.dcm", as_nifti)
    expected = nifti.load(ibsi / "nifti" / patient / f"{kind}_mask.nii.gz")
    found = label_map(drawing, by_number(drawing)).to_ras()
    assert int((found.array != expected.to_ras().array).sum()) == 0
    assert int((voxels(on_nifti) != expected.array).sum()) == 0
    assert drawing.notes == ()


def rt_utils(shared_data: Path, name: str, **options: Any) -> Drawing:
    with RawTree(shared_data / "rt_utils" / "mock_data") as tree:
        members = [path for path in tree.paths() if path.startswith("ct_")]
        scan = read_series(tree, members)
        return read_rtstruct(tree, name, scan, identity(tree, members), **options)


def test_rt_utils_own_file_has_a_hole(shared_data: Path) -> None:
    drawing = rt_utils(shared_data, "rt.dcm")
    (one,) = drawing.structures
    assert (one.name, one.region.voxels > 1000) == ("ROI-1", True)
    assert "read as holes" in " ".join(drawing.notes)


@pytest.mark.parametrize("name", ["invalid_reference_rt.dcm", "non_existent_reference_rt.dcm"])
def test_rt_utils_invalid_references_are_refused(shared_data: Path, name: str) -> None:
    with pytest.raises(Refused, match="of which the image lacks 1"):
        rt_utils(shared_data, name)
    allowed = rt_utils(shared_data, name, allow_other_image=True)
    assert len(allowed.structures) == 4
    assert all(one.region.voxels for one in allowed.structures)


def test_a_large_clinical_structure_set_is_read_whole(shared_data: Path) -> None:
    affine = np.diag([-1.0, -1.0, 3.0, 1.0])
    affine[:3, 3] = (260, 400, -122.44)
    onto = Volume(np.zeros((520, 520, 98), np.int8), affine)
    data = (shared_data / "dicompyler_rtss" / "rtss.dcm").read_bytes()
    drawing = read_rtstruct(MemoryTree({"rtss.dcm": data}), "rtss.dcm", onto)
    found = {one.name: one.region.voxels for one in drawing.structures}
    assert len(found) == 10
    assert found["Areola"] == 0
    assert found["BODY"] > found["Lt Lung"] > found["Heart"] > found["Tumor Bed"] > 0
    assert "'Lt Lung': 61 contours within others were read as holes" in drawing.notes


def test_a_file_that_is_cut_between_contours_is_refused() -> None:
    whole = rtss([("a", [contour(box(1, 1, 5, 5)), contour(box(1, 1, 5, 5), 2.0)])])
    second = whole.rindex(b"\xfe\xff\x00\xe0")  # the item of the second contour
    with pytest.raises(Refused, match=r"is truncated: .* bytes of .3006,0039. missing"):
        read(whole[:second])
    with pytest.raises(Refused, match="it has no ROIContourSequence"):
        read(whole[: whole.index(b"\x06\x30\x39\x00SQ")])
