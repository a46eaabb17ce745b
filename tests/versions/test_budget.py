"""A tier holds no more than its budget: what is too much is refused before a byte moves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from medreg.cli import main
from tests.versions.standin import stored

if TYPE_CHECKING:
    from pathlib import Path

    from medreg.registry import Registry


def allow(lab: Registry, size: int, tier: str = "local") -> None:
    """Let the tier hold *size* bytes."""
    file = lab.root / "pyproject.toml"
    text = file.read_text().partition("\n[tool.medreg.budgets]")[0]
    file.write_text(f"{text}\n[tool.medreg.budgets]\n{tier} = {size / 1e9:.9f}\n")


def medreg(lab: Registry, *words: str) -> int:
    return main([*words, "--registry", str(lab.root)])


def store(lab: Registry) -> Path:
    return lab.root.parent / f"{lab.root.name}-store"


def held(lab: Registry) -> int:
    return sum(file.stat().st_size for file in (store(lab) / "files").rglob("*") if file.is_file())


@pytest.fixture
def size(lab: Registry, capsys: pytest.CaptureFixture[str]) -> int:
    """The bytes that a push of open_set moves."""
    assert medreg(lab, "push", "open_set", "--dry-run", "--json") == 0
    (one,) = json.loads(capsys.readouterr().out)
    assert (one["tier"], one["budget"], one["fits"]) == ("local", None, True)
    return int(one["size"])


@pytest.mark.parametrize("command", [("push", "open_set"), ("release", "open_set", "1.0.0")])
def test_too_much_is_refused_before_a_byte_moves(
    lab: Registry, size: int, capsys: pytest.CaptureFixture[str], command: tuple[str, ...]
) -> None:
    """F052, F053: a budget of storage for each tier."""
    allow(lab, size - 1)
    assert medreg(lab, *command) == 7
    said = capsys.readouterr().err
    assert f"a budget of {size - 1:,} bytes" in said
    assert "[tool.medreg.budgets]" in said
    assert not stored(store(lab))
    assert medreg(lab, "push", "open_set", "--dry-run") == 7
    assert "does not fit" in capsys.readouterr().out
    allow(lab, size)
    assert medreg(lab, *command) == 0
    assert held(lab) == size
    assert medreg(lab, "push", "open_set") == 0, "nothing moves: it always fits"


def test_several_are_weighed_together(lab: Registry, size: int) -> None:
    allow(lab, size)
    assert medreg(lab, "push", "open_set", "tiny") == 7
    assert not stored(store(lab))


def test_tiers_show_use_and_budget(
    lab: Registry, size: int, capsys: pytest.CaptureFixture[str]
) -> None:
    allow(lab, 2_000_000_000)
    assert medreg(lab, "push", "open_set") == 0
    (store(lab) / "files/md5/00").mkdir(exist_ok=True)
    (store(lab) / "files/md5/00" / ("0" * 30)).write_bytes(b"of another registry")
    capsys.readouterr()
    assert medreg(lab, "tiers", "--json") == 0
    known = {tier["name"]: tier for tier in json.loads(capsys.readouterr().out)["tiers"]}
    assert (known["local"]["used"], known["local"]["budget"]) == (size + 19, 2 * 10**9)
    assert known["restricted"]["budget"] is None
    assert medreg(lab, "tiers") == 0
    assert "0.000 / 2" in capsys.readouterr().out


def test_a_budget_of_no_tier_is_named(lab: Registry, capsys: pytest.CaptureFixture[str]) -> None:
    allow(lab, 1, tier="lokal")
    assert medreg(lab, "push", "open_set") == 2
    assert "lokal" in capsys.readouterr().err
