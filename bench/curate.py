"""What it costs to decide and to write: ratios against n, and of one more case.

    python -m bench.curate [--most 126000] [--json]

Seconds are of the processor, so that a busy machine changes little. Tables are generated: ten
datasets, two scans per patient, partial labels, a share of repeats.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

from medreg import terms
from medreg.curate.decide import Decision, decide
from medreg.curate.facts import Facts
from medreg.curate.recipe import Recipe
from medreg.model import CT, Claim, Dataset, SetCase, SetContent
from medreg.tables import CaseRow
from medreg.vocabulary import Vocabulary

REGISTRY = Path(__file__).resolve().parents[1] / "registry"
VOCABULARY = Vocabulary.parse((REGISTRY / "vocabulary.csv").read_text(encoding="utf-8"))
TERMS = terms.parse((REGISTRY / "terms.csv").read_text(encoding="utf-8"))
LABELS = {1: "liver", 2: "spleen", 3: "kidney_left", 4: "kidney_right", 5: "pancreas"}
SIZES = (100, 1_000, 10_000, 100_000, 126_000)
DATASETS = 10


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


def facts(cases: int) -> tuple[Recipe, Facts]:
    names = [f"d{number}" for number in range(DATASETS)]
    recipe = Recipe.model_validate(
        {
            "title": "bench",
            "datasets": names,
            "labels": ["liver", "spleen", "kidney"],
            "missing": "ignore",
            "hold_out": ["d0"],
            "seed": "bench",
            "split": {"by": ["labels", "volume"]},
        }
    )
    return recipe, Facts(
        datasets={name: dataset(name) for name in names},
        tables={name: [row(name, n) for n in range(cases // DATASETS)] for name in names},
        vocabulary=VOCABULARY,
        terms=TERMS,
    )


def decided(cases: int) -> tuple[float, Decision]:
    recipe, told = facts(cases)
    start = time.process_time()
    decision = decide("bench", recipe, told)
    return time.process_time() - start, decision


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


def one_more() -> dict[str, float]:
    """Compare writing 1,000 masks with writing the one that came after (a mask each: 64 cubed)."""
    import numpy as np

    from medreg.curate.mapping import LabelMap, apply
    from medreg.imaging import nifti
    from medreg.volume import Volume

    mask = np.zeros((64, 64, 64), dtype=np.uint8)
    mask[16:48, 16:48, 16:48] = 1
    mapping = LabelMap(("liver",), {0: 0, 1: 1})
    with tempfile.TemporaryDirectory() as folder:
        start = time.process_time()
        for _ in range(20):
            nifti.write(Volume(apply(mask, mapping), np.eye(4), "label"), Path(folder) / "m.nii.gz")
        each = (time.process_time() - start) / 20
    before, _ = decided(1_000)
    return {"decide": before, "mask": each, "share": (before + each) / (before + 1_000 * each)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--most", type=int, default=max(SIZES))
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    rows = []
    for cases in (size for size in SIZES if size <= args.most):
        took, decision = decided(cases)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        rows.append(
            {
                "cases": cases,
                "decide_s": round(took, 3),
                "us_per_case": round(took / cases * 1e6, 1),
                "peak_gib": round(memory, 2),
                **{f"{k}_s": round(v, 3) for k, v in written(decision).items()},
            }
        )
        if not args.json:
            print("  ".join(f"{key} {value}" for key, value in rows[-1].items()), flush=True)
    found = {"rows": rows, "one_more_case": one_more()}
    if args.json:
        json.dump(found, sys.stdout, indent=2)
        return 0
    first, last = rows[0]["us_per_case"], rows[-1]["us_per_case"]
    print(f"cost per case, largest against smallest: {last / first:.2f}")
    share = found["one_more_case"]["share"]
    print(
        f"one case more in a set of 1,000: {share:.1%} of a full run (decide + masks of 64 cubed)"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
