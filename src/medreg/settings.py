"""Find the registry that holds the working folder, and read its settings.

A registry's root is the nearest folder upward whose ``pyproject.toml`` has ``[tool.medreg]``.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path

from medreg.errors import DeclarationError, NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """``[tool.medreg]`` of a registry; every key has a default.

    The environment variable ``MEDREG_JOBS`` stands above *jobs*: how many processes a machine
    can spare is its own affair, and no result depends on it.
    """

    engine: str = "processes"  # inline | processes
    jobs: int = 0  # worker processes; 0 means one per core
    signed_tags: bool = False  # every release must be signed by who is trusted here
    budgets: dict[str, float] = field(default_factory=dict)  # GB that each tier may hold

    @property
    def workers(self) -> int:
        """The number of processes to use on this machine."""
        return _jobs_here() or self.jobs or len(os.sched_getaffinity(0))


def _jobs_here() -> int:
    text = os.environ.get("MEDREG_JOBS", "0")
    if not text.isdecimal():
        raise DeclarationError(f"MEDREG_JOBS is a number of processes, not {text!r}")
    return int(text)


def find_root(start: Path | None = None) -> Path:
    """Return the root of the registry that holds *start* (the working folder by default).

    The environment variable ``MEDREG_ROOT`` stands above the working folder.
    Raises `NotFound` when no folder upward is a registry.
    """
    chosen = start or Path(os.environ.get("MEDREG_ROOT") or Path.cwd())
    folder = chosen.resolve()
    for candidate in (folder, *folder.parents):
        if _table(candidate / "pyproject.toml") is not None:
            return candidate
    raise NotFound(
        f"{folder} is not inside a registry", hint="make one with: medreg init my_registry"
    )


def load(root: Path) -> Settings:
    """Read the settings of the registry at *root*; raises `DeclarationError` for a wrong key."""
    file = root / "pyproject.toml"
    table = _table(file) or {}
    plain = Settings()
    known = {f.name: type(getattr(plain, f.name)) for f in fields(Settings)}
    for key, value in table.items():
        if key not in known:
            raise DeclarationError(
                f"{file}: [tool.medreg] has no setting {key!r}",
                hint=f"known settings: {', '.join(known)}",
            )
        if type(value) is not known[key]:
            raise DeclarationError(f"{file}: {key} is of type {known[key].__name__}, not {value!r}")
    settings = Settings(**table)  # type: ignore[arg-type]  # each type was compared above
    if settings.engine not in ("inline", "processes"):
        raise DeclarationError(f"{file}: engine is inline or processes, not {settings.engine!r}")
    if settings.jobs < 0:
        raise DeclarationError(f"{file}: jobs is 0 (one per core) or more, not {settings.jobs}")
    for tier, size in settings.budgets.items():
        if type(size) not in (int, float) or size < 0:
            raise DeclarationError(
                f"{file}: the budget of {tier} is {size!r}", hint=f"say it in GB: {tier} = 500"
            )
    return settings


def _table(file: Path) -> dict[str, object] | None:
    try:
        text = file.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except UnicodeDecodeError as error:
        raise DeclarationError(f"{file} is not UTF-8 text: {error}") from None
    if "tool.medreg" not in text:  # parsing every pyproject.toml upward would be slow
        return None
    try:
        table = tomllib.loads(text).get("tool", {}).get("medreg")
    except tomllib.TOMLDecodeError as error:
        raise DeclarationError(f"{file} is not valid TOML: {error}") from None
    return table if isinstance(table, dict) else None
