"""Somebody whom git knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

PERSON = {
    f"GIT_{role}_{key}": value
    for role in ("AUTHOR", "COMMITTER")
    for key, value in (("NAME", "A Person"), ("EMAIL", "person@example.org"))
}


def introduce(patch: pytest.MonkeyPatch) -> None:
    """Let git know who commits, on a machine where nobody told it."""
    for name, value in PERSON.items():
        patch.setenv(name, value)
