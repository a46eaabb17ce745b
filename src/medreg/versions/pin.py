"""Pin a release in a training repository, and bring there what is pinned."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from medreg.errors import CannotHere, Misuse, NotFound
from medreg.files.atomic import write_bytes
from medreg.versions import clones, dvc, git, outs, pins, releases
from medreg.versions.part import ALL
from medreg.versions.pull import pull

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from medreg.registry import Registry
    from medreg.report import Progress
    from medreg.versions.part import Part
    from medreg.versions.pins import Pin


def pin(folder: Path, url: str, release: str, *, imported: bool = False) -> tuple[Pin, bool]:
    """Write the pin of *release* to ``medreg.lock`` in *folder*; return it, and if it is new.

    What the tag says now is pinned. *imported* also makes the DVC import (``dvc update`` and
    ``dvc pull`` know it). Raises `NotFound` for an unknown release, `Misuse` where there is no DVC
    repository to import into.
    """
    if imported and not any((f / ".dvc").is_dir() for f in (folder, *folder.parents)):
        raise Misuse(f"{folder} is in no DVC repository", hint="dvc init, or leave --import out")
    registry = clones.open_clone(url)
    name, version = releases.split_release(registry.root, release)
    tag = releases.tag_of(name, version)
    made = pins.Pin(
        release=tag,
        url=clones.absolute(url),
        manifest_sha256=releases.record_of(registry.root, tag).manifest_sha256,
        commit=git.resolve(registry.root, tag),
    )
    if imported:
        _import(folder, made, outs.folder_at(registry, name, tag))
    return made, pins.add(folder / pins.FILE, made)


def _import(folder: Path, made: Pin, where: str) -> None:
    target = folder / made.folder
    if target.with_name(f"{target.name}.dvc").is_file():
        return
    if target.exists():
        raise Misuse(f"{target} exists already", hint=f"move it away, or: medreg verify {target}")
    target.parent.mkdir(parents=True, exist_ok=True)
    program = Path(sys.executable).parent / "dvc"
    done = subprocess.run(
        [str(program), "import", "-q", made.url, where, "--rev", made.release, "-o", str(target)],
        cwd=folder,
        env=dvc.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = " ".join((done.stderr or done.stdout).split())
        raise CannotHere(f"dvc import failed: {said}", hint="DVC's own words above say what")


def pull_pins(
    file: Path,
    *,
    only: str = "",
    part: Part = ALL,
    allowed: Callable[[Registry, Pin], None] = lambda _registry, _pin: None,
    progress: Progress | None = None,
) -> Sequence[tuple[Pin, int]]:
    """Bring every pin of *file* (*only* that release, if given), and verify it.

    *allowed* is asked of each, and its clone, before a byte of it moves. Returns each with the
    number of files that are identical. Run again, it brings what is missing. Raises `BytesDiffer`
    when a tag moved, or when the manifest is not the pinned one.
    """
    known = pins.read(file)
    wanted = [one for one in known if only in ("", one.release)]
    if not wanted:
        raise NotFound.named("pin", only, [one.release for one in known], hint="medreg pin")
    found = []
    for one in wanted:
        registry = clones.pinned(one)
        allowed(registry, one)
        found.append((one, _bring(registry, file.parent, one, part, progress)))
    return found


def _bring(
    registry: Registry, folder: Path, one: Pin, part: Part, progress: Progress | None
) -> int:
    target = folder / one.folder
    if not target.with_name(f"{target.name}.dvc").is_file():  # DVC has done so
        _ignore(target)
    return pull(registry, one.release, into=target, part=part, pipeline=False, progress=progress)


def _ignore(target: Path) -> None:
    """Keep git from taking the data."""
    file, line = target.with_name(".gitignore"), f"/{target.name}"
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    if line not in lines:
        write_bytes(file, "".join(f"{each}\n" for each in (*lines, line)).encode())
