"""What one more case costs, what a second process brings, and how long so many cases would take.

    python -m bench.scale [--most 10000] [--plan 126000 [--workers 1,10,100] [--bandwidth 1Gbit/s]]
        [--slices 250] [--runs 3] [--json] [--quick]

Seconds are of the processor, which a busy machine changes little; where only the wall tells, the
load stands beside it, and a plain `multiprocessing.Pool` did the same work in the same minutes.
"""

from __future__ import annotations

import argparse
import json
import os
from math import prod
from typing import TYPE_CHECKING, NotRequired, TypedDict

from bench import scale_plan, scale_runs
from bench.scale_plan import STEPS, Asked
from medreg.catalog import units

if TYPE_CHECKING:
    from bench.scale_runs import Call, Row

SIZES = (100, 1_000, 10_000)
GOALS = {"efficiency": 0.85, "overhead": 5.0, "growth": 1.5}
POOL = "multiprocessing.Pool"
WORKERS = (1, 10, 100)
SLICES = 250  # of 512 x 512 voxels: a CT of the abdomen at 2 mm, or of the chest at 1.5 mm
DISPATCH, QUICKER = "dask, 2 here", "2 processes"  # whose cost of a case the plan takes


class Plan(TypedDict):
    """Hours, by workers, and bytes of so many cases."""

    cases: int
    assumptions: list[str]
    bytes: dict[str, float]
    seconds_per_case: dict[str, float]
    hours: dict[int, dict[str, float]]


class Runs(TypedDict):
    """What the runs took, and what follows from it."""

    flat: list[Row]
    exponent: float
    processes: dict[str, Row]
    overhead: dict[str, Row]
    error: NotRequired[dict[str, float]]  # of three sizes or more
    plan: NotRequired[Plan]


class Found(Runs):
    """The runs, and the machine that they were on."""

    load: float
    processors: int


def flat(sizes: tuple[int, ...], call: Call) -> list[Row]:
    """Take each number of miniature cases through every stage."""
    rows = []
    for cases in sizes:
        row = call(scale_runs.through, cases, scale_runs.SMALL)
        rows.append({**row, "voxels": prod(scale_runs.SMALL), "load": os.getloadavg()[0]})
    return rows


def measured(args: argparse.Namespace) -> Found:
    quick = args.quick
    call = scale_runs.here if quick else scale_runs.alone
    engines = ("inline", "2 processes", POOL) if quick else (*scale_runs.ENGINES, POOL)
    sizes = (2, 4, 8) if quick else tuple(size for size in SIZES if size <= args.most)
    rows = flat(sizes, call)
    found: Runs = {
        "flat": rows,
        "exponent": scale_plan.exponent(rows),
        "processes": scale_runs.efficiency(
            4 if quick else 1_000,  # what starting costs is little beside them
            1 if quick else args.runs,
            scale_runs.SMALL if quick else scale_runs.MIDDLE,
            call,
        ),
        "overhead": {
            name: scale_runs.overhead(name, (10, 20) if quick else SIZES, call) for name in engines
        },
    }
    if len(rows) > len(("first", "last")):
        found["error"] = scale_plan.errors(rows)
    if args.plan:
        found["plan"] = plan(args, found)
    return {**found, "load": os.getloadavg()[0], "processors": len(os.sched_getaffinity(0))}


def plan(args: argparse.Namespace, found: Runs) -> Plan:
    """Extrapolate to ``--plan`` cases, from the runs and from a few cases of a real size."""
    shape = scale_runs.MIDDLE if args.quick else scale_runs.REAL
    call = scale_runs.here if args.quick else scale_runs.alone
    real = call(scale_runs.through, 2 if args.quick else 4, shape)
    real = {**real, "voxels": prod(shape)}
    share = min(1.0, found["processes"]["medreg, 2"]["by_cpu"])
    dispatch = found["overhead"][QUICKER if args.quick else DISPATCH]["cpu_ms"] / 1e3
    bandwidth = units.bandwidth(args.bandwidth)
    asked = Asked(args.plan, 512 * 512 * args.slices, bandwidth, share, dispatch)
    rows = found["flat"]
    return {
        "cases": args.plan,
        "assumptions": [
            f"a case is 512 x 512 x {args.slices} voxels with one mask; a processor like this one",
            f"{args.bandwidth} of bandwidth for all together, and a disk that is no slower",
            f"every further worker counts {share:.2f}, as the second did here; each has one core",
            f"the client hands out a case in {dispatch * 1e3:.1f} ms; it alone fetches and decides",
            "it alone records for DVC, too: every converted byte is hashed and copied there",
            "steps follow one another; a straight line through the runs above goes on",
        ],
        "bytes": scale_plan.sizes(real, asked),
        "seconds_per_case": scale_plan.per_case(rows, real, asked),
        "hours": {
            workers: scale_plan.hours(rows, real, asked, workers) for workers in args.workers
        },
    }


# --- for people --------------------------------------------------------------------------------


def text(found: Found) -> str:
    parts = [_flat(found), _processes(found), _overhead(found)]
    if "plan" in found:
        parts.append(_plan(found["plan"]))
    return "\n\n".join(parts)


def _columns(heads: list[str], rows: list[list[str]]) -> list[str]:
    wide = [max(len(row[i]) for row in (heads, *rows)) for i in range(len(heads))]
    first, *others = wide
    return [
        row[0].ljust(first)
        + "".join(f"  {cell:>{n}}" for cell, n in zip(row[1:], others, strict=True))
        for row in (heads, *rows)
    ]


def _flat(found: Found) -> str:
    cells = [
        [
            f"{row['cases']:,.0f}",
            *(f"{row[f'{step}_s'] / row['cases'] * 1e3:.2f}" for step in STEPS),
            f"{sum(row[f'{step}_s'] for step in STEPS) / row['cases'] * 1e3:.1f}",
            f"{row['peak_mb']:.0f}",
            f"{row['decide_mb']:.0f}",
            f"{row['load']:.1f}",
        ]
        for row in found["flat"]
    ]
    lines = _columns(["ms per case", *STEPS, "all", "peak MB", "at decide", "load"], cells)
    lines.append(f"seconds grow as cases ** {found['exponent']:.3f}")
    if "error" in found:
        *before, last = (f"{row['cases']:,.0f}" for row in found["flat"])
        told = ", ".join(f"{step} {share:+.1%}" for step, share in found["error"].items())
        lines.append(f"{last} predicted from {' and '.join(before)}: {told}")
    return "\n".join(lines)


def _processes(found: Found) -> str:
    cells = [
        [name, *(f"{row[key]:.2f}" for key in ("wall", "cpu", "longest", "efficiency", "by_cpu"))]
        for name, row in found["processes"].items()
    ]
    heads = ["convert, processes", "wall s", "cpu s", "busiest s", "efficiency", "by cpu"]
    share = found["processes"]["medreg, 2"]["by_cpu"]
    peer = found["processes"][f"{POOL}, 2"]["by_cpu"]
    goal = GOALS["efficiency"]
    lines = _columns(heads, cells)
    lines.append(f"2 processes {share:.2f} by cpu, goal {goal}; {POOL} {peer:.2f}")
    lines[-1] += f": {share / peer:.2f} x; load {found['load']:.1f} on {found['processors']}"
    return "\n".join(lines)


def _overhead(found: Found) -> str:
    rows = found["overhead"]
    sizes = [key for key in rows[POOL] if key.startswith("mb_at_")]
    cells = [
        [name, f"{row['wall_ms']:.2f}", f"{row['cpu_ms']:.2f}", *(f"{row[s]:.0f}" for s in sizes)]
        for name, row in rows.items()
    ]
    heads = [
        "a case without work",
        "wall ms",
        "cpu ms",
        *(f"MB at {int(size.removeprefix('mb_at_')):,}" for size in sizes),
    ]
    return "\n".join([*_columns(heads, cells), f"goal: under {GOALS['overhead']:g} ms"])


def _plan(told: Plan) -> str:
    cells = [
        [f"{workers:,}", *(f"{hours[step]:.1f}" for step in (*STEPS, "all"))]
        for workers, hours in told["hours"].items()
    ]
    held = ", ".join(f"{what} {size / 1e12:.2f}" for what, size in told["bytes"].items())
    return "\n".join(
        [
            f"plan for {told['cases']:,} cases; assumed:",
            *(f"  {each}" for each in told["assumptions"]),
            *_columns(["hours, workers", *STEPS, "all"], cells),
            f"TB: {held}",
        ]
    )


def numbers(words: str) -> list[int]:
    return [int(word) for word in words.split(",")]


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--most", type=int, default=max(SIZES), help="cases of the largest run")
    parser.add_argument("--plan", type=int, default=0, help="so many cases")
    parser.add_argument("--workers", type=numbers, default=list(WORKERS), help="such as 1,10,100")
    parser.add_argument("--bandwidth", default="1Gbit/s")
    parser.add_argument("--slices", type=int, default=SLICES, help="of a case of the plan")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="a handful of cases: does it work?")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args(words)
    found = measured(args)
    print(json.dumps(found, indent=2) if args.json else text(found))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
