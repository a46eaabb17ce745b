"""Git: only what is ours is committed, and each failure says what a person must do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from medreg.errors import ActionNeeded, CannotHere, MedregError, NotFound, Transient
from medreg.versions import git

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ["plain.txt", "with space.txt", "ümläut.txt", ":(top)odd.txt", "-dash.txt", 'quo"te.txt']


@pytest.fixture(params=["", "deep/registry"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A repository, and a folder within one."""
    git.run(tmp_path, "init", "--quiet", "--initial-branch=main")
    (tmp_path / "outside.txt").write_text("somebody else's")
    folder = tmp_path / request.param
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def staged(folder: Path) -> set[str]:
    return set(git.run(folder, "diff", "--cached", "--name-only").decode().split())


def test_exactly_the_given_paths_are_committed(folder: Path) -> None:
    for name in NAMES:
        (folder / name).write_text(name)
    (folder / "mine.txt").write_text("not yours")
    git.stage(folder, ["mine.txt"])
    before = staged(folder)
    assert git.changed(folder, NAMES) == sorted(NAMES)
    assert git.commit(folder, [*NAMES, "never there"], "ours")
    assert staged(folder) == before, "what the user staged stays staged, uncommitted"
    assert not git.commit(folder, NAMES, "again")
    assert git.show(folder, "HEAD", "with space.txt") == b"with space.txt"

    (folder / NAMES[0]).unlink()
    (folder / NAMES[1]).write_text("changed")
    assert git.changed(folder, NAMES) == sorted(NAMES[:2])
    assert git.commit(folder, NAMES, "a deletion and a change")
    with pytest.raises(NotFound):
        git.show(folder, "HEAD", NAMES[0])


def test_a_folder_is_committed_with_what_lies_below(folder: Path) -> None:
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "a" / "b" / "c.txt").write_text("c")
    git.commit(folder, ["a"], "one")
    assert git.files(folder, "HEAD", "a") == ["a/b/c.txt"]
    git.export(folder, "HEAD", folder / "out", folder / "scratch")
    assert (folder / "out" / "a" / "b" / "c.txt").read_text() == "c"


def test_without_an_identity_two_commands_are_given(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    git.run(folder, "config", "user.useConfigOnly", "true")
    (folder / "a.txt").write_text("a")
    with pytest.raises(ActionNeeded) as error:
        git.commit(folder, ["a.txt"], "one")
    assert [step.split()[3] for step in error.value.steps] == ["user.name", "user.email"]
    with pytest.raises(NotFound):
        git.resolve(folder, "HEAD")


def test_a_tag_never_moves(folder: Path) -> None:
    (folder / "a.txt").write_text("a")
    git.commit(folder, ["a.txt"], "one")
    git.annotate(folder, "x@v1.0.0", '{"a": 1}\n# not a comment\n')
    first = git.resolve(folder, "x@v1.0.0")
    assert git.tag_message(folder, "x@v1.0.0").startswith('{"a": 1}\n# not a comment')
    (folder / "a.txt").write_text("b")
    git.commit(folder, ["a.txt"], "two")
    with pytest.raises(MedregError, match="already exists"):
        git.annotate(folder, "x@v1.0.0", "{}")
    assert git.resolve(folder, "x@v1.0.0") == first
    assert git.tags(folder, "x@v*") == ["x@v1.0.0"]


def test_branch_and_tag_are_published_together_or_not_at_all(tmp_path: Path) -> None:
    ours, theirs, server = tmp_path / "ours", tmp_path / "theirs", tmp_path / "server.git"
    git.run(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", str(server))
    git.clone(str(server), ours)
    git.run(ours, "checkout", "--quiet", "-b", "main")
    (ours / "a.txt").write_text("a")
    git.commit(ours, ["a.txt"], "one")
    git.annotate(ours, "x@v1.0.0", "{}")
    assert git.publish(ours, git.remote(ours), "x@v1.0.0")
    assert not git.publish(ours, git.remote(ours), "x@v1.0.0")

    git.clone(str(server), theirs)
    for who in (theirs, ours):
        (who / f"{who.name}.txt").write_text("more")
        git.commit(who, [f"{who.name}.txt"], "more")
    git.run(theirs, "push", "--quiet")
    git.annotate(ours, "x@v1.1.0", "{}")
    with pytest.raises(ActionNeeded) as error:
        git.publish(ours, "origin", "x@v1.1.0")
    assert "git pull" in error.value.hint
    assert git.tags(server, "*") == ["x@v1.0.0"], "atomic: the tag did not arrive alone"


@pytest.mark.parametrize(
    ("spoil", "kind"),
    [
        (lambda root: (root / ".git" / "index.lock").touch(), Transient),
        (lambda root: (root / ".git" / "HEAD").unlink(), CannotHere),
    ],
)
def test_git_fails_in_its_own_words(tmp_path: Path, spoil: object, kind: type[MedregError]) -> None:
    git.run(tmp_path, "init", "--quiet")
    (tmp_path / "a.txt").write_text("a")
    assert callable(spoil)
    spoil(tmp_path)
    with pytest.raises(kind, match="git"):
        git.stage(tmp_path, ["a.txt"])


def test_a_missing_git_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CannotHere, match="git is not installed"):
        git.top(tmp_path)
