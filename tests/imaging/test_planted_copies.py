"""A sample of ``bench/duplicates.py``: copies are found, other visits and strangers are not."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from medreg.imaging.fingerprints import fingerprint_of, match
from tests.imaging.changes import CHANGES, ONLY_HU
from tests.imaging.planted import planted, random

if TYPE_CHECKING:
    from medreg.imaging.fingerprints import Fingerprint
    from medreg.volume import Volume
    from tests.imaging.planted import Planted

SCANS = 6


@cache
def scans(*, real: bool) -> list[tuple[Planted, Volume, Volume, Fingerprint]]:
    made = [(one, one.scan(), one.visit()) for one in planted(SCANS, real=real)]
    return [(one, scan, visit, fingerprint_of(scan)) for one, scan, visit in made]


def asked(kind: str, *, real: bool) -> None:
    fit = [one for one in scans(real=real) if kind not in ONLY_HU or one[1].unit == "HU"]
    for one, scan, visit, known in fit:
        copy = fingerprint_of(CHANGES[kind](scan, random(f"{one.name} {kind}")))
        again = fingerprint_of(CHANGES[kind](visit, random(f"{one.name} again {kind}")))
        assert match(known, copy).rung != "none", one
        assert match(known, again).rung == "none", one
        strangers = [other for other in fit if one.stranger(other[0])]
        assert not [other[0] for other in strangers if match(other[3], copy).rung != "none"]


@pytest.mark.parametrize("kind", CHANGES)
def test_made_up_scans(kind: str) -> None:
    asked(kind, real=False)


@pytest.mark.parametrize("kind", CHANGES)
@pytest.mark.usefixtures("shared_data")
def test_parts_of_real_scans(kind: str) -> None:
    asked(kind, real=True)
