"""Which scans two datasets share, and whether a split leaks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from medreg.errors import Misuse, NotFound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medreg.api.lab import Lab
    from medreg.curate.group import Edge
    from medreg.curate.overlaps import Overlap
    from medreg.leaks import Audit, Recognizer, Side
    from medreg.leaks.audit import Facts
    from medreg.tables import CaseRow


def overlaps(lab: Lab, names: Sequence[str] = ()) -> list[Overlap]:
    """Return every declared overlap of datasets *names*; of all datasets when there are none.

    Raises `NotFound` for a name that is neither a dataset nor in any overlap.
    """
    every = _overlaps(lab)
    known = {name for overlap in every for name in (overlap.a, overlap.b)}
    for name in names:
        if name not in known:
            lab.plugins.get(name)
    return [one for one in every if not names or {one.a, one.b} & set(names)]


def graph(found: Sequence[Overlap]) -> str:
    """Return overlaps as a graph in the DOT language, for Graphviz."""
    lines = [
        f'  "{one.a}" -> "{one.b}" [dir={"forward" if one.relation == "contains" else "both"}, '
        f'label="{one.relation}", '
        f"style={'solid' if one.confidence == 'proved' else 'dashed'}];"
        for one in found
    ]
    return "\n".join(["digraph overlaps {", *sorted(lines), "}"])


def audit_split(lab: Lab, train: str, test: str = "", *, dataset: str = "", fold: int = 0) -> Audit:
    """Report every case of *train* that shows a scan or patient of *test*; see `medreg.leaks`.

    Each is a list (text, nnU-Net's splits, MONAI's datalist), a dataset or a set. One list alone
    is compared with itself; splits, and a set that holds cases out, by their own two sides.
    *dataset* is that of entries that name none.
    """
    from medreg import leaks

    default = (lab.plugins.get(dataset).dataset.name,) if dataset else ()
    names, facts = _recognizer(lab), _facts(lab)
    if test:
        here, there = _side(lab, train, "train", fold), _side(lab, test, "test", fold)
        return leaks.audit(here, there, names, facts, default=default)
    splits = Path(train).is_file() and leaks.folds(Path(train))
    if splits:
        here, there = (leaks.read_list(Path(train), part=p, fold=fold) for p in ("train", "test"))
        return leaks.audit(here, there, names, facts, default=default)
    if lab.root and train in lab.registry.sets():
        here, there = (_side(lab, train, part, fold) for part in ("train", "test"))
        if here != there:  # something is held out
            return leaks.audit(here, there, names, facts, default=default)
    return leaks.repeats(_side(lab, train, "", fold), names, facts, default=default)


def _side(lab: Lab, name: str, part: str, fold: int) -> Side:
    """Return the side called *name*: a file, a set, or all of a dataset."""
    from medreg.leaks import Side, read_list
    from medreg.tables import SelectionRow

    path = Path(name)
    if path.is_file():
        return read_list(path, part=part, fold=fold)
    if lab.root and name in lab.registry.sets():
        rows = lab.registry.set(name).rows("selection.csv", SelectionRow)
        kept = [row for row in rows if row.decision == "kept"]
        if part and any(row.fold == "test" for row in kept):
            kept = [row for row in kept if (row.fold == "test") == (part == "test")]
        return Side(name, tuple(f"{row.dataset}/{row.case}" for row in kept))
    if path.is_dir():
        found = sorted(file.as_posix() for file in path.rglob("*") if file.is_file())
        if not found:
            raise Misuse(f"{name} holds no file")
        return Side(name, tuple(found))
    try:
        members = _recognizer(lab).names.resolve(name)
    except NotFound as error:
        if name in {one for overlap in _overlaps(lab) for one in (overlap.a, overlap.b)}:
            return Side(name, whole=(name,))  # no plugin declares it; overlaps name its cases
        raise NotFound(f"there is no list, set or dataset {name}", hint=error.hint) from None
    entries = (f"{member}/{row.case}" for member in members for row in _checked(lab, member))
    return Side(name, tuple(entries), whole=members)


def _recognizer(lab: Lab) -> Recognizer:
    from medreg.catalog import Names, entries
    from medreg.leaks import Recognizer

    datasets = {name: one.dataset for name, one in lab.plugins.datasets.items()}
    return Recognizer(datasets, Names.of(entries(lab.plugins).values()))


def _facts(lab: Lab) -> Facts:
    from medreg.curate.compositions import parse
    from medreg.leaks.audit import Facts

    datasets = {name: one.dataset for name, one in lab.plugins.datasets.items()}
    cases = {name: one.cases for name, one in datasets.items() if one.cases}
    scans = {
        name: one.about.scans for name, one in datasets.items() if one.about and one.about.scans
    }
    compositions = [parse(text, where) for where, text in lab.facts.compositions().items()]
    return Facts(cases, scans, _overlaps(lab), compositions, lambda names: _measured(lab, names))


def _measured(lab: Lab, names: Sequence[str]) -> list[Edge]:
    """Return what joins the cases of those datasets *names* that were checked here."""
    from medreg.curate.group import measured_edges
    from medreg.tables import FingerprintRow

    tables = {name: rows for name in names if (rows := _checked(lab, name))}
    prints = {
        name: lab.registry.dataset(name).rows("fingerprints.csv", FingerprintRow) for name in tables
    }
    return list(measured_edges(tables, prints))


def _checked(lab: Lab, name: str) -> list[CaseRow]:
    """Return the cases of dataset *name* if it was checked here."""
    from medreg.tables import CaseRow

    if not lab.root or not (lab.registry.dataset(name).path / "cases.csv").is_file():
        return []
    return lab.registry.dataset(name).rows("cases.csv", CaseRow)


def _overlaps(lab: Lab) -> list[Overlap]:
    from medreg.curate.overlaps import parse_all

    return parse_all(lab.facts.overlaps())
