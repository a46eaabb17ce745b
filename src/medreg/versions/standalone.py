"""Prove that the files of a release are what it says: ``python3 verify.py [FOLDER]``.

Needs Python 3.8 and nothing else: no medreg, git, DVC or network. Every byte below FOLDER (this
script's own by default) is hashed and compared with ``manifest.csv``, or with ``SHA256SUMS`` where
there is no manifest. ``part.json`` says that only some of the files are meant to be here.
Exit codes: 0 all is as recorded, 2 nothing to compare with, 5 something differs.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

MANIFEST, SUMS, PART = "manifest.csv", "SHA256SUMS", "part.json"
CHUNK = 1 << 20
SHOWN = 50  # differences printed; the rest is counted


class Unreadable(Exception):
    """There is nothing to compare with."""


def expected(folder: Path) -> tuple[Path, dict[str, tuple[str, int]], bool]:
    """Return where the content lies, SHA-256 and size (-1: unknown) by path, and if it is all."""
    if (folder / MANIFEST).is_file():
        with (folder / MANIFEST).open(newline="", encoding="utf-8") as stream:
            rows = {r["path"]: (r["sha256"], int(r["size"])) for r in csv.DictReader(stream)}
        content = folder / "converted"
        return _part(folder, content if content.is_dir() else folder, rows)
    if (folder / SUMS).is_file():
        text = (folder / SUMS).read_text(encoding="utf-8", errors="surrogateescape")
        return folder, dict(_sum(line) for line in text.split("\n") if line), False
    raise Unreadable(f"there is neither {MANIFEST} nor {SUMS} in {folder}")


def _part(
    folder: Path, content: Path, rows: dict[str, tuple[str, int]]
) -> tuple[Path, dict[str, tuple[str, int]], bool]:
    if (folder / PART).is_file():
        part = json.loads((folder / PART).read_text(encoding="utf-8"))
        digest = hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()
        if part["manifest_sha256"] != digest:
            raise Unreadable(f"{PART} belongs to another {MANIFEST}")
        rows = {path: rows[path] for path in part["files"]}
    return content, rows, True


def _sum(line: str) -> tuple[str, tuple[str, int]]:
    """Read one line as sha256sum writes it: a backslash in front says that the name is escaped."""
    escaped = line.startswith("\\")
    digest, name = line[escaped : 64 + escaped], line[66 + escaped :]
    if escaped:
        parts = name.split("\\\\")
        name = "\\".join(part.replace("\\n", "\n").replace("\\r", "\r") for part in parts)
    return name, (digest, -1)


def problem(file: Path, digest: str, size: int) -> str:
    """Say how *file* differs; nothing when it is as recorded."""
    if not file.is_file():
        return "missing"
    if size not in (-1, file.stat().st_size):
        return f"has {file.stat().st_size} bytes, not {size}"
    found = hashlib.sha256()
    with file.open("rb") as stream:
        for chunk in iter(lambda: stream.read(CHUNK), b""):
            found.update(chunk)
    return "" if found.hexdigest() == digest else "has other bytes"


def extra(content: Path, known: dict[str, tuple[str, int]]) -> list[str]:
    """Return the files that nobody listed; a set's manifest speaks of its ``data/`` alone."""
    inside = content / "data" if all(path.startswith("data/") for path in known) else content
    files = (Path(top) / name for top, _, names in os.walk(inside) for name in names)
    found = (file.relative_to(content).as_posix() for file in files)
    beside = {MANIFEST, SUMS, PART, "verify.py", "reproduction.json"} if inside == content else ()
    return sorted(path for path in found if path not in known and path not in beside)


def main(words: list[str]) -> int:
    """Compare, print what differs, and return the exit code."""
    folder = Path(words[0]) if words else Path(__file__).resolve().parent
    try:
        content, known, whole = expected(folder)
    except (Unreadable, KeyError, ValueError, OSError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        told = pool.map(lambda path: problem(content / path, *known[path]), known)
        wrong = [(path, what) for path, what in zip(known, told) if what]  # noqa: B905
    wrong += [(path, "is not listed") for path in (extra(content, known) if whole else ())]
    for path, what in wrong[:SHOWN]:
        sys.stdout.write(f"{path}  {what}\n")
    if wrong:
        sys.stdout.write(f"{len(wrong)} of {len(known)} files differ\n")
        return 5
    sys.stdout.write(f"{len(known)} files identical\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
