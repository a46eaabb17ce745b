"""What fingerprints decide: planted copies join groups, and only the same scan is dropped."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from medreg.curate.decide import decide
from medreg.imaging import phantoms
from medreg.imaging.fingerprints import fingerprint_of
from medreg.tables import FingerprintRow
from tests.curate.facts import case, cases, facts, recipe
from tests.imaging.copies import SAME_PATIENT, SAME_SCAN

if TYPE_CHECKING:
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


def decided(copy: Volume) -> Decision:
    """Decide about two datasets: y's first case is *copy*, as published by somebody else."""
    prints = {"x-0": fingerprint_of(phantom("scan")), "x-1": fingerprint_of(phantom("other"))}
    other = {"y-0": fingerprint_of(copy), "y-1": fingerprint_of(phantom("third"))}
    tables = {
        "a": [case(name, fingerprint=one.values, patient="") for name, one in prints.items()],
        "b": [case(name, fingerprint=one.values, patient="") for name, one in other.items()],
    }
    tables["a"] += cases("z", 2, patient="")
    known = replace(
        facts(tables),
        fingerprints={
            "a": [row(name, one) for name, one in prints.items()],
            "b": [row(name, one) for name, one in other.items()],
        },
    )
    return decide("set", recipe(["a", "b"]), known)


@pytest.mark.parametrize("name", SAME_SCAN)
def test_a_copy_of_a_scan_is_dropped(name: str) -> None:
    decision = decided(SAME_SCAN[name](phantom("scan")))
    dropped = [(r.dataset, r.case, r.step) for r in decision.selection if r.decision == "dropped"]
    assert dropped == [("b", "y-0", "overlap")]
    reason = next(r.reason for r in decision.selection if r.case == "y-0")
    assert "same scan as a/x-0" in reason
    assert "fingerprint: " in reason


@pytest.mark.parametrize("name", SAME_PATIENT)
def test_a_scan_that_looks_alike_is_grouped_and_kept(name: str) -> None:
    decision = decided(SAME_PATIENT[name](phantom("scan")))
    assert all(r.decision == "kept" for r in decision.selection)
    groups = {r.case: r.group for r in decision.selection}
    assert groups["x-0"] == groups["y-0"]
    assert len(set(groups.values())) == len(groups) - 1
    folds = {r.case: r.fold for r in decision.selection}
    assert folds["x-0"] == folds["y-0"]


def test_strangers_stay_alone() -> None:
    decision = decided(phantom("a stranger"))
    groups = [r.group for r in decision.selection]
    assert len(set(groups)) == len(groups)
