"""Names of releases: semantic versions, in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medreg.errors import BytesDiffer, Misuse, NotFound
from medreg.versions import git, releases

if TYPE_CHECKING:
    from medreg.registry import Registry

ORDERED = [  # https://semver.org, section 11
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
    "1.0.1",
    "1.2.0",
    "1.10.0",
    "2.0.0",
]


def test_versions_are_ordered_as_semver_orders_them() -> None:
    assert sorted(set(ORDERED), key=releases.order) == ORDERED


@given(st.tuples(*[st.integers(0, 10**6)] * 3))
def test_every_triple_is_a_version(numbers: tuple[int, ...]) -> None:
    text = ".".join(map(str, numbers))
    assert releases.split(f"liver_ct@v{text}") == ("liver_ct", text)
    assert releases.tag_of(*releases.split(f"liver_ct@{text}")) == f"liver_ct@v{text}"


@pytest.mark.parametrize("text", ["", "1", "1.0", "01.0.0", "1.0.0+build", "v", "1.0.0-", "latest"])
def test_other_words_are_no_versions(text: str) -> None:
    with pytest.raises(Misuse, match=r"semantic version|names no release"):
        releases.split(f"liver_ct@{text}")


def test_what_medreg_did_not_release_has_no_record(lab: Registry) -> None:
    git.annotate(lab.root, "open_set@v1.0.0", "made by hand")
    with pytest.raises(BytesDiffer, match="was not made by medreg"):
        releases.record_of(lab.root, "open_set@v1.0.0")
    with pytest.raises(NotFound) as error:
        releases.record_of(lab.root, "open_set@v1.0.1")
    assert error.value.hint == "did you mean open_set@v1.0.0?"
