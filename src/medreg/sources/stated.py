"""The checksum that a server states with the bytes it sends."""

from __future__ import annotations

import re
from base64 import b64decode
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# asks S3 for the checksum that an object was stored with; AWS's own tools ask for it, too
WITH_CHECKSUM = {"x-amz-checksum-mode": "ENABLED"}
CHEAP = {"sha256": 32, "crc32": 4}  # bytes of the digests that cost no more time than the record's
MD5, MD5_BYTES = re.compile("[0-9a-f]{32}"), 16


def checksum(told: Mapping[str, str], url: str) -> str:
    """Return what the head of the answer *told* states of the whole body, as ``"md5:<hex>"``.

    S3 states what an object was stored with (``x-amz-checksum-sha256`` or ``-crc32``), unless that
    is made of its parts, or else the MD5, as the ETag of an object of one part that no key
    encrypts, which is none in a directory bucket (``--x-s3``). Others: see `md5`. Empty where
    nothing is stated.
    """
    for kind, size in CHEAP.items():
        stored = told.get(f"x-amz-checksum-{kind}", "")
        if len(digest := _decoded(stored)) == size and not _of_parts(told):
            return f"{kind}:{digest.hex()}"
    etag = told.get("ETag", "").strip('"').lower()
    sealed = told.get("x-amz-server-side-encryption", "AES256") != "AES256"
    sealed |= "x-amz-server-side-encryption-customer-algorithm" in told or "--x-s3" in url
    if "x-amz-request-id" in told and not sealed and MD5.fullmatch(etag):
        return f"md5:{etag}"
    return md5(told)


def md5(told: Mapping[str, str]) -> str:
    """Return the MD5 in ``Content-MD5`` (RFC 1864) or Google's ``x-goog-hash``, if one is there."""
    stored_as_sent = told.get("x-goog-stored-content-encoding", "identity") == "identity"
    google = re.search(r"\bmd5=([^,\s]+)", told.get("x-goog-hash", "") if stored_as_sent else "")
    digest = _decoded(google[1] if google else told.get("Content-MD5", ""))
    return f"md5:{digest.hex()}" if len(digest) == MD5_BYTES else ""


def _of_parts(told: Mapping[str, str]) -> bool:
    """Tell whether the stored checksum is one of the checksums of parts."""
    return told.get("x-amz-checksum-type", "FULL_OBJECT") != "FULL_OBJECT"


def _decoded(text: str) -> bytes:
    """Return what is written in base64; empty where it is none, as ``<digest>-<parts>``."""
    try:
        return b64decode(text, validate=True)
    except ValueError:
        return b""
