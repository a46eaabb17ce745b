"""Releases are signed with real SSH keys, and trusted only where the signer is."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from medreg.cli import main
from medreg.versions import git
from tests.peers import program

if TYPE_CHECKING:
    from pathlib import Path

    from medreg.registry import Registry

TAG = "open_set@v1.0.0"
KEEPER, STRANGER = "keeper@example.org", "stranger@example.org"


@pytest.fixture
def signers(tmp_path: Path) -> Path:
    """Two keys, and the file of those who are trusted: the keeper alone."""
    keygen = program("ssh-keygen", "openssh-client")
    for name in ("keeper", "stranger"):
        words = ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(tmp_path / name)]
        subprocess.run([keygen, *words], check=True)
    public = (tmp_path / "keeper.pub").read_text()
    (tmp_path / "signers").write_text(f"{KEEPER} {public}")
    return tmp_path / "signers"


@pytest.fixture
def asks(lab: Registry, signers: Path) -> Registry:
    """A registry all of whose releases must be signed, and a git that can sign."""
    file = lab.root / "pyproject.toml"
    file.write_text(file.read_text() + "signed_tags = true\n")
    git.commit(lab.root, ["pyproject.toml"], "Ask for signatures")
    git.run(lab.root, "config", "gpg.format", "ssh")
    sign_as(lab, signers, "keeper")
    git.run(lab.root, "config", "gpg.ssh.allowedSignersFile", str(signers))
    return lab


def sign_as(lab: Registry, signers: Path, name: str) -> None:
    git.run(lab.root, "config", "user.signingKey", str(signers.with_name(f"{name}.pub")))


def trust(monkeypatch: pytest.MonkeyPatch, signers: Path) -> None:
    """Name the trusted signers in the settings of a person, not of a registry."""
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "gpg.ssh.allowedSignersFile")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", str(signers))


def medreg(lab: Registry, *words: object) -> int:
    return main([*map(str, words), "--registry", str(lab.root)])


def again(lab: Registry, *words: str, tag: str = TAG) -> None:
    """Make the tag anew, with the same message."""
    message = git.tag_message(lab.root, TAG).partition("-----BEGIN")[0]
    words = ("tag", "-f", "-F", "-", *words, tag, f"{TAG}^{{commit}}")
    git.run(lab.root, *words, stdin=message.encode())


def everywhere(lab: Registry, into: Path) -> dict[str, int]:
    """Return how each command that believes a tag ends."""
    return {
        "pull": medreg(lab, "pull", TAG, "--into", into / "pulled"),
        "verify": medreg(lab, "verify", TAG),
        "reproduce": medreg(lab, "reproduce", TAG, "--into", into / "reproduced"),
        "log": medreg(lab, "log"),
    }


def all_end(code: int) -> dict[str, int]:
    return dict.fromkeys(("pull", "verify", "reproduce", "log"), code)


def test_a_release_is_signed_and_trusted(
    asks: Registry, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who released what, and that it was them."""
    assert medreg(asks, "release", "open_set", "1.0.0") == 0
    assert "BEGIN SSH SIGNATURE" in git.tag_message(asks.root, TAG)
    git.run(asks.root, "verify-tag", TAG)
    assert everywhere(asks, tmp_path) == all_end(0)
    capsys.readouterr()
    assert medreg(asks, "log", "--json") == 0
    (entry,) = json.loads(capsys.readouterr().out)
    assert (entry["signed"], entry["untrusted"]) == (KEEPER, "")
    assert medreg(asks, "release", "open_set", "1.0.0") == 0, "again, it is kept"


@pytest.mark.parametrize("how", ["unsigned", "stranger", "renamed"])
def test_a_tag_of_somebody_else_is_not_believed(
    asks: Registry,
    signers: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    how: str,
) -> None:
    assert medreg(asks, "release", "open_set", "1.0.0") == 0
    if how == "unsigned":
        again(asks, "-a", "--no-sign")
    elif how == "stranger":
        sign_as(asks, signers, "stranger")
        again(asks, "-s")
    else:  # a good signature, of another release
        again(asks, "-s", tag="open_set@v0.9.0")
        git.run(asks.root, "update-ref", f"refs/tags/{TAG}", "refs/tags/open_set@v0.9.0")
        git.run(asks.root, "tag", "-d", "open_set@v0.9.0")
    capsys.readouterr()
    assert everywhere(asks, tmp_path) == all_end(5)
    said = capsys.readouterr()
    told = {"unsigned": "not signed", "stranger": "nobody who is trusted", "renamed": "v0.9.0"}
    assert said.err.count(told[how]) == 3
    assert said.err.count("hint: ") == 3
    assert f"NOT TRUSTED: {'' if how != 'unsigned' else 'it is not signed'}" in said.out
    assert not (tmp_path / "pulled").exists()


def test_what_a_stranger_releases_is_not_published(asks: Registry, signers: Path) -> None:
    sign_as(asks, signers, "stranger")
    bare = asks.root.parent / "origin.git"
    git.run(asks.root, "init", "--quiet", "--bare", str(bare))
    git.run(asks.root, "remote", "add", "origin", str(bare))
    assert medreg(asks, "release", "open_set", "1.0.0") == 5
    assert not git.tags(bare, "*")
    sign_as(asks, signers, "keeper")
    assert medreg(asks, "release", "open_set", "1.0.0") == 0
    assert git.tags(bare, "*") == [TAG]


def test_a_pin_of_a_signed_release_trusts_whom_the_person_trusts(
    asks: Registry, signers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert medreg(asks, "release", "open_set", "1.0.0") == 0
    monkeypatch.setenv("MEDREG_CACHE", str(tmp_path / "cache"))
    (tmp_path / "training").mkdir()
    monkeypatch.chdir(tmp_path / "training")
    assert main(["pin", str(asks.root), TAG]) == 4, "nobody is trusted on this machine yet"
    trust(monkeypatch, signers)
    assert main(["pin", str(asks.root), TAG]) == 0
    assert main(["pull"]) == 0
    signers.write_text(signers.read_text().replace("AAAA", "AAAB"))
    assert main(["pull"]) == 5


def test_without_a_key_the_release_says_what_to_do(
    asks: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    git.run(asks.root, "config", "user.signingKey", "/nowhere/key.pub")
    assert medreg(asks, "release", "open_set", "1.0.0") == 4
    assert "user.signingKey" in capsys.readouterr().err
    assert not git.tags(asks.root, "*")


def test_without_trusted_signers_nobody_is_believed(
    asks: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    assert medreg(asks, "release", "open_set", "1.0.0") == 0
    git.run(asks.root, "config", "--unset", "gpg.ssh.allowedSignersFile")
    assert medreg(asks, "verify", TAG) == 4
    assert "gpg.ssh.allowedSignersFile" in capsys.readouterr().err


def test_where_nothing_asks_git_still_signs_and_a_wrong_signature_is_seen(
    lab: Registry, signers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The person's own settings: old unsigned releases stay good."""
    assert medreg(lab, "release", "open_set", "1.0.0") == 0
    for name, value in (("gpg.format", "ssh"), ("tag.gpgSign", "true")):
        git.run(lab.root, "config", name, value)
    trust(monkeypatch, signers)
    assert medreg(lab, "verify", TAG) == 0
    sign_as(lab, signers, "keeper")
    assert medreg(lab, "release", "mixed_set", "1.0.0") == 0
    assert medreg(lab, "verify", "mixed_set@v1.0.0") == 0
    signers.write_text(signers.read_text().replace("AAAA", "AAAB"))
    assert medreg(lab, "verify", "mixed_set@v1.0.0") == 5
