"""Ask publishers whether what is declared is still there, and still what was fetched."""

from __future__ import annotations

import csv
import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from medreg.api.watched import along
from medreg.errors import ActionNeeded, MedregError, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from medreg.api.lab import Lab
    from medreg.model import FetchJob, FileRecord, Offer, Source
    from medreg.report import Progress
    from medreg.sources import Http
    from medreg.sources.head import Head

    Rows = Mapping[str, FileRecord]

AT_ONCE = 8  # datasets: most of the time is spent waiting for servers
GONE = (404, 410)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a publisher says of one file or source of a dataset.

    *state* is ``ok``, ``changed``, ``new``, ``gone``, ``broken``, ``closed`` (a person must log
    in), ``unreachable`` for now, or ``by hand``. *checksum* is as ``"md5:..."``, where it is
    stated. *mirror* is the address that still works, *releases* are those that a change concerns.
    """

    dataset: str
    what: str
    state: str
    size: int | None = None
    checksum: str = ""
    reason: str = ""
    mirror: str = ""
    releases: Sequence[str] = ()


def check_sources(lab: Lab, names: Sequence[str], progress: Progress | None = None) -> list[Asked]:
    """Ask for the list, or the head, of each declared address; nothing is taken."""
    with ThreadPoolExecutor(AT_ONCE) as threads:
        every = threads.map(partial(_checked, lab), names)
        return [one for found in along(progress, "ask publishers", names, every) for one in found]


def outdated(lab: Lab, names: Sequence[str], progress: Progress | None = None) -> list[Asked]:
    """Tell where a publisher has other files now than those on record, and what that concerns."""
    return moved_on(lab, check_sources(lab, names, progress))


def moved_on(lab: Lab, asked: Sequence[Asked]) -> list[Asked]:
    """Return those of *asked* that are not as recorded, with the releases that they concern."""
    moved = [one for one in asked if one.state in ("changed", "new", "gone")]
    concerned = _releases(lab, {one.dataset for one in moved})
    return [replace(one, releases=concerned[one.dataset]) for one in moved]


def _checked(lab: Lab, name: str) -> list[Asked]:
    from medreg.sources.patience import hurried
    from medreg.stages.fetch import records

    rows = records(lab.registry.dataset(name)) if lab.root else {}
    with hurried():
        return list(_asked(_job(lab, name), name, lab.declared(name).dataset.source, rows))


def _asked(job: FetchJob, name: str, source: Source, rows: Rows) -> Iterator[Asked]:
    """Yield what is true of each address of *source*, and of each file on record (*rows*)."""
    from medreg.sources import Http, Parts
    from medreg.stages.part import listable, listing

    if isinstance(source, Parts):
        for part, inner in source.parts.items():
            before = f"{part}/"
            own = {p.removeprefix(before): r for p, r in rows.items() if p.startswith(before)}
            for one in _asked(job, name, inner, own):
                yield replace(one, what=f"{before}{one.what}")
        return
    if isinstance(source, Http):
        yield from _heads(name, source, rows)
        return
    if not listable(source):
        yield Asked(dataset=name, what=type(source).__name__, state="by hand")
        return
    try:
        offers = listing(source, job)
    except MedregError as failure:
        states = {ActionNeeded: "closed", NotFound: "broken"}
        what = ", ".join(source.wanted())
        state = states.get(type(failure), "unreachable")
        yield Asked(dataset=name, what=what, state=state, reason=failure.message.splitlines()[0])
        return
    yield from _compared(name, offers, rows)


def _compared(name: str, offers: Sequence[Offer], rows: Rows) -> Iterator[Asked]:
    """Yield what is true of each listed file and of each on record."""
    for offer in offers:
        row, reason, state = rows.get(offer.path), offer.note, "ok"
        if rows and row is None:
            state = "new"
        elif row and offer.checksum and row.checksum and offer.checksum != row.checksum:
            state, reason = "changed", f"{row.checksum} on record, {offer.checksum} now"
        elif row and offer.size not in (None, row.size) and row.checksum:
            state, reason = "changed", f"{row.size:,} bytes on record, {offer.size:,} now"
        elif offer.note:
            state = "changed"
        yield Asked(
            dataset=name,
            what=offer.path,
            state=state,
            size=offer.size,
            checksum=offer.checksum,
            reason=reason,
        )
    listed = {offer.path for offer in offers}
    for path in sorted(rows.keys() - listed):
        yield Asked(dataset=name, what=path, state="gone", size=rows[path].size)


def _heads(name: str, source: Http, rows: Rows) -> Iterator[Asked]:
    from medreg.sources.patience import redacted
    from medreg.sources.web import connected

    with connected() as web:
        for path, urls in source.mirrors().items():
            row, declared = rows.get(path), source.checksums.get(path, "")
            heads = {redacted(url): web.head(url) for url in urls}
            works = [url for url, head in heads.items() if not _fault(url, head, declared, row)[0]]
            lost = row and all(head.status in GONE for head in heads.values())
            for url, head in heads.items():
                state, reason = _fault(url, head, declared, row)
                yield Asked(
                    dataset=name,
                    what=f"{path}  {url}",
                    state="gone" if lost else state or ("ok" if row or not rows else "new"),
                    size=head.size,
                    checksum=declared or head.checksum,
                    reason=reason,
                    mirror=works[0] if state and works else "",
                )


def _fault(url: str, head: Head, declared: str, row: FileRecord | None) -> tuple[str, str]:
    """Return state and reason where a server has another file than declared or recorded, or none.

    An ETag tells only of the address whose ETag was recorded.
    """
    if not head.good:
        state = {0: "unreachable", 401: "closed", 403: "closed"}.get(head.status, "broken")
        page = "a web page is in the place of the file" if head.page else ""
        return state, page or (f"answers {head.status}" if head.status else head.reason)
    for mine in (declared, row.checksum if row else ""):
        kind = mine.partition(":")[0]
        if head.checksum and head.checksum.startswith(f"{kind}:") and head.checksum != mine.lower():
            return "changed", f"{mine} on record, {head.checksum} now"
    if row and head.size not in (None, row.size):
        return "changed", f"{row.size:,} bytes on record, {head.size:,} now"
    same = row and row.source == url and row.version and head.version
    if row and same and row.version != head.version:
        return "changed", f"ETag {row.version} on record, {head.version} now"
    return "", ""


def _job(lab: Lab, name: str) -> FetchJob:
    from pathlib import Path

    from medreg.model import FetchJob
    from medreg.report import Silent

    return FetchJob(
        into=lab.registry.dataset(name).raw if lab.root else Path("raw"),
        scratch=lab.registry.work("fetch", name) if lab.root else Path("scratch"),
        given=None,
        known={},
        today="",
        progress=Silent(),
    )


def _releases(lab: Lab, datasets: set[str]) -> Mapping[str, Sequence[str]]:
    """Return the releases that hold cases of each of *datasets*, as their tags have them."""
    from medreg.tables import natural
    from medreg.versions import git

    found: dict[str, list[str]] = {name: [] for name in sorted(datasets)}
    for tag in sorted(git.tags(lab.registry.root, "*@v*"), key=natural) if found else ():
        one = tag.partition("@")[0]
        for name in datasets & (_taken(lab, one, tag) | {one}):
            found[name].append(tag)
    return found


def _taken(lab: Lab, one: str, tag: str) -> set[str]:
    """Return the datasets that a released set holds cases of; none for a dataset."""
    from medreg.versions import git

    root, place = lab.registry.root, f"registry/sets/{one}"
    with suppress(NotFound):
        table = git.show(root, tag, f"{place}/selection.csv").decode().splitlines()
        return {row["dataset"] for row in csv.DictReader(table) if row["decision"] == "kept"}
    with suppress(NotFound):  # the selection of a restricted set is not in git
        return set(json.loads(git.show(root, tag, f"{place}/provenance.json"))["datasets"])
    return set()
