"""Signatures of releases: git makes and verifies them, as it and the registry are configured."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medreg import settings
from medreg.errors import ActionNeeded, BytesDiffer, MedregError
from medreg.versions import git

if TYPE_CHECKING:
    from pathlib import Path

SIGNERS = "gpg.ssh.allowedSignersFile"
_BY = re.compile(
    r'^(?:Good "git" signature for (.+) with |\[GNUPG:\] GOODSIG \w+ (.+)$)', re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Policy:
    """What is asked of every tag: to be signed, or only that no signature is a wrong one."""

    required: bool
    looked_at: bool


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed a tag, or what is wrong with its signature; both empty: it has none."""

    by: str
    problem: str


def policy(root: Path) -> Policy:
    """Return what the registry at *root* asks of its tags, here.

    Each must be signed where ``[tool.medreg]`` says ``signed_tags = true``, or where git's settings
    of this very repository name the signers that are trusted. Where only those of the person or
    the machine do, an unsigned tag is as good as before, and a wrong signature is not.
    """
    done = git.attempt(root, "config", "--show-scope", "--get", SIGNERS)
    scope = done.stdout.decode().partition("\t")[0]
    required = settings.load(root).signed_tags or scope == "local"
    return Policy(required, required or bool(scope))


def look(root: Path, tag: str) -> Signature:
    """Verify the signature of *tag* with git; raises `ActionNeeded` where nobody is trusted yet."""
    name, signature = _held(root, tag)
    if not signature:
        return Signature("", "")
    done = git.attempt(root, "verify-tag", "--raw", f"refs/tags/{tag}")
    words = done.stderr.decode(errors="replace")
    if f"{SIGNERS} needs to be configured" in words:
        raise ActionNeeded(
            f"{tag} is signed with SSH, and git does not know whose keys to trust",
            steps=(f"git config --global {SIGNERS} FILE", "see: man ssh-keygen, ALLOWED SIGNERS"),
        )
    found = _BY.search(words)
    if done.returncode or not found:
        last = (words.strip().splitlines() or ["git verify-tag refuses it"])[-1]
        return Signature("", f"its signature is of nobody who is trusted here: {last}")
    by = found[1] or found[2]
    return Signature(by, "" if name == tag else f"{by} signed it as {name}")


def problem(found: Signature, asked: Policy) -> str:
    """Return what keeps a tag from being trusted; nothing when it can be."""
    return found.problem or ("" if found.by or not asked.required else "it is not signed")


def annotate(root: Path, tag: str, message: str) -> None:
    """Make the annotated *tag*, signed where the registry or git asks for it; or no tag at all.

    Raises `ActionNeeded` when git cannot sign, `BytesDiffer` when the signer is not trusted here.
    """
    own = git.attempt(root, "config", "--type=bool", "--get", "tag.gpgSign").stdout.strip()
    sign = own == b"true" or policy(root).required
    git.annotate(root, tag, message, sign=sign)
    try:
        if sign and not _held(root, tag)[1]:  # git 2.39 goes on when ssh-keygen fails
            raise ActionNeeded(
                f"git could not sign {tag} with the key {_key(root)}",
                steps=(
                    "git config gpg.format ssh",
                    "git config user.signingKey ~/.ssh/id_ed25519.pub",
                ),
            )
        require(root, tag)
    except MedregError:
        git.run(root, "tag", "--delete", tag)
        raise


def _key(root: Path) -> str:
    return git.attempt(root, "config", "user.signingKey").stdout.decode().strip() or "(none)"


def _held(root: Path, tag: str) -> tuple[str, str]:
    """Return the name that *tag* was made with, and its signature."""
    form = "%(tag)%00%(contents:signature)"
    said = git.run(root, "for-each-ref", f"--format={form}", f"refs/tags/{tag}").decode()
    name, _, signature = said.partition("\0")
    return name, signature.strip()


def require(root: Path, tag: str) -> None:
    """Raise `BytesDiffer` unless *tag* is signed as the registry at *root* asks for."""
    asked = policy(root)
    wrong = problem(look(root, tag), asked) if asked.looked_at else ""
    if wrong:
        raise BytesDiffer(
            f"the tag {tag} cannot be trusted: {wrong}",
            hint="git fetch --tags --force brings the published tag back; whom to trust says the "
            f"file that this names: git config {SIGNERS}",
        )
