"""Hours and bytes of so many cases, from what runs of `bench.scale` took: arithmetic alone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import linear_regression

Row = Mapping[str, float]
SPREAD = ("convert", "check", "write")  # workers do these; the client all others
STEPS = ("fetch", "convert", "check", "decide", "write", "record")


@dataclass(frozen=True, slots=True)
class Asked:
    """A plan for so many *cases* of so many *voxels*, at *bandwidth* bytes per second.

    *share* is how much of a further worker counts, *dispatch* what a task costs the client in s.
    """

    cases: int
    voxels: int
    bandwidth: float
    share: float
    dispatch: float


def line(rows: Sequence[Row], step: str) -> tuple[float, float]:
    """Return the seconds that *step* always takes, and of one case more; never below 0."""
    first, last = rows[0], rows[-1]
    taken = last[f"{step}_s"] - first[f"{step}_s"]
    more = max(0.0, taken / (last["cases"] - first["cases"]))
    return max(0.0, last[f"{step}_s"] - more * last["cases"]), more


def predicted(rows: Sequence[Row], cases: int) -> dict[str, float]:
    """Return the processor's seconds of each step for *cases* like those of *rows*."""
    return {step: a + b * cases for step in STEPS for a, b in [line(rows, step)]}


def errors(rows: Sequence[Row]) -> dict[str, float]:
    """Predict the largest of *rows* from the smaller ones; return the errors as shares."""
    *small, large = rows
    told = predicted(small, int(large["cases"]))
    found = {step: told[step] / large[f"{step}_s"] - 1 for step in STEPS if large[f"{step}_s"]}
    whole = sum(large[f"{step}_s"] for step in STEPS)
    return {**found, "all": sum(told.values()) / whole - 1}


def exponent(rows: Sequence[Row]) -> float:
    """Return k of seconds = c * cases ** k, by least squares over the logarithms.

    >>> round(exponent([{"cases": n, "convert_s": 3.0 * n} for n in (100, 1000)]), 2)
    1.0
    """
    whole = [sum(row.get(f"{step}_s", 0.0) for step in STEPS) for row in rows]
    cases = [math.log(row["cases"]) for row in rows]
    return linear_regression(cases, [math.log(seconds) for seconds in whole]).slope


def per_case(rows: Sequence[Row], real: Row, asked: Asked) -> dict[str, float]:
    """Return the seconds of each step for one case of so many voxels.

    Half of it comes from the small cases, whose voxels cost nothing, and half from the *real*
    ones: seconds = a + b * voxels, through the two.
    """
    found = {}
    for step in STEPS:
        small = line(rows, step)[1]
        each = max(0.0, real[f"{step}_s"] - line(rows, step)[0]) / real["cases"]
        slope = (each - small) / (real["voxels"] - rows[-1]["voxels"])
        found[step] = small + max(0.0, slope) * (asked.voxels - rows[-1]["voxels"])
    return found


def sizes(real: Row, asked: Asked) -> dict[str, float]:
    """Return the bytes of raw and converted files, of a set, and of what holds them."""
    times = asked.cases * asked.voxels / (real["cases"] * real["voxels"])
    raw, converted, data = (real[f"{what}_b"] * times for what in ("raw", "converted", "set"))
    return {
        "download": raw,
        "raw": raw,
        "converted": converted,
        "set": data,
        "cache": raw + converted,  # and nothing new for images of a set
        "disk without reflinks": 2 * (raw + converted) + data,
    }


def hours(rows: Sequence[Row], real: Row, asked: Asked, workers: int) -> dict[str, float]:
    """Return the hours of each step with so many *workers* on machines like this one."""
    each = per_case(rows, real, asked)
    crew = 1 if workers == 1 else workers * asked.share
    found = {}
    for step in STEPS:
        seconds = each[step]
        if step in SPREAD:
            seconds = max(seconds / crew, asked.dispatch)
        found[step] = (line(rows, step)[0] + seconds * asked.cases) / 3600
    down = sizes(real, asked)["download"] / asked.bandwidth / 3600
    found["fetch"] = max(found["fetch"], down)
    return {**found, "all": sum(found.values())}
