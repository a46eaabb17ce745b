"""Which licenses may be mixed: known pairs, each with the chart that it was read from.

REMIX is the chart of what may be combined in one adaptation; ADAPTER is the chart of the licenses
that an adaptation may carry. Both are Creative Commons'.
"""

from __future__ import annotations

from itertools import combinations_with_replacement
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medreg import terms
from medreg.cli import main
from medreg.model import Claim

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
TABLE = terms.parse((ROOT / "registry/terms.csv").read_text(encoding="utf-8"))
REMIX = (
    "Creative Commons for Educators and Librarians (2020), figure 4.12, p. 85; CC FAQ, "
    "'Can I combine material under different Creative Commons licenses in my work?'"
)
ADAPTER = "CC FAQ, adapter's license chart ('If I derive or adapt material ...')"
VERSIONS = "CC wiki, License Versions, 'Adapter's license: later versions' (by-sa 3.0, section 4b)"
ONE_WAY = "https://creativecommons.org/compatiblelicenses (GPLv3, one way, from BY-SA 4.0)"
ODBL = "https://opendatacommons.org/licenses/odbl/1-0/ section 4.4 (this license, or a later one)"

PD, BY, SA, NC = "CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0"
ND, NC_SA, NC_ND = "CC-BY-ND-4.0", "CC-BY-NC-SA-4.0", "CC-BY-NC-ND-4.0"
SEVEN = (PD, BY, SA, NC, ND, NC_SA, NC_ND)

MIX = {  # what may be remixed with what; every other pair may not
    PD: (PD, BY, SA, NC, NC_SA),
    BY: (BY, SA, NC, NC_SA),
    SA: (SA,),
    NC: (NC, NC_SA),
    NC_SA: (NC_SA,),
}
CARRY = {  # what an adaptation of the key may be licensed under; nothing else
    PD: SEVEN,
    BY: (BY, NC, NC_ND, NC_SA, ND, SA),
    NC: (NC, NC_ND, NC_SA),
    NC_SA: (NC_SA,),
    SA: (SA,),
    ND: (),
    NC_ND: (),
}


def remixes() -> Iterator[tuple[str, str, bool, str]]:
    for one, other in combinations_with_replacement(SEVEN, 2):
        yield one, other, other in MIX.get(one, ()) or one in MIX.get(other, ()), REMIX
    yield "CC-BY-SA-3.0", SA, True, VERSIONS
    yield "CC-BY-NC-SA-3.0", NC_SA, True, VERSIONS
    yield "CC-BY-SA-3.0", "CC-BY-NC-SA-3.0", False, REMIX
    yield "CC-BY-3.0", BY, True, VERSIONS
    yield "CC-BY-3.0", NC_SA, True, REMIX
    yield "CC-BY-NC-3.0", SA, False, REMIX
    yield SA, "GPL-3.0-only", True, ONE_WAY
    yield "CC-BY-SA-3.0", "GPL-3.0-only", False, ONE_WAY
    yield NC, "GPL-3.0-only", False, "https://www.gnu.org/licenses/gpl-3.0.html section 10"
    yield "ODbL-1.0", SA, False, ODBL
    yield "ODbL-1.0", PD, True, ODBL


@pytest.mark.parametrize(("one", "other", "may", "source"), list(remixes()))
def test_what_may_be_remixed(one: str, other: str, *, may: bool, source: str) -> None:
    found = terms.adaptation([TABLE[one], TABLE[other]], TABLE)
    assert found.answer == ("allowed" if may else "blocked"), source
    turned = terms.adaptation([TABLE[other], TABLE[one]], TABLE)
    assert turned == found


@pytest.mark.parametrize(
    ("original", "license_"), [(o, n) for o in CARRY for n in SEVEN], ids=" under ".join
)
def test_what_an_adaptation_may_carry(original: str, license_: str) -> None:
    expected = "allowed" if license_ in CARRY[original] else "blocked"
    assert terms.may_go_under(TABLE[original], TABLE[license_]) == expected, ADAPTER


@pytest.mark.parametrize(
    ("originals", "under"),
    [
        ([BY], BY),
        ([PD, PD], PD),
        ([BY, NC], NC),
        ([BY, SA], SA),
        (["CC-BY-SA-3.0", BY], SA),
        (["CC-BY-3.0", BY], BY),
        ([SA, "GPL-3.0-only"], "GPL-3.0-only"),
        ([NC, NC_SA, PD], NC_SA),
    ],
)
def test_the_license_that_asks_least_is_proposed(originals: list[str], under: str) -> None:
    assert terms.adaptation([TABLE[one] for one in originals], TABLE).under == under


@given(
    st.lists(st.sampled_from(sorted(TABLE)), min_size=1, max_size=4), st.sampled_from(sorted(TABLE))
)
def test_one_more_original_never_allows_more(originals: list[str], added: str) -> None:
    order = ("blocked", "unclear", "allowed")
    before = terms.adaptation([TABLE[one] for one in originals], TABLE)
    after = terms.adaptation([TABLE[one] for one in [*originals, added]], TABLE)
    assert order.index(after.answer) <= order.index(before.answer)
    if after.answer == "allowed":
        assert all(
            terms.may_go_under(TABLE[one], TABLE[after.under]) == "allowed"
            for one in [*originals, added]
        )


# --- collections, adaptations and weights of datasets -------------------------------------------


def test_masks_of_two_share_alike_licenses_are_not_merged_but_lie_side_by_side() -> None:
    claims = [Claim(value, "its page", "2026-11", "publisher") for value in (SA, NC_SA)]
    labels = [terms.verdict([claim], "share-labels", TABLE) for claim in claims]
    assert all(one.allowed for one in labels)
    merged = terms.together(labels, "share-labels", TABLE)
    assert merged.answer == "blocked"
    assert merged.reason == f"no license satisfies {NC_SA} and {SA} at once"
    data = [terms.verdict([claim], "share-data", TABLE) for claim in claims]
    assert terms.together(data, "share-data", TABLE).allowed


def test_no_derivatives_binds_adaptations_and_not_collections() -> None:
    claim = Claim(NC_ND, "its page", "2026-11", "publisher")
    assert terms.verdict([claim], "share-data", TABLE).allowed
    assert terms.verdict([claim], "share-labels", TABLE).answer == "blocked"
    assert terms.verdict([claim], "share-weights", TABLE).answer == "unclear"


def test_the_command_names_the_license_of_merged_masks(capsys: pytest.CaptureFixture[str]) -> None:
    """F100: what a combination allows, at the terminal."""
    assert main(["terms", "msd_spleen", "msd_liver", "--use", "share-labels"]) == 0
    assert "an adaptation goes under CC-BY-SA-4.0" in capsys.readouterr().out
    assert main(["terms", "msd_spleen", "kits23", "--use", "share-labels"]) == 1
    out = capsys.readouterr().out
    assert "no license satisfies CC-BY-NC-SA-4.0 and CC-BY-SA-4.0 at once" in out
