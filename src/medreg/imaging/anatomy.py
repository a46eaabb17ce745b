"""Shapes in millimeters, painted one over the other on a grid: what phantoms are made of.

Only additions, multiplications, divisions, roots and a raw bit generator are used, so that a
phantom is the same on every machine (a fast ``exp`` or ``sin`` is not).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Field = NDArray[np.float32]
    Mask = NDArray[np.bool_]

Point = tuple[float, float, float]  # mm, toward the patient's right, front and head
WARP = 7.0  # mm that anatomy is bent at most, differently for every seed
ENDLESS = 1e5  # mm
KNOTS = 5  # along each axis of the lattice that bends it


class Shape(Protocol):
    """A region of space."""

    def box(self) -> tuple[Point, Point]:
        """Return the lowest and highest corner of a box that holds it."""

    def holds(self, x: Field, y: Field, z: Field) -> Mask:
        """Tell for each point whether it lies inside."""


@dataclass(frozen=True, slots=True)
class Ellipsoid:
    """All points within *radii* of *center*."""

    center: Point
    radii: Point

    def box(self) -> tuple[Point, Point]:
        """Return center minus and plus radii."""
        return _around(self.center, self.center, self.radii)

    def holds(self, x: Field, y: Field, z: Field) -> Mask:
        """Compare the scaled distance with 1."""
        (a, b, c), (p, q, r) = self.center, self.radii
        return np.asarray(((x - a) / p) ** 2 + ((y - b) / q) ** 2 + ((z - c) / r) ** 2 <= 1)


@dataclass(frozen=True, slots=True)
class Tube:
    """All points within *radius* of the line from *start* to *end*."""

    start: Point
    end: Point
    radius: float

    def box(self) -> tuple[Point, Point]:
        """Return both ends, minus and plus the radius."""
        return _around(self.start, self.end, (self.radius,) * 3)

    def holds(self, x: Field, y: Field, z: Field) -> Mask:
        """Compare the distance from the nearest point of the line with the radius."""
        (a, b, c), (d, e, f) = self.start, self.end
        u, v, w = d - a, e - b, f - c
        share = ((x - a) * u + (y - b) * v + (z - c) * w) / (u * u + v * v + w * w)
        share = np.clip(share, 0, 1)
        away = (x - a - share * u) ** 2 + (y - b - share * v) ** 2 + (z - c - share * w) ** 2
        return np.asarray(away <= self.radius**2)


@dataclass(frozen=True, slots=True)
class Column:
    """An upright body between the heights *low* and *high*, with a rounded, boxy outline.

    *center* and *radii* are those of the outline; *boxy* goes from 0 (ellipse) to 1 (rectangle);
    *waist* makes it that much narrower in the middle than at its ends.
    """

    center: tuple[float, float]
    radii: tuple[float, float]
    low: float
    high: float
    boxy: float = 0.35
    waist: float = 0.0

    def box(self) -> tuple[Point, Point]:
        """Return the outline between its heights."""
        (a, b), (p, q) = self.center, self.radii
        return (a - p, b - q, self.low), (a + p, b + q, self.high)

    def holds(self, x: Field, y: Field, z: Field) -> Mask:
        """Compare with the outline (a squircle, Fernandez-Guasti 1992) at each height."""
        (a, b), (p, q) = self.center, self.radii
        middle, half = (self.low + self.high) / 2, (self.high - self.low) / 2
        width = 1 - self.waist * (1 - ((z - middle) / half) ** 2)
        u, v = ((x - a) / (p * width)) ** 2, ((y - b) / (q * width)) ** 2
        inside = (u + v - self.boxy * u * v <= 1) & (u <= 1) & (v <= 1)
        return np.asarray(inside & (z >= self.low) & (z <= self.high))


@dataclass(frozen=True, slots=True)
class Above:
    """All points above the *domes*, each given as its highest point.

    A dome falls by *fall* mm at 100 mm from its axis; where two overlap, the higher one counts.
    """

    domes: Sequence[Point]
    fall: float

    def box(self) -> tuple[Point, Point]:
        """Return everything: above the domes there is no end."""
        return (-ENDLESS, -ENDLESS, -ENDLESS), (ENDLESS, ENDLESS, ENDLESS)

    def holds(self, x: Field, y: Field, z: Field) -> Mask:
        """Compare each height with all domes."""
        above = [
            z > top - self.fall * ((x - a) ** 2 + (y - b) ** 2) / 100**2 for a, b, top in self.domes
        ]
        return np.asarray(np.logical_and.reduce(above))


class Canvas:
    """A grid of tissues to paint on: *shape* voxels, *spacing* mm apart, around the point 0, 0, 0.

    Space is bent a little, differently for every *seed*, so that no two subjects are alike.
    """

    def __init__(self, seed: str, shape: tuple[int, int, int], spacing: Point) -> None:
        self.seed, self.shape, self.spacing = seed, shape, spacing
        self.tissue = np.zeros(shape, np.uint8)
        self.names = ["air"]
        self._axes = [_centers(n, mm) for n, mm in zip(shape, spacing, strict=True)]
        grid = np.meshgrid(*self._axes, indexing="ij", sparse=True)
        self._space = [
            axis + WARP * _lattice(f"{seed}/bend {name}", shape)
            for name, axis in zip("xyz", grid, strict=True)
        ]

    @property
    def affine(self) -> NDArray[np.float64]:
        """The RAS+ affine of the grid."""
        affine: NDArray[np.float64] = np.diag([*self.spacing, 1.0])
        affine[:3, 3] = [axis[0] for axis in self._axes]
        return affine

    def paint(self, name: str, *shapes: Shape, over: Sequence[str] = ()) -> None:
        """Make all points of *shapes* the tissue *name*; with *over*, only where those were."""
        if name not in self.names:
            self.names.append(name)
        replaced = np.array([name in over or not over for name in self.names])
        for shape in shapes:
            box = self._box(shape)
            inside = shape.holds(*(space[box] for space in self._space))
            self.tissue[box][inside & replaced[self.tissue[box]]] = self.names.index(name)

    def where(self, *names: str) -> Mask:
        """Return the voxels of any of the tissues *names*."""
        return np.array([name in names for name in self.names])[self.tissue]

    def nearest(self, point: Point) -> tuple[int, int, int]:
        """Return the index of the voxel whose center is nearest to *point*."""
        i, j, k = (
            int(np.abs(axis - mm).argmin()) for axis, mm in zip(self._axes, point, strict=True)
        )
        return i, j, k

    def away(self, voxel: tuple[int, int, int]) -> Field:
        """Return the squared distance in mm of every voxel from *voxel*."""
        squared = [(axis - axis[at]) ** 2 for axis, at in zip(self._axes, voxel, strict=True)]
        away: Field = squared[0][:, None, None] + squared[1][:, None] + squared[2]
        return away

    def values(self, of: Mapping[str, float]) -> Field:
        """Return the value of every voxel's tissue."""
        values: Field = np.array([of[name] for name in self.names], np.float32)[self.tissue]
        return values

    def noise(self, kind: str) -> Field:
        """Return noise of mean 0 and standard deviation 1, nearly normal."""
        count = self.tissue.size
        raw = np.random.PCG64(_number(f"{self.seed}/{kind}")).random_raw(count)
        total = raw.view(np.uint8).reshape(count, 8).sum(axis=1, dtype=np.uint16)
        noise: Field = ((total.astype(np.float32) - 1020) / 209).reshape(self.shape)
        return noise

    def drift(self, kind: str) -> Field:
        """Return a smooth field between -1 and 1, such as a coil's sensitivity."""
        return _lattice(f"{self.seed}/{kind}", self.shape)

    def _box(self, shape: Shape) -> tuple[slice, slice, slice]:
        low, high = shape.box()
        ends = [
            np.searchsorted(axis, [a - WARP, b + WARP]).tolist()
            for axis, a, b in zip(self._axes, low, high, strict=True)
        ]
        return (slice(*ends[0]), slice(*ends[1]), slice(*ends[2]))


def chance(seed: str) -> Random:
    """Return a random generator that depends on *seed* alone; use only its ``uniform``."""
    return Random(_number(seed))  # noqa: S311 - it draws anatomy, it guards no secret


def blurred(values: Field) -> Field:
    """Return *values* blurred by 1, 2, 1 along each axis, as a scanner's slice profile does."""
    for axis in range(3):
        padded = np.concatenate(
            [values.take([0], axis), values, values.take([-1], axis)], axis=axis
        ).swapaxes(0, axis)
        values = ((padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4).swapaxes(0, axis)
    return values


def _number(seed: str) -> int:
    return int.from_bytes(hashlib.sha256(seed.encode()).digest())


def _around(one: Point, other: Point, radii: Point) -> tuple[Point, Point]:
    (a, b, c), (d, e, f), (p, q, r) = one, other, radii
    low = (min(a, d) - p, min(b, e) - q, min(c, f) - r)
    return low, (max(a, d) + p, max(b, e) + q, max(c, f) + r)


def _centers(count: int, spacing: float) -> Field:
    return ((np.arange(count) - (count - 1) / 2) * spacing).astype(np.float32)


def _lattice(seed: str, shape: Sequence[int]) -> Field:
    """Return random values on a coarse lattice, smoothly interpolated to *shape*."""
    rng = chance(seed)
    knots = [rng.uniform(-1, 1) for _ in range(KNOTS**3)]
    values = np.array(knots, np.float32).reshape(KNOTS, KNOTS, KNOTS)
    for axis, count in enumerate(shape):
        at = np.arange(count) / max(1, count - 1) * (KNOTS - 1)
        low = np.minimum(at.astype(np.intp), KNOTS - 2)
        share = (at - low).astype(np.float32)
        share = share * share * (3 - 2 * share)
        share = share.reshape([-1 if a == axis else 1 for a in range(3)])
        near, far = values.take(low, axis), values.take(low + 1, axis)
        values = near + (far - near) * share
    return values
