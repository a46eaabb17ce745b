"""List the objects of S3 and Google buckets, and of Azure containers."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote_plus
from xml.etree import ElementTree as ET

from medreg.errors import NotFound
from medreg.sources.patience import redacted
from medreg.sources.remote import Remote
from medreg.sources.web import there

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medreg.sources.web import Web

MD5 = 32  # hex digits
AZURE = "EnumerationResults"  # what a list of blobs is called


def object_url(base: str, bucket: str, key: str) -> str:
    """Return the path-style address of an object, which every S3 service knows.

    >>> object_url("https://s3.amazonaws.com", "b", "a b/c+d")
    'https://s3.amazonaws.com/b/a%20b/c%2Bd'
    """
    return f"{base.rstrip('/')}/{bucket}/{quote(key, safe='/~')}"


def s3_objects(
    web: Web, base: str, bucket: str, prefix: str, *, plain: bool = True
) -> Iterator[Remote]:
    """Yield every object whose key begins with *prefix* (ListObjectsV2); folder marks are none.

    *plain* says that an ETag of one piece is the MD5, as it is unless keys encrypt the bucket.
    """
    url = f"{base.rstrip('/')}/{bucket}"
    query = {"list-type": "2", "prefix": prefix, "encoding-type": "url"}
    while True:
        page = xml_page(web.ask(url, query).content, url)
        quoted = xml_text(page, "EncodingType") == "url"
        for entry in page.iterfind("{*}Contents"):
            told = {child.tag.rpartition("}")[2]: child.text or "" for child in entry}
            key = told.get("Key", "")
            if quoted:
                key = unquote_plus(key)
            if not key.endswith("/"):
                etag = told.get("ETag", "").strip('"')
                yield Remote(
                    key,
                    (object_url(base, bucket, key),),
                    size=int(told.get("Size") or 0),
                    checksum=f"md5:{etag.lower()}" if plain and _is_md5(etag) else "",
                    version=f'"{etag}"',
                )
        token = xml_text(page, "NextContinuationToken")
        if not token:
            return
        query["continuation-token"] = token


def gcs_objects(web: Web, base: str, bucket: str, prefix: str) -> Iterator[Remote]:
    """Yield every object whose name begins with *prefix* (Google's JSON API)."""
    url = f"{base.rstrip('/')}/storage/v1/b/{bucket}/o"
    query = {
        "prefix": prefix,
        "fields": "nextPageToken,items(name,size,md5Hash,generation)",
    }
    while True:
        page = there(web.json(url, query), dict, url)
        for entry in page.get("items", ()):
            md5 = base64.b64decode(entry.get("md5Hash", "")).hex()
            if not entry["name"].endswith("/"):
                yield Remote(
                    entry["name"],
                    (object_url(base, bucket, entry["name"]),),
                    size=int(entry["size"]),
                    checksum=f"md5:{md5}" if md5 else "",
                    version=str(entry.get("generation", "")),
                )
        if not page.get("nextPageToken"):
            return
        query["pageToken"] = page["nextPageToken"]


def azure_blobs(web: Web, container: str, signature: str, prefix: str) -> Iterator[Remote]:
    """Yield every blob of *container* whose name begins with *prefix* (List Blobs).

    *signature* is the query that opens it; no address that is yielded has it.
    """
    query = {"restype": "container", "comp": "list", "prefix": prefix}
    while True:
        page = xml_page(web.ask(f"{container}?{signature}", query).content, container, AZURE)
        for entry in page.findall("./Blobs/Blob"):
            name, told = entry.findtext("Name") or "", entry.find("Properties")
            if told is None or name.endswith("/"):
                continue
            md5 = base64.b64decode(told.findtext("Content-MD5") or "").hex()
            yield Remote(
                name,
                (f"{container}/{quote(name, safe='/~')}",),
                size=int(told.findtext("Content-Length") or 0),
                checksum=f"md5:{md5}" if md5 else "",
                version=told.findtext("Etag") or "",
            )
        marker = page.findtext("NextMarker")
        if not marker:
            return
        query["marker"] = marker


def xml_page(body: bytes, url: str, kind: str = "ListBucketResult") -> ET.Element:
    """Return the *kind* of list that *body*, the answer of *url*, is; raises `NotFound`."""
    try:
        page = ET.fromstring(body)  # noqa: S314  # expat itself refuses bombs
    except ET.ParseError:
        page = None
    if page is None or not page.tag.endswith(kind):
        raise NotFound(f"{redacted(url)} lists no objects: it is no such bucket or container")
    return page


def xml_text(element: ET.Element, name: str) -> str:
    """Return the text of the child *name* in any namespace; nothing where there is none."""
    return element.findtext(f"{{*}}{name}") or ""


def _is_md5(etag: str) -> bool:
    return len(etag) == MD5 and not set(etag.lower()) - set("0123456789abcdef")
