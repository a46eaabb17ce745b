"""Tokens that people keep in a keyring (issue 6: credentials of people's own tools)."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from medreg.cli import main
from medreg.sources import tokens
from medreg.sources.logins import logins
from tests.peers import peer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.peers  # the extra that brings the keyring is a peer's

SECRET = "hf_do_not_show_me"  # noqa: S105 - made up


@pytest.fixture
def keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A keyring in a file, in place of the system's."""
    found = peer("keyring")
    before = found.get_keyring()  # chosen now, among what knows nothing of the class below
    from keyring.backend import KeyringBackend

    class InFile(KeyringBackend):
        priority = 1

        def _held(self) -> dict[str, str]:
            file = tmp_path / "ring.json"
            return dict(json.loads(file.read_text())) if file.is_file() else {}

        def get_password(self, service: str, username: str) -> str | None:
            return self._held().get(f"{service}/{username}")

        def set_password(self, service: str, username: str, password: str) -> None:
            held = {**self._held(), f"{service}/{username}": password}
            (tmp_path / "ring.json").write_text(json.dumps(held))

    for name in tokens.NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    found.set_keyring(InFile())
    yield found
    found.set_keyring(before)


def test_a_token_comes_from_the_keyring_and_the_environment_goes_first(
    keyring: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tokens.hugging_face() == ""
    keyring.set_password("medreg", "HF_TOKEN", SECRET)
    keyring.set_password("other", "ZENODO_TOKEN", "not ours")
    assert tokens.hugging_face() == SECRET
    assert tokens.from_environment("ZENODO_TOKEN") == ""
    monkeypatch.setenv("HF_TOKEN", "another")
    assert tokens.hugging_face() == "another"


def test_doctor_names_what_is_there_and_shows_none(
    keyring: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring.set_password("medreg", "DRYAD_TOKEN", SECRET)
    by_name = {login.service: login for login in logins()}
    assert by_name["keyring"].state == "found"
    assert by_name["keyring"].reason == "for DRYAD_TOKEN"
    assert by_name["dryad"].state == "found"
    main(["doctor", "--logins", "--json"])
    out, err = capsys.readouterr()
    assert "keyring" in out
    assert SECRET not in out + err


def test_without_the_extra_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    monkeypatch.delenv("HF_TOKEN", raising=False)
    assert tokens.from_keyring("HF_TOKEN") == ""


def test_a_locked_keyring_holds_nothing(keyring: Any) -> None:
    from keyring.backends import fail

    keyring.set_keyring(fail.Keyring())
    assert tokens.from_keyring("HF_TOKEN") == ""
