"""Which files were hashed and not touched since, so that a release reads no file a second time.

Of each file stands what the file system said when it was hashed: size, inode, and when its bytes
and its entry changed last. No program can set the last of these back, but a disk may rot: this
spares a release its reading, and never `medreg verify`. It holds until the machine starts again:
after a power failure a file system may show the old sizes and times over bytes that never reached
the disk. Where nothing tells one start of the machine from another, every file is read.
"""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from medreg.files.atomic import write_bytes
from medreg.registry import json_bytes
from medreg.versions.verify import manifest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from medreg.registry import Registry
    from medreg.tables import ManifestRow

SETTLED = 50_000_000  # ns; a file system's clock ticks every 10 ms or faster
BOOT = Path("/proc/sys/kernel/random/boot_id")  # Linux: another one after each start
Sign = tuple[int, int, int, int]


def unchanged(
    registry: Registry, name: str, folder: Path, rows: Sequence[ManifestRow]
) -> frozenset[str]:
    """Return the paths of those *rows* whose bytes below *folder* were proved, and still stand."""
    try:
        known = json.loads(_file(registry, name).read_bytes())
        if known["boot"] != _boot():
            return frozenset()
        found = {path: (tuple(was), digest) for path, (was, digest) in known["files"].items()}
    except (OSError, LookupError, ValueError, TypeError, AttributeError):
        return frozenset()
    now = _signs(folder, rows)
    return frozenset(
        row.path
        for row in rows
        if row.path in now and found.get(row.path) == (now[row.path], row.sha256)
    )


@contextmanager
def proving(
    registry: Registry, name: str, folder: Path, rows: Sequence[ManifestRow]
) -> Iterator[None]:
    """Keep what *rows* say of *folder*, if the block, which proves it, raises nothing."""
    before = _settled(folder, rows)
    yield
    after = _signs(folder, rows)
    same = {path for path, now in after.items() if before.get(path) == now}
    _write(registry, name, {r.path: (after[r.path], r.sha256) for r in rows if r.path in same})


def written(registry: Registry, name: str) -> None:
    """Keep that the set *name* is as the stage that hashed all it wrote, or kept, left it."""
    folder = registry.set(name).path
    with proving(registry, name, folder, manifest(folder / "manifest.csv")):
        pass


def _settled(folder: Path, rows: Sequence[ManifestRow]) -> dict[str, Sign]:
    """Return the signs of all files once any later change would show in them."""
    found = _signs(folder, rows)
    if _fresh(found.values()):
        time.sleep(SETTLED / 1e9)
        found = _signs(folder, rows)
    oldest = time.time_ns() - SETTLED
    return {path: now for path, now in found.items() if now[3] < oldest and now[3] % 10**9}


def _fresh(signs: Iterable[Sign]) -> bool:
    oldest = time.time_ns() - SETTLED
    return any(one[3] >= oldest for one in signs)


def _signs(folder: Path, rows: Iterable[ManifestRow]) -> dict[str, Sign]:
    found = {}
    for row in rows:
        now = sign(folder / row.path)
        if now and now[0] == row.size:
            found[row.path] = now
    return found


def sign(file: Path) -> Sign | None:
    """Return size, inode, and when bytes and entry of *file* changed last, in ns; None without."""
    try:
        stat = file.stat()
    except OSError:
        return None
    return stat.st_size, stat.st_ino, stat.st_mtime_ns, stat.st_ctime_ns


def _write(registry: Registry, name: str, files: Mapping[str, tuple[Sign, str]]) -> None:
    if boot := _boot():
        write_bytes(_file(registry, name), json_bytes({"boot": boot, "files": files}))


def _boot() -> str:
    """Return what differs between two starts of the machine; empty where nothing tells."""
    try:
        return BOOT.read_text().strip()
    except OSError:
        return ""


def _file(registry: Registry, name: str) -> Path:
    return registry.work("proved", name).with_suffix(".json")
