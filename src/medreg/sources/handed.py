"""Files at addresses that a person hands over: a fresh signed URL, or somebody's mirror.

Whatever a dataset's source is, each file must be the one on record or have the publisher's
checksum. Records hold the address without its query.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from medreg.errors import MedregError, Misuse
from medreg.model import Offer
from medreg.report import Answer, Outcome
from medreg.sources.items import names
from medreg.sources.records import held

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from medreg.model import FetchJob, FileRecord, Source
    from medreg.sources.remote import Remote

SHOWN = 40  # letters of what is no address; what follows a ? or @ may be secret
UNPROVED = "neither a record nor a publisher's checksum proves these bytes"
FILES = "*?"


def _shown(text: str) -> str:
    plain = text.partition("?")[0].rpartition("@")[2]
    return plain if len(plain) <= SHOWN else f"{plain[:SHOWN]}..."


@dataclass(frozen=True, slots=True)
class _Given:
    """An address: of the file *name*, of all files below it, or of the file it is named after."""

    url: str
    name: str = ""

    @classmethod
    def parsed(cls, text: str) -> _Given:
        first, _, rest = text.partition("=")
        name, url = ("", text) if "://" in first else (first, rest)
        with suppress(ValueError):  # an address in brackets that is none
            parts = urlsplit(url)
            if parts.scheme in ("http", "https") and parts.hostname:
                return cls(url, name)
        raise Misuse(
            f"--url takes a http or https address, or NAME=ADDRESS, not {_shown(text)!r}",
            hint="the address of a file, or of a folder of all files, which ends in /",
        )

    @property
    def folder(self) -> bool:
        return not self.name and urlsplit(self.url).path.endswith("/")

    def below(self, path: str) -> str:
        parts = urlsplit(self.url)
        return urlunsplit(parts._replace(path=parts.path + quote(path)))


def bring(
    source: Source, urls: Sequence[str], job: FetchJob, *, complete: bool
) -> Iterator[tuple[FileRecord, Answer]]:
    """Fetch what *urls* lead to, then from *source* what is left; raises as `Http.fetch`.

    *complete* is whether all there is is on record: the publisher is not asked where all of it is
    here then.

    Each is the address of one expected file, ``NAME=ADDRESS`` where it is called otherwise there,
    or one that ends in ``/`` and has them all below it. Raises `Misuse` where it is unclear which
    file is meant.
    """
    from medreg.sources.download import Download
    from medreg.sources.pool import in_order
    from medreg.sources.web import connected

    given = [_Given.parsed(url) for url in urls]
    expected = _expected(source, job, given)
    remotes = _remotes(given, expected, job)
    now = set(job.choose([expected.get(r.path, Offer(r.path)) for r in remotes]))
    brought: dict[str, FileRecord] = {}
    with connected() as web:

        def one(remote: Remote, moved: Callable[[int], None]) -> tuple[FileRecord, Answer]:
            return Download(remote, job, web.move, moved).bring()

        wanted = [remote for remote in remotes if remote.path in now]
        for record, answer in in_order(wanted, one, job.jobs or 1, job.progress):
            brought[record.path] = record
            yield record, answer
    if any(one.folder for one in given):
        return
    rest = [record for path, record in job.known.items() if path not in brought]
    if complete and all((h := held(job, r.path)) and h.matches(r) for r in rest):
        yield from ((record, Answer(record.path, Outcome.KEPT)) for record in rest)
        return
    for record, answer in source.fetch(replace(job, known={**job.known, **brought})):
        if record.path not in brought:
            yield record, answer


def _expected(source: Source, job: FetchJob, given: Sequence[_Given]) -> Mapping[str, Offer]:
    """Return the files that a fetch would bring, as far as anybody knows their names.

    The publisher is not asked where the record names all that is meant: it may be gone.
    """
    known = {p: Offer(p, r.size, r.checksum) for p, r in job.known.items()}
    if known and not any(one.folder for one in given):
        named = {_file_of(one, known) for one in given}
        if None not in named:
            return known
    try:
        return {**_declared(source, job), **known}
    except MedregError:
        if known:
            return known
        raise


def _declared(source: Source, job: FetchJob) -> dict[str, Offer]:
    from medreg.sources import Http
    from medreg.sources.parts import lists
    from medreg.sources.patience import hurried

    if isinstance(source, Http):
        found = [Offer(n, checksum=source.checksums.get(n, "")) for n in source.mirrors()]
        return {offer.path: offer for offer in found}
    named = {name: Offer(name) for name in source.wanted()}
    if not lists(source):
        return named
    offers: dict[str, Offer] = {}

    def note(listed: Sequence[Offer]) -> Collection[str]:
        offers.update((offer.path, offer) for offer in listed)
        return ()

    with hurried():
        for _ in source.fetch(replace(job, choose=note, listing=True)):
            pass
    by_hand = named if getattr(source, "parts", None) else {}
    return {**{n: o for n, o in by_hand.items() if o.path not in offers}, **offers}


def _file_of(one: _Given, expected: Mapping[str, Offer]) -> str | None:
    """Return which of the *expected* files an address leads to; None where that is unclear."""
    patterns = [name for name in expected if set(FILES) & set(name)]
    plain = [name for name in expected if name not in patterns]
    if one.name:
        fits = one.name in plain or any(fnmatchcase(one.name, p) for p in patterns)
        return one.name if fits else None
    last = unquote(urlsplit(one.url).path.rpartition("/")[2])
    called = [name for name in plain if name == last or name.endswith(f"/{last}")]
    if len(called) == 1:
        return called[0]
    return plain[0] if len(expected) == len(plain) == 1 else None


def _remotes(given: Sequence[_Given], expected: Mapping[str, Offer], job: FetchJob) -> list[Remote]:
    places: dict[str, list[str]] = {}
    for one in given:
        if one.folder:
            if unknown := [name for name in expected if set(FILES) & set(name)]:
                raise Misuse(
                    f"nobody knows which files {', '.join(unknown)} are",
                    hint="name each: --url NAME=ADDRESS",
                )
            for path in expected:
                places.setdefault(path, []).append(one.below(path))
        elif named := _file_of(one, expected):
            places.setdefault(named, []).append(one.url)
        else:
            raise Misuse(
                f"which file is it? Expected: {names(sorted(expected), 5)}",
                hint="medreg fetch DATASET --url NAME=ADDRESS; a folder's address ends in /",
            )
    return [_remote(path, urls, expected.get(path), job) for path, urls in places.items()]


def _remote(path: str, urls: Sequence[str], offer: Offer | None, job: FetchJob) -> Remote:
    from medreg.sources.remote import Remote

    checksum = offer.checksum if offer else ""
    proved = path in job.known or bool(checksum)
    return Remote(
        path,
        tuple(urls),
        size=offer.size if offer and checksum and path not in job.known else None,
        checksum="" if path in job.known else checksum,
        note="" if proved else UNPROVED,
    )
