"""Names that are safe to keep: the same file on every machine, inside its own folder."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from medreg.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LITTER = frozenset({"thumbs.db", "desktop.ini", "__macosx"})
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
SURROGATE = re.compile(r"[\ud800-\udfff]")  # how Python keeps bytes that are not UTF-8
DRIVE = re.compile(r"[A-Za-z]:")


def member_path(name: str, where: str, *, is_folder: bool = False) -> str:
    """Return *name* as a clean relative POSIX path; *where* names its archive or folder.

    A folder may be the root itself (``./``), whose path is empty.

    Raises `Refused` for an absolute name, one with ``..``, one that is not valid Unicode, and one
    with control characters or a backslash: each means another place, or none, somewhere.
    """
    parts = [part for part in name.split("/") if part not in ("", ".")]
    problem = _problem(name, parts or ["."] * is_folder)
    if problem:
        raise Refused(f"{where}: the name {name!r} {problem}")
    return "/".join(parts)


def _problem(name: str, parts: Sequence[str]) -> str:
    problems = {
        "is absolute": name.startswith("/") or DRIVE.match(name),
        "leaves its folder": ".." in parts,
        "is not valid UTF-8": SURROGATE.search(name),
        "has a control character": CONTROL.search(name),
        "has a backslash": "\\" in name,
        "is empty": not parts,
    }
    return next((problem for problem, found in problems.items() if found), "")


def is_litter(path: str) -> bool:
    """Tell whether *path* is what operating systems leave behind: hidden files, thumbnails.

    >>> [is_litter(p) for p in ("a/.DS_Store", "__MACOSX/a/._b.dcm", "a/b.dcm")]
    [True, True, False]
    """
    return any(part.startswith(".") or part.lower() in LITTER for part in path.split("/"))


def refuse_collisions(paths: Iterable[str], where: str) -> None:
    """Raise `Refused` when two of *paths* are one file on some system, or one is a folder too."""
    files: dict[str, str] = {}
    for path in paths:
        key = unicodedata.normalize("NFC", path).casefold()
        if key in files:
            other = files[key]
            how = "is there twice" if other == path else f"and {other!r} differ in case only"
            raise Refused(f"{where}: the name {path!r} {how}")
        files[key] = path
    for key in sorted(_folders(files) & files.keys()):
        raise Refused(f"{where}: the name {files[key]!r} is a file and a folder")


def _folders(paths: Iterable[str]) -> set[str]:
    folders: set[str] = set()
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder and folder not in folders:
            folders.add(folder)
            folder = folder.rpartition("/")[0]
    return folders
