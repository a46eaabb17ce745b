"""What medreg asks of git, through its command line: the porcelain formats that never change."""

from __future__ import annotations

import os
import subprocess
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

from medreg.errors import ActionNeeded, CannotHere, MedregError, NotFound, Transient
from medreg.files.atomic import whole_folder
from medreg.versions.gitlock import alone

if TYPE_CHECKING:
    from collections.abc import Sequence

# Said by git's own messages in the C locale; each kind has its own way out.
SIGNS: tuple[tuple[type[MedregError], str, tuple[str, ...]], ...] = (
    (Transient, "wait for the other git command, then try again", (".lock': File exists",)),
    (
        ActionNeeded,
        "log in to the git server (ssh-add, or git credential), then run the same command again",
        ("Permission denied (", "could not read Username", "Authentication failed"),
    ),
    (
        Transient,
        "look at the network, then run the same command again",
        ("Could not resolve host", "unable to access", "Connection refused", "timed out"),
    ),
    (
        ActionNeeded,
        "somebody else pushed first: git pull --no-rebase, then run the same command again",
        ("[rejected]", "! \t", "non-fast-forward", "fetch first"),
    ),
    (
        ActionNeeded,
        "name a key that git can sign with: git config user.signingKey ~/.ssh/id_ed25519.pub",
        ("failed to sign", "unable to sign the tag", "signing failed", "Couldn't load public key"),
    ),
    (CannotHere, "free some space, then run the same command again", ("No space left on device",)),
)


def run(folder: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    """Run ``git`` in *folder* and return what it prints.

    Raises `Transient`, `ActionNeeded` or `CannotHere` in git's own words.
    """
    done = attempt(folder, *arguments, stdin=stdin)
    if done.returncode:
        raise _failure(arguments, (done.stderr or done.stdout).decode(errors="replace").strip())
    return done.stdout


def attempt(
    folder: Path, *arguments: str, stdin: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """Run ``git`` in *folder* and return how it ended; only a missing git raises."""
    if arguments[0] not in _WRITES:
        return _ran(folder, arguments, stdin)
    found = _ran(folder, ("rev-parse", "--absolute-git-dir"))
    with alone(Path(os.fsdecode(found.stdout).rstrip("\n") or folder)) as inherited:
        return _ran(folder, arguments, stdin, inherited)


_WRITES = frozenset({"add", "commit", "fetch", "push", "restore", "tag"})
_SETTINGS = {
    "LC_ALL": "C",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_EDITOR": "true",
    "GIT_OPTIONAL_LOCKS": "0",  # what only looks leaves no lock behind when it is killed
    "GIT_PAGER": "cat",
}


def _ran(
    folder: Path, arguments: Sequence[str], stdin: bytes = b"", inherited: Sequence[int] = ()
) -> subprocess.CompletedProcess[bytes]:
    environment = {k: v for k, v in os.environ.items() if k not in _ELSEWHERE}
    command = ["git", "-c", "core.quotePath=false", "-c", "color.ui=false", *arguments]
    try:
        return subprocess.run(
            command,
            cwd=folder,
            input=stdin,
            capture_output=True,
            env=environment | _SETTINGS,
            check=False,
            pass_fds=inherited,
        )
    except FileNotFoundError:
        raise CannotHere(
            "git is not installed on this machine", hint="sudo apt-get install git"
        ) from None


# Set inside a git hook, these would make git work on the hook's repository instead of ours.
_ELSEWHERE = frozenset({"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"})


def _failure(arguments: Sequence[str], said: str) -> MedregError:
    message = f"git {arguments[0]} failed: {said}"
    for kind, hint, signs in SIGNS:
        if any(sign in said for sign in signs):
            return kind(message, hint=hint)
    return CannotHere(message, hint="git's own words above say what to change")


# --- the repository ----------------------------------------------------------------------------


def top(folder: Path) -> str:
    """Return the root of the git repository that holds *folder*, or nothing outside any."""
    done = attempt(folder, "rev-parse", "--show-toplevel")
    return "" if done.returncode else os.fsdecode(done.stdout).rstrip("\n")


def user(folder: Path) -> str:
    """Return who commits here, as ``Name <address>``; nothing when git does not know."""
    done = attempt(folder, "var", "GIT_AUTHOR_IDENT")  # ends in a time and a zone
    return "" if done.returncode else os.fsdecode(done.stdout).rsplit(" ", 2)[0].strip()


def need_identity(folder: Path) -> None:
    """Raise `ActionNeeded` with the two commands to type when git does not know who commits."""
    if (
        attempt(folder, "var", "GIT_COMMITTER_IDENT").returncode
        or attempt(folder, "var", "GIT_AUTHOR_IDENT").returncode
    ):
        raise ActionNeeded(
            "git does not know who you are, and every commit and tag names its author",
            steps=(
                'git config --global user.name "Your Name"',
                'git config --global user.email "you@example.org"',
            ),
        )


def resolve(folder: Path, revision: str) -> str:
    """Return the id of the commit that *revision* names; raises `NotFound`."""
    done = attempt(folder, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    if done.returncode:
        raise NotFound(f"git knows no revision {revision!r}", hint="git fetch --tags")
    return done.stdout.decode().strip()


def show(folder: Path, revision: str, path: str) -> bytes:
    """Return the bytes of *path*, relative to *folder*, at *revision*; raises `NotFound`."""
    done = attempt(folder, "cat-file", "blob", f"{revision}:./{path}")
    if done.returncode:
        raise NotFound(f"{revision} holds no {path}", hint=f"git ls-tree -r --name-only {revision}")
    return done.stdout


def files(folder: Path, revision: str, below: str) -> list[str]:
    """Return the paths of all files below *below* at *revision*, relative to *folder*."""
    listed = run(folder, "ls-tree", "-r", "-z", "--name-only", revision, "--", f"{below}/")
    return [os.fsdecode(name) for name in listed.split(b"\0") if name]


def export(folder: Path, revision: str, into: Path, scratch: Path) -> None:
    """Write every file of *revision* to the folder *into*, whole or not at all."""
    with whole_folder(into, scratch) as fresh:
        archive = fresh.with_suffix(".tar")
        run(folder, "archive", "--format=tar", f"--output={archive.absolute()}", revision)
        with tarfile.open(archive) as tar:
            for member in tar:
                if stream := tar.extractfile(member):  # git names no path outside its tree
                    target = fresh / member.name
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(stream.read())
        archive.unlink()


# --- write -------------------------------------------------------------------------------------


def changed(folder: Path, paths: Sequence[str]) -> list[str]:
    """Return those files at or below *paths* that differ from the last commit, or are new."""
    known = _existing(folder, paths)
    if not known:
        return []
    listed = run(
        folder, "status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all", "--",
        *known,
    )  # fmt: skip
    prefix = run(folder, "rev-parse", "--show-prefix").decode().strip()
    names = (os.fsdecode(entry[3:]) for entry in listed.split(b"\0") if entry)
    return sorted(name.removeprefix(prefix) for name in names)


def differing(folder: Path, revision: str, below: str) -> list[str]:
    """Return those tracked files below *below* that are not as they are at *revision*."""
    listed = run(folder, "diff", "--name-only", "-z", "--relative", revision, "--", below)
    return [os.fsdecode(name) for name in listed.split(b"\0") if name]


def stage(folder: Path, paths: Sequence[str]) -> None:
    """Put exactly *paths*, and what lies below them, into git's index: new, changed and deleted."""
    known = _existing(folder, paths)
    if known:
        run(folder, "add", "--all", "--", *known)


def commit(folder: Path, paths: Sequence[str], message: str) -> bool:
    """Commit exactly *paths*; other staged work of the user stays staged.

    Returns whether there was anything to commit. Raises `ActionNeeded` without an identity.
    """
    names = changed(folder, paths)
    if not names:
        return False
    need_identity(folder)
    run(folder, "add", "--all", "--pathspec-from-file=-", "--pathspec-file-nul", stdin=_nul(names))
    run(
        folder, "commit", "--quiet", "--only", "-m", message,
        "--pathspec-from-file=-", "--pathspec-file-nul", stdin=_nul(names),
    )  # fmt: skip
    return True


def _nul(names: Sequence[str]) -> bytes:
    return b"\0".join(os.fsencode(f":(literal){name}") for name in names)


def tracked(folder: Path, paths: Sequence[str]) -> set[str]:
    """Return the files at or below *paths* that git's index holds."""
    listed = run(folder, "ls-files", "-z", "--", *(f":(literal){path}" for path in paths))
    return {os.fsdecode(name) for name in listed.split(b"\0") if name}


def _existing(folder: Path, paths: Sequence[str]) -> list[str]:
    """Keep the *paths* that are there, or that git tracks; git refuses others."""
    known = tracked(folder, paths)
    kept = [
        path
        for path in paths
        if (folder / path).exists() or any(f"{name}/".startswith(f"{path}/") for name in known)
    ]
    return [f":(literal){path}" for path in kept]


# --- tags and remotes --------------------------------------------------------------------------


def tags(folder: Path, pattern: str) -> list[str]:
    """Return the tags that match the glob *pattern*, sorted."""
    return sorted(run(folder, "tag", "--list", pattern).decode().split())


def tag_message(folder: Path, tag: str) -> str:
    """Return the message of the annotated *tag*."""
    return run(folder, "for-each-ref", "--format=%(contents)", f"refs/tags/{tag}").decode()


def annotate(folder: Path, tag: str, message: str, *, sign: bool = False) -> None:
    """Put the annotated *tag* on the last commit; raises when a tag of that name exists.

    Without *sign*, git signs it where ``tag.gpgSign`` says so.
    """
    need_identity(folder)
    kind = "-s" if sign else "-a"
    run(folder, "tag", kind, "--cleanup=verbatim", "-F", "-", tag, stdin=message.encode())


def remote(folder: Path) -> str:
    """Return the remote that releases go to: ``origin`` or the only one; empty without any."""
    names = run(folder, "remote").decode().split()
    return "origin" if "origin" in names else next(iter(names), "")


def publish(folder: Path, remote_name: str, tag: str) -> bool:
    """Push the current branch and *tag*, both or neither; returns whether *tag* was new there."""
    mine = run(folder, "rev-parse", f"refs/tags/{tag}").decode().strip()
    listed = run(folder, "ls-remote", remote_name, f"refs/tags/{tag}").decode().split()
    if listed and listed[0] == mine:
        return False
    branch = attempt(folder, "symbolic-ref", "--quiet", "HEAD").stdout.decode().strip()
    refs = [f"refs/tags/{tag}", *([f"HEAD:{branch}"] if branch else [])]
    run(folder, "push", "--quiet", "--atomic", remote_name, *refs)
    return True


def clone(url: str, into: Path) -> None:
    """Clone *url*, with its tags, to the folder *into*."""
    into.parent.mkdir(parents=True, exist_ok=True)
    run(into.parent, "clone", "--quiet", "--", url, str(into.absolute()))
