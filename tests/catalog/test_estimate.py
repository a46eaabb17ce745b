"""A size that nobody states is guessed from others of its kind, and never passed off as stated."""

from __future__ import annotations

from medreg.catalog.entries import Entry
from medreg.catalog.estimate import FEWEST, estimated


def entry(name: str, scans: int, size_gb: float | None, modality: str = "CT") -> Entry:
    return Entry(name=name, title=name, modalities=(modality,), scans=scans, size_gb=size_gb)


def test_the_median_per_scan_of_its_kind_is_taken_and_marked() -> None:
    known = [entry(f"k{n}", 100, 10.0 * (n + 1)) for n in range(FEWEST)]  # 0.1 to 0.5 GB a scan
    found = {one.name: one for one in estimated([*known, entry("new", 50, None)])}
    assert (found["new"].size_gb, found["new"].guessed) == (15.0, True)
    assert all(found[one.name] == one for one in known)


def test_too_few_or_another_kind_say_nothing() -> None:
    few = [entry(f"k{n}", 100, 10.0) for n in range(FEWEST - 1)]
    others = [entry(f"m{n}", 100, 10.0, "MR") for n in range(FEWEST)]
    (*_, new) = estimated([*few, *others, entry("new", 50, None)])
    assert (new.size_gb, new.guessed) == (None, False)


def test_a_portal_and_what_counts_no_scan_are_left_alone() -> None:
    known = [entry(f"k{n}", 100, 10.0) for n in range(FEWEST)]
    uncounted = Entry(name="u", title="u", modalities=("CT",))
    portal = Entry(name="p", title="p", modalities=("CT",), scans=9, access="portal")
    assert list(estimated([*known, uncounted, portal]))[-2:] == [uncounted, portal]
