"""Objects as they were: a bucket that keeps versions still has what a record names."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from medreg.errors import ActionNeeded, NotFound
from medreg.sources.buckets import object_url, xml_page, xml_text
from medreg.sources.remote import Remote
from medreg.tables import natural

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from medreg.model import FileRecord
    from medreg.sources.web import Web

NOTE = "the publisher has another revision of it now"


def as_recorded(
    web: Web, base: str, bucket: str, remotes: Sequence[Remote], known: Mapping[str, FileRecord]
) -> list[Remote]:
    """Let objects that were replaced or deleted come in the version on record, where it is kept.

    A bucket that keeps none, or shows them to nobody, changes nothing.
    """
    found = {remote.path: remote for remote in remotes}
    for path, record in known.items():
        remote = found.get(path)
        if record.source != object_url(base, bucket, path) or (
            remote and remote.version == record.version
        ):
            continue
        try:
            older = next(_kept(web, base, bucket, path, record.version), "")
        except (ActionNeeded, NotFound):
            break
        if older:
            found[path] = Remote(
                path,
                (f"{record.source}?{urlencode({'versionId': older})}",),
                size=record.size,
                checksum=record.checksum,
                version=record.version,
                note=NOTE,
                lone=remote.lone if remote else False,
            )
    return sorted(found.values(), key=lambda remote: natural(remote.path))


def _kept(web: Web, base: str, bucket: str, key: str, version: str) -> Iterator[str]:
    """Yield the ids of the versions of an object whose ETag is *version* (ListObjectVersions)."""
    url = f"{base.rstrip('/')}/{bucket}"
    query = {"versions": "", "prefix": key}
    while True:
        page = xml_page(web.ask(url, query).content, url, "ListVersionsResult")
        for entry in page.findall("{*}Version"):
            if xml_text(entry, "Key") == key and xml_text(entry, "ETag") == version:
                yield xml_text(entry, "VersionId")
        more = xml_text(page, "NextKeyMarker")
        if more != key:  # what follows are other objects
            return
        query |= {
            "key-marker": more,
            "version-id-marker": xml_text(page, "NextVersionIdMarker"),
        }
