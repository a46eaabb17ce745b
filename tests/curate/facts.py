"""Small tables to decide about: what the tests of curation are made of."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

from medreg import terms
from medreg.curate.facts import Facts
from medreg.curate.recipe import Recipe
from medreg.model import CT, Claim, Dataset
from medreg.tables import CaseRow
from medreg.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medreg.curate.overlaps import Overlap

REGISTRY = Path(__file__).resolve().parents[2] / "registry"
VOCABULARY = Vocabulary.parse((REGISTRY / "vocabulary.csv").read_text(encoding="utf-8"))
TERMS = terms.parse((REGISTRY / "terms.csv").read_text(encoding="utf-8"))
OPEN = (Claim("CC-BY-4.0", source="its page", rank="publisher"),)
ABDOMEN = {1: "liver", 2: "liver_tumor", 3: "kidney", 4: "spleen"}


def dataset(
    name: str, labels: Mapping[int | str, str] | None = None, licenses: Sequence[Claim] = OPEN
) -> Dataset:
    return Dataset(
        name=name,
        title=f"Title of {name}",
        homepage=f"https://example.org/{name}",
        licenses=tuple(licenses),
        cite=(f"doi:10.0/{name}",),
        modality=CT,
        source=SimpleNamespace(access="open"),
        layout=SimpleNamespace(),
        labels=ABDOMEN if labels is None else labels,
    )


def case(name: str, **changes: str) -> CaseRow:
    values = {
        "patient": name,
        "channels": "ct",
        "shape": "64 64 48",
        "spacing": "0.8 0.8 2",
        "unit": "HU",
        "low": "-1000",
        "high": "1200",
        "annotated": "kidney liver liver_tumor spleen",
        "verdict": "pass",
        "findings": "",
        "fingerprint": "",
        "digests": "",
        "files": "",
    }
    values |= changes
    values.setdefault("aligned", values["channels"])
    values.setdefault("voxels", " ".join(f"{name}=9" for name in values["annotated"].split()))
    return CaseRow(case=name, **values)


def cases(prefix: str, count: int, **changes: str) -> list[CaseRow]:
    return [case(f"{prefix}-{number}", **changes) for number in range(count)]


def recipe(datasets: Sequence[str], **keys: object) -> Recipe:
    base = {"title": "t", "datasets": datasets, "labels": ["liver"], "folds": 2, "seed": "s"}
    return Recipe.model_validate(base | keys)


def facts(
    tables: Mapping[str, Sequence[CaseRow]],
    overlaps: Sequence[Overlap] = (),
    **datasets: Dataset,
) -> Facts:
    """Tables by dataset; each dataset labels `ABDOMEN` under an open license unless given."""
    return Facts(
        datasets={name: datasets.get(name, dataset(name)) for name in tables},
        tables=tables,
        vocabulary=VOCABULARY,
        terms=TERMS,
        overlaps=overlaps,
    )
