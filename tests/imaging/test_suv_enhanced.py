"""Uptake of enhanced PET: every frame by what the file states outright (PS3.3 A.56)."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread

from medreg.errors import Refused
from medreg.imaging.suv.volume import read_suv
from tests.imaging.dicoms import MemoryTree, enhanced, item

HALF_LIFE, DOSE, WEIGHT = 6586.2, 350e6, 70.0
STORED = np.arange(2 * 3 * 4, dtype=np.uint16).reshape(2, 3, 4)


def pet(**said: Any) -> MemoryTree:
    plain = {
        "Modality": "PT",
        "Units": "BQML",
        "PatientWeight": str(WEIGHT),
        "DecayCorrected": "YES",
        "AttenuationCorrected": "YES",
        "DecayCorrectionDateTime": "20250101110000",
        "RadiopharmaceuticalInformationSequence": None,
        "FrameContentSequence": lambda k: {
            "FrameAcquisitionDateTime": f"202501011100{10 * k:02}",
            "FrameAcquisitionDuration": 60_000.0,
        },
        "PixelValueTransformationSequence": lambda k: {
            "RescaleSlope": 2 + k,
            "RescaleIntercept": 0,
            "RescaleType": "US",
        },
    }
    tracer = {
        "RadionuclideTotalDose": str(DOSE),
        "RadionuclideHalfLife": str(HALF_LIFE),
        "RadiopharmaceuticalStartDateTime": "20250101100000",
    }
    merged = {k: v for k, v in (plain | said).items() if v is not None}
    data = enhanced(STORED.copy(), **merged)
    content = dcmread(io.BytesIO(data))
    content.RadiopharmaceuticalInformationSequence = item(**tracer)
    content.save_as(into := io.BytesIO())
    return MemoryTree({"a": into.getvalue()})


def slopes() -> np.ndarray:
    return np.arange(4) + 2.0


def test_decay_corrected_frames_share_one_factor() -> None:
    """F070: the reference time is DecayCorrectionDateTime, an hour after the injection."""
    volume, made = read_suv(pet(), ["a"])
    factor = 2 ** (3600 / HALF_LIFE) * WEIGHT * 1000 / DOSE
    assert made.value == pytest.approx(factor)
    assert "DecayCorrectionDateTime" in " ".join(made.how)
    assert np.allclose(volume.array, STORED * slopes() * factor, rtol=1e-6)


def test_uncorrected_frames_are_corrected_each_by_its_own_time() -> None:
    volume, made = read_suv(pet(DecayCorrected="NO", DecayCorrectionDateTime=None), ["a"])
    decays = np.log(2) / HALF_LIFE * 60
    mean = (1 - np.exp(-decays)) / decays
    passed = 3600 + 10 * np.arange(4)
    factors = 2 ** (passed / HALF_LIFE) / mean * WEIGHT * 1000 / DOSE
    assert [made.slices[f"a frame {k + 1}"] for k in range(4)] == pytest.approx(list(factors))
    assert np.allclose(volume.array, STORED * slopes() * factors, rtol=1e-6)


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({"DecayCorrectionDateTime": None}, "DecayCorrectionDateTime is not stated"),
        ({"DecayCorrected": None}, "DecayCorrection is not stated"),
        ({"PatientWeight": None}, "PatientWeight"),
        (
            {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.128.1"},
            "cannot be computed of Legacy Converted Enhanced PET",
        ),
    ],
)
def test_what_cannot_be_computed_is_refused_by_name(said: dict[str, Any], named: str) -> None:
    with pytest.raises(Refused, match=named):
        read_suv(pet(**said), ["a"])
