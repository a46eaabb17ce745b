"""The questions that every dataset answers, whoever declares it; asked by tests and by doctor.

Each failure is one sentence that ends with what to do about it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from medreg.model import IGNORED
from medreg.plugins.blanks import blanks
from medreg.plugins.loading import Declared

if TYPE_CHECKING:
    from medreg.terms import License
    from medreg.vocabulary import Vocabulary

MOST_LINES = 120  # of one plugin file (a family of ten needs that); most need 45

_CITATION = re.compile(r"doi:10\.\d{4,9}/\S+|arXiv:\d{4}\.\d{4,5}(v\d+)?|https?://\S+")
_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")


@dataclass(frozen=True, slots=True)
class Facts:
    """The tables that answers are compared with."""

    vocabulary: Vocabulary
    terms: Mapping[str, License]


Question = Callable[[Declared, Facts], Iterator[str]]


def findings(declared: Declared, facts: Facts) -> list[str]:
    """Return every failure of one dataset; empty when it is complete."""
    return [failure for question in QUESTIONS for failure in question(declared, facts)]


def line_of(declared: Declared, *words: str) -> str:
    """Return ``, line 12``: where the dataset's own words stand in its file; empty: nowhere.

    The first line with all *words* after the one that names the dataset, else the first of all.
    """
    lines = declared.file.read_text(encoding="utf-8", errors="replace").splitlines()
    named = (n for n, text in enumerate(lines) if f'"{declared.dataset.name}"' in text)
    start = next(named, 0)
    order = [*range(start, len(lines)), *range(start)]
    found = next((n for n in order if all(word in lines[n] for word in words)), None)
    return "" if found is None else f", line {found + 1}"


def named_after_its_file(declared: Declared, _: Facts) -> Iterator[str]:
    """Ask for one name everywhere; a family's members begin with the file's name."""
    name, stem = declared.dataset.name, declared.file.stem
    if declared.home != "installed" and name != stem and not name.startswith(f"{stem}_"):
        yield f"{declared.file} declares {name}: rename the file to {name}.py, or the dataset"


def described(declared: Declared, _: Facts) -> Iterator[str]:
    """Ask for a docstring that says what a colleague would tell, and for a title."""
    if len(declared.doc.split()) < 10:  # noqa: PLR2004  # a sentence
        yield f"{declared.file}: write a docstring of what a colleague should know"
    if not declared.dataset.title:
        yield f"{declared.file}: {declared.dataset.name} needs a title"


def licensed(declared: Declared, facts: Facts) -> Iterator[str]:
    """Ask each license claim where and when it was read, and for its row of terms.csv."""
    if not declared.dataset.licenses:
        line = line_of(declared, "licenses=")
        yield (
            f"{declared.file}{line}: licenses of {declared.dataset.name}: "
            "add at least one Claim(license, source=..., date=..., rank=...)"
        )
    for claim in declared.dataset.licenses:
        line = line_of(declared, f'"{claim.value}"')
        where = f"{declared.file}{line}: licenses of {declared.dataset.name}"
        if claim.value not in facts.terms:
            yield f"{where}: {claim.value} has no row; add it to registry/terms.csv"
        if not claim.source:
            yield f"{where}: say where {claim.value} was read: source=..."
        if not _DATE.fullmatch(claim.date):
            yield f"{where}: say when {claim.value} was read: date='2026-11-20'"


def cited(declared: Declared, _: Facts) -> Iterator[str]:
    """Ask for the DOI, arXiv number or address of what was published."""
    dataset = declared.dataset
    if not dataset.cite and _published(declared):
        yield f"{declared.file}: add cite=('doi:...',) to {dataset.name}"
    for citation in dataset.cite:
        if not _CITATION.fullmatch(citation):
            yield (
                f"{declared.file}{line_of(declared, citation)}: {citation!r} is no citation; "
                "write doi:10.1000/1, arXiv:2301.00001 or https://..."
            )


def has_a_home(declared: Declared, _: Facts) -> Iterator[str]:
    """Ask for the page of what was published."""
    homepage = declared.dataset.homepage
    if (homepage or _published(declared)) and not homepage.startswith(("https://", "http://")):
        yield f"{declared.file}: {declared.dataset.name} needs homepage='https://...'"


def tells_how_to_get_it(declared: Declared, _: Facts) -> Iterator[str]:
    """Ask for the steps where a person must act, and for the names of files."""
    source = declared.dataset.source
    if source.access == "manual" and not getattr(source, "steps", ""):
        yield f"{declared.file}: write the steps that get {declared.dataset.name}: steps='...'"
    if source.access not in ("generated", "portal") and not source.wanted():
        yield f"{declared.file}: name the files of {declared.dataset.name} in its source"


def approved(declared: Declared, _: Facts) -> Iterator[str]:
    """Ask what comes from an institution's archive for its ethics approval and consent."""
    dataset = declared.dataset
    parts = getattr(dataset.source, "parts", {"": dataset.source}).values()
    if dataset.unapproved and any(part.access != "manual" for part in parts):
        words = ", ".join(f'{word}="..."' for word in dataset.unapproved)
        yield f'{declared.file}: {dataset.name} needs gate=Gate(kind="application", {words})'


def speaks_the_vocabulary(declared: Declared, facts: Facts) -> Iterator[str]:
    """Ask for canonical labels."""
    dataset = declared.dataset
    for raw, name in dataset.labels.items():
        if name != IGNORED and name not in facts.vocabulary:
            line = line_of(declared, f'"{name}"')
            near = get_close_matches(name, facts.vocabulary.names, n=1, cutoff=0.6)
            yield (
                f"{declared.file}{line}: {dataset.name} maps {raw!r} to {name!r}; "
                + (f"did you mean {near[0]}? or " if near else "")
                + "use a name of registry/vocabulary.csv, or add a row there"
            )
    if dataset.annotation == "segmentation" and dataset.layout and not dataset.labels:
        yield f"{declared.file}: list the labels of {dataset.name}, or say annotation='none'"


def finished(declared: Declared, _: Facts) -> Iterator[str]:
    """Ask whether anything is left to be filled in."""
    for number, line in blanks(declared.file.read_text(encoding="utf-8")):
        yield f"{declared.file}, line {number}: replace {line!r}"


def short(declared: Declared, _: Facts) -> Iterator[str]:
    """Ask a plugin to say what differs, and nothing more."""
    lines = len(declared.file.read_text(encoding="utf-8").splitlines())
    if declared.home != "installed" and lines > MOST_LINES:
        yield (
            f"{declared.file} has {lines} lines of {MOST_LINES}: "
            "move what it repeats into a source, layout or fix"
        )


def _published(declared: Declared) -> bool:
    dataset = declared.dataset
    return not dataset.restricted and dataset.source.access != "generated"


QUESTIONS: tuple[Question, ...] = (
    named_after_its_file,
    described,
    licensed,
    cited,
    has_a_home,
    tells_how_to_get_it,
    approved,
    speaks_the_vocabulary,
    finished,
    short,
)
