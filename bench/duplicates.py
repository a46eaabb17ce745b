"""Plant copies of real and made-up scans, and count which are found and which others match.

    python -m bench.duplicates [--json] [--pairs N] [--kinds TEXT ...] [--search N]

For each kind of change, *n+* pairs of a scan and its changed copy, and *n-* pairs that are none:
each scan with a changed scan of another visit of its patient, and with the changed stranger of the
same protocol whose signature is most alike. Found means that any rung matches; a
pair that is none must match on no rung. Intervals are of 95 % (Wilson 1927). ``--search N`` joins
N fingerprints as full as real ones, and compares a part of them one by one as the peer.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

import numpy as np
from tests.imaging.changes import CHANGES, ONLY_HU
from tests.imaging.planted import Planted, planted, random

from medreg.imaging import phantoms
from medreg.imaging.fingerprints import Fingerprint, fingerprint_of, match, pairs
from medreg.imaging.fingerprints.perceptual import agreement, perceptual
from medreg.imaging.fingerprints.sketch import sketch
from medreg.volume import Volume

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

REFERENCE = {"source": "arXiv 2312.07273", "sensitivity": 0.9645, "specificity": 0.8559}
PAIRS = 300
Z = 1.959964  # of 95 %
SLICE = 300  # fingerprints that the peer compares


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--pairs", type=int, default=PAIRS, help="of each sort and kind")
    parser.add_argument("--kinds", nargs="*", default=list(CHANGES), help="parts of their names")
    parser.add_argument("--search", type=int, metavar="N", help="join N fingerprints, plant none")
    args = parser.parse_args()
    if args.search:
        report: dict[str, Any] = {"search": search(args.search)}
    else:
        kinds = [kind for kind in CHANGES if any(text in kind for text in args.kinds)]
        report = {"reference": REFERENCE, "kinds": counted(kinds, args.pairs), "speed": speed()}
    print(json.dumps(report, indent=2) if args.json else text(report))


def bases(count: int, kinds: Sequence[str]) -> dict[str, list[Planted]]:
    """Return *count* scans for each kind of change, half of them real as far as they are there."""
    found: dict[str, list[Planted]] = {}
    mixed = [
        one
        for both in zip(
            planted(count, real=True) or planted(2 * count, real=False)[count:],
            planted(count, real=False),
            strict=True,
        )
        for one in both
    ]
    for kind in kinds:
        fit = [one for one in mixed if kind not in ONLY_HU or "CT" in one.protocol]
        found[kind] = fit[:count]
    return found


def taken(
    work: tuple[Planted, tuple[str, ...]],
) -> tuple[Fingerprint, dict[str, tuple[Fingerprint, Fingerprint]]]:
    """Return a scan's fingerprint, and those of its copies and of its other visit's, by kind."""
    one, kinds = work
    scan, visit = one.scan(), one.visit()
    return fingerprint_of(scan), {
        kind: (
            fingerprint_of(CHANGES[kind](scan, random(f"{one.name} {kind}"))),
            fingerprint_of(CHANGES[kind](visit, random(f"{one.name} again {kind}"))),
        )
        for kind in kinds
    }


def counted(kinds: Sequence[str], count: int, workers: int = 2) -> dict[str, Any]:
    """Return what is found, by kind of change."""
    chosen = bases(count, kinds)
    every = sorted({one for some in chosen.values() for one in some}, key=lambda one: one.name)
    work = [(one, tuple(kind for kind in kinds if one in chosen[kind])) for one in every]
    if workers > 1:
        with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
            answers = list(pool.map(taken, work, chunksize=4))
    else:
        answers = list(map(taken, work))
    prints = dict(zip(every, answers, strict=True))
    alike = {one: most_alike(one, every, prints) for one in every}
    return {kind: of_kind(kind, chosen[kind], prints, alike) for kind in kinds}


def most_alike(one: Planted, every: Sequence[Planted], prints: Mapping[Planted, Any]) -> list[Any]:
    """Return the strangers of *one*, the most alike first."""
    mine = prints[one][0].perceptual
    strangers = [other for other in every if one.stranger(other)]
    return sorted(strangers, key=lambda other: -agreement(mine, prints[other][0].perceptual))


def of_kind(
    kind: str,
    scans: Sequence[Planted],
    prints: Mapping[Planted, Any],
    alike: Mapping[Planted, Sequence[Planted]],
) -> dict[str, Any]:
    copies = [match(prints[one][0], prints[one][1][kind][0]) for one in scans]
    visits = [match(prints[one][0], prints[one][1][kind][1]) for one in scans]
    strangers = [
        match(prints[one][0], prints[other][1][kind][0])
        for one in scans
        for other in [near for near in alike[one] if kind in prints[near][1]][:1]
    ]
    apart = [*visits, *strangers]
    rungs = sorted(m.rung for m in copies)
    return {
        "sensitivity": share(sum(m.rung != "none" for m in copies), len(copies)),
        "specificity": share(sum(m.rung == "none" for m in apart), len(apart)),
        "of visits": share(sum(m.rung == "none" for m in visits), len(visits)),
        "of strangers": share(sum(m.rung == "none" for m in strangers), len(strangers)),
        "never called one scan": share(sum(not m.same_scan for m in apart), len(apart)),
        "rungs": {rung: rungs.count(rung) for rung in dict.fromkeys(rungs)},
        "missed": [one.name for one, m in zip(scans, copies, strict=True) if m.rung == "none"],
        "most alike of none": round(max(m.score for m in apart), 4),
    }


def share(right: int, count: int) -> dict[str, Any]:
    """Return a share with its 95 % interval (Wilson 1927)."""
    p = right / count
    center = (p + Z**2 / (2 * count)) / (1 + Z**2 / count)
    half = Z / (1 + Z**2 / count) * math.sqrt(p * (1 - p) / count + Z**2 / (4 * count**2))
    low, high = max(0.0, center - half), min(1.0, center + half)
    return {"share": round(p, 4), "n": count, "low": round(low, 4), "high": round(high, 4)}


def search(count: int) -> dict[str, Any]:
    """Join *count* fingerprints, of which 1 % are copies, here and, a part of them, one by one."""
    anatomies = np.random.default_rng(0).integers(0, 256, (20, 64), dtype=np.uint8)
    many = [made(n, anatomies) for n in range(count)]
    twins = {(n - 50, n) for n in range(99, count, 100)}
    for first, second in twins:
        many[second] = copied(many[first], second)
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began, before = time.perf_counter(), time.process_time()
    found = {(a, b) for a, b, _ in pairs(many)}
    seconds, processor = time.perf_counter() - began, time.process_time() - before
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    few = many[: min(SLICE, count)]
    began = time.perf_counter()
    slow = {
        (a, b)
        for a in range(len(few))
        for b in range(a + 1, len(few))
        if match(few[a], few[b]).rung != "none"
    }
    peer = (time.perf_counter() - began) * (count * (count - 1)) / (len(few) * (len(few) - 1))
    return {
        "fingerprints": count,
        "seconds": round(seconds, 2),
        "seconds of processor": round(processor, 2),
        "planted": share(len(twins & found), len(twins)),
        "not planted": len(found - twins),
        "MB for fingerprints": held // 1024,
        "MB more for the search": (most - held) // 1024,
        "peer": f"every pair by match(), measured on {len(few)}, times the number of pairs",
        "peer agrees": slow == {pair for pair in found if max(pair) < len(few)},
        "peer seconds": round(peer),
        "ratio": round(peer / seconds),
    }


def made(n: int, anatomies: Any) -> Fingerprint:
    """Return a fingerprint as full as a real scan's, which is like others of its anatomy.

    A CT of 512 x 512 x 300 has 200,000 to 600,000 cells to choose from, so that many scans share
    hashes by chance; signatures of one anatomy agree in two of three bits.
    """
    rng = np.random.default_rng(n)
    limit = 2**32 * 2048 // int(rng.integers(200_000, 600_000))
    cells = np.unique(rng.integers(0, limit, 2048, dtype=np.uint32))
    turned = np.packbits(rng.random((64, 8)) < 0.21, axis=1)[:, 0]  # noqa: PLR2004 - one bit in five
    bits = anatomies[n % len(anatomies)] ^ turned
    bits[-1] &= 254  # 511 bits
    slices = np.sort(rng.integers(0, 2**63, 300, dtype=np.uint64))
    return Fingerprint(
        unit="HU",
        values=f"sha256:{rng.bytes(32).hex()}",
        uids=np.empty(0, np.uint64),
        slices=slices,
        sketch=cells,
        perceptual=bits,
    )


def copied(one: Fingerprint, n: int) -> Fingerprint:
    """Return the fingerprint of a copy: the same slices, an eighth of the cells, or resampled."""
    other = made(n, np.zeros((1, 64), np.uint8))
    texts = dict(other.texts())
    if n % 3 == 0:
        texts["slices"] = one.texts()["slices"]
    elif n % 3 == 1:
        rng = np.random.default_rng(n)
        kept = one.sketch[rng.random(len(one.sketch)) < 1 / 8]
        above = rng.integers(int(one.sketch[-1]), 2**32, 2048, dtype=np.uint32)
        cells = np.unique(np.concatenate([kept, above]))[: len(one.sketch)]
        texts["sketch"] = Fingerprint(**{**fields(other), "sketch": cells}).texts()["sketch"]
    else:
        bits = one.perceptual.copy()
        bits[:20] ^= 1
        texts["perceptual"] = Fingerprint(**{**fields(other), "perceptual": bits}).texts()[
            "perceptual"
        ]
    return Fingerprint.from_texts(texts)


def fields(one: Fingerprint) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__dataclass_fields__}


def speed() -> dict[str, float]:
    """Return MB of int16 per second of each part of a fingerprint, for a CT of 157 MB."""
    shape = (512, 512, 300)
    grain = np.random.default_rng(1).normal(0, 18, (*shape[:2], 8)).astype(np.int16)
    body = phantoms.ct("speed", (128, 128, 75)).image.array
    array = np.empty(shape, np.int16, order="F")
    for k in range(shape[2]):
        array[:, :, k] = np.kron(body[:, :, k // 4], np.ones((4, 4), np.int16)) + grain[:, :, k % 8]
    scan = Volume(array, np.eye(4), "HU")
    planes = np.ascontiguousarray(array.transpose(2, 1, 0))
    parts: dict[str, Callable[[], object]] = {
        "sketch": lambda: sketch(planes),
        "perceptual": lambda: perceptual(array, "HU"),
        "all rungs": lambda: fingerprint_of(scan),
    }
    return {f"{name}, MB/s": round(array.nbytes / 1e6 / best(part)) for name, part in parts.items()}


def best(work: Callable[[], object], times: int = 3) -> float:
    spent = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        spent.append(time.perf_counter() - began)
    return min(spent)


def text(report: Mapping[str, Any]) -> str:
    if "search" in report:
        return "\n".join(f"{name:<24} {value}" for name, value in report["search"].items())
    lines = [f"{'kind':<24} {'n+':>4}  {'sensitivity':<23}  {'n-':>4}  {'specificity':<23}  rungs"]
    for kind, one in report["kinds"].items():
        rungs = ", ".join(f"{rung} {n}" for rung, n in one["rungs"].items())
        lines.append(f"{kind:<24} {said(one['sensitivity'])}  {said(one['specificity'])}  {rungs}")
    known = report["reference"]
    lines.append(
        f"{known['source']:<29}  {known['sensitivity']:.4f}"
        f"                           {known['specificity']:.4f}"
    )
    lines += [f"{name:<24} {value}" for name, value in report["speed"].items()]
    return "\n".join(lines)


def said(one: Mapping[str, Any]) -> str:
    return f"{one['n']:>4}  {one['share']:.4f} [{one['low']:.4f}, {one['high']:.4f}]"


if __name__ == "__main__":
    main()
