"""Slices that lie in one place: copies, 4-D series, and what nothing tells apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from medreg.errors import Refused
from medreg.imaging.series import read_series, read_volumes
from tests.imaging.dicoms import MemoryTree, series

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medreg.volume import Volume

RNG = np.random.default_rng(2)
STORED = RNG.integers(0, 3000, (5, 4, 12)).astype(np.int16)


def volumes(files: Mapping[str, bytes]) -> dict[str, Volume]:
    return dict(read_volumes(MemoryTree(files), list(files)))


def stacked(count: int, **said: Any) -> dict[str, bytes]:
    """Return twelve slices, *count* in each place: slice k lies in place k // count."""
    return series(
        STORED,
        ImagePositionPatient=lambda k: [0, 0, 2 * (k // count)],
        **{"Modality": "MR", "RescaleIntercept": 0} | said,
    )


SPLIT: dict[str, tuple[int, dict[str, Any], list[str]]] = {
    "magnitude and phase": (2, {"ImageType": lambda k: ["O", "P", "MP"[k % 2]]}, ["m", "p"]),
    "echo": (3, {"EchoTime": lambda k: [2.5, 10, 7][k % 3]}, ["echo1", "echo3", "echo2"]),
    "b-value": (2, {"DiffusionBValue": lambda k: [0.0, 1000.0][k % 2]}, ["b0", "b1000"]),
    "frame reference time": (2, {"FrameReferenceTime": lambda k: k}, ["time1", "time2"]),
    "trigger time": (3, {"TriggerTime": lambda k: k % 3}, ["time1", "time2", "time3"]),
    "acquisition time": (2, {"AcquisitionTime": lambda k: f"1200{k:02}"}, ["time1", "time2"]),
    "b-value and direction": (
        3,
        {
            "DiffusionBValue": lambda k: [0.0, 800.0, 800.0][k % 3],
            "DiffusionGradientOrientation": lambda k: [[0.0] * 3, [0.0, 0, 1], [1.0, 0, 0]][k % 3],
        },
        ["b0", "b800_direction1", "b800_direction2"],
    ),
    "echo and time": (
        4,
        {"EchoTime": lambda k: [2, 5][k % 2], "TemporalPositionIdentifier": lambda k: k // 2 % 2},
        ["echo1_time1", "echo2_time1", "echo1_time2", "echo2_time2"],
    ),
    "scale": (2, {"RescaleSlope": lambda k: 1 + k % 2}, ["scale1", "scale2"]),
}


@pytest.mark.parametrize(("count", "said", "names"), SPLIT.values(), ids=SPLIT)
def test_a_4d_series_is_split_by_rule(count: int, said: dict[str, Any], names: list[str]) -> None:
    found = volumes(stacked(count, **said))
    assert sorted(found) == sorted(names)
    for at, name in enumerate(names):
        slope = 1 + at % 2 if name.startswith("scale") else 1
        assert np.array_equal(found[name].array, STORED[:, :, at::count] * slope), name
        assert found[name].notes == (f"{count} volumes in one place: {', '.join(found)}",)


def test_one_volume_is_read_by_its_name() -> None:
    files = stacked(2, EchoTime=lambda k: k % 2 + 1)
    assert np.array_equal(read(files, channel="echo2").array, STORED[:, :, 1::2])
    with pytest.raises(Refused, match="holds 2 volumes: name one of echo1, echo2"):
        read(files)
    with pytest.raises(Refused, match="no volume 'echo3', but echo1, echo2"):
        read(files, channel="echo3")


def read(files: Mapping[str, bytes], **options: Any) -> Volume:
    return read_series(MemoryTree(files), list(files), **options)


def test_copies_are_dropped_and_named() -> None:
    files = series(STORED)
    copies = {f"copy of {name}": files[name] for name in ("IM3", "IM7")}
    found = read(files | copies)
    assert found.digest() == read(files).digest()
    (note,) = found.notes
    assert note == (
        "dropped copies, same position and pixels: copy of IM3 (as IM3); copy of IM7 (as IM7)"
    )


def test_a_series_exported_twice_is_one_volume() -> None:
    files = series(STORED, InstanceNumber=lambda k: k)
    again = series(STORED, AcquisitionTime="130000", InstanceNumber=lambda k: k + 50)
    found = read(files | {f"again/{name}": data for name, data in again.items()})
    assert found.digest() == read(files).digest()
    assert "and 9 more" in found.notes[0]


def test_empty_slices_of_different_times_are_no_copies() -> None:
    stored = STORED.copy()
    stored[:, :, :2] = 0
    files = series(
        stored,
        ImagePositionPatient=lambda k: [0, 0, 2 * (k // 2)],
        TriggerTime=lambda k: k % 2,
    )
    assert [volume.shape for volume in volumes(files).values()] == [(5, 4, 6), (5, 4, 6)]


def test_copies_within_a_4d_series_are_dropped() -> None:
    files = stacked(2, EchoTime=lambda k: k % 2 + 1)
    found = volumes(files | {"copy": files["IM4"]})
    assert sorted(found) == ["echo1", "echo2"]
    assert found["echo1"].notes[0].endswith("copy (as IM4)")


UNDECIDED: dict[str, dict[str, Any]] = {
    "nothing": {},
    "a time that one slice lacks": {"TriggerTime": lambda k: k or ""},
    "an echo that is missing in one place": {"EchoTime": lambda k: 1 if k in {4, 5} else k % 2 + 1},
    "kernels": {"ConvolutionKernel": lambda k: f"B{k % 2}"},
}


@pytest.mark.parametrize("said", UNDECIDED.values(), ids=UNDECIDED)
def test_slices_that_nothing_tells_apart_are_refused_with_their_positions(
    said: dict[str, Any],
) -> None:
    with pytest.raises(Refused, match=r"duplicate position: IM\d+ and IM\d+.* lie in one place"):
        volumes(stacked(2, **said))


def test_a_missing_slice_of_one_volume_is_named() -> None:
    files = stacked(2, EchoTime=lambda k: k % 2 + 1)
    del files["IM5"], files["IM6"]
    with pytest.raises(Refused, match=r"1 between 2.00 mm \(IM3\) and 6.00 mm \(IM7\)"):
        volumes(files)
