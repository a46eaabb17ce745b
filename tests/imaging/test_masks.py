"""DICOM SEG and PNG stacks."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from medreg.errors import Refused
from medreg.imaging.masks.png import read_png_stack
from medreg.imaging.masks.seg import read_seg
from medreg.imaging.series import read_series
from tests.imaging.dicoms import MemoryTree, damaged, item, seg, series

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from medreg.volume import Volume

RNG = np.random.default_rng(3)
STORED = RNG.integers(0, 3000, (7, 5, 4)).astype(np.int16)  # columns, rows, slices
LABELS = RNG.integers(0, 3, STORED.shape)
FILES = series(STORED)


def image() -> Volume:
    return read_series(MemoryTree(FILES), list(FILES))


def place(k: float) -> list[float]:
    return [-20, -30, 40 + 2 * k]


def frames(labels: NDArray[Any]) -> list[tuple[int, NDArray[np.bool_], Sequence[float]]]:
    """One frame per segment and slice that is not empty, from the top down."""
    return [
        (segment, np.equal(labels[:, :, k].T, segment), place(k))
        for segment in np.unique(labels[labels > 0]).tolist()
        for k in reversed(range(labels.shape[2]))
        if (labels[:, :, k] == segment).any()
    ]


def read(data: bytes) -> Volume:
    return read_seg(MemoryTree({"case/seg.dcm": data}), "case/seg.dcm", image())


def refused(data: bytes) -> str:
    with pytest.raises(Refused) as refusal:
        read(data)
    assert "case/seg.dcm" in refusal.value.message
    return refusal.value.message


def test_segments_come_back_on_the_images_grid() -> None:
    found = read(seg(frames(LABELS)))
    assert np.array_equal(found.array, LABELS)
    assert np.array_equal(found.affine, image().affine)
    assert (found.unit, found.array.dtype) == ("label", np.uint8)


def test_the_grid_may_be_turned() -> None:
    ras = image().to_ras()
    found = read_seg(MemoryTree({"s": seg(frames(LABELS))}), "s", ras)
    assert np.array_equal(found.array, LABELS[::-1, ::-1])


def test_frames_left_out_are_empty_and_numbers_may_be_large() -> None:
    sparse = np.where(np.arange(4) == 2, LABELS * 300, 0)
    found = read(seg(frames(sparse)))
    assert np.array_equal(found.array, sparse)
    assert found.array.dtype == np.uint16


def test_a_frame_of_a_part_of_the_image_is_put_in_its_place() -> None:
    found = read(seg([(1, np.ones((2, 3), bool), [-20 + 0.5, -30 + 1.5, 44])]))
    expected = np.zeros(STORED.shape, int)
    expected[1:4, 2:4, 2] = 1
    assert np.array_equal(found.array, expected)


FULL = np.ones((5, 7), bool)
REFUSED: dict[str, tuple[bytes, str]] = {
    "between slices": (seg([(1, FULL, place(0.5))]), "frame 1 .segment 1. does not lie on"),
    "beside": (seg([(1, FULL, [-20.1, -30, 40])]), "does not lie on the image's voxels"),
    "coarser": (seg([(1, FULL[:2, :2], place(0))], spacing=[1.5, 1.0]), "does not lie on"),
    "finer": (seg([(1, FULL, place(0))], spacing=[0.375, 0.25]), "does not lie on"),
    "outside": (seg([(1, FULL, place(9))]), "outside the image"),
    "wider": (seg([(1, np.ones((5, 8), bool), place(0))]), "outside the image"),
    "turned": (seg([(1, FULL, place(0))], orientation=[1, 0, 0, 0, 0, 1]), "outside|not lie"),
    "overlap": (seg([(1, FULL, place(0)), (2, FULL, place(0))]), "overlap: .* in 35 voxels"),
    "fractional of one bit": (seg([(1, FULL, place(0))], SegmentationType="FRACTIONAL"), "1 bits"),
    "labelmap": (
        seg([(1, FULL, place(0))], SOPClassUID="1.2.840.10008.5.1.4.1.1.66.7"),
        "is a BINARY segmentation of",
    ),
    "image": (FILES["IM1"], "CT Image Storage, not a DICOM Segmentation"),
    "too few bits": (seg([(1, FULL, place(0))], PixelData=b"12"), "truncated"),
    "frames": (seg([(1, FULL, place(0))], NumberOfFrames=2), "describes 1 of its 2 frames"),
    "huge": (seg([(1, FULL, place(0))], Rows=65535, Columns=65535), "declares|truncated"),
    "undeclared": (seg([(2, FULL, place(0))], SegmentSequence=item(SegmentNumber=1)), "segment 2"),
    "nowhere": (seg([(1, FULL, [1e20, 0, 0])]), "no geometry"),
}


@pytest.mark.parametrize(("data", "says"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_mask_of_the_image_is_refused(data: bytes, says: str) -> None:
    assert re.search(says, refused(data))


@pytest.mark.parametrize("seed", range(40))
def test_damage_is_refused_or_read_never_anything_else(seed: int) -> None:
    whole = seg(frames(LABELS))
    broken = damaged(whole, seed)[: len(whole) - (seed % 3) * 31]
    try:
        found = read(broken)
    except Refused:
        return
    assert found.shape == STORED.shape


# --- PNG ---------------------------------------------------------------------------------------


def png(pixels: NDArray[Any], mode: str | None = None) -> bytes:
    data = io.BytesIO()
    Image.fromarray(pixels).convert(mode or "L").save(data, "PNG")
    return data.getvalue()


def stack(labels: NDArray[Any], names: str = "mask_{}.png") -> dict[str, bytes]:
    planes = (np.ascontiguousarray(labels[:, :, k].T.astype(np.uint8)) for k in range(4))
    return {names.format(k + 1): png(plane) for k, plane in enumerate(planes)}


def read_png(masks: dict[str, bytes], files: dict[str, bytes] = FILES) -> Volume:
    tree = MemoryTree(files | masks)
    return read_png_stack(tree, list(masks), list(files))


def test_the_kth_png_belongs_to_the_kth_slice_file_wherever_it_lies() -> None:
    downward = series(STORED, gap=-2.0)
    found = read_png(stack(LABELS * 63), downward)
    scan = read_series(MemoryTree(downward), list(downward))
    assert np.array_equal(found.array, LABELS[:, :, ::-1] * 63)
    assert found.same_grid(scan, 0)
    assert found.unit == "label"


def test_names_are_in_natural_order() -> None:
    many = np.repeat(np.arange(12), 35).reshape(12, 5, 7).transpose(2, 1, 0)
    files = series(many.astype(np.int16))
    masks = {f"m{k + 1}.png": png(many[:, :, k].T.astype(np.uint8)) for k in range(12)}
    shuffled = dict(sorted(masks.items()))
    assert np.array_equal(read_png(shuffled, files).array, many)


def test_one_bit_files_are_0_and_255() -> None:
    masks = {name: png(np.full((5, 7), 255, np.uint8), "1") for name in stack(LABELS)}
    assert set(np.unique(read_png(masks).array)) == {255}


def test_a_png_too_few_is_refused() -> None:
    masks = stack(LABELS)
    del masks["mask_4.png"]
    with pytest.raises(Refused, match=r"3 PNG masks \(mask_1.png to mask_3.png\) for 4 slices"):
        read_png(masks)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (png(np.zeros((7, 5), np.uint8)), "mask_2.png has 5 x 7 pixels, its slice 7 x 5"),
        (png(np.zeros((5, 7), np.uint8), "RGB"), "mask_2.png has colors"),
        (b"", "mask_2.png cannot be read as PNG"),
        (FILES["IM1"], "mask_2.png cannot be read as PNG"),
        (png(RNG.integers(0, 255, (5, 7)).astype(np.uint8))[:-30], "mask_2.png cannot be read"),
    ],
)
def test_a_wrong_png_is_refused_by_name(data: bytes, says: str) -> None:
    with pytest.raises(Refused, match=says):
        read_png(stack(LABELS) | {"mask_2.png": data})
