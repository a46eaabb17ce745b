"""Filling polygons, against a test of every pixel by itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medreg.errors import Refused
from medreg.imaging.masks.polygon import Patch, exclusive, fill, nested
from medreg.testing.rtstruct import outlines

SIZE = (9, 7)
HALVES = st.integers(-6, 24).map(lambda n: n / 2)  # many lie on centers: ties
ANYWHERE = st.one_of(HALVES, st.floats(-50, 50, width=32))
CORNERS = st.lists(st.tuples(ANYWHERE, ANYWHERE), min_size=3, max_size=12)
PLANES = st.lists(st.booleans(), min_size=63, max_size=63).map(lambda b: np.array(b).reshape(SIZE))


def whole(patch: Patch) -> np.ndarray:
    array = np.zeros(SIZE, bool)
    a, b, c, d = patch.box
    array[a:c, b:d] = patch.array
    return array


def brute(points: list[tuple[float, float]]) -> np.ndarray:
    """Even-odd, edge by edge and pixel by pixel; half-open as documented."""
    array = np.zeros(SIZE, bool)
    for x in range(SIZE[0]):
        for y in range(SIZE[1]):
            for p, q in zip(points, [*points[1:], points[0]], strict=True):
                (ax, ay), (bx, by) = (p, q) if p[1] <= q[1] else (q, p)
                if ay <= y < by and ax + (y - ay) * ((bx - ax) / (by - ay)) <= x:
                    array[x, y] ^= True
    return array


@settings(deadline=None)
@given(CORNERS)
def test_every_pixel_is_what_the_even_odd_rule_says(points: list[tuple[float, float]]) -> None:
    assert np.array_equal(whole(fill(np.array(points, np.float64), SIZE)), brute(points))


@settings(deadline=None)
@given(CORNERS, st.integers(0, 11))
def test_where_a_contour_begins_and_which_way_it_runs_does_not_matter(
    points: list[tuple[float, float]], start: int
) -> None:
    array = np.array(points, np.float64)
    expected = whole(fill(array, SIZE))
    assert np.array_equal(whole(fill(np.roll(array, start, axis=0), SIZE)), expected)
    assert np.array_equal(whole(fill(array[::-1], SIZE)), expected)


@settings(deadline=None)
@given(st.integers(0, 9), st.integers(0, 9))
def test_polygons_that_share_an_edge_share_no_pixel(x: int, y: int) -> None:
    left = np.array([(-1, -1), (x, -1), (x, 9), (-1, 9)], np.float64)
    right = np.array([(x, -1), (20, -1), (20, 9), (x, 9)], np.float64)
    a, b = whole(fill(left, SIZE)), whole(fill(right, SIZE))
    assert not (a & b).any()
    assert (a | b).all()


@settings(deadline=None)
@given(PLANES)
def test_borders_of_any_pixels_come_back_as_these_pixels(plane: np.ndarray) -> None:
    patches = [fill(loop, SIZE) for loop in outlines(plane)]
    assert np.array_equal(whole(nested(patches).patch), plane)
    assert np.array_equal(whole(exclusive(patches).patch), plane)


def square(x: int, y: int, right: int, below: int) -> Patch:
    return fill(np.array([(x, y), (right, y), (right, below), (x, below)], np.float64), SIZE)


def test_a_contour_within_another_is_a_hole_and_a_third_an_island() -> None:
    made = nested([square(3, 3, 4, 4), square(0, 0, 7, 7), square(2, 2, 5, 5)])
    assert (int(made.patch.area), made.holes) == (49 - 9 + 1, 1)


def test_partial_overlap_is_a_union_and_counted() -> None:
    made = nested([square(0, 0, 4, 4), square(2, 2, 6, 6)])
    assert (made.patch.area, made.holes, made.shared) == (28, 0, 4)
    assert exclusive([square(0, 0, 4, 4), square(2, 2, 6, 6)]).patch.area == 24


def test_a_contour_drawn_twice_counts_once() -> None:
    made = nested([square(0, 0, 4, 4)] * 3)
    assert (made.patch.area, made.twice) == (16, 2)
    assert exclusive([square(0, 0, 4, 4)] * 2).patch.area == 0


def test_a_keyhole_leaves_its_hole_open() -> None:
    around = [(0, 0), (7, 0), (7, 7), (0, 7), (0, 0), (2, 2), (2, 5), (5, 5), (5, 2), (2, 2)]
    assert fill(np.array(around, np.float64), SIZE).area == 49 - 9


def test_a_contour_that_nobody_drew_is_refused() -> None:
    points = np.tile([(0.0, 0.0), (1.0, 7.0)], (2_500_000, 1))
    with pytest.raises(Refused, match="crosses"):
        fill(points, (9, 9000))
