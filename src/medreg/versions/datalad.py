"""A release as a DataLad dataset: git-annex keys whose bytes stay where DVC put them.

DVC names an object by its MD5, and so does a key of git-annex's backend MD5E: each key is given the
address of that object in a tier, and git-annex gets it from there and proves it. No byte of it is
copied. Neither git-annex nor DataLad is needed to write it: the formats are those of
https://git-annex.branchable.com/internals/ and https://git-annex.branchable.com/internals/hashing/.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from medreg.errors import Misuse
from medreg.files.atomic import whole_folder
from medreg.tables import natural
from medreg.versions import dvc, git, models, objects, outs
from medreg.versions import releases as names
from medreg.versions.githeld import PIPELINE
from medreg.versions.outs import wanted
from medreg.versions.withdrawals import withdrawn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dvc.repo import Repo

    from medreg.registry import Registry

WEB = "00000000-0000-0000-0000-000000000001"  # git-annex's own name for the web
SPACE = uuid.UUID("6f8e6d0e-52c1-5c7e-9a43-4d6564726567")  # ours; names datasets by their manifest
LETTERS = "0123456789zqjxkmvwgpfZQJXKMVWGPF"
ENDING = re.compile(r"(?:\.[A-Za-z0-9]{1,4}){1,2}$")
AUTHOR = "medreg <medreg@localhost>"


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: annexed files with their bytes, plain ones, and where the bytes lie."""

    folder: Path
    annexed: int
    size: int
    plain: int
    address: str
    settings: tuple[str, ...] = ()  # what git-annex must be told to read from there


def datalad(registry: Registry, release: str, into: Path, *, tier: str, url: str) -> Exported:
    """Write ``NAME@VERSION`` to *into*, a new folder; its keys lie in *tier* (default: DVC's).

    *url* is where that tier is served, if not at its own address. The same release makes the same
    commits. Raises `Misuse` for a folder that is there and a tier that has no address.
    """
    if into.exists():
        raise Misuse(f"{into} is there already", hint="name a new folder")
    name, version = names.split_release(registry.root, release)
    tag = names.tag_of(name, version)
    names.record_of(registry.root, tag)
    where = outs.folder_at(registry, name, tag)
    gone = withdrawn(registry)
    rows = {
        posixpath.join(outs.content(where), row.path): row
        for row in models.manifest_of(registry, tag)
    }
    absent = {path for path, row in rows.items() if row.source in gone}
    keys: dict[str, tuple[str, str, int]] = {}
    recorded = wanted(registry, name, tag)
    with dvc.repository(registry) as repo:
        objects.fetch_lists(repo, recorded, tier="")
        for out in recorded:
            base = url.rstrip("/") or address(repo, out.remote or tier or dvc.default_tier(repo))
            for piece in objects.pieces(repo, out):
                path = piece.path.removeprefix(f"{where}/")
                if not piece.is_list and path not in absent:
                    size = rows[path].size if path in rows else out.size
                    there = f"{base}/files/md5/{piece.md5[:2]}/{piece.md5[2:]}"
                    keys[path] = (key(path, piece.md5, size), there, size)
    held = {
        path.removeprefix(f"{where}/"): git.show(registry.root, tag, path)
        for path in git.files(registry.root, tag, where)
        if path.removeprefix(f"{where}/") not in PIPELINE
    }
    record = names.record_of(registry.root, tag)
    config = f'[datalad "dataset"]\n\tid = {uuid.uuid5(SPACE, record.manifest_sha256)}\n'
    held |= {
        ".datalad/config": config.encode(),
        ".gitattributes": b"* annex.backend=MD5E\n**/.git* annex.largefiles=nothing\n",
    }
    when = git.run(registry.root, "log", "-1", "--format=%ct", f"{tag}^{{commit}}").decode().strip()
    stream = b"".join(_stream(f"Release {tag}", when, held, keys))
    with whole_folder(into, into.absolute().parent) as fresh:
        git.run(fresh, "init", "--quiet", "--initial-branch=main")
        git.run(fresh, "fast-import", "--quiet", stdin=stream)
        git.run(fresh, "reset", "--quiet", "--hard", "main")
    bases = sorted({there.partition("/files/md5/")[0] for _, there, _ in keys.values()})
    files = any(base.startswith("file:") for base in bases)
    asked = ("git config annex.security.allowed-url-schemes 'http https file'",) if files else ()
    size = sum(size for _, _, size in keys.values())
    return Exported(into, len(keys), size, len(held), ", ".join(bases), asked)


def address(repo: Repo, tier: str) -> str:
    """Return the URL at which anybody who may can read what *tier* holds; raises `Misuse`."""
    known = dvc.tiers(repo)
    if tier not in known:
        raise Misuse(f"there is no tier named {tier!r}", hint=f"known tiers: {', '.join(known)}")
    config = known[tier]
    place = str(config["url"]).rstrip("/")
    scheme, _, rest = place.partition("://")
    if not rest:
        return f"file://{quote(str(Path(place).resolve()))}"
    if scheme in ("http", "https"):
        return place
    if scheme == "s3" and config.get("endpointurl"):
        return f"{str(config['endpointurl']).rstrip('/')}/{quote(rest)}"
    bucket, _, below = rest.partition("/")
    hosts = {"s3": f"{bucket}.s3.amazonaws.com", "gs": f"storage.googleapis.com/{bucket}"}
    if scheme not in hosts:
        raise Misuse(
            f"tier {tier} has no web address: {place}", hint="say where it is served: --url URL"
        )
    return f"https://{hosts[scheme]}/{quote(below)}".rstrip("/")


# --- git-annex's formats -----------------------------------------------------------------------


def key(path: str, md5: str, size: int) -> str:
    """Return git-annex's name for a file of that content.

    >>> key("data/a.nii.gz", "d41d8cd98f00b204e9800998ecf8427e", 0)
    'MD5E-s0--d41d8cd98f00b204e9800998ecf8427e.nii.gz'
    """
    found = ENDING.search(path.rpartition("/")[2])
    return f"MD5E-s{size}--{md5}{found[0] if found else ''}"


def target(path: str, name: str) -> str:
    """Return what the link at *path* says for the key *name*."""
    word = int.from_bytes(hashlib.md5(name.encode(), usedforsecurity=False).digest()[:4], "little")
    a, b, c, d = (LETTERS[word >> shift & 31] for shift in (0, 6, 12, 18))
    return f"{'../' * path.count('/')}.git/annex/objects/{b}{a}/{d}{c}/{name}/{name}"


def _logs(when: str, keys: Mapping[str, tuple[str, str, int]]) -> dict[str, bytes]:
    """Return the files of the branch ``git-annex``: which keys the web has, and where."""
    places: dict[str, set[str]] = {}
    for name, there, _ in keys.values():
        places.setdefault(name, set()).add(there)
    found = {}
    for name, theirs in places.items():
        digest = hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()
        log = f"{digest[:3]}/{digest[3:6]}/{name}.log"
        found[log] = f"{when}s 1 {WEB}\n".encode()
        lines = (f"{when}s 1 {one}\n" for one in sorted(theirs))
        found[f"{log}.web"] = "".join(lines).encode()
    return found


def _stream(
    message: str, when: str, held: Mapping[str, bytes], keys: Mapping[str, tuple[str, str, int]]
) -> Iterator[bytes]:
    """Yield what ``git fast-import`` reads: both branches, a commit each."""
    files = {path: ("100644", data) for path, data in held.items()}
    files |= {path: ("120000", target(path, name).encode()) for path, (name, _, _) in keys.items()}
    logs = {path: ("100644", data) for path, data in _logs(when, keys).items()}
    for branch, said, content in (("main", message, files), ("git-annex", "update", logs)):
        yield f"commit refs/heads/{branch}\ncommitter {AUTHOR} {when} +0000\n".encode()
        yield _data(said.encode())
        for path in sorted(content, key=natural):
            mode, data = content[path]
            yield f"M {mode} inline {_quoted(path)}\n".encode()
            yield _data(data)


def _data(data: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(data), data)


def _quoted(path: str) -> str:
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"' if escaped != path or path.startswith('"') else path
