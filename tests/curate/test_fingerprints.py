"""What fingerprints decide: planted copies join groups, and one scan is kept once (F057)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from medreg.curate.decide import decide
from medreg.imaging import phantoms
from medreg.imaging.fingerprints import fingerprint_of
from medreg.tables import FingerprintRow
from tests.curate.facts import case, cases, facts, recipe
from tests.imaging.copies import SAME_PATIENT, SAME_SCAN, noisy, smoothed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medreg.curate.decide import Decision
    from medreg.imaging.fingerprints import Fingerprint
    from medreg.volume import Volume


def phantom(seed: str) -> Volume:
    return phantoms.ct(seed, (64, 64, 48)).image


def row(name: str, found: Fingerprint) -> FingerprintRow:
    texts = found.texts()
    return FingerprintRow(
        case=name,
        slices=texts["slices"],
        sketch=texts["sketch"],
        perceptual=texts["perceptual"],
    )


def decided(scans: Mapping[str, Mapping[str, Volume]], **keys: object) -> Decision:
    """Decide about the *scans* of each dataset, and about two that have no fingerprint."""
    prints = {
        name: {one: fingerprint_of(scan) for one, scan in some.items()}
        for name, some in scans.items()
    }
    tables = {
        name: [
            case(one, fingerprint=taken.values, patient="", unit=taken.unit)
            for one, taken in some.items()
        ]
        for name, some in prints.items()
    }
    tables["a"] += cases("z", 2, patient="")
    known = replace(
        facts(tables),
        fingerprints={
            name: [row(one, taken) for one, taken in some.items()] for name, some in prints.items()
        },
    )
    return decide("set", recipe([*scans], **keys), known)


def published(copy: Volume) -> Mapping[str, Mapping[str, Volume]]:
    """Return two datasets: b's first case is *copy*, as published by somebody else."""
    return {
        "a": {"x-0": phantom("scan"), "x-1": phantom("other")},
        "b": {"y-0": copy, "y-1": phantom("third")},
    }


def dropped(decision: Decision) -> list[tuple[str, str, str]]:
    return [(r.dataset, r.case, r.step) for r in decision.selection if r.decision == "dropped"]


@pytest.mark.parametrize("name", [*SAME_SCAN, *SAME_PATIENT])
def test_a_copy_of_a_scan_is_dropped(name: str) -> None:
    decision = decided(published({**SAME_SCAN, **SAME_PATIENT}[name](phantom("scan"))))
    assert dropped(decision) == [("b", "y-0", "overlap")]
    reason = next(r.reason for r in decision.selection if r.case == "y-0")
    assert "same scan as a/x-0" in reason
    assert "fingerprint: " in reason
    assert ("perceptual" in reason) == ("processed copy" in reason) == (name in SAME_PATIENT)


@pytest.mark.parametrize("name", SAME_PATIENT)
def test_a_recipe_may_keep_what_looks_alike_in_one_fold(name: str) -> None:
    decision = decided(published(SAME_PATIENT[name](phantom("scan"))), alike="keep")
    assert dropped(decision) == []
    groups = {r.case: r.group for r in decision.selection}
    assert groups["x-0"] == groups["y-0"]
    assert len(set(groups.values())) == len(groups) - 1
    folds = {r.case: r.fold for r in decision.selection}
    assert folds["x-0"] == folds["y-0"]


@pytest.mark.parametrize("name", SAME_PATIENT)
def test_two_reconstructions_that_one_dataset_shows_are_kept(name: str) -> None:
    decision = decided({"a": {"x-0": phantom("scan"), "x-1": SAME_PATIENT[name](phantom("scan"))}})
    assert dropped(decision) == []
    groups = {r.case: r.group for r in decision.selection}
    assert groups["x-0"] == groups["x-1"]


@pytest.mark.parametrize("order", ["ab", "ba"])
def test_a_copy_does_not_make_two_reconstructions_one(order: str) -> None:
    """The copy of the soft one looks like the sharp one, too."""
    soft = smoothed(smoothed(phantom("scan")))
    scans = {"a": {"sharp": phantom("scan"), "soft": soft}, "b": {"y-0": noisy(soft)}}
    decision = decided({name: scans[name] for name in order})
    assert dropped(decision) == [("b", "y-0", "overlap")]
    assert "same scan as a/soft" in next(r.reason for r in decision.selection if r.case == "y-0")
    assert len({r.group for r in decision.selection if not r.case.startswith("z")}) == 1


def test_mr_that_looks_alike_is_grouped_and_kept() -> None:
    first, second = (replace(scan, unit="") for scan in (phantom("scan"), noisy(phantom("scan"))))
    decision = decided({"a": {"x-0": first}, "b": {"y-0": second}})
    assert dropped(decision) == []
    assert len({r.group for r in decision.selection if not r.case.startswith("z")}) == 1


def test_strangers_stay_alone() -> None:
    decision = decided(published(phantom("a stranger")))
    groups = [r.group for r in decision.selection]
    assert len(set(groups)) == len(groups)
