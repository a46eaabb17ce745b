"""Ask publishers whether what is declared is still there, and still what was fetched."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from medreg.errors import ActionNeeded, MedregError, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from medreg.api.lab import Lab
    from medreg.model import Dataset, FetchJob, FileRecord, Offer
    from medreg.sources import Http


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a publisher says of one file or source of a dataset.

    *state* is ``ok``, ``changed``, ``new``, ``gone``, ``broken``, ``closed`` (a person must log
    in), ``unreachable`` for now, or ``by hand``. *mirror* is the address that still works.
    """

    dataset: str
    what: str
    state: str
    size: int | None = None
    reason: str = ""
    mirror: str = ""


def check_sources(lab: Lab, names: Sequence[str]) -> list[Asked]:
    """Ask for the list, or the head, of each declared address; nothing is taken."""
    return [asked for name in names for asked in _checked(lab, name)]


def outdated(lab: Lab, names: Sequence[str]) -> list[Asked]:
    """Tell where a publisher has other files now than those on record, and what that concerns."""
    found = []
    for name in names:
        releases = ", ".join(_releases(lab, name))
        found += [
            replace(
                one, reason="; ".join(filter(None, (one.reason, releases and f"in {releases}")))
            )
            for one in _checked(lab, name)
            if one.state in ("changed", "new", "gone")
        ]
    return found


def _checked(lab: Lab, name: str) -> Iterator[Asked]:
    from medreg.sources import Http
    from medreg.sources.patience import hurried
    from medreg.stages.fetch import records
    from medreg.stages.part import listable, listing

    dataset = lab.declared(name).dataset
    if not listable(dataset.source):
        yield Asked(dataset=name, what=type(dataset.source).__name__, state="by hand")
        return
    rows = records(lab.registry.dataset(name)) if lab.root else {}
    if isinstance(dataset.source, Http):
        yield from _heads(name, dataset.source)
        return
    try:
        with hurried():
            offers = listing(dataset.source, _job(lab, dataset))
    except MedregError as failure:
        states = {ActionNeeded: "closed", NotFound: "broken"}
        what = ", ".join(dataset.source.wanted())
        state = states.get(type(failure), "unreachable")
        yield Asked(dataset=name, what=what, state=state, reason=failure.message.splitlines()[0])
        return
    yield from _compared(name, offers, rows)


def _compared(
    name: str, offers: Sequence[Offer], rows: Mapping[str, FileRecord]
) -> Iterator[Asked]:
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
        yield Asked(dataset=name, what=offer.path, state=state, size=offer.size, reason=reason)
    listed = {offer.path for offer in offers}
    for path in sorted(rows.keys() - listed):
        yield Asked(dataset=name, what=path, state="gone", size=rows[path].size)


def _heads(name: str, source: Http) -> Iterator[Asked]:
    from medreg.sources.patience import redacted
    from medreg.sources.web import connected

    with connected() as web:
        for path, urls in source.mirrors().items():
            heads = {redacted(url): web.head(url) for url in urls}
            works = [url for url, (status, _) in heads.items() if status in web.GOOD]
            for url, (status, size) in heads.items():
                bad = url not in works
                state = {0: "unreachable", 401: "closed", 403: "closed"}.get(status, "broken")
                yield Asked(
                    dataset=name,
                    what=f"{path}  {url}",
                    state=state if bad else "ok",
                    size=size,
                    reason=f"answers {status}" if bad and status else "",
                    mirror=works[0] if bad and works else "",
                )


def _job(lab: Lab, dataset: Dataset) -> FetchJob:
    from pathlib import Path

    from medreg.model import FetchJob
    from medreg.report import Silent

    folder = lab.registry.dataset(dataset.name) if lab.root else None
    return FetchJob(
        into=folder.raw if folder else Path("raw"),
        scratch=lab.registry.work("fetch", dataset.name) if lab.root else Path("scratch"),
        given=None,
        known={},
        today="",
        progress=Silent(),
    )


def _releases(lab: Lab, name: str) -> list[str]:
    """Return the releases of sets that take cases of a dataset, by name."""
    from medreg.tables import SelectionRow
    from medreg.versions import releases

    found = []
    for one in lab.registry.sets() if lab.root else ():
        folder = lab.registry.set(one)
        if not (folder.path / "selection.csv").is_file():
            continue
        if any(row.dataset == name for row in folder.rows("selection.csv", SelectionRow)):
            found += [f"{one}@v{v}" for v in releases.released(lab.registry.root, one)]
    return found
