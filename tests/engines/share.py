"""Two machines' views of one folder, each of which sees late what the other wrote."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

import pytest

if TYPE_CHECKING:
    from pathlib import Path

OWN = {".git", ".dvc", "locks"}  # which one machine alone looks at
Stamp = tuple[int, int, int]


def elsewhere(view: Path, folder: Path) -> list[str]:
    """Return the words before a command that make it see *view* at *folder*."""
    for words in (["unshare", "-m"], ["unshare", "-rm"]):
        if subprocess.run([*words, "true"], capture_output=True, check=False).returncode == 0:
            script = 'mount --bind "$1" "$2" && cd "$2" && shift 2 && exec "$@"'
            return [*words, "sh", "-c", script, "sh", str(view), str(folder)]
    pytest.skip("no file system can be mounted here")


@dataclass
class Late:
    """Copies what is written at *here* to *there* and back, *seconds* later."""

    here: Path
    there: Path
    seconds: float
    _known: tuple[dict[str, Stamp], dict[str, Stamp]] = field(default_factory=lambda: ({}, {}))
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        shutil.copytree(self.here, self.there)
        for side, folder in enumerate((self.here, self.there)):
            self._known[side].update(_stamps(folder))
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        due: dict[tuple[int, str], float] = {}
        while not self._over.wait(0.05):
            now = time.monotonic()
            for side, folder in enumerate((self.here, self.there)):
                stamps = _stamps(folder)
                for path in stamps.keys() | self._known[side].keys():
                    if stamps.get(path) != self._known[side].get(path):
                        due.setdefault((side, path), now + self.seconds)
            for side, path in sorted(key for key, when in due.items() if when < now):
                del due[side, path]
                with suppress(OSError):  # it changes under our hands: next time
                    self._pass_on(side, path)

    def _pass_on(self, side: int, path: str) -> None:
        source, target = ((self.here, self.there), (self.there, self.here))[side]
        stamp = _stamp(source / path)
        if stamp is None:
            (target / path).unlink(missing_ok=True)
            for known in self._known:
                known.pop(path, None)
            return
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f"{target.name}.part")
        shutil.copy2(source / path, part)
        part.replace(target / path)
        self._known[side][path] = stamp
        self._known[1 - side][path] = _stamp(target / path) or stamp


def _stamps(folder: Path) -> dict[str, Stamp]:
    found = {}
    for top, folders, files in os.walk(folder):
        folders[:] = sorted(set(folders) - OWN)
        for name in files:
            path = os.path.join(top, name)  # noqa: PTH118 - many
            with suppress(OSError):
                stat = os.stat(path)  # noqa: PTH116
                found[os.path.relpath(path, folder)] = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
    return found


def _stamp(file: Path) -> Stamp | None:
    try:
        stat = file.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino
