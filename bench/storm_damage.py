"""What mishaps have in common: what they damage, what they ask, and how they end."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.storm_lab import KEY, SECRET, Lab, Said, hints, place, tiers
from bench.storm_promises import follow, mend, wrong_objects

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import ExitStack
    from pathlib import Path
    from random import Random

    from bench.storm_proxy import Proxy

SET = "toys"


@dataclass(frozen=True, slots=True)
class Harm:
    """What mishaps are drawn from, and the proxy before the cloud tier, if there is one."""

    draw: Random
    proxy: Proxy | None


@dataclass(frozen=True, slots=True)
class Ended:
    """Whether medreg said what was wrong, and whether what it said to type repaired it."""

    told: bool
    repaired: bool
    story: Sequence[Said]


def server(stack: ExitStack, folder: Path) -> str:
    """Start SeaweedFS with a bucket for the storm; return its URL, empty where there is none."""
    if not shutil.which("weed"):
        return ""
    import s3fs
    from tests.sources.servers import seaweed

    url = stack.enter_context(seaweed(folder / "weed"))
    client = {"endpoint_url": url, "region_name": "us-east-1"}
    s3fs.S3FileSystem(key=KEY, secret=SECRET, client_kwargs=client).mkdir("lab")
    return url


def whole(lab: Lab, *, cloud: bool = False) -> str:
    """Make the set's last release whole, here and in its tiers; return its tag."""
    tag = last(lab)
    if lab.medreg("verify", tag).code:
        mend(lab, ["release", SET, lab.next_version(SET)])
        tag = last(lab)
    for name in ("toy", SET):
        for tier in tiers(lab, name) if cloud else tiers(lab, name)[:1]:
            mend(lab, ["push", name, "--tier", tier])
    return tag


def last(lab: Lab) -> str:
    """Return the last release of the set."""
    return next(tag for tag in reversed(lab.tags()) if tag.startswith(f"{SET}@"))


def cached(lab: Lab) -> list[Path]:
    """Return the cached objects of the set's images and masks, in the order of their paths."""
    cache = lab.root / ".dvc" / "cache" / "files" / "md5"
    return [cache / md5[:2] / md5[2:] for _, md5 in listed(lab)]


def listed(lab: Lab) -> list[tuple[str, str]]:
    """Return the path and the MD5 of each of the set's images and masks."""
    from medreg.files.hashing import md5_file

    data = lab.root / "registry" / place(SET)
    return [
        (file.relative_to(data).as_posix(), md5_file(file)) for file in sorted(data.rglob("*.gz"))
    ]


def lose(lab: Lab, objects: Sequence[Path]) -> None:
    """Lose the set's files here, and *objects*; what was converted goes too, or it would serve."""
    for name in (SET, "toy"):
        shutil.rmtree(lab.root / "registry" / place(name), ignore_errors=True)
    for file in objects:
        file.unlink(missing_ok=True)


def flip(file: Path) -> None:
    """Flip a bit of the last byte of *file*, keeping its mode and time."""
    data, was = file.read_bytes(), file.stat()
    file.chmod(0o644)
    file.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    file.chmod(was.st_mode & 0o777)
    os.utime(file, ns=(was.st_atime_ns, was.st_mtime_ns))


def concluded(lab: Lab, tag: str, told: bool, story: list[Said]) -> Ended:  # noqa: FBT001
    """Ask whether *tag* verifies here and comes back elsewhere, and no object is wrong."""
    into = lab.folder / "concluded"
    shutil.rmtree(into, ignore_errors=True)
    said = [mend(lab, ["verify", tag])[0], lab.medreg("reproduce", tag, "--into", str(into))]
    shutil.rmtree(into, ignore_errors=True)
    wrong = [Said(f"md5sum {name}", 1, "differs") for name in wrong_objects(lab)]
    story += [*said, *wrong]
    return Ended(told, all(one.code == 0 for one in [*said, *wrong]), story)


def ask(lab: Lab, code: int, words: str, *arguments: str) -> tuple[bool, list[Said]]:
    """Ask medreg, and do what it says until it is content; tell whether it first said *words*."""
    first = lab.medreg(*arguments)
    told = first.code == code and bool(re.search(words, first.text)) and "hint: " in first.text
    story = [first, *(follow(lab, typed) for typed in hints(first))]
    said, further = mend(lab, arguments)
    return told and said.code == 0, [*story, *further]
