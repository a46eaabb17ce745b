"""Release: six steps, killed after each; versions that grow; a tag that never moves."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from medreg.cli import main
from medreg.errors import BytesDiffer, DeclarationError, Misuse
from medreg.report import Answer, Outcome, Silent
from medreg.versions import git, releases
from medreg.versions.push import audit
from medreg.versions.release import STEPS, release
from tests.versions.standin import fill, objects_of, record, run, stored, write_set

if TYPE_CHECKING:
    from pathlib import Path

    from medreg.registry import Registry

LABELS = [step.__name__.strip("_") for step in STEPS]

CHILD = """
import os, signal, sys
from pathlib import Path
from medreg.registry import Registry
from medreg.report import Silent
from medreg.versions.release import release

class Killed(Silent):
    def start(self, task, total, unit="cases"):
        if sys.argv[2:] == ["start", task]:
            os.kill(os.getpid(), signal.SIGKILL)
    def answered(self, answer):
        if sys.argv[2:] == ["end", answer.item]:
            os.kill(os.getpid(), signal.SIGKILL)

release(Registry(Path(sys.argv[1])), "open_set", "1.0.0", progress=Killed())
"""


@pytest.fixture
def server(lab: Registry) -> Path:
    path = lab.root.parent / "server.git"
    git.run(lab.root.parent, "init", "--quiet", "--bare", "--initial-branch=main", str(path))
    git.run(lab.root, "remote", "add", "origin", str(path))
    return path


def state(lab: Registry, server: Path) -> object:
    """What a release leaves, without what names a moment."""
    return (
        git.tags(lab.root, "*"),
        git.tags(server, "*"),
        git.tag_message(lab.root, "open_set@v1.0.0"),
        git.run(lab.root, "rev-parse", "open_set@v1.0.0^{tree}"),
        git.run(server, "rev-parse", "main^{tree}"),
        git.run(lab.root, "rev-list", "--count", "HEAD"),
        git.changed(lab.root, ["registry", "dvc.yaml", "plugins"]),
        stored(lab.root.parent / "lab-store"),
    )


@pytest.mark.parametrize(
    ("moment", "step"),
    [*(("end", step) for step in LABELS), ("start", "push to local"), ("start", "publish")],
)
def test_killed_at_any_step_and_run_again_it_ends_the_same(
    lab: Registry, server: Path, moment: str, step: str
) -> None:
    fill(lab.set("open_set").path, {"recipe.yaml": b"title: edited, and curated again"})
    write_set(lab, "open_set", ["tiny"])
    child = [sys.executable, "-c", CHILD, str(lab.root), moment, step]
    killed = subprocess.run(child, check=False, capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr

    done = release(lab, "open_set", "1.0.0")
    assert done.tag == "open_set@v1.0.0"
    assert json.loads(git.tag_message(lab.root, done.tag))["manifest_sha256"] == done.manifest
    assert git.tags(server, "*") == [done.tag]
    assert not audit(lab, "open_set", revision=done.tag)
    assert stored(lab.root.parent / "lab-store") == objects_of(lab, "open_set").keys()
    before = state(lab, server)
    again = release(lab, "open_set", "1.0.0")
    assert not again.changed
    assert state(lab, server) == before


def test_the_releases_own_files_are_committed_and_nothing_else(lab: Registry) -> None:
    (lab.root / "notes.txt").write_text("mine")
    (lab.plugins / "draft.py").write_text("# not ready")
    git.stage(lab.root, ["notes.txt"])
    fill(lab.root, {"plugins/tiny.py": b'"""Tiny, described better."""\n'})
    fill(lab.set("open_set").path, {"recipe.yaml": b"title: edited"})
    with pytest.raises(Misuse, match=r"plugins/tiny\.py changed since declare tiny"):
        release(lab, "open_set", "1.0.0")
    record(lab, "tiny")
    with pytest.raises(Misuse, match=r"recipe\.yaml changed since decide open_set"):
        release(lab, "open_set", "1.0.0")
    record(lab, "open_set")
    release(lab, "open_set", "1.0.0")
    committed = git.run(lab.root, "show", "--name-only", "--format=", "HEAD").decode().split()
    assert committed == [
        "plugins/tiny.py",
        "registry/datasets/tiny/dvc.lock",
        "registry/sets/open_set/dvc.lock",
        "registry/sets/open_set/recipe.yaml",
        "registry/sets/open_set/verify.py",
    ]
    assert git.changed(lab.root, ["notes.txt", "plugins"]) == ["notes.txt", "plugins/draft.py"]


def test_a_version_holds_one_content_for_ever_and_the_next_is_greater(lab: Registry) -> None:
    release(lab, "open_set", "v1.1.0")
    with pytest.raises(Misuse, match=r"does not come after 1\.1\.0"):
        release(lab, "open_set", "1.0.5")
    with pytest.raises(Misuse, match="semantic version"):
        release(lab, "open_set", "two")
    write_set(lab, "open_set", ["tiny"], {"data/dataset.json": b'{"changed": true}'})
    with pytest.raises(Misuse, match="another content") as error:
        release(lab, "open_set", "1.1.0")
    assert error.value.hint == "medreg release open_set 1.1.1"  # the same voxels
    release(lab, "open_set", "1.2.0-rc.1")
    release(lab, "open_set", "1.2.0")
    assert releases.released(lab.root, "open_set") == ["1.1.0", "1.2.0-rc.1", "1.2.0"]


def test_bytes_that_are_not_the_manifests_are_not_released(lab: Registry) -> None:
    fill(lab.set("open_set").path, {"data/extra.txt": b"never listed"})
    record(lab, "open_set")
    with pytest.raises(BytesDiffer, match=r"data/extra\.txt extra"):
        release(lab, "open_set", "1.0.0")
    assert not git.tags(lab.root, "*")


def test_a_tier_must_verify_what_plain_dvc_pulls(lab: Registry) -> None:
    run("dvc", "remote", "modify", "local", "verify", "false", cwd=lab.root)
    with pytest.raises(DeclarationError, match="does not verify"):
        release(lab, "open_set", "1.0.0")


def test_a_restricted_set_is_released_to_its_tier_alone(lab: Registry) -> None:
    done = release(lab, "mixed_set", "1.0.0", tiers=["local"])
    assert done.tiers == ("restricted",)
    assert not stored(lab.root.parent / "lab-store")
    held = git.files(lab.root, done.tag, "registry/sets/mixed_set")
    assert {path.rpartition("/")[2] for path in held} == {
        ".gitignore", "card.md", "dvc.lock", "dvc.yaml", "provenance.json",
        "recipe.yaml", "references.bib", "verify.py",
    }  # fmt: skip


def test_a_dataset_is_released_like_a_set(lab: Registry) -> None:
    done = release(lab, "tiny", "1.0.0")
    assert not audit(lab, "tiny", revision=done.tag)


def test_each_step_is_announced_and_answered(lab: Registry) -> None:
    heard: list[Answer] = []

    class Heard(Silent):
        def answered(self, answer: Answer) -> None:
            heard.append(answer)

    done = release(lab, "open_set", "1.0.0", progress=Heard())
    assert [answer.item for answer in done.answers] == LABELS
    assert heard == list(done.answers)
    assert done.answers[-1].outcome is Outcome.KEPT, "there is no git remote to publish to"


def test_a_dry_run_tells_what_the_release_then_is(
    lab: Registry, server: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def typed(*words: str) -> tuple[int, Any]:
        code = main(["release", "open_set", *words, "--registry", str(lab.root), "--json"])
        return code, json.loads(capsys.readouterr().out)

    def everything() -> object:
        told = git.tags(lab.root, "*"), git.tags(server, "*"), git.changed(lab.root, ["."])
        return *told, git.resolve(lab.root, "HEAD"), stored(lab.root.parent / "lab-store")

    fill(lab.set("open_set").path, {"recipe.yaml": b"title: edited, and curated again"})
    record(lab, "open_set")
    before = everything()
    code, plan = typed("1.0.0", "--dry-run")
    assert everything() == before
    assert (code, plan["exists"], plan["since"], plan["step"]) == (0, False, "", "")
    assert (plan["files"], plan["remote"]) == (4, "origin")
    assert plan["reads"] == plan["size"] > 0
    assert "registry/sets/open_set/recipe.yaml" in plan["commits"]
    (weight,) = plan["weights"]
    head = git.resolve(lab.root, "HEAD")

    code, made = typed("1.0.0")
    assert (code, made["tag"], made["manifest"]) == (0, plan["tag"], plan["manifest"])
    objects = stored(lab.root.parent / "lab-store")
    assert (weight["tier"], weight["objects"]) == ("local", len(objects))
    told = git.run(lab.root, "diff", "--name-only", head, "HEAD").decode().split()
    assert told == plan["commits"]

    code, again = typed("1.0.0", "--dry-run")
    assert (code, again["exists"], again["commits"], again["reads"]) == (0, True, [], 0)
    assert again["weights"][0]["objects"] == 0
    write_set(lab, "open_set", ["tiny"], {"data/more.json": b"{}"})
    code, more = typed("2.0.0", "--dry-run")
    assert (code, more["since"], more["files"]) == (0, "open_set@v1.0.0", 5)
    assert more["step"] in {"patch", "minor", "major"}
    code, taken = typed("1.0.0", "--dry-run")
    assert code == 2
    assert "another content" in taken["error"]
