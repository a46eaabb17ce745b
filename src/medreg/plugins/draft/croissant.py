"""Draft a plugin from a Croissant file: JSON-LD 1.0 or 1.1, as hubs hand it out.

Read are ``name``, ``license``, ``citeAs``/``citation``, ``url``, ``description`` and
``distribution``: each ``cr:FileObject`` with its ``contentUrl`` and checksum, each ``cr:FileSet``
with its ``includes``.
"""

from __future__ import annotations

import json
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from medreg.errors import DeclarationError, NotFound
from medreg.plugins.blanks import BLANK
from medreg.plugins.draft import said
from medreg.plugins.draft.folder import arranged
from medreg.plugins.draft.words import modality
from medreg.plugins.draft.write import Draft, unknown
from medreg.plugins.draft.zenodo import blanks
from medreg.sources import Http

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from medreg.terms import License

CONFORMS = re.compile(r"http://mlcommons\.org/croissant/1\.\d+")


def draft(file: Path, name: str, licenses: Mapping[str, License]) -> Draft:
    """Return the draft; raises `NotFound` without a file, `DeclarationError` naming its line."""
    if not file.is_file():
        raise NotFound(f"there is no file {file}", hint="--from croissant:FILE")
    text = file.read_text(encoding="utf-8-sig")
    content = _content(text, file)
    title = str(content.get("name") or "")
    if not title:
        raise _wrong(file, text, "", "it has no name")
    source, notes = _source(content, text, file)
    if isinstance(content["distribution"], dict):
        content = content | {"distribution": [content["distribution"]]}
    page = str(content.get("url") or "")
    license_ = content.get("license") or ""
    license_ = license_[0] if isinstance(license_, list) and license_ else license_
    license_ = license_.get("url", "") if isinstance(license_, dict) else str(license_)
    values = unknown(name or said.named(title), "")
    found = modality(f"{title} {content.get('description') or ''}")
    values |= {
        "title": title,
        "homepage": page or f"{BLANK}: https://...",
        "licenses": (said.claim(license_, page or file.name, licenses, "publisher"),),
        "cite": _cited(content, page),
        "modality": found or values["modality"],
        "source": source,
    }
    told, listing = arranged(_globbed(content))
    values |= told
    return Draft(
        name=str(values["name"]),
        doc=said.doc(title, str(content.get("description") or ""), page or file.name),
        values=values,
        comments=blanks(values, sure=found is not None),
        listing=listing,
        listed_from=f"the FileSets of {file.name}; names of cases are stand-ins, {said.today()}",
        notes=notes,
    )


def _content(text: str, file: Path) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise DeclarationError(f"{file}, line {error.lineno}: not JSON: {error.msg}") from None
    if not isinstance(content, dict):
        raise DeclarationError(f"{file}, line 1: it is no JSON object")
    conforms = content.get("conformsTo") or content.get("dct:conformsTo") or ""
    every = conforms if isinstance(conforms, list) else [conforms]
    if not any(CONFORMS.match(str(one)) for one in every):
        raise _wrong(
            file, text, "conformsTo", f"it does not say that it is Croissant 1: {conforms!r}"
        )
    return content


def _source(  # noqa: C901  # each a way to be wrong
    content: Mapping[str, Any], text: str, file: Path
) -> tuple[Http, list[str]]:
    """Return the files with an address of their own, and what else a person should know."""
    parts = content.get("distribution")
    parts = [parts] if isinstance(parts, dict) else parts
    if not parts:
        raise _wrong(file, text, "distribution", "its distribution is missing: nothing to fetch")
    urls: dict[str, str] = {}
    sums: dict[str, str] = {}
    notes: list[str] = []
    for part in parts:
        kind = str(part.get("@type", "")).rpartition(":")[2].rpartition("/")[2]
        ident = str(part.get("@id") or part.get("name") or "")
        if kind == "FileSet":
            notes.append(f"{ident}: {part.get('includes')} in {_contained(part)}: see layout=")
            continue
        if kind != "FileObject":
            raise _wrong(file, text, ident, f"{ident or part!r} is no FileObject or FileSet")
        if part.get("containedIn"):
            notes.append(f"{part.get('contentUrl')} lies in {_contained(part)}")
            continue
        url = str(part.get("contentUrl") or "")
        if not url.startswith(("https://", "http://")):
            raise _wrong(
                file, text, ident, f"the distribution {ident!r} has no contentUrl to fetch: {url!r}"
            )
        named = _named(str(part.get("name") or ident), url)
        urls[named] = url
        for sum_ in ("sha256", "md5"):
            value = str(part.get(sum_) or "")
            if re.fullmatch("[0-9a-fA-F]+", value) and len(value) in (32, 64):
                sums.setdefault(named, f"{sum_}:{value.lower()}")
        if named not in sums:
            notes.append(f"{ident}: no checksum; the first fetch decides what its bytes are")
    if not urls:
        raise _wrong(file, text, "distribution", "no distribution has an address of its own")
    return Http(urls=urls, checksums=sums), notes


def _globbed(content: Mapping[str, Any]) -> list[str]:
    """Return what the globs of the FileSets could stand for, three times each."""
    parts = [part for part in content["distribution"] if part.get("includes")]
    each = (part["includes"] for part in parts)
    globs = [g for one in each for g in (one if isinstance(one, list) else [one])]
    return [
        glob.replace("**/", "").replace("*", f"case_{number:03d}")
        for glob in globs
        if "*" in glob
        for number in (1, 2, 3)
    ]


def _named(name: str, url: str) -> str:
    """Return the file's name: the one given, if it has an ending, else the address's last part."""
    from urllib.parse import unquote, urlsplit

    last = unquote(urlsplit(url).path.rpartition("/")[2])
    return PurePosixPath(name).name if PurePosixPath(name).suffix or not last else last


def _contained(part: Mapping[str, Any]) -> str:
    inside = part.get("containedIn")
    every = inside if isinstance(inside, list) else [inside]
    return ", ".join(str(one.get("@id") if isinstance(one, dict) else one) for one in every)


def _cited(content: Mapping[str, Any], page: str) -> tuple[str, ...]:
    told = str(content.get("citeAs") or content.get("citation") or "")
    doi = re.search(r"10\.\d{4,9}/[^\s\"'},;]+", told)
    if doi:
        return (f"doi:{doi[0].rstrip('.')}",)
    return (page,) if page else ()


def _wrong(file: Path, text: str, word: str, why: str) -> DeclarationError:
    """Return the error, with the line on which *word* stands: 1 where it stands nowhere."""
    lines = text.splitlines()
    quoted = (n for n, line in enumerate(lines, 1) if word and f'"{word}"' in line)
    return DeclarationError(
        f"{file}, line {next(quoted, 1)}: {why}",
        hint="a Croissant file lists each file as a cr:FileObject with its contentUrl",
    )
