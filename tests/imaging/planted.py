"""Scans, other visits of their patients, and copies of both with one thing changed: by name alone.

A scan is a part of a real one, or made up. Its strangers are of the same protocol (grid, spacing,
scanner) and show another patient, or another part of the same one. Used by
``bench/duplicates.py`` and by tests.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from medreg.imaging import abdomen, formats
from medreg.imaging.anatomy import Canvas, blurred
from medreg.readiness.mess import Mess
from medreg.volume import Volume
from tests.imaging.copies import numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Field = NDArray[np.float32]
    Corner = tuple[int, ...]

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
SARCOMA = "ibsi_validation/nifti/STS_00{}/{}_image.nii.gz"
REAL = {  # file below DATA: protocol, unit
    **{SARCOMA.format(n, "CT"): ("sarcoma CT", "HU") for n in (1, 2, 3)},
    **{SARCOMA.format(n, "MR_T1"): ("sarcoma MR", "") for n in (1, 2, 3)},
    "totalsegmentator/example_ct.nii.gz": ("TotalSegmentator CT", "HU"),
    "pyradiomics/brain1_image.nrrd": ("brain MR", ""),
    "mha/3DCT_lung_baseline_small.mha": ("lung CT", "HU"),
}
PARTS = {  # voxels of a part; 80 mm and more, for no field of view is smaller
    "sarcoma CT": (128, 120, 44),
    "sarcoma MR": (100, 84, 32),
    "TotalSegmentator CT": (60, 50, 56),
    "brain MR": (120, 120, 22),
    "lung CT": (44, 52, 48),
}
FULL = 0.4  # of a part shows a body
GRIDS = {  # voxels and mm
    "made-up CT": ((72, 72, 48), (2.5, 2.5, 2.5)),
    "made-up thick CT": ((80, 72, 28), (2.0, 2.0, 5.0)),
    "made-up MR": ((64, 64, 40), (3.0, 3.0, 3.5)),
}


@dataclass(frozen=True)
class Planted:
    """A part of the real scan *subject*, from voxel *first* on; or a made-up *subject*."""

    name: str
    subject: str
    protocol: str
    first: Corner

    @property
    def real(self) -> bool:
        """Tell whether it is a part of a real scan."""
        return self.subject in REAL

    def scan(self) -> Volume:
        """Return the scan."""
        if self.real:
            whole, size = whole_scan(self.subject), PARTS[self.protocol]
            box = tuple(slice(a, a + n) for a, n in zip(self.first, size, strict=True))
            affine = whole.affine.copy()
            affine[:3, 3] = (whole.affine @ [*self.first, 1])[:3]
            return Volume(np.ascontiguousarray(whole.array[box]), affine, whole.unit)
        canvas, values = drawn(self.subject, self.protocol)
        return noised(canvas, values, self.protocol, self.subject)

    def visit(self) -> Volume:
        """Return another visit of the patient: another pose, breath, field of view and noise.

        The body is turned by 2 to 4 degrees about each axis, moved by up to 8 mm, and bent by up
        to 4 mm; what is shown of a real one begins up to an eighth of its size elsewhere.
        """
        rng = random(f"{self.name} again")
        if self.real:
            whole, size = whole_scan(self.subject), PARTS[self.protocol]
            elsewhere = [round(rng.uniform(-n / 8, n / 8)) for n in size]
            first = np.add(self.first, elsewhere).clip(0, np.subtract(whole.shape, size))
            array = posed(whole.array.astype(np.float32), first, size, whole.spacing, rng)
            sd = 12 if whole.unit == "HU" else 0.01 * float(np.quantile(array, 0.99))
            array += rng.normal(0, sd, size).astype(np.float32)
            affine = whole.affine.copy()
            affine[:3, 3] = (whole.affine @ [*first, 1])[:3]
            return Volume(np.rint(array).astype(np.int16), affine, whole.unit)
        canvas, values = drawn(self.subject, self.protocol)
        values = posed(values, np.zeros(3), values.shape, canvas.spacing, rng)
        return noised(canvas, values, self.protocol, f"{self.subject} again")

    def stranger(self, other: Planted) -> bool:
        """Tell whether *other* shows nothing that this scan shows, by the same protocol."""
        if self.protocol != other.protocol:
            return False
        if self.subject != other.subject:
            return True
        size = PARTS.get(self.protocol, (0, 0, 0))
        away = np.abs(np.subtract(self.first, other.first))
        return self.real and bool((away >= size).any())


def planted(count: int, *, real: bool) -> list[Planted]:
    """Return *count* scans, of all protocols in turn."""
    if not real:
        protocols = list(GRIDS)
        return [
            Planted(f"made up {n}", f"planted {n}", protocols[n % len(protocols)], (0, 0, 0))
            for n in range(count)
        ]
    present = [path for path in REAL if (DATA / path).is_file()]
    return [part(present[n % len(present)], n) for n in range(count)] if present else []


def part(path: str, number: int) -> Planted:
    """Return a part of the real scan *path* that shows more of the body than of the air."""
    protocol, unit = REAL[path]
    whole = whole_scan(path)
    body = numbers(whole) > (-300 if unit == "HU" else 0.3 * whole.array.mean())
    rng = random(f"{path} {number}")
    free = np.subtract(whole.shape, PARTS[protocol])
    for _ in range(50):
        first = tuple(int(rng.integers(0, n + 1)) for n in free)
        box = tuple(slice(a, a + n) for a, n in zip(first, PARTS[protocol], strict=True))
        if body[box].mean() > FULL:
            break
    return Planted(f"{path} {number}", path, protocol, first)


@cache
def whole_scan(path: str) -> Volume:
    """Return a real scan in RAS+."""
    with Mess([DATA / path]) as tree:
        return formats.read(tree, str(DATA / path), unit=REAL[path][1]).to_ras()


def drawn(subject: str, protocol: str) -> tuple[Canvas, Field]:
    """Return the anatomy of a made-up subject without noise, as `phantoms` draws it."""
    canvas = Canvas(subject, *GRIDS[protocol])
    abdomen.draw(canvas)
    place = 1 if "MR" in protocol else 0
    return canvas, blurred(canvas.values({n: look[place] for n, look in abdomen.LOOKS.items()}))


def noised(canvas: Canvas, values: Field, protocol: str, seed: str) -> Volume:
    """Add a scanner's noise to *values*."""
    other = Canvas(seed, canvas.shape, canvas.spacing)
    if "MR" in protocol:
        made = values * (1 + np.float32(0.15) * other.drift("coil")) + 16 * other.noise("mr")
        return Volume(np.rint(np.abs(made)).astype(np.int16), canvas.affine)
    made = values + 6 * other.noise("ct") + 20 * blurred(other.noise("ct grain"))
    return Volume(np.clip(np.rint(made), -1024, 3071).astype(np.int16), canvas.affine, "HU")


def posed(
    array: Field,
    first: NDArray[np.generic],
    size: Corner,
    spacing: tuple[float, ...],
    rng: np.random.Generator,
) -> Field:
    """Return *size* voxels of *array*, from *first* on, of a body that lies otherwise."""
    middle = (np.array(size) - 1) / 2
    grid = np.meshgrid(
        *((np.arange(n) - (n - 1) / 2) * mm for n, mm in zip(size, spacing, strict=True)),
        indexing="ij",
    )
    turn = np.eye(3)
    for a, b in ((0, 1), (0, 2), (1, 2)):
        angle = np.radians(rng.uniform(2, 4) * rng.choice([-1, 1]))
        plane = np.eye(3)
        plane[[a, b], [a, b]] = np.cos(angle)
        plane[a, b], plane[b, a] = -np.sin(angle), np.sin(angle)
        turn = turn @ plane
    moved = rng.uniform(-8, 8, 3)
    places = []
    for axis in range(3):
        mm = sum(turn[axis, other] * grid[other] for other in range(3))
        mm = mm + moved[axis] + 4 * smooth(size, rng)
        places.append(mm / spacing[axis] + middle[axis] + float(first[axis]))
    return interpolated(np.ascontiguousarray(array), places)


def smooth(size: Corner, rng: np.random.Generator) -> Field:
    """Return random values between -1 and 1 on a lattice of 5 x 5 x 5, drawn out to *size*."""
    lattice = rng.uniform(-1, 1, (5, 5, 5)).astype(np.float32)
    return gridded(lattice, [np.linspace(0, 4, n) for n in size])


def interpolated(array: Field, places: Sequence[NDArray[np.float64]]) -> Field:
    """Return *array* at *places* (voxels, per axis), linearly; the nearest beyond its ends."""
    low, share = [], []
    for length, place in zip(array.shape, places, strict=True):
        inside = np.clip(place, 0, length - 1)
        low.append(np.minimum(inside.astype(np.intp), length - 2))
        share.append((inside - low[-1]).astype(np.float32))
    i, j, k = array.strides[0] // 4, array.strides[1] // 4, 1
    at = low[0] * i + low[1] * j + low[2]
    flat, (x, y, z) = array.ravel(), share

    def along(start: NDArray[np.intp]) -> Field:
        near, far = flat[start], flat[start + k]
        made: Field = near + (far - near) * z
        return made

    def across(start: NDArray[np.intp]) -> Field:
        near, far = along(start), along(start + j)
        made: Field = near + (far - near) * y
        return made

    near = across(at)
    return np.asarray(near + (across(at + i) - near) * x)


def gridded(array: Field, axes: Sequence[NDArray[np.float64]]) -> Field:
    """Return *array* on the grid of *axes* (voxels), linearly."""
    for axis, places in enumerate(axes):
        inside = np.clip(places, 0, array.shape[axis] - 1)
        low = np.minimum(inside.astype(np.intp), array.shape[axis] - 2)
        share = (
            (inside - low).astype(np.float32).reshape([-1 if a == axis else 1 for a in range(3)])
        )
        near = array.take(low, axis)
        array = near + (array.take(low + 1, axis) - near) * share
    return array


def random(name: str) -> np.random.Generator:
    """Return a generator that depends on *name* alone."""
    return np.random.default_rng(int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]))
