"""What it costs to decide and to write: seconds and memory against n, and of one more case.

    python -m bench.curate [--most 126000] [--scans 1000] [--json]

Seconds are of the processor, so that a busy machine changes little; every size has a process of
its own, and its peak of memory. Tables are generated, and read back as they lie in a registry: ten
datasets, two scans per patient, partial labels, a share of repeats. Scans that merely resemble
each other are sought by ``bench.duplicates``.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import linear_regression
from types import SimpleNamespace

from bench import curate_set
from medreg import terms
from medreg.curate.decide import Decision, decide
from medreg.curate.facts import Facts
from medreg.curate.recipe import Recipe
from medreg.model import CT, Claim, Dataset, SetCase, SetContent
from medreg.tables import CaseRow, SelectionRow, from_csv, to_csv
from medreg.vocabulary import Vocabulary

REGISTRY = Path(__file__).resolve().parents[1] / "registry"
VOCABULARY = Vocabulary.parse((REGISTRY / "vocabulary.csv").read_text(encoding="utf-8"))
TERMS = terms.parse((REGISTRY / "terms.csv").read_text(encoding="utf-8"))
LABELS: dict[int | str, str] = {
    1: "liver",
    2: "spleen",
    3: "kidney_left",
    4: "kidney_right",
    5: "pancreas",
}
SIZES = (100, 1_000, 10_000, 100_000, 126_000)
DATASETS = 10
GOALS = {1_000: 2.0, 126_000: 60.0}  # seconds
GIB = 4.0
SETTLED = 1_000  # cases from which the exponent is taken: below, what is always done counts


def dataset(name: str) -> Dataset:
    return Dataset(
        name=name,
        title=name,
        homepage=f"https://example.org/{name}",
        licenses=(Claim("CC-BY-4.0", source="its page", rank="publisher"),),
        cite=(),
        modality=CT,
        source=SimpleNamespace(access="open"),
        layout=SimpleNamespace(),
        labels=LABELS,
    )


def row(name: str, number: int) -> CaseRow:
    known = sorted(LABELS.values())[: 3 + number % 3]
    return CaseRow(
        case=f"{name}-{number}",
        patient=f"p{number // 2}",
        channels="ct",
        aligned="ct",
        shape="512 512 120",
        spacing=f"0.8 0.8 {1 + number % 5}",
        unit="HU",
        low="-1024",
        high="3071",
        annotated=" ".join(known),
        voxels=" ".join(f"{label}={1000 + 37 * number % 9000}" for label in known),
        verdict="pass",
        findings="",
        fingerprint=f"f{number % 977}" if number % 50 == 0 else f"{name}{number}",
        digests="",
        files="",
    )


def tables(cases: int) -> dict[str, bytes]:
    """Return ``cases.csv`` of each dataset."""
    names = [f"d{number}" for number in range(DATASETS)]
    return {
        name: to_csv([row(name, n) for n in range(cases // DATASETS)], CaseRow) for name in names
    }


def decided(files: dict[str, bytes]) -> tuple[dict[str, float], Decision]:
    """Read the tables, decide, and write the selection; return the seconds of each."""
    recipe = Recipe.model_validate(
        {
            "title": "bench",
            "datasets": [*files],
            "labels": ["liver", "spleen", "kidney"],
            "missing": "ignore",
            "hold_out": ["d0"],
            "seed": "bench",
            "split": {"by": ["labels", "volume"]},
        }
    )
    start = time.process_time()
    known = Facts(
        datasets={name: dataset(name) for name in files},
        tables={name: from_csv(data, CaseRow) for name, data in files.items()},
        vocabulary=VOCABULARY,
        terms=TERMS,
    )
    read = time.process_time()
    decision = decide("bench", recipe, known)
    end = time.process_time()
    to_csv(decision.selection, SelectionRow)
    took = {"read": read - start, "decide": end - read, "select": time.process_time() - end}
    return took, decision


def of_size(cases: int) -> dict[str, float]:
    """Decide about so many cases, then let exporters write; seconds, and the GiB of deciding."""
    files = tables(cases)
    took, decision = decided(files)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    total = sum(took.values())
    return {
        "cases": cases,
        **{f"{name}_s": round(seconds, 3) for name, seconds in took.items()},
        "all_s": round(total, 3),
        "us_per_case": round(total / cases * 1e6, 1),
        "peak_gib": round(memory, 2),
        **{f"{name}_s": round(seconds, 3) for name, seconds in written(decision).items()},
    }


def written(decision: Decision) -> dict[str, float]:
    """Return the seconds that each exporter of text takes."""
    from medreg.export import BUILT_IN
    from medreg.export.nnunet import image_path, mask_path

    took = {}
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        cases = [
            SetCase(
                id=r.id,
                dataset=r.dataset,
                case=r.case,
                images={"ct": data / image_path("bench", r.id, 0, test=r.fold == "test")},
                mask=data / mask_path("bench", r.id, test=r.fold == "test"),
                fold=None if r.fold == "test" else int(r.fold),
                group=r.group,
            )
            for r in decision.kept
        ]
        content = SetContent(
            name="bench",
            title="bench",
            modalities={"ct": CT},
            labels=decision.labels.values,
            ignore=decision.labels.ignore,
            cases=cases,
            license="CC-BY-4.0",
            references=(),
        )
        for name in ("nnunet", "monai", "auto3dseg", "splits", "torchio", "croissant", "bids"):
            start = time.process_time()
            BUILT_IN[name].write(content, data)
            took[name] = time.process_time() - start
    return took


def exponent(rows: list[dict[str, float]]) -> float:
    """Return k of seconds = c * cases ** k, by least squares over the logarithms."""
    settled = [row for row in rows if row["cases"] >= SETTLED]
    slope, _ = linear_regression(
        [math.log(row["cases"]) for row in settled], [math.log(row["all_s"]) for row in settled]
    )
    return slope


def goals(rows: list[dict[str, float]]) -> list[str]:
    """Tell how far each goal is kept."""
    return [
        f"{row['cases']:,} cases: {row['all_s']:.2f} s of {GOALS[int(row['cases'])]:g}, "
        f"{row['peak_gib']:.2f} GiB of {GIB:g}"
        for row in rows
        if row["cases"] in GOALS
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--most", type=int, default=max(SIZES), help="cases to decide about")
    parser.add_argument("--scans", type=int, default=1_000, help="of the set that is written; or 0")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    rows = []
    for cases in (size for size in SIZES if size <= args.most):
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
            rows.append(alone.submit(of_size, cases).result())
        if not args.json:
            print("  ".join(f"{key} {value}" for key, value in rows[-1].items()), flush=True)
    slope = exponent(rows) if sum(row["cases"] >= SETTLED for row in rows) > 1 else None
    one_more = curate_set.one_more(args.scans) if args.scans else None
    if args.json:
        found = {"rows": rows, "exponent": slope, "one_more_case": one_more}
        json.dump(found, sys.stdout, indent=2)
        return 0
    if slope is not None:
        print(f"seconds grow as cases ** {slope:.2f}")
    print("\n".join(goals(rows)))
    if one_more:
        print(curate_set.text(one_more))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
