"""Verdicts are derived from claims, and never allow more than somebody said."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medreg import terms
from medreg.errors import DeclarationError
from medreg.model import Claim, Rank

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "registry/terms.csv").read_text(encoding="utf-8")
TABLE = terms.parse(TEXT)
ALLOWS = ("blocked", "unclear", "allowed")

RANKS = st.sampled_from(["publisher", "archive", "paper", "third party"])
VALUES = st.sampled_from([*TABLE, "LicenseRef-Unheard-Of"])
CLAIMS = st.builds(
    Claim,
    value=VALUES,
    source=st.sampled_from(["a", "b", "c"]),
    date=st.just("2026-11"),
    rank=RANKS,
    covers=st.sampled_from(["all", "images", "masks"]),
)
USES = st.sampled_from(terms.USES)


def says(value: str, rank: Rank = "publisher", source: str = "its page", **more: str) -> Claim:
    return Claim(value, source=source, date="2026-11", rank=rank, **more)  # type: ignore[arg-type]  # covers


# --- single claims ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("license_", "use", "answer"),
    [
        ("CC-BY-SA-4.0", "research", "allowed"),
        ("CC-BY-SA-4.0", "train", "allowed"),
        ("CC-BY-SA-4.0", "commercial", "allowed"),
        ("CC-BY-SA-4.0", "share-data", "allowed"),
        ("CC-BY-SA-4.0", "share-labels", "allowed"),
        ("CC-BY-SA-4.0", "share-weights", "unclear"),
        ("CC-BY-NC-SA-4.0", "train", "allowed"),
        ("CC-BY-NC-SA-4.0", "commercial", "blocked"),
        ("CC-BY-NC-SA-4.0", "share-data", "allowed"),
        ("CC-BY-NC-ND-4.0", "train", "allowed"),
        ("CC-BY-NC-ND-4.0", "share-data", "allowed"),
        ("CC-BY-NC-ND-4.0", "share-labels", "blocked"),
        ("CC0-1.0", "share-weights", "allowed"),
        ("LicenseRef-Institutional", "train", "allowed"),
        ("LicenseRef-Institutional", "commercial", "blocked"),
        ("LicenseRef-Institutional", "share-data", "blocked"),
        ("LicenseRef-Research", "commercial", "unclear"),
        ("LicenseRef-Unheard-Of", "research", "unclear"),
    ],
)
def test_a_publisher_s_license_decides(license_: str, use: terms.Use, answer: str) -> None:
    verdict = terms.verdict([says(license_)], use, TABLE)
    assert verdict.answer == answer
    assert verdict.claim == says(license_)
    assert license_ in verdict.reason


def test_conditions_of_sharing_are_told() -> None:
    reason = terms.verdict([says("CC-BY-NC-SA-4.0")], "share-labels", TABLE).reason
    assert "naming the source, adaptations under the same license, not commercially" in reason
    unchanged = terms.verdict([says("CC-BY-NC-ND-4.0")], "share-data", TABLE).reason
    assert "naming the source, not commercially, masks as they came" in unchanged


def test_where_and_when_it_was_read_is_told() -> None:
    reason = terms.verdict([says("CC-BY-SA-4.0")], "commercial", TABLE).reason
    assert reason == "CC-BY-SA-4.0, publisher's statement (its page, read 2026-11)"


def test_weights_stay_unclear_when_only_an_archive_waives_all_rights() -> None:
    assert terms.verdict([says("CC0-1.0", "archive")], "share-weights", TABLE).answer == "unclear"


# --- several claims -----------------------------------------------------------------------------


def test_third_parties_that_contradict_are_unclear_and_all_named() -> None:
    claims = [
        says("CC-BY-NC-ND-4.0", "third party", "neuro-ml/amid"),
        says("CC-BY-SA-4.0", "third party", "AbdomenAtlas table"),
        says("CC-BY-NC-SA-4.0", "third party", "MedIMeta"),
    ]
    verdict = terms.verdict(claims, "commercial", TABLE)
    assert verdict.answer == "unclear"
    assert not verdict.allowed
    assert verdict.claim is None
    assert verdict.reason == (
        "third parties contradict: CC-BY-NC-ND-4.0 (neuro-ml/amid) · "
        "CC-BY-SA-4.0 (AbdomenAtlas table) · CC-BY-NC-SA-4.0 (MedIMeta)"
    )


def test_third_parties_alone_are_unclear_even_when_they_agree() -> None:
    claims = [says("CC-BY-4.0", "third party", source) for source in ("one", "another")]
    verdict = terms.verdict(claims, "train", TABLE)
    assert verdict.answer == "unclear"
    assert verdict.reason == "CC-BY-4.0 by third parties alone (one · another)"


def test_a_higher_rank_stands_above_all_below_it() -> None:
    below = [says("CC-BY-NC-4.0", "archive"), says("CC-BY-NC-ND-4.0", "third party")]
    assert terms.verdict([*below, says("CC-BY-4.0")], "commercial", TABLE).answer == "allowed"


def test_publishers_that_contradict_are_unclear() -> None:
    verdict = terms.verdict([says("CC-BY-4.0"), says("CC-BY-NC-4.0")], "commercial", TABLE)
    assert verdict.answer == "unclear"
    assert verdict.reason.startswith("claims of the publisher contradict: CC-BY-4.0 (its page)")


def test_images_and_masks_are_judged_apart() -> None:
    claims = [says("CC-BY-NC-4.0", covers="images"), says("CC-BY-4.0", covers="masks")]
    assert terms.verdict(claims, "share-labels", TABLE).claim == claims[1]
    assert terms.verdict(claims, "commercial", TABLE).claim == claims[0]
    masks_alone = terms.verdict(claims[1:], "commercial", TABLE)
    assert masks_alone == terms.Verdict("unclear", "nobody states the terms of the images")


def test_no_claim_is_unclear() -> None:
    assert terms.verdict([], "research", TABLE).answer == "unclear"


def test_a_trusted_claim_is_judged_alone() -> None:
    claim = says("CC-BY-SA-4.0", "third party", "AbdomenAtlas table")
    assert terms.of_claim(claim, "commercial", TABLE).allowed


@given(st.lists(CLAIMS, max_size=5), CLAIMS, USES)
def test_a_contradiction_at_equal_rank_never_allows_more(
    claims: list[Claim], added: Claim, use: terms.Use
) -> None:
    order = ["publisher", "archive", "paper", "third party"]
    before = terms.verdict(claims, use, TABLE)
    for part in ("images", "masks"):
        covering = [c for c in claims if c.covers in (part, "all")]
        best = min((order.index(c.rank) for c in covering), default=None)
        if added.covers in (part, "all") and (best is None or order.index(added.rank) < best):
            return  # a higher rank may speak for the first time, and decide
    after = terms.verdict([*claims, added], use, TABLE)
    assert before.allowed or not after.allowed


@given(st.lists(CLAIMS, min_size=1, max_size=5), USES)
def test_a_verdict_does_not_depend_on_the_order_of_claims(
    claims: list[Claim], use: terms.Use
) -> None:
    forth, back = (terms.verdict(order, use, TABLE) for order in (claims, claims[::-1]))
    assert forth.answer == back.answer


@given(st.lists(st.tuples(st.lists(CLAIMS, max_size=3), USES), min_size=1, max_size=5))
def test_a_whole_is_as_strict_as_its_strictest_part(parts: list[tuple[list[Claim], str]]) -> None:
    verdicts = [terms.verdict(claims, use, TABLE) for claims, use in parts]  # type: ignore[arg-type]  # use
    whole = terms.combined(verdicts)
    assert ALLOWS.index(whole.answer) == min(ALLOWS.index(one.answer) for one in verdicts)
    assert all(one.reason in whole.reason for one in verdicts if one.answer == whole.answer)


def test_the_whole_of_nothing_is_unclear() -> None:
    assert terms.combined([]).answer == "unclear"


# --- the table ----------------------------------------------------------------------------------


@pytest.mark.parametrize("license_", TABLE.values(), ids=lambda license_: license_.id)
def test_names_of_creative_commons_licenses_agree_with_their_columns(
    license_: terms.License,
) -> None:
    if license_.id.startswith("CC-BY"):
        elements = license_.id.split("-")
        assert license_.commercial == ("no" if "NC" in elements else "yes")
        assert license_.derivatives == ("no" if "ND" in elements else "yes")
        assert license_.share_alike == ("yes" if "SA" in elements else "no")
        assert license_.attribution == license_.redistribution == "yes"
        assert f"licenses/{'-'.join(elements[1:-1]).lower()}/{elements[-1]}/" in license_.source


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("CC0-1.0,", ",", "id is empty"),
        (",no,yes,no,yes,yes,", ",no,perhaps,no,yes,yes,", "commercial is yes, no or unclear"),
        ("CC-BY-3.0,", "CC0-1.0,", "CC0-1.0 again"),
        ("id,title", "id,name", "its columns are id, name"),
        ("CC0-1.0,Creative", "CC0-1.0,a,Creative", "more cells than columns"),
    ],
)
def test_a_wrong_row_is_named(old: str, new: str, message: str) -> None:
    with pytest.raises(DeclarationError, match=message) as caught:
        terms.parse(TEXT.replace(old, new, 1), where="here.csv")
    assert caught.value.message.startswith("here.csv")
