"""Find entries by what is declared of them; every filter can be written as a command again."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, fields
from functools import partial
from typing import TYPE_CHECKING

from medreg import terms
from medreg.catalog.kinds import OPEN, level
from medreg.catalog.quality import stars
from medreg.errors import Misuse, NotFound
from medreg.tables import natural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from medreg.catalog.entries import Entry
    from medreg.terms import License, Use
    from medreg.vocabulary import Vocabulary

    Test = Callable[[Entry], bool]


@dataclass(frozen=True, slots=True)
class Facts:
    """The tables that filters read: labels, and what licenses permit."""

    vocabulary: Vocabulary
    licenses: Mapping[str, License]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What entries must be: all of *text*, *organ*, *has*, *tag*, *use*; one of each other tuple.

    *organ* is a label, or a word among what a dataset shows; *has* asks of the masks alone.
    """

    text: tuple[str, ...] = ()
    organ: tuple[str, ...] = ()
    has: tuple[str, ...] = ()
    modality: tuple[str, ...] = ()
    region: tuple[str, ...] = ()
    annotated: tuple[str, ...] = ()
    annotated_by: tuple[str, ...] = ()
    use: tuple[str, ...] = ()
    access: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    host: tuple[str, ...] = ()
    level: tuple[str, ...] = ()
    min_scans: int = 0

    def words(self) -> str:
        """Return the options of ``medreg list`` that ask for the same.

        >>> Filters(region=("whole body",), min_scans=100).words()
        "--region 'whole body' --min-scans 100"
        """
        options = [shlex.quote(word) for word in self.text]
        for field in fields(self)[1:]:
            value = getattr(self, field.name)
            option = f"--{field.name.replace('_', '-')}"
            asked = value if isinstance(value, tuple) else (str(value),) if value else ()
            options += [f"{option} {shlex.quote(one)}" for one in asked]
        return " ".join(options)


def select(found: Iterable[Entry], filters: Filters, facts: Facts) -> list[Entry]:
    """Return the entries that *filters* ask for, in the order given.

    Raises `NotFound` with the nearest name for an organ, label or host that nothing has.
    """
    every = list(found)
    wanted = list(_asked(filters, every, facts))
    return [entry for entry in every if all(test(entry) for test in wanted)]


def _asked(filters: Filters, every: Sequence[Entry], facts: Facts) -> Iterator[Test]:
    vocabulary = facts.vocabulary
    for organ in filters.organ:
        if organ not in vocabulary and not any(_told(entry, organ) for entry in every):
            raise NotFound.named("organ", organ, vocabulary.names, hint=f"medreg list {organ}")
        yield partial(_shows, organ=organ, vocabulary=vocabulary)
    for label in filters.has:
        yield partial(labels_within, whole=vocabulary[label].name, vocabulary=vocabulary)
    known = sorted({host for entry in every for host in entry.hosts})
    for host in filters.host:
        if host not in known:
            raise NotFound.named("host", host, known, hint=f"known: {', '.join(known)}")
    for use in filters.use:
        yield partial(_allows, use=use_of(use), licenses=facts.licenses)
    for word in filters.text:
        yield partial(_says, sought=normal(word))
    for tag in filters.tag:
        yield partial(_tagged, tag=tag)
    yield partial(_fits, filters=filters)


def _fits(entry: Entry, filters: Filters) -> bool:
    """Tell whether *entry* has one value of each tuple that asks for one."""
    annotation = () if entry.portal else (entry.annotation,)
    pairs: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
        (filters.modality, entry.modalities),
        (filters.region, entry.region),
        (filters.annotated, annotation),
        (filters.annotated_by, (entry.annotated_by,)),
        (filters.access, (entry.access,)),
        (filters.host, entry.hosts),
        (filters.level, (str(level(entry)),)),
    )
    matches = all(not wanted or not set(wanted).isdisjoint(had) for wanted, had in pairs)
    return matches and (entry.scans or 0) >= filters.min_scans


def _allows(entry: Entry, use: Use, licenses: Mapping[str, License]) -> bool:
    return terms.verdict(entry.licenses, use, licenses).allowed


def _tagged(entry: Entry, tag: str) -> bool:
    return tag in entry.tags


def use_of(text: str) -> Use:
    """Return *text* as a use; raises `Misuse` naming those that are known."""
    for use in terms.USES:
        if use == text:
            return use
    raise Misuse(f"there is no use {text!r}", hint=f"known: {', '.join(terms.USES)}")


def labels_within(entry: Entry, whole: str, vocabulary: Vocabulary) -> bool:
    """Tell whether the masks of *entry* hold *whole* or a part of it."""
    return any(name in vocabulary and vocabulary.within(name, whole) for name in entry.labels)


def normal(text: str) -> str:
    """Write *text* as words that compare: small letters, American, no punctuation.

    >>> normal("Brain-Tumour_(T1w)")
    'brain tumor t1w'
    """
    return " ".join(re.findall(r"[^\W_]+", text.lower().replace("tumour", "tumor")))


def _shows(entry: Entry, organ: str, vocabulary: Vocabulary) -> bool:
    within = organ in vocabulary and labels_within(entry, organ, vocabulary)
    return within or _told(entry, organ)


def _told(entry: Entry, organ: str) -> bool:
    """Tell whether one of what *entry* shows has the words of *organ*, in singular or plural."""
    sought = normal(organ)
    return any(
        f" {sought} " in f" {told} " or f" {sought}s " in f" {told} " for told in _shown(entry)
    )


def _shown(entry: Entry) -> Iterator[str]:
    yield from (normal(shown) for shown in entry.shows)


def _says(entry: Entry, sought: str) -> bool:
    return sought in _text(entry)


def _text(entry: Entry) -> str:
    told = (entry.name, entry.title, *entry.also, entry.doc, *entry.shows, *entry.tags)
    return " ".join(normal(part) for part in (*told, *entry.region, entry.best_for))


BEST = "what a program can fetch first, then by stars, then by number of scans or images"
SORTS: Mapping[str, Callable[[Entry], object]] = {
    "name": lambda _: 0,
    "best": lambda entry: (
        entry.access not in OPEN,
        -sum(star.earned for star in stars(entry)),
        -entry.size,
    ),
    "title": lambda entry: entry.title.lower(),
    "size": lambda entry: _down(entry.size_gb),
    "scans": lambda entry: _down(entry.scans),
    "images": lambda entry: _down(entry.images),
    "annotated": lambda entry: _down(entry.annotated),
    "patients": lambda entry: _down(entry.patients),
    "organ": lambda entry: (not entry.shows, entry.shows[:1]),
    "region": lambda entry: (not entry.region, entry.region),
    "modality": lambda entry: entry.modalities,
    "access": lambda entry: (entry.access, entry.days or 0),
    "host": lambda entry: entry.hosts,
    "newest": lambda entry: _down(entry.year),
    "read": lambda entry: (not entry.read, [-int(part) for part in entry.read.split("-") if part]),
    "smallest": lambda entry: (entry.size_gb is None, entry.size_gb or 0),
}


def sort(found: Iterable[Entry], by: str = "name") -> list[Entry]:
    """Order entries *by* a word of `SORTS`: numbers from large to small, unknown last.

    ``"best"`` is `BEST`: an order by facts.
    """
    if by not in SORTS:
        raise Misuse(f"nothing is sorted by {by!r}", hint=f"known: {', '.join(SORTS)}")
    key = SORTS[by]
    named = sorted(found, key=lambda entry: natural(entry.name))
    return sorted(named, key=key)  # type: ignore[arg-type]  # keys of one word compare


def _down(number: float | None) -> tuple[bool, float]:
    return number is None, -(number or 0)
