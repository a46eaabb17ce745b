"""What a plugin is asked before anybody relies on it: the audit, and a trial with a miniature.

``medreg check-plugin`` and the tests of every bundled dataset ask these same questions, in this
order. A failure is a sentence that ends with what to do about it.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from medreg.errors import CannotHere, MedregError
from medreg.files.archive import RawTree
from medreg.model import FetchJob
from medreg.plugins import audit, bundled, load
from medreg.report import Answer as Done
from medreg.report import Silent
from medreg.sources import Local
from medreg.testing.house import TODAY, offered_from, one_plugin
from medreg.testing.listing import listing
from medreg.testing.miniature import NameTree, miniature

if TYPE_CHECKING:
    from medreg.model import Case, Dataset
    from medreg.plugins import Declared

LEAST = 3  # cases of a listing
SHAPE = (32, 32, 24)  # voxels of a miniature
_DATED = re.compile(r"^#\s*source:.*?\b\d{4}(-\d{2})*\s*$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Trial:
    """One dataset on trial: its plugin, the tables it is compared with, where listings lie."""

    declared: Declared
    facts: audit.Facts
    tables: Path  # a folder with vocabulary.csv and terms.csv
    listings: Sequence[Path]

    @property
    def dataset(self) -> Dataset:
        """What the plugin declares."""
        return self.declared.dataset

    @property
    def tried(self) -> bool:
        """Tell whether there is anything to try with a miniature."""
        return self.dataset.layout is not None and self.dataset.source.access != "generated"

    @property
    def file(self) -> Path | None:
        """The listing, or None while nobody wrote one."""
        files = (folder / f"{self.dataset.name}.txt" for folder in self.listings)
        return next((file for file in files if file.is_file()), None)

    @cached_property
    def paths(self) -> list[str]:
        """The listed paths; empty without a listing, or with a wrong one."""
        try:
            return listing(self.file.read_text(encoding="utf-8")) if self.file else []
        except ValueError:
            return []

    @cached_property
    def cases(self) -> list[Case]:
        """The cases that the layout finds among the listed names; none where it finds none."""
        try:
            return list(self.dataset.find(NameTree(self.dataset, self.paths)))
        except MedregError:
            return []


Question = Callable[[Trial], Iterator[str]]


@dataclass(frozen=True)
class Answer:
    """What one question brought to light: nothing, failures, or why it was not asked here."""

    question: str
    verdict: Literal["PASS", "FAIL", "SKIP"]
    told: Sequence[str] = ()


def trial_of(declared: Declared, facts: audit.Facts, tables: Path) -> Trial:
    """Return the trial of *declared*: its listing lies beside it, or in ``tests/listings``."""
    beside = declared.file.parent
    homes = (beside.parent / "tests/listings", beside / "listings", beside)
    return Trial(declared, facts, tables, (*homes, bundled() / "tests/listings"))


def ask(trial: Trial) -> Iterator[Answer]:
    """Ask every question, and yield the answers as they come."""
    for asked in audit.QUESTIONS:
        told = list(asked(trial.declared, trial.facts))
        yield Answer(asked.__name__, "FAIL" if told else "PASS", told)
    for question in QUESTIONS:
        yield answer(question, trial)


def answer(question: Question, trial: Trial) -> Answer:
    """Ask one question; it is skipped where this machine lacks what it needs."""
    try:
        told = list(question(trial))
    except CannotHere as error:  # an extra is not installed
        return Answer(question.__name__, "SKIP", (f"{error.message}; {error.hint}".rstrip("; "),))
    return Answer(question.__name__, "FAIL" if told else "PASS", told)


def shows_where_its_files_lie(trial: Trial) -> Iterator[str]:
    """Ask for a listing of real paths, with source and date."""
    name = trial.dataset.name
    if not trial.tried:
        return
    if trial.file is None:
        yield (
            f"write {trial.listings[0] / name}.txt: "
            "real paths of three cases and the litter beside them"
        )
        return
    text = trial.file.read_text(encoding="utf-8")
    try:
        listing(text)
    except ValueError as error:
        yield f"{trial.file}: {error}: remove one of the two"
    if not _DATED.search(text):
        yield f"{trial.file}: add '# source: where, 2026-11'"


def finds_the_listed_cases(trial: Trial) -> Iterator[str]:
    """Ask the layout for the cases of the listing."""
    if not trial.tried or not trial.paths:
        return
    dataset, where = trial.dataset, f"{trial.declared.file}{_line(trial, 'layout=')}"
    try:
        found = list(dataset.find(NameTree(dataset, trial.paths)))
    except MedregError as error:
        yield f"{where}: {error.message}; {error.hint or 'correct the layout'}"
        return
    if len(found) < LEAST:
        yield f"{where}: it finds {len(found)} cases; list {LEAST} in {trial.file}"
    if dataset.annotation == "segmentation" and not any(case.mask for case in found):
        yield f"{where}: no case has a mask: correct the layout, or say annotation='none'"
    if dataset.patients == "by layout" and not all(case.patient for case in found):
        yield f"{where}: name {{patient}} in the layout, or say patients='unknown'"


def goes_from_raw_to_checked(trial: Trial) -> Iterator[str]:
    """Fabricate the listed files, then fetch, convert and check them in a registry of their own."""
    if not trial.tried or not trial.cases:
        return
    from medreg import stages
    from medreg.engine import Inline

    name, by_name = trial.dataset.name, [case.id for case in trial.cases]
    with tempfile.TemporaryDirectory(prefix="medreg_trial_") as scratch:
        root, offered = Path(scratch) / "registry", Path(scratch) / "offered"
        miniature(trial.dataset, trial.paths, offered, shape=SHAPE)
        registry = one_plugin(root, trial.declared, trial.tables)
        plugins = load(registry.plugins)
        if problem := next((p for p in plugins.problems if p.where.startswith(str(root))), None):
            yield f"{trial.declared.file}: {problem.reason}: it must work from a copy of its own"
            return
        here = plugins.get(name)
        source = offered_from(offered, here.dataset.source)
        bare = replace(here.dataset, source=source, gate=None, licenses=())  # nobody is shown
        offering = replace(here, dataset=bare)
        shown = replace(plugins, datasets={name: offering})
        try:
            stages.declare(registry, plugins, name)
            stages.fetch(registry, shown, name, given=None, today=TODAY, progress=Silent())
            with RawTree(registry.dataset(name).raw) as tree:
                on_disk = [case.id for case in here.dataset.find(tree)]
            if on_disk != by_name:
                yield (
                    f"{trial.declared.file}: it finds {_some(by_name)} among names, "
                    f"{_some(on_disk)} among files: correct the layout"
                )
            for stage in (stages.convert, stages.check):
                report = stage(registry, plugins, name, engine=Inline(), progress=Silent())
                bad = [*report.failed, *(report.refused if report.stage == "convert" else ())]
                _raise_missing(bad)
                for one in bad:
                    yield f"{trial.declared.file}: {report.stage} of {one.item}: {one.reason}"
        except CannotHere:
            raise
        except MedregError as error:
            yield f"{trial.declared.file}: {error.message}; {error.hint or 'correct the plugin'}"


def makes_what_it_declares(trial: Trial) -> Iterator[str]:
    """Ask what is generated for the declared number of cases, and make one."""
    dataset = trial.dataset
    if dataset.source.access != "generated":
        return
    if dataset.cases != len(dataset.source.wanted()):
        yield (
            f"{trial.declared.file}: cases={dataset.cases}, "
            f"its source makes {len(dataset.source.wanted())}: correct one of them"
        )
    with tempfile.TemporaryDirectory(prefix="medreg_trial_") as scratch:
        folder = Path(scratch)
        for each in ("raw", "scratch"):
            (folder / each).mkdir()
        job = FetchJob(
            into=folder / "raw",
            scratch=folder / "scratch",
            given=None,
            known={},
            today=TODAY,
            progress=Silent(),
        )
        for _, made in islice(dataset.source.fetch(job), 2 * len(dataset.modalities)):
            if not made.ok:
                yield f"{trial.declared.file}: {made.item}: {made.reason}"
        with RawTree(job.into) as tree:
            for ref in next(dataset.find(tree)).images.values():
                ref.read()


def finds_cases_on_this_machine(trial: Trial) -> Iterator[str]:
    """Ask the layout for cases of the real folder, where it lies on this very machine."""
    source = trial.dataset.source
    if not isinstance(source, Local) or trial.dataset.layout is None:
        return
    place = Path(source.path).expanduser()
    if not place.is_absolute() or not place.exists():
        return
    from medreg.plugins.draft.tree import planned

    try:
        found = sum(1 for _ in trial.dataset.find(planned(place)))
    except MedregError as error:
        yield f"{trial.declared.file}{_line(trial, 'layout=')}: {error.message}; {error.hint}"
        return
    if not found:
        where = f"{trial.declared.file}{_line(trial, 'layout=')}"
        yield f"{where}: {place} has no case: correct the layout"


QUESTIONS: tuple[Question, ...] = (
    shows_where_its_files_lie,
    finds_the_listed_cases,
    goes_from_raw_to_checked,
    makes_what_it_declares,
    finds_cases_on_this_machine,
)


def _raise_missing(bad: Sequence[Done]) -> None:
    """Raise `CannotHere` when an answer says that an extra is not installed."""
    for one in bad:
        if "pip install" in one.reason:
            raise CannotHere(one.reason)


def _line(trial: Trial, word: str) -> str:
    return audit.line_of(trial.declared, word)


def _some(words: Sequence[str], most: int = 3) -> str:
    return f"{', '.join(words[:most])}{' ...' if len(words) > most else ''} ({len(words)})"
