"""What must hold whenever nothing is at work: no orphans, no locks, every object and release."""

from __future__ import annotations

import fcntl
import json
import re
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from bench.storm_lab import DATASETS, PATIENCE, SETS, hints
from medreg.files.hashing import md5_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.storm_lab import Lab, Said

# of medreg, DVC and git: what each names a file that is not whole yet
TEMPORARY = re.compile(
    r"^\..+\.part$|\.part$|\.tmp$|\.old$|^tmp_obj_|^tmp_pack_|^incoming-|^\.tmp|^_seaweed"
)
STEPS = 8  # hints that are followed before a promise counts as broken
BUSY = 6  # exit code: try again
LOOK = 0.5  # seconds between two tries at a lock


def mend(lab: Lab, arguments: Sequence[str]) -> tuple[Said, list[Said]]:
    """Run a verb, do what its hints say, and run it again, until it succeeds or the hints end."""
    said = _patiently(lab, arguments)
    story = [said]
    for _ in range(STEPS):
        if said.code == 0 or said.broken:
            break
        for typed in hints(said):
            story.append(follow(lab, typed))
            if story[-1].code == 0:
                break
        said = _patiently(lab, _renewed(lab, arguments))
        story.append(said)
    return said, story


def _patiently(lab: Lab, arguments: Sequence[str]) -> Said:
    """Run a verb; while another process is busy, wait as the hint says, and run it again."""
    deadline = time.monotonic() + PATIENCE
    while True:
        said = lab.medreg(*arguments)
        if " is busy: " not in said.text or time.monotonic() > deadline:
            return said
        time.sleep(LOOK)


def _renewed(lab: Lab, arguments: Sequence[str]) -> Sequence[str]:
    """Return the arguments again; what is released after something was made anew comes next."""
    if arguments[0] == "release":
        return ["release", arguments[1], lab.next_version(arguments[1])]
    return arguments


def follow(lab: Lab, typed: str, depth: int = 3) -> Said:
    """Type the command of a hint, and what its own hints say."""
    first, *arguments = typed.split()
    if first == "remove":
        return lab.run("rm", "-f", *arguments)
    if first != "medreg":
        return lab.run("sh", "-c", typed)
    said = lab.medreg(*arguments)
    for further in hints(said) if said.code not in {0, BUSY} and depth else ():
        follow(lab, further, depth - 1)
    return lab.medreg(*arguments) if said.code else said


def orphans(lab: Lab) -> list[str]:
    """Return the temporary files and folders that nobody will finish."""
    found = []
    for top in (lab.root, *lab.stores, lab.folder / "origin.git", lab.folder / "out"):
        for path in sorted(top.rglob("*")) if top.is_dir() else ():
            git_lock = path.suffix == ".lock" and {".git", "origin.git"} & {*path.parts}
            if git_lock or TEMPORARY.search(path.name):
                found.append(path.relative_to(lab.folder).as_posix())
    scratch = lab.root / ".medreg"
    for name in ("export", "rebuild", "fetch", "fetched", "convert"):
        found += [
            path.relative_to(lab.folder).as_posix()
            for path in sorted((scratch / name).rglob("*"))
            if path.is_file()
        ]
    return found


def locked(lab: Lab) -> list[str]:
    """Return the locks that are still held, or say that they are."""
    found = []
    for file in sorted((lab.root / ".medreg" / "locks").glob("*.lock")):
        with file.open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                found.append(file.name)
    rwlock = lab.root / ".dvc" / "tmp" / "rwlock"
    held = json.loads(rwlock.read_text() or "{}") if rwlock.is_file() else {}
    return [*found, *([f"DVC: {held}"] if any(held.values()) else [])]


def wrong_objects(lab: Lab) -> list[str]:
    """Return the objects, in cache and tiers, that are not what their name says."""
    found = []
    for top in (lab.root / ".dvc" / "cache", *lab.stores):
        for file in sorted((top / "files" / "md5").rglob("*")):
            if file.is_file() and not TEMPORARY.search(file.name):
                name = file.parent.name + file.name.removesuffix(".dir")
                if md5_file(file) != name:
                    found.append(file.relative_to(lab.folder).as_posix())
    return found


def releases(lab: Lab) -> Iterator[tuple[str, str]]:
    """Bring every release back elsewhere; yield its tag and what is wrong with it, if anything."""

    def wrong(tag: str) -> str:
        into = lab.folder / "verify" / tag
        said, _ = mend(lab, ["reproduce", tag, "--into", str(into)])
        if said.code == 0:
            said = lab.run("python3", "-I", str(into / "verify.py"))
        shutil.rmtree(into, ignore_errors=True)
        return "" if said.code == 0 else f"$ {said.command}\n{said.text}"

    tags = lab.tags()
    with ThreadPoolExecutor(2) as pool:
        yield from zip(tags, pool.map(wrong, tags), strict=True)


def settled(lab: Lab) -> Iterator[tuple[str, bool, str]]:
    """Bring every dataset and set up to date; yield the verb, whether it succeeded, the story."""

    def each(name: str) -> list[tuple[str, bool, str]]:
        found = []
        for verb in ("fetch", "convert", "check") if name in DATASETS else ("curate", "pull"):
            said, story = mend(lab, [verb, name])
            found.append((f"{verb} {name}", said.code == 0, told(story)))
        return found

    with ThreadPoolExecutor(2) as pool:
        for names in (DATASETS, SETS):
            for found in pool.map(each, names):
                yield from found


def told(story: Sequence[Said]) -> str:
    """Return a story for a person."""
    return "\n".join(f"$ {one.command}  -> {one.code}\n{one.text[-1500:]}" for one in story)
