"""Tiers that are folders beside a registry: its clone elsewhere finds them beside the original."""

from __future__ import annotations

import configparser
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from medreg.versions import git

if TYPE_CHECKING:
    from collections.abc import Iterator

CONFIGS = (".dvc/config", ".dvc/config.local")  # of everybody, and of this machine alone


def folders(root: Path, original: Path) -> Iterator[tuple[str, Path]]:
    """Yield each tier of the registry at *root* that is a relative folder, seen from *original*."""
    for tier, place in _relative(root / CONFIGS[0]).items():
        yield tier, (original / ".dvc" / place).resolve()


def elsewhere(root: Path) -> dict[str, str]:
    """Return the tiers that the clone at *root* has not beside itself, but its original has.

    A tier that this machine's own settings place somewhere is left alone.
    """
    lacking = {
        tier for tier, place in _relative(root / CONFIGS[0]).items() if not _is_here(root, place)
    } - _relative(root / CONFIGS[1], every=True).keys()
    if not lacking:
        return {}
    told = git.attempt(root, "config", "--get", "remote.origin.url")
    original = Path(os.fsdecode(told.stdout).rstrip("\n").removeprefix("file://"))
    if told.returncode or not original.is_absolute() or not original.is_dir():
        return {}
    found = dict(folders(root, original))
    return {tier: str(found[tier]) for tier in sorted(lacking) if found[tier].is_dir()}


def addresses(root: Path) -> dict[str, str]:
    """Return the address of every tier of the registry at *root*, as its settings write it."""
    found: dict[str, str] = {}
    for file in CONFIGS:
        found |= {tier: url for tier, url in _relative(root / file, every=True).items() if url}
    return found


def setting(root: Path, section: str, key: str) -> str:
    """Return one of DVC's settings of the registry at *root*; empty where nobody set it."""
    known = _read(root / CONFIGS[0], root / CONFIGS[1])
    return known.get(section, key, fallback="")


def _is_here(root: Path, place: str) -> bool:
    return (root / ".dvc" / place).exists()


def _relative(file: Path, *, every: bool = False) -> dict[str, str]:
    """Return the relative folder of each tier in a file of settings; *every* address if asked."""
    known = _read(file)
    found = {}
    for section in known.sections():
        kind, _, name = section.strip("'").partition(" ")
        place = known.get(section, "url", fallback="")
        if kind == "remote" and (every or (place and "://" not in place and place[0] not in "/~")):
            found[name.strip('"')] = place
    return found


def _read(*files: Path) -> configparser.ConfigParser:
    """Read files of settings, the later above the earlier; nothing of one that is none."""
    known = configparser.ConfigParser(interpolation=None)
    with suppress(configparser.Error):  # DVC says what is wrong with it
        known.read(files, encoding="utf-8")
    return known
