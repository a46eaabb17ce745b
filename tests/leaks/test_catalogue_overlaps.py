"""Whatever a row of ../shared/catalogue.yaml overlaps with is declared, by some file."""

from __future__ import annotations

from pathlib import Path

import pytest

from medreg import plugins
from medreg.curate import compositions
from tests.test_catalogue import ROWS, bare, index, of

ROOT = Path(__file__).resolve().parents[2]
FILES = {name: one.file.stem for name, one in plugins.load(ROOT / "plugins").datasets.items()}
NO_OVERLAP = {  # guesses of one list, at what another means
    ("msd-task02-heart", "heart-miccai"): "20 cases each; MR of one challenge, CT of another",
    ("crlm", "tcia-liver-tumor"): "'TCIA liver tumor, 200+' means one of the two",
}
EVERY = [
    pytest.param(row, other, id=f"{row['slug']}-{other['slug']}")
    for row in ROWS
    for other in row["overlaps_with"] or ()
    if {(row["slug"], other["slug"]), (other["slug"], row["slug"])}.isdisjoint(NO_OVERLAP)
]


def declared() -> set[frozenset[str]]:
    """Return the pairs of names that an overlap or a composition joins."""
    files = (ROOT / "registry/overlaps").glob("*.yaml")
    pairs = {frozenset(file.stem.split("__")) for file in files}
    for file in sorted((ROOT / "registry/compositions").glob("*.yaml")):
        one = compositions.parse(file.read_text(encoding="utf-8"), file.name)
        pairs |= {frozenset((one.whole, part)) for part in one.parts}
    return pairs


PAIRS = declared()
MEMBERS = {name for pair in PAIRS for name in pair}


@pytest.mark.parametrize(("row", "other"), EVERY)
def test_an_overlap_of_the_catalogue_is_declared(
    row: dict[str, object], other: dict[str, str]
) -> None:
    """F015: an overlap file, a composition or the same family says it; a portal has no scans."""
    here = {dataset.name: dataset for dataset in of(row)}
    slug = next((one for one in ROWS if one["slug"] == other["slug"]), None)
    there = {d.name: d for d in (of(slug) if slug else index().get(bare(other["slug"]), ()))}
    if any(d.source.access == "portal" for d in (*here.values(), *there.values())):
        return
    families = [{FILES[name] for name in side} for side in (here, there)]
    sides = [
        {*side, *(name for name in MEMBERS for one in family if name.startswith(f"{one}_"))}
        for side, family in zip((here, there), families, strict=True)
    ]
    joined = any(frozenset((a, b)) in PAIRS for a in sides[0] for b in sides[1])
    assert joined or families[0] & families[1], (
        f"declare registry/overlaps/{'_'.join(here)}__{'_'.join(there)}.yaml; {other['source']}"
    )
