"""The factor from headers: every case of QIBA's pseudo-code, what is guessed, what is refused."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from medreg.errors import Refused
from medreg.imaging.suv.body import KINDS, norm
from medreg.imaging.suv.factor import factor
from medreg.imaging.suv.facts import Slice, facts
from medreg.imaging.suv.times import point, stamp
from tests.imaging.dicoms import fill, item

HALF = 6586.2
START = datetime(2025, 1, 1, 11)  # noqa: DTZ001 - DICOM's local time
INJECTED = START - timedelta(hours=1)
RATE = math.log(2) / HALF

PLAIN = Slice(
    path="a",
    units="BQML",
    suv_type="",
    corrected=frozenset({"ATTN", "DECY", "SCAT"}),
    decay="START",
    weight=70.0,
    size=1.75,
    sex="M",
    dose=350e6,
    half_life=HALF,
    nuclide=("", ""),
    injected=INJECTED,
    injected_at="",
    series=START,
    acquired=START,
    frame_reference=None,
    duration=None,
    decay_factor=None,
    intercept=0.0,
    ge_scan=None,
    philips_suv=None,
    philips_activity=None,
)


def expected(seconds: float = 3600.0, weight: float = 70.0, dose: float = 350e6) -> float:
    return weight * 1000 / (dose * 2 ** (-seconds / HALF))


def value(**said: object) -> float:
    return factor([replace(PLAIN, **said)]).value  # type: ignore[arg-type]


def warnings(**said: object) -> str:
    return " | ".join(factor([replace(PLAIN, **said)]).warnings)  # type: ignore[arg-type]


def refusal(**said: object) -> str:
    with pytest.raises(Refused) as caught:
        factor([replace(PLAIN, **said)])  # type: ignore[arg-type]
    return caught.value.message


# --- decay correction ----------------------------------------------------------------------------


def test_start_refers_to_the_series_time() -> None:
    assert value() == pytest.approx(expected())
    assert warnings() == ""


def test_a_later_bed_still_refers_to_the_series_time() -> None:
    beds = [
        replace(PLAIN, path=str(n), acquired=START + timedelta(minutes=3 * n)) for n in range(4)
    ]
    made = factor(beds)
    assert made.value == pytest.approx(expected())
    assert (made.slices, made.warnings) == ({}, ())


def test_admin_needs_no_time() -> None:
    assert value(decay="ADMIN", injected=None, series=None) == pytest.approx(expected(0))


def test_none_corrects_each_frame_by_its_own_time() -> None:
    none = replace(PLAIN, decay="NONE", corrected=frozenset({"ATTN"}), duration=120.0)
    later = replace(none, path="b", acquired=START + timedelta(seconds=600))
    made = factor([none, later])
    mean = (1 - math.exp(-RATE * 120)) / (RATE * 120)
    assert made.of("a") == pytest.approx(expected(3600) / mean)
    assert made.of("b") == pytest.approx(expected(4200) / mean)
    assert "by slice" in made.notes[0]


def test_a_series_later_than_its_acquisition_takes_the_scan_time_of_ge() -> None:
    processed = START + timedelta(hours=5)
    assert value(series=processed, ge_scan=START) == pytest.approx(expected())
    assert value(ge_scan=START + timedelta(hours=1)) == pytest.approx(expected()), "not asked for"


def test_frame_reference_time_decides_where_the_series_time_cannot() -> None:
    average = math.log(RATE * 300 / (1 - math.exp(-RATE * 300))) / RATE
    said = {
        "series": START + timedelta(hours=5),
        "acquired": START + timedelta(seconds=600),
        "duration": 300.0,
        "frame_reference": 600 + average,
    }
    assert value(**said) == pytest.approx(expected())
    assert "FrameReferenceTime" in warnings(**said)


@pytest.mark.parametrize("minutes", [5, 50])
def test_a_series_time_that_every_slice_contradicts_is_not_taken(minutes: int) -> None:
    """The study's start as SeriesTime: FrameReferenceTime counts from the scan."""
    early = START - timedelta(minutes=minutes)
    said = {"series": early, "duration": 300.0, "frame_reference": 149.7}
    assert value(**said) == pytest.approx(expected(), rel=1e-4)
    assert "FrameReferenceTime tells in every slice" in warnings(**said)


def test_beds_that_tell_different_times_do_not_outvote_the_series_time() -> None:
    """As GE writes it: one AcquisitionTime for all beds, FrameReferenceTime from their starts."""
    beds = [
        replace(PLAIN, path=str(n), duration=240.0, frame_reference=243.0 * n) for n in range(6)
    ]
    made = factor(beds)
    assert made.value == pytest.approx(expected())
    assert made.warnings == ()


def test_decay_factor_may_side_with_the_series_time() -> None:
    """DecayFactor tells how much was corrected: from 30 minutes after the reference."""
    said = {"acquired": START + timedelta(minutes=30), "duration": 120.0, "frame_reference": 60.0}
    assert value(**said, decay_factor=2 ** (1800 / HALF)) == pytest.approx(expected())
    assert value(**said) == pytest.approx(expected(5400), rel=1e-4)


def test_a_lone_bed_may_count_from_its_start() -> None:
    assert value(duration=600.0, frame_reference=0.0) == pytest.approx(expected())
    assert warnings(duration=600.0, frame_reference=0.0) == ""


def test_the_earliest_acquisition_is_the_last_resort() -> None:
    late = START + timedelta(hours=5)
    slices = [
        replace(PLAIN, path="a", series=late, acquired=START + timedelta(seconds=60)),
        replace(PLAIN, path="b", series=late),
    ]
    made = factor(slices)
    assert made.value == pytest.approx(expected())
    assert "earliest acquisition" in made.warnings[0]


def test_an_injection_before_midnight() -> None:
    after = START.replace(hour=0, minute=30)
    said = {"injected": None, "injected_at": "233000.00", "series": after, "acquired": after}
    assert value(**said) == pytest.approx(expected())


def test_the_datetime_of_injection_is_preferred_unless_it_cannot_be() -> None:
    assert value(injected_at="090000") == pytest.approx(expected())
    assert "time of day" not in warnings(injected_at="090000")
    other_day = INJECTED - timedelta(days=400)  # dates shifted, but not this one
    assert value(injected=other_day) == pytest.approx(expected())
    assert "only its time of day was taken" in warnings(injected=other_day)


# --- units ---------------------------------------------------------------------------------------


def test_counts_by_the_factors_of_philips() -> None:
    assert value(units="CNTS", philips_suv=0.000412, philips_activity=2.0) == 0.000412
    assert value(units="CNTS", philips_activity=2.0) == pytest.approx(2 * expected())
    assert "(7053,1000) and (7053,1009)" in refusal(units="CNTS")


def test_counts_may_scale_by_slice() -> None:
    pair = [
        replace(PLAIN, path=p, units="CNTS", philips_suv=v) for p, v in (("a", 1.0), ("b", 2.0))
    ]
    assert [factor(pair).of(path) for path in "ab"] == [1.0, 2.0]


def test_uptake_of_another_kind_is_converted_back() -> None:
    assert value(units="GML") == value(units="GML", suv_type="BW") == 1.0
    lean, _ = norm("lbmjames128", 70, 1.75, "M")
    assert value(units="GML", suv_type="LBMJAMES128") == pytest.approx(70_000 / lean)
    assert value(units="CM2ML") == pytest.approx(70_000 / norm("bsa", 70, 1.75, "M")[0])
    assert "SUVType BSA with Units GML" in refusal(units="GML", suv_type="BSA")


def test_masses_are_those_of_the_papers() -> None:
    """Worked by hand for 70 kg, 1.75 m."""
    assert norm("lbm", 70, 1.75, "M")[0] == pytest.approx(57_800)
    assert norm("lbmjames128", 70, 1.75, "M")[0] == pytest.approx(56_520)
    assert norm("lbm", 70, 1.75, "F")[0] == pytest.approx(51_220)
    assert norm("lbmjanma", 70, 1.75, "M")[0] == pytest.approx(55_857.1, abs=0.1)
    assert norm("lbmjanma", 70, 1.75, "F")[0] == pytest.approx(45_197.0, abs=0.1)
    assert norm("bsa", 70, 1.75, "M")[0] == pytest.approx(18_481, abs=1)
    assert norm("ibw", None, 1.75, "F")[0] == pytest.approx(66_430)
    both = norm("lbm", 70, 1.75, "O")
    assert both[0] == pytest.approx((57_800 + 51_220) / 2)
    assert both[1]


@given(kind=st.sampled_from(KINDS), stored=st.sampled_from(KINDS))
def test_kinds_convert_consistently(kind: str, stored: str) -> None:
    """From activity to *kind* is from activity to *stored*, then from *stored* to *kind*."""
    said = {"units": "CM2ML" if stored == "bsa" else "GML", "suv_type": stored.upper()}
    once = factor([PLAIN], kind).value  # type: ignore[arg-type]
    first = factor([PLAIN], stored).value  # type: ignore[arg-type]
    then = factor([replace(PLAIN, **said)], kind).value  # type: ignore[arg-type]
    assert first * then == pytest.approx(once)


# --- guesses and refusals ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "warning"),
    [
        ({"dose": 350.0}, "taken for MBq"),
        ({"dose": 350e3}, "taken for kBq"),
        ({"weight": 70_000.0}, "taken for grams"),
        ({"half_life": None, "nuclide": ("77004003", "")}, "of 18F"),
        ({"half_life": None, "nuclide": ("", "F-18")}, "of 18F"),
        ({"half_life": None, "nuclide": ("", "^18^Fluorine")}, "of 18F"),
        ({"half_life": 109.77, "nuclide": ("C-111A1", "")}, "taken for minutes"),
        ({"corrected": frozenset()}, "attenuation correction was assumed"),
        ({"decay": ""}, "taken for START"),
        ({"intercept": 3.0}, "RescaleIntercept"),
    ],
)
def test_what_is_guessed_gives_the_same_value_and_is_said(
    said: dict[str, object], warning: str
) -> None:
    assert value(**said) == pytest.approx(expected())
    assert warning in warnings(**said)


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({"weight": None}, "PatientWeight"),
        ({"dose": None}, "RadionuclideTotalDose"),
        ({"half_life": None}, "RadionuclideHalfLife"),
        ({"injected": None}, "RadiopharmaceuticalStartTime"),
        ({"series": None, "acquired": None}, "SeriesTime"),
        ({"corrected": frozenset({"DECY"})}, "ATTN"),
        ({"corrected": frozenset({"ATTN"})}, "lacks DECY"),
        ({"decay": "NONE"}, "CorrectedImage has DECY"),
        ({"decay": "NONE", "corrected": frozenset({"ATTN"})}, "ActualFrameDuration"),
        ({"decay": "LATER"}, "LATER"),
        ({"decay": "", "corrected": frozenset({"ATTN"})}, "DecayCorrection"),
        ({"units": "PROPCPS"}, "PROPCPS"),
        ({"units": ""}, "not stated"),
    ],
)
def test_what_cannot_be_computed_is_refused_by_name(said: dict[str, object], named: str) -> None:
    message = refusal(**said)
    assert "SUV" in message
    assert named in message


def test_slices_of_two_doses_are_refused() -> None:
    with pytest.raises(Refused, match="RadionuclideTotalDose is 350000000 in a, 1 in b"):
        factor([PLAIN, replace(PLAIN, path="b", dose=1.0)])


@given(
    waited=st.floats(0, 20_000),
    weight=st.floats(3, 300),
    dose=st.floats(1e7, 1e9),
    shift=st.integers(-20_000, 20_000),
)
def test_dates_that_shift_together_change_nothing(
    waited: float, weight: float, dose: float, shift: int
) -> None:
    one = replace(
        PLAIN, weight=weight, dose=dose, injected=START - timedelta(seconds=round(waited))
    )
    moved = {
        name: getattr(one, name) + timedelta(days=shift)
        for name in ("injected", "series", "acquired")
    }
    assert factor([replace(one, **moved)]) == factor([one])
    assert factor([one]).value == pytest.approx(expected(round(waited), weight, dose))


# --- headers -------------------------------------------------------------------------------------


def header(**said: object) -> Dataset:
    tracer = {
        "RadionuclideTotalDose": "350000000",
        "RadionuclideHalfLife": "6586.2",
        "RadiopharmaceuticalStartTime": "100000",
    }
    plain = {
        "Units": "BQML",
        "CorrectedImage": ["ATTN", "DECY"],
        "DecayCorrection": "START",
        "SeriesDate": "20250101",
        "SeriesTime": "110000",
        "AcquisitionDate": "20250101",
        "AcquisitionTime": "110000.00",
        "PatientWeight": "70",
        "RadiopharmaceuticalInformationSequence": item(**tracer),
    }
    return fill(Dataset(), plain | said)


def test_headers_say_what_decides() -> None:
    assert factor([facts(header(), "a")]).value == pytest.approx(expected())


def test_private_scales_are_found_by_their_creator() -> None:
    counts = header(Units="CNTS")
    counts.private_block(0x7053, "Philips PET Private Group", create=True).add_new(0, "DS", "0.5")
    assert factor([facts(counts, "a")]).value == 0.5
    late = header(SeriesTime="160000")
    late.private_block(0x0009, "GEMS_PETD_01", create=True).add_new(0x0D, "DT", "20250101110000.00")
    assert factor([facts(late, "a")]).value == pytest.approx(expected())


def test_private_scales_without_a_creator_are_a_guess() -> None:
    counts = header(Units="CNTS")
    counts.add_new((0x7053, 0x1009), "DS", "2.0")
    made = factor([facts(counts, "a")])
    assert made.value == pytest.approx(2 * expected())
    assert "7053 names no creator" in made.warnings[-1]
    counts.add_new((0x7053, 0x0010), "LO", "Somebody else")
    with pytest.raises(Refused, match="7053,1000"):
        factor([facts(counts, "a")])


def test_an_acquisition_after_midnight_without_a_date() -> None:
    said = header(SeriesTime="235900", AcquisitionTime="000100")
    del said.AcquisitionDate
    assert facts(said, "a").acquired == datetime(2025, 1, 2, 0, 1)  # noqa: DTZ001 - local


def test_what_is_no_number_is_not_stated() -> None:
    assert facts(header(PatientWeight=""), "a").weight is None
    assert facts(header(PatientWeight="0"), "a").weight is None


@given(st.text(alphabet="0123456789.:+- ", max_size=26))
def test_no_text_breaks_the_clock(text: str) -> None:
    stamp(text)
    point(text[:10], text[10:])


def test_zones_meet() -> None:
    assert stamp("20250101100000+0100", "+0200") == datetime(2025, 1, 1, 11)  # noqa: DTZ001 - local
    assert stamp("20250101100000.5") == datetime(2025, 1, 1, 10, 0, 0, 500000)  # noqa: DTZ001 - local
