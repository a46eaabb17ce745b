"""What a kill leaves behind is removed by who comes next, and what others hold is let be."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest

from medreg.errors import BytesDiffer, Transient
from medreg.versions import git
from medreg.versions.push import push
from medreg.versions.release import release
from medreg.versions.verify import verify_release

if TYPE_CHECKING:
    from pathlib import Path

    from medreg.registry import Registry

DEAD = 2**22 + 1  # above the largest process number of Linux


@pytest.mark.parametrize("lock", ["index.lock", "HEAD.lock", "refs/heads/main.lock"])
def test_locks_of_a_killed_git_are_removed(lab: Registry, lock: str) -> None:
    (lab.root / ".git" / "medreg").write_text(f"{DEAD}\n")
    left = lab.root / ".git" / lock
    left.touch()
    release(lab, "open_set", "1.0.0")
    assert not left.exists()
    assert not (lab.root / ".git" / "medreg").read_text()
    assert git.tags(lab.root, "*") == ["open_set@v1.0.0"]


def test_the_lock_of_another_git_is_not_touched(lab: Registry) -> None:
    left = lab.root / ".git" / "index.lock"
    left.touch()
    with pytest.raises(Transient, match=r"index\.lock"):
        release(lab, "open_set", "1.0.0")
    assert left.exists()


def test_temporaries_of_the_dead_go_and_those_of_the_living_stay(lab: Registry) -> None:
    tier = lab.root.parent / "lab-store" / "files" / "md5" / "aa"
    cache = lab.root / ".dvc" / "cache" / "files" / "md5" / "aa"
    for folder in (tier, cache):
        folder.mkdir(parents=True, exist_ok=True)
    host, name = socket.gethostname(), "b" * 30
    gone = [tier / f".{name}.{host}-{DEAD}.part", cache / ".a.tmp", cache.parent / ".b.tmp"]
    kept = [
        tier / f".{name}.{host}-{os.getppid()}.part",
        tier / f".{name}.elsewhere-{DEAD}.part",
        tier / name,
    ]
    for file in (*gone, *kept):
        file.write_bytes(b"half")
    push(lab, "open_set")
    assert all(file.exists() for file in (*gone, *kept)), "nobody was killed: no reason to look"
    lab.lock("dvc-objects").write_text(f"{DEAD}\n")
    push(lab, "open_set")
    assert not [file for file in gone if file.exists()]
    assert all(file.exists() for file in kept)


def test_an_edited_manifest_proves_nothing(lab: Registry) -> None:
    assert verify_release(lab, "open_set")
    file = lab.set("open_set").path / "manifest.csv"
    before = file.read_bytes()
    file.write_bytes(before.replace(before[-66:-2], b"0" * 64))
    with pytest.raises(BytesDiffer, match="not the manifest that was recorded") as raised:
        verify_release(lab, "open_set")
    restore = next(word for word in raised.value.hint.split(";") if "git restore" in word)
    git.run(lab.root, *restore.partition("git ")[2].split())
    assert verify_release(lab, "open_set")


def test_a_tag_on_another_commit_was_moved(lab: Registry, tmp_path: Path) -> None:
    from medreg.versions.pull import pull

    release(lab, "open_set", "1.0.0")
    message = git.tag_message(lab.root, "open_set@v1.0.0")
    first = git.run(lab.root, "rev-list", "--max-parents=0", "HEAD").decode().strip()
    git.run(lab.root, "tag", "--force", "-a", "-m", message, "open_set@v1.0.0", first)
    with pytest.raises(BytesDiffer, match="the tag was moved") as raised:
        pull(lab, "open_set@v1.0.0", into=tmp_path / "into")
    assert raised.value.hint.startswith("git fetch --tags --force")
