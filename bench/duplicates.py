"""Plant copies of real and made-up scans, and count which are found and which strangers match.

    python -m bench.duplicates [--json]

Sensitivity is per kind of change, with its number of copies and the 95 % interval of Wilson
(1927); specificity is over pairs of scans of different subjects. Speed is of one CT of 157 MB.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from tests.imaging.copies import SAME_PATIENT, SAME_SCAN

from medreg.imaging import formats, phantoms
from medreg.imaging.fingerprints import fingerprint_of, match, pairs
from medreg.imaging.fingerprints.perceptual import agreement, perceptual
from medreg.imaging.fingerprints.sketch import contained, sketch
from medreg.readiness.mess import Mess
from medreg.volume import Volume

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from medreg.imaging.fingerprints import Fingerprint

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
REAL = {  # file below DATA: subject, unit
    **{f"ibsi_validation/nifti/STS_00{n}/CT_image.nii.gz": (f"sts{n}", "HU") for n in (1, 2, 3)},
    **{f"ibsi_validation/nifti/STS_00{n}/MR_T1_image.nii.gz": (f"sts{n}", "") for n in (1, 2, 3)},
    **{f"ibsi_validation/nifti/STS_00{n}/PET_image.nii.gz": (f"sts{n}", "SUV") for n in (1, 2, 3)},
    "totalsegmentator/example_ct.nii.gz": ("totalsegmentator", "HU"),
    "pyradiomics/brain1_image.nrrd": ("brain1", ""),
    "pyradiomics/prostate_phantom_subvolume.nrrd": ("prostate phantom", ""),
    "mha/3DCT_lung_baseline_small.mha": ("lung", "HU"),
}
SUBJECTS = 24  # made-up ones
OF_WHOLE = ("offset of 1024", "clipped to 1000", *SAME_PATIENT)  # they round: not for PET in SUV
FEW = 50  # fingerprints of scans among the 1,000
Z = 1.959964  # of 95 %


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    report = measured()
    print(json.dumps(report, indent=2) if args.json else text(report))


def measured() -> dict[str, Any]:
    kinds = {"real": real(), "made up": made_up()}
    prints = {
        kind: {name: fingerprint_of(scan) for name, (_, scan) in scans.items()}
        for kind, scans in kinds.items()
    }
    return {
        "copies": {
            kind: {name: found(name, scans, prints[kind]) for name in (*SAME_SCAN, *SAME_PATIENT)}
            for kind, scans in kinds.items()
        },
        "strangers": {kind: strangers(scans, prints[kind]) for kind, scans in kinds.items()},
        "speed": speed(),
    }


def real() -> dict[str, tuple[str, Volume]]:
    present = {path: known for path, known in REAL.items() if (DATA / path).is_file()}
    with Mess([DATA / path for path in present]) as tree:
        return {
            path: (subject, formats.read(tree, str(DATA / path), unit=unit))
            for path, (subject, unit) in present.items()
        }


def made_up() -> dict[str, tuple[str, Volume]]:
    scans = {}
    for n in range(SUBJECTS):
        scans[f"ct {n}"] = (f"{n}", phantoms.ct(f"bench {n}", (96, 96, 64)).image)
        scans[f"mr {n}"] = (f"{n}", phantoms.mr(f"bench {n}", (96, 96, 64)).image)
    return scans


def found(
    name: str, scans: Mapping[str, tuple[str, Volume]], prints: Mapping[str, Fingerprint]
) -> dict[str, Any]:
    """Count the copies that are found as what they are, and their lowest score."""
    make, same_scan = {**SAME_SCAN, **SAME_PATIENT}[name], name in SAME_SCAN
    matches = [
        match(prints[scan], fingerprint_of(make(volume)))
        for scan, (_, volume) in scans.items()
        if volume.unit != "SUV" or name not in OF_WHOLE
    ]
    right = [m for m in matches if m.rung != "none" and (m.same_scan or not same_scan)]
    rungs = {m.rung: sum(1 for o in matches if o.rung == m.rung) for m in matches}
    return {
        **share(len(right), len(matches)),
        "rungs": dict(sorted(rungs.items())),
        "lowest": round(min(m.score for m in matches), 4),
    }


def strangers(
    scans: Mapping[str, tuple[str, Volume]], prints: Mapping[str, Fingerprint]
) -> dict[str, Any]:
    """Count pairs of different subjects that match nowhere, and name the worst pair."""
    names = list(scans)
    apart = [(a, b) for a, b in combinations(names, 2) if scans[a][0] != scans[b][0]]
    matches = {(a, b): match(prints[a], prints[b]) for a, b in apart}
    one_unit = [(a, b) for a, b in apart if prints[a].unit == prints[b].unit]
    return {
        "same scan": share(sum(not m.same_scan for m in matches.values()), len(matches)),
        "any rung": share(sum(m.rung == "none" for m in matches.values()), len(matches)),
        "worst sketch": worst(prints, apart, lambda a, b: contained(a.sketch, b.sketch)[0]),
        "worst perceptual": worst(
            prints, one_unit, lambda a, b: agreement(a.perceptual, b.perceptual)
        ),
    }


def worst(
    prints: Mapping[str, Fingerprint],
    apart: Sequence[tuple[str, str]],
    score: Callable[[Fingerprint, Fingerprint], float],
) -> dict[str, Any]:
    value, a, b = max((score(prints[a], prints[b]), a, b) for a, b in apart)
    return {"score": round(value, 4), "a": a, "b": b}


def share(right: int, count: int) -> dict[str, Any]:
    """Return a share with its 95 % interval (Wilson 1927)."""
    p = right / count
    center = (p + Z**2 / (2 * count)) / (1 + Z**2 / count)
    half = Z / (1 + Z**2 / count) * math.sqrt(p * (1 - p) / count + Z**2 / (4 * count**2))
    low, high = max(0.0, center - half), min(1.0, center + half)
    return {"share": round(p, 4), "n": count, "low": round(low, 4), "high": round(high, 4)}


def speed() -> dict[str, float]:
    """Return MB of int16 per second of each part, and the seconds that 1,000 scans take to join."""
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
    rates = {name: round(array.nbytes / 1e6 / best(part)) for name, part in parts.items()}
    few = [fingerprint_of(phantoms.ct(f"index {n}", (48, 48, 32)).image) for n in range(FEW)]
    many = [few[n] if n < FEW else shuffled(few[n % FEW], n) for n in range(1000)]
    return {**rates, "1,000 scans joined in s": round(best(lambda: list(pairs(many)), 1), 2)}


def shuffled(one: Fingerprint, n: int) -> Fingerprint:
    """Return a fingerprint as full as one of a real scan, which matches none."""
    rng = np.random.default_rng(n)
    texts = {**one.texts(), "values": f"sha256:{n:064x}"}
    made = type(one).from_texts(texts)
    cells = np.sort(rng.choice(2**27, 2048, replace=False)).astype(np.uint32)
    slices = np.sort(rng.integers(0, 2**63, 300, dtype=np.uint64))
    bits = rng.integers(0, 256, 64, dtype=np.uint8)
    return type(one)(
        unit=made.unit,
        values=made.values,
        uids=made.uids,
        slices=slices,
        sketch=cells,
        perceptual=bits,
    )


def best(work: Callable[[], object], times: int = 3) -> float:
    spent = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        spent.append(time.perf_counter() - began)
    return min(spent)


def text(report: Mapping[str, Any]) -> str:
    lines = []
    for kind, copies in report["copies"].items():
        lines.append(f"copies of {kind} scans            found   n  95 % interval  lowest  rungs")
        for name, one in copies.items():
            rungs = ", ".join(f"{rung} {n}" for rung, n in one["rungs"].items())
            lines.append(
                f"  {name:<30} {one['share']:>6.1%} {one['n']:>3}  "
                f"{one['low']:.3f}-{one['high']:.3f}    {one['lowest']:.3f}   {rungs}"
            )
    for kind, one in report["strangers"].items():
        for question in ("same scan", "any rung"):
            said = one[question]
            lines.append(
                f"strangers, {kind}: not matched ({question})  {said['share']:.2%} of {said['n']}  "
                f"{said['low']:.4f}-{said['high']:.4f}"
            )
        lines += [
            f"  {rung} {one[rung]['score']:.4f}  {one[rung]['a']} ~ {one[rung]['b']}"
            for rung in ("worst sketch", "worst perceptual")
        ]
    lines += [f"{name:<24} {value}" for name, value in report["speed"].items()]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
