"""DICOM SEG in full: fractional, label map, overlapping, compressed, with coded concepts."""

from __future__ import annotations

import io
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence as Items
from pydicom.uid import JPEG2000Lossless, JPEGLSLossless, RLELossless

from medreg.errors import Refused
from medreg.imaging.masks.identity import UNKNOWN, Identity
from medreg.imaging.masks.merge import by_name, by_number, label_map, overlaps
from medreg.imaging.masks.rules import Rules
from medreg.imaging.masks.seg import read_seg, read_segments
from medreg.imaging.masks.structures import Code
from medreg.testing.attributes import Series
from medreg.testing.dicom import segmentation
from medreg.volume import Volume
from tests.imaging.dicoms import MemoryTree, damaged, fill, item, seg

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from medreg.imaging.masks.structures import Drawing

SHAPE = (7, 5, 4)  # columns, rows, slices of the image
AFFINE = np.diag([-0.5, -0.75, 2.0, 1.0])
AFFINE[:3, 3] = (20, 30, 40)
ONTO = Volume(np.zeros(SHAPE, np.int16), AFFINE)
RNG = np.random.default_rng(5)
A, B = RNG.random(SHAPE) < 0.5, RNG.random(SHAPE) < 0.5
LABELMAP = "1.2.840.10008.5.1.4.1.1.66.7"
DEFLATED_FRAMES = "1.2.840.10008.1.2.8.1"


def place(k: int) -> list[float]:
    return [-20, -30, 40 + 2 * k]


def frames(
    *masks: NDArray[Any], down: bool = False
) -> list[tuple[int, NDArray[np.bool_], list[float]]]:
    """One frame per mask and slice that is not empty; numbers count from 1."""
    order = range(SHAPE[2])[:: -1 if down else 1]
    return [
        (number, mask[:, :, k].T.astype(bool), place(k))
        for number, mask in enumerate(masks, start=1)
        for k in order
        if mask[:, :, k].any()
    ]


def changed(data: bytes, frame_values: Sequence[NDArray[Any]] = (), **said: Any) -> bytes:
    """Return the SEG *data* with other attributes, and other bytes for pixels."""
    dataset = dcmread(io.BytesIO(data))
    if len(frame_values):
        values = np.stack(list(frame_values))
        dataset.PixelData = values.tobytes() + bytes(values.nbytes % 2)
    return _written(fill(dataset, said))


def _written(dataset: Dataset) -> bytes:
    stream = io.BytesIO()
    dataset.save_as(stream)
    return stream.getvalue()


def read(data: bytes, of: Identity = UNKNOWN, **options: Any) -> Drawing:
    return read_segments(MemoryTree({"seg.dcm": data}), "seg.dcm", ONTO, of, **options)


def voxels(drawing: Drawing, at: int = 0) -> NDArray[np.bool_]:
    return drawing.structures[at].region.full(drawing.shape)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.05, 0.5, 0.95]), st.booleans())
def test_any_segments_come_back_one_by_one(seed: int, share: float, down: bool) -> None:  # noqa: FBT001 - drawn
    rng = np.random.default_rng(seed)
    masks = [rng.random(SHAPE) < share for _ in range(3)]
    masks[0][0, 0, 0] = masks[1][0, 0, 0] = masks[2][0, 0, 0] = True
    drawing = read(seg(frames(*masks, down=down)))
    assert all(np.array_equal(voxels(drawing, at), mask) for at, mask in enumerate(masks))
    expected = {(a, b): int((masks[a] & masks[b]).sum()) for a, b in [(0, 1), (0, 2), (1, 2)]}
    assert {(o.one, o.other): o.voxels for o in overlaps(drawing)} == expected


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_what_is_written_on_any_oblique_grid_is_read_back(seed: int) -> None:
    rng = np.random.default_rng(seed)
    axes, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    affine = np.eye(4)
    affine[:3, :3] = axes * rng.uniform(0.5, 4, 3)
    affine[:3, 3] = rng.uniform(-300, 300, 3)
    mask = Volume(rng.integers(0, 3, (6, 5, 4)).astype(np.uint8), affine, "label")
    mask.array[0, 0, :2] = 1, 2
    one, other = (Series(patient="p", study="s", series=f"s/{name}") for name in ("seg", "ct"))
    data = segmentation(mask, {1: "a", 2: "b"}, one, source=other)
    found = read_seg(MemoryTree({"seg.dcm": data}), "seg.dcm", mask)
    assert np.array_equal(found.array, mask.array)


def test_overlaps_are_refused_with_their_count_or_decided_by_priority() -> None:
    data = named(seg(frames(A, B)), "liver", "tumor")
    common = int((A & B).sum())
    with pytest.raises(Refused, match=f"'liver' and 'tumor' in {common} voxels"):
        read_seg(MemoryTree({"seg.dcm": data}), "seg.dcm", ONTO)
    won = read_seg(MemoryTree({"seg.dcm": data}), "seg.dcm", ONTO, priority=["tumor"])
    assert np.array_equal(won.array == 2, B)
    assert np.array_equal(won.array == 1, A & ~B)


def named(data: bytes, *names: str, **said: Any) -> bytes:
    dataset = dcmread(io.BytesIO(data))
    dataset.SegmentSequence = Items(
        fill(Dataset(), {"SegmentNumber": at, "SegmentLabel": name} | said)
        for at, name in enumerate(names, start=1)
    )
    return _written(dataset)


def test_fractional_pixels_belong_from_one_half_on() -> None:
    values = [np.full((5, 7), value, np.uint8) for value in (0, 126, 127, 128)]
    full = [(1, np.ones((5, 7), bool), place(k)) for k in range(4)]
    said = {"SegmentationType": "FRACTIONAL", "BitsAllocated": 8, "BitsStored": 8, "HighBit": 7}
    data = changed(seg(full), values, **said, MaximumFractionalValue=254)
    drawing = read(data)
    assert [bool(voxels(drawing)[..., k].all()) for k in range(4)] == [False, False, True, True]
    assert drawing.notes == ("fractional: voxels of at least 127 of 254",)
    with pytest.raises(Refused, match="without a MaximumFractionalValue"):
        read(changed(seg(full), values, **said))


def labelmap(values: NDArray[Any], numbers: Sequence[int], **said: Any) -> bytes:
    """Return a label map SEG of *values* (columns, rows, slices)."""
    bits = values.dtype.itemsize * 8
    full = [(1, np.ones((5, 7), bool), place(k)) for k in range(SHAPE[2])]
    data = changed(
        seg(full),
        [np.ascontiguousarray(values[:, :, k].T) for k in range(SHAPE[2])],
        SOPClassUID=LABELMAP,
        SegmentationType="LABELMAP",
        BitsAllocated=bits,
        BitsStored=bits,
        HighBit=bits - 1,
        SegmentSequence=Items(fill(Dataset(), {"SegmentNumber": n}) for n in numbers),
        **said,
    )
    dataset = dcmread(io.BytesIO(data))
    for group in dataset.PerFrameFunctionalGroupsSequence:
        del group.SegmentIdentificationSequence
    return _written(dataset)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_a_label_map_is_its_values(kind: type) -> None:
    values = RNG.choice(np.array([0, 1, 3, 7], kind), SHAPE)
    drawing = read(labelmap(values, [0, 1, 3, 7]))
    assert [one.number for one in drawing.structures] == [1, 3, 7]
    assert np.array_equal(label_map(drawing, by_number(drawing)).array, values)
    with pytest.raises(Refused, match="no segment 7 is declared"):
        read(labelmap(values, [0, 1, 3]))


CODES = {
    "SegmentedPropertyCategoryCodeSequence": ("123037004", "SCT", "Anatomical Structure"),
    "SegmentedPropertyTypeCodeSequence": ("64033007", "SCT", "Kidney"),
    "AnatomicRegionSequence": ("113345001", "SCT", "Abdomen"),
}


def test_names_come_with_their_coded_concepts() -> None:
    said = {keyword: Items([coded(*code)]) for keyword, code in CODES.items()}
    left = Items([coded("7771000", "SCT", "Left")])
    said["SegmentedPropertyTypeCodeSequence"][0].SegmentedPropertyTypeModifierCodeSequence = left
    (one,) = read(
        named(seg(frames(A)), "Niere links", SegmentAlgorithmType="MANUAL", **said)
    ).structures
    assert one.name == "Niere links"
    assert one.codes == {
        "category": (Code(*CODES["SegmentedPropertyCategoryCodeSequence"]),),
        "type": (Code(*CODES["SegmentedPropertyTypeCodeSequence"]),),
        "region": (Code(*CODES["AnatomicRegionSequence"]),),
        "type_modifier": (Code("7771000", "SCT", "Left"),),
    }
    assert one.facts == {"algorithm": "MANUAL"}


def coded(value: str, scheme: str, meaning: str) -> Dataset:
    said = {"CodeValue": value, "CodingSchemeDesignator": scheme, "CodeMeaning": meaning}
    return fill(Dataset(), said)


# --- compressed ---------------------------------------------------------------------------------


def compressed(data: bytes, syntax: str, parts: Sequence[bytes]) -> bytes:
    dataset = dcmread(io.BytesIO(data))
    unknown = syntax == DEFLATED_FRAMES  # to pydicom, which then writes nothing
    dataset.file_meta.TransferSyntaxUID = JPEG2000Lossless if unknown else syntax
    dataset.PixelData = encapsulate(list(parts))
    dataset["PixelData"].VR = "OB"
    said, meant = JPEG2000Lossless.encode(), DEFLATED_FRAMES.encode() + b"\0"
    return _written(dataset).replace(said, meant) if unknown else _written(dataset)


def packed(mask: NDArray[Any], k: int) -> bytes:
    return np.packbits(mask[:, :, k].T.ravel(), bitorder="little").tobytes()


def deflated(data: bytes) -> bytes:
    made = zlib.compressobj(wbits=-15)
    return made.compress(data) + made.flush()


def test_deflated_frames_are_inflated() -> None:
    parts = [deflated(packed(A, k)) for k in range(4)]
    assert np.array_equal(voxels(read(compressed(seg(frames(A)), DEFLATED_FRAMES, parts))), A)


def test_rle_of_one_bit_is_unrolled() -> None:
    header = bytes([1, 0, 0, 0, 64, 0, 0, 0]) + bytes(56)
    parts = [
        header + bytes([2]) + packed(A, k)[:3] + bytes([1]) + packed(A, k)[3:] for k in range(4)
    ]
    assert np.array_equal(voxels(read(compressed(seg(frames(A)), RLELossless, parts))), A)


@pytest.mark.parametrize(("syntax", "by"), [(RLELossless, "pydicom"), (JPEGLSLossless, "pyjpegls")])
def test_a_compressed_label_map_is_decoded(syntax: Any, by: str) -> None:
    values = RNG.choice(np.array([0, 1, 3], np.uint8), SHAPE)
    dataset = dcmread(io.BytesIO(labelmap(values, [1, 3])))
    dataset.compress(syntax, encoding_plugin=by, generate_instance_uid=False)
    drawing = read(_written(dataset))
    assert np.array_equal(label_map(drawing, by_number(drawing)).array, values)


def test_frames_that_are_lacking_or_cut_are_refused() -> None:
    parts = [deflated(packed(A, k)) for k in range(4)]
    with pytest.raises(Refused, match=r"seg\.dcm"):
        read(compressed(seg(frames(A)), DEFLATED_FRAMES, parts[:3]))
    with pytest.raises(Refused, match=r"seg\.dcm, frame 4 is truncated"):
        read(compressed(seg(frames(A)), DEFLATED_FRAMES, [*parts[:3], deflated(b"12")]))


@pytest.mark.parametrize("seed", range(40))
def test_damage_is_refused_or_read_never_anything_else(seed: int) -> None:
    values = RNG.choice(np.array([0, 1, 3], np.uint8), SHAPE)
    parts = [deflated(packed(A, k)) for k in range(4)]
    for whole in (labelmap(values, [1, 3]), compressed(seg(frames(A)), DEFLATED_FRAMES, parts)):
        broken = damaged(whole, seed)[: len(whole) - (seed % 3) * 31]
        try:
            found = read(broken)
        except Refused:
            continue
        assert found.shape == SHAPE


# --- whose segments, and by which names ---------------------------------------------------------


def test_another_frame_of_reference_is_refused_unless_allowed() -> None:
    data = changed(
        seg(frames(A)),
        FrameOfReferenceUID="1.2.4",
        ReferencedSeriesSequence=item(SeriesInstanceUID="1.9"),
    )
    this = Identity(frozenset(["1.2.3"]), frozenset(["1.2.8"]), frozenset())
    with pytest.raises(Refused, match=r"drawn in frame of reference 1\.2\.4, the image is in 1"):
        read(data, this)
    notes = read(data, this, allow_other_image=True).notes
    assert [note.split()[0] for note in notes] == ["allowed", "drawn"]


def test_structures_get_values_by_name() -> None:
    drawing = read(named(seg(frames(A, A & B, B & ~A)), "liver", "tumor", "Cyst"))
    values = {"tumor": 2, "liver": 1}
    made = by_name(drawing, values, Rules(priority=("tumor",)), "seg.dcm")
    assert np.array_equal(made.array, np.where(A & B, 2, np.where(A, 1, 0)))
    assert "structures that the dataset does not list: 'Cyst'" in made.notes
    with pytest.raises(Refused, match=r"seg\.dcm: structures overlap"):
        by_name(drawing, values, Rules(), "seg.dcm")


def test_what_is_not_drawn_is_refused_or_taken_for_empty() -> None:
    drawing = read(named(seg(frames(A)), "liver"))
    with pytest.raises(Refused, match="draws no 'tumor'; it has 'liver'"):
        by_name(drawing, {"liver": 1, "tumor": 2}, Rules(), "seg.dcm")
    made = by_name(drawing, {"liver": 1, "tumor": 2}, Rules(absent="empty"), "seg.dcm")
    assert np.array_equal(made.array == 1, A)
    assert "taken for empty" in made.notes[0]


def test_two_names_of_one_value_are_united() -> None:
    drawing = read(named(seg(frames(A, B)), "GTV-1", "gtv 1"))
    made = by_name(drawing, {"GTV-1": 1, "gtv 1": 1, "GTV": 1}, Rules(), "seg.dcm")
    assert np.array_equal(made.array == 1, A | B)
