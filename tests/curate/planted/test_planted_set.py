"""A set of 500 scans from thirteen datasets: all that was planted is found, and nothing else.

F056 F057 F063 F064 F065 F066 F067 F068 F110 F117
"""

from __future__ import annotations

import shutil
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import nibabel as nib
import numpy as np
import pytest

from medreg import api
from medreg.tables import CaseRow, SelectionRow, findings
from tests.curate.planted.changes import COPIES, MISTAKES
from tests.curate.planted.fabricated import SET, registry, write_recipe
from tests.curate.planted.plugin import AT_ODDS
from tests.curate.planted.world import COUNTS, World, world
from tests.person import introduce

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from medreg.curate.decide import Decision
    from tests.curate.planted.world import Copy

pytestmark = pytest.mark.peers  # not that it needs any: it takes more than a minute


@dataclass(frozen=True)
class Curated:
    """The world, what its checks measured of each case, and what was decided about it."""

    world: World
    lab: api.Lab
    decision: Decision
    rows: Mapping[str, CaseRow]
    selection: Mapping[str, SelectionRow]

    @property
    def innocent(self) -> Sequence[str]:
        """The cases with which nothing is wrong, and that show nobody else's patient."""
        known = {*self.world.mistakes, *self.world.changed}
        known |= {one.of for one in (*self.world.copies, *self.world.relatives)}
        known |= {ref for pair in self.world.declared for ref in pair}
        return [ref for ref in self.selection if ref not in known]

    def why(self, ref: str) -> str:
        return "\n".join(api.why(self.lab, SET, ref))

    def is_found(self, copy: Copy) -> bool:
        """Tell whether a copy is grouped with its original, by name, and one of them stays."""
        pair = [self.selection[copy.ref], self.selection[copy.of]]
        kept = [row for row in pair if row.decision == "kept"]
        named = copy.of in self.why(copy.ref) and copy.ref in self.why(copy.of)
        return pair[0].group == pair[1].group and named and len(kept) == 1

    def checks(self, ref: str) -> set[str]:
        """Return the names of the checks that found something in a case."""
        return {check for check, _, _ in findings(self.rows[ref].findings)}


@pytest.fixture(scope="module")
def curated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Curated]:
    root = tmp_path_factory.mktemp("planted") / "lab"
    with pytest.MonkeyPatch.context() as patch:
        introduce(patch)
        made = world()
        lab = registry(root, made)
        api.curate(lab, SET)
        yield Curated(
            made,
            lab,
            api.decide(lab, SET),
            {
                f"{name}/{row.case}": row
                for name in COUNTS
                for row in lab.registry.dataset(name).rows("cases.csv", CaseRow)
            },
            {
                f"{row.dataset}/{row.case}": row
                for row in lab.registry.set(SET).rows("selection.csv", SelectionRow)
            },
        )


def test_five_hundred_scans_come_in(curated: Curated) -> None:
    assert len(curated.selection) == sum(COUNTS.values()) >= 500
    assert len({type(one.dataset.layout) for one in curated.lab.plugins.datasets.values()}) >= 8


@pytest.mark.parametrize("kind", COPIES)
def test_every_copy_is_found_and_named(curated: Curated, kind: str) -> None:
    copies = [one for one in curated.world.copies if one.kind == kind]
    assert len(copies) >= 3
    assert [one.ref for one in copies if not curated.is_found(one)] == []


def test_a_copy_that_lost_its_geometry_is_the_one_that_leaves(curated: Curated) -> None:
    lost = ("header and spacing reset", "mirrored by a lost header")
    for one in curated.world.copies:
        if one.kind in lost:
            assert curated.selection[one.ref].step == "overlap", one
            assert curated.selection[one.of].decision == "kept", one
            assert f"{one.of} stays by geometry correct" in curated.why(one.ref)


@pytest.mark.parametrize("kind", MISTAKES)
def test_every_mistake_is_found_and_named(curated: Curated, kind: str) -> None:
    check, _ = MISTAKES[kind]
    planted = [ref for ref, made in curated.world.mistakes.items() if made == kind]
    assert len(planted) >= 3
    assert [ref for ref in planted if check not in curated.checks(ref)] == []
    for ref in planted:
        fails = "fail" in {severity for _, severity, _ in findings(curated.rows[ref].findings)}
        assert (curated.selection[ref].step == "quality") == fails
        assert not fails or f"{check}: " in curated.why(ref)


@pytest.mark.parametrize("name", AT_ODDS)
def test_contradictory_terms_are_blocked(curated: Curated, name: str) -> None:
    rows = [row for row in curated.decision.selection if row.dataset == name]
    assert {row.step for row in rows} == {"terms"}
    told = curated.why(f"{name}/001")
    assert "commercial unclear" in told
    assert all(claim.value in told for claim in AT_ODDS[name])


def test_a_held_out_test_never_grows_and_its_relatives_leave(curated: Curated) -> None:
    test = {f"{row.dataset}/{row.case}" for row in curated.decision.kept if row.fold == "test"}
    assert test == {ref for ref in curated.selection if ref.startswith("held/")}
    relatives = {one.ref for one in curated.world.relatives}
    relatives |= {same for _, same in curated.world.declared}
    relatives |= {one.of for one in curated.world.relatives if one.of not in test}
    left = {ref for ref, row in curated.selection.items() if row.step == "held_out"}
    assert left == relatives
    third = next(one.ref for one in curated.world.relatives if one.of.startswith("bids/"))
    told = [line for line in curated.why(third).splitlines() if "edge" in line]
    assert len(told) == 3
    assert "held/" in told[-1]


def test_the_groups_are_those_that_were_planted(curated: Curated) -> None:
    """Two visits of one patient are together; patients who look alike are apart."""
    planted, found = defaultdict(set), defaultdict(set)
    for ref, group in curated.world.groups().items():
        planted[group].add(ref)
        found[curated.selection[ref].group].add(ref)
    assert sorted(map(sorted, found.values())) == sorted(map(sorted, planted.values()))


def test_nothing_innocent_is_dropped(curated: Curated) -> None:
    dropped = {ref: row for ref in curated.innocent if (row := curated.selection[ref]).step}
    rightly = {f"{name}/": "terms" for name in AT_ODDS} | {"petct/": "label"}
    wrongly = [ref for ref, row in dropped.items() if rightly.get(f"{row.dataset}/") != row.step]
    assert wrongly == []
    assert [ref for ref in curated.innocent if curated.checks(ref)] == []


def test_what_was_never_annotated_is_ignored(curated: Curated) -> None:
    taught, kept = curated.decision.supervision, curated.decision.kept
    trained = [row for row in kept if row.fold != "test"]
    knows = Counter(word for row in trained for word in row.annotated.split())
    assert taught["liver"] == knows["liver"] == len(trained)
    assert taught["spleen"] == knows["spleen"] < taught["kidney"] == knows["kidney"] < len(trained)
    data = curated.lab.registry.set(SET).data
    ignore = curated.decision.labels.ignore
    for name, whole in (("decathlon", False), ("png", False), ("nnunet", True)):
        row = next(row for row in trained if row.dataset == name)
        (mask,) = data.rglob(f"labelsTr/{row.id}.nii.gz")
        shown = set(np.unique(np.asanyarray(nib.load(mask).dataobj)).tolist())
        assert shown == ({0, 1, 2, 3} if whole else {1, ignore}), name


def test_neither_order_nor_processes_matter(
    curated: Curated, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same set, written anew from the recipe backwards and in one process, is the same."""
    folder = curated.lab.registry.set(SET)
    tables = ("selection.csv", "splits.json", "manifest.csv")
    before = {name: folder.read(name) for name in tables}
    monkeypatch.setenv("MEDREG_JOBS", "1")
    write_recipe(curated.lab.registry.root, [*COUNTS][::-1])
    for made in (folder.data, curated.lab.registry.work("write", SET)):
        shutil.rmtree(made)
    assert not api.curate(api.open_lab(curated.lab.registry.root), SET).failed
    assert {name: folder.read(name) for name in tables} == before


def test_the_numbers_are_printed(curated: Curated, record_property: pytest.RecordProperty) -> None:
    """The funnel, and how many of each kind were found; see ``tests/conftest.py``."""
    rows = [(kind, [one for one in curated.world.copies if one.kind == kind]) for kind in COPIES]
    lines = [f"{'planted':<28}{'n':>5}{'found':>7}{'dropped':>9}"]
    for kind, copies in rows:
        found = sum(map(curated.is_found, copies))
        gone = sum(
            curated.selection[ref].decision == "dropped"
            for one in copies
            for ref in (one.ref, one.of)
        )
        lines.append(f"{kind:<28}{len(copies):>5}{found:>7}{gone:>9}")
    for kind, (check, _) in MISTAKES.items():
        refs = [ref for ref, made in curated.world.mistakes.items() if made == kind]
        found = sum(check in curated.checks(ref) for ref in refs)
        gone = sum(curated.selection[ref].decision == "dropped" for ref in refs)
        lines.append(f"{kind:<28}{len(refs):>5}{found:>7}{gone:>9}")
    steps = Counter(curated.selection[ref].step or "kept" for ref in curated.innocent)
    warned = sum(bool(curated.checks(ref)) for ref in curated.innocent)
    told = ", ".join(f"{count} {step}" for step, count in sorted(steps.items()))
    lines += ["", f"innocent: {len(curated.innocent)} ({told}; {warned} with a warning)", ""]
    head = list(curated.decision.funnel[0])
    lines.append("".join(f"{word:>11}" for word in head))
    lines += ["".join(f"{row[word]:>11}" for word in head) for row in curated.decision.funnel]
    record_property("table", "\n".join(lines))
    assert curated.decision.funnel[-1]["in"] == len(curated.selection)
