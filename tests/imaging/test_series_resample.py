"""Tilted gantries and irregular gaps: refused, or resampled where that was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from medreg.errors import DeclarationError, Refused
from medreg.imaging.canonical import canonical_image
from medreg.imaging.series import read_series
from medreg.layouts.dicom import DicomSeries
from medreg.model import CT
from tests.imaging.dicoms import MemoryTree, series

if TYPE_CHECKING:
    from medreg.volume import Volume

SHAPE = (40, 30, 12)  # columns, rows, slices, of 0.5 x 0.75 mm, 2 mm apart


def field(x: Any, y: Any, z: Any) -> Any:
    """Return a value that is linear in each direction, so that interpolation is exact."""
    return 100 + 3 * x + 5 * y - 2 * z


def scan(places: list[tuple[float, float, float]], **said: Any) -> dict[str, bytes]:
    """Return slices whose stored values are `field` of where each pixel lies (LPS mm)."""
    i, j = np.meshgrid(np.arange(SHAPE[0]), np.arange(SHAPE[1]), indexing="ij")
    planes = [field(x + 0.5 * i, y + 0.75 * j, z) for x, y, z in places]
    stored = np.round(np.stack(planes, axis=2) * 100).astype(np.int32)
    return series(
        stored,
        ImagePositionPatient=lambda k: list(places[k]),
        **{"Modality": "MR", "RescaleSlope": 0.01, "RescaleIntercept": 0} | said,
    )


def read(files: dict[str, bytes], **options: Any) -> Volume:
    return read_series(MemoryTree(files), list(files), **options)


def assert_is_field(found: Volume) -> None:
    """Compare every voxel that slices cover with `field` at the place that the affine gives."""
    values = found.array.astype(float)
    index = np.indices(found.shape).reshape(3, -1)
    ras = found.affine[:3, :3] @ index + found.affine[:3, 3:]
    expected = field(-ras[0], -ras[1], ras[2]).reshape(found.shape)
    covered = values != 0
    for by in (-1, 1):  # rows at the border of a slice are half outside it
        covered &= np.roll(covered, by, axis=1)
    assert covered.sum() >= SHAPE[0] * (SHAPE[1] - 3) * SHAPE[2]
    assert np.abs(values - expected)[covered].max() < 0.02


@pytest.mark.parametrize("slope", [0.3, -0.3, 0.25, 0.013])
def test_a_tilted_gantry_is_straightened_when_asked(slope: float) -> None:
    places = [(10.0, 20 + slope * 2 * k, 2.0 * k) for k in range(12)]
    with pytest.raises(Refused, match="gantry tilt"):
        read(scan(places))
    with pytest.raises(Refused, match="gantry tilt"):
        read(scan(places), resample=["spacing"])
    found = read(scan(places), resample=["tilt"])
    assert_is_field(found)
    assert np.allclose(found.spacing, (0.5, 0.75, 2), atol=1e-5)
    assert found.notes[0].startswith("corrected: slices are not stacked along their normal")
    assert found.notes[1].startswith("resampled by linear interpolation to 40 x ")


def test_irregular_gaps_are_evened_when_asked() -> None:
    heights = np.cumsum([0, *[1.5] * 5, *[2.6] * 6])
    places = [(0.0, 0.0, float(z)) for z in heights]
    with pytest.raises(Refused, match="irregular"):
        read(scan(places), resample=["tilt"])
    found = read(scan(places), resample=["spacing"])
    assert_is_field(found)
    assert found.shape[2] == int(heights[-1] / 1.5) + 1
    assert found.spacing[2] == pytest.approx(1.5)
    assert found.notes[0].startswith("corrected: slices are irregular: ")


def test_a_missing_slice_is_filled_only_when_asked_and_named() -> None:
    places = [(0.0, 0.0, 2.0 * k) for k in range(13) if k != 5]
    with pytest.raises(Refused, match=r"1 between 8.00 mm \(IM5\) and 12.00 mm \(IM6\)"):
        read(scan(places))
    found = read(scan(places), resample=["spacing"])
    assert_is_field(found)
    assert found.shape == (40, 30, 13)
    assert "1 between 8.00 mm (IM5) and 12.00 mm (IM6)" in found.notes[0]


def test_what_a_tilted_ct_does_not_cover_is_air() -> None:
    places = [(0.0, 1.5 * k, 2.0 * k) for k in range(12)]
    files = scan(places, Modality="CT", RescaleSlope=1)
    found = canonical_image(read(files, resample=["tilt"]), CT)
    assert found.shape == (40, 52, 12)
    assert found.array.dtype == np.int16
    assert (found.array == -1024).sum() == 22 * 40 * 12


def test_a_regular_series_is_never_resampled() -> None:
    files = scan([(0.0, 0.0, 2.0 * k) for k in range(12)])
    assert read(files, resample=["tilt", "spacing"]).digest() == read(files).digest()
    assert read(files, resample=["tilt", "spacing"]).notes == ()


def test_resampling_is_the_same_in_any_order_of_files() -> None:
    files = scan([(0.0, 0.7 * k, 2.0 * k + 0.5 * (k > 4)) for k in range(12)])
    turned = dict(reversed(files.items()))
    both: Any = ["tilt", "spacing"]
    assert read(files, resample=both).digest() == read(turned, resample=both).digest()


def test_a_layout_may_ask_for_it() -> None:
    files = scan([(0.0, 0.7 * k, 2.0 * k) for k in range(12)])
    tree = MemoryTree({f"case_1/{name}": data for name, data in files.items()})
    (refused,) = DicomSeries(image="{case}/*").cases(tree)
    with pytest.raises(Refused, match="gantry tilt"):
        refused.images["image"].read()
    (case,) = DicomSeries(image="{case}/*", resample=("tilt",)).cases(tree)
    assert_is_field(case.images["image"].read())
    with pytest.raises(DeclarationError, match="resample='bend'"):
        DicomSeries(image="{case}/*", resample=("bend",))  # type: ignore[arg-type] - the test's point
