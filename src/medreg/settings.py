"""Find the registry that holds the working folder, and read its settings.

A registry's root is the nearest folder upward whose ``pyproject.toml`` has ``[tool.medreg]``.
"""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

from medreg.errors import DeclarationError, NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping


CLUSTERS = ("dask", "slurm")
SCHEDULER = re.compile(r"(?:tcp|tls)://(?:[^/:@]+|\[[0-9a-f:]+\]):\d+")  # as Dask writes it
ENGINES = ("inline", "processes", *CLUSTERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """``[tool.medreg]`` of a registry; every key has a default.

    The environment variable ``MEDREG_JOBS`` stands above *jobs*: how many processes a machine
    can spare is its own affair, and no result depends on it.
    """

    engine: str = "processes"  # one of ENGINES
    jobs: int = 0  # worker processes, 0 means one per core; or jobs of Slurm
    scheduler: str = ""  # of Dask: its address or file; none is a cluster of this machine
    queue: str = ""  # of Slurm
    tls: dict[str, str] = field(default_factory=dict)  # of a cluster: files ca, cert and key
    appear_within: int = 60  # seconds that a shared folder may take to show what a worker wrote
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


def load(root: Path, asked: Mapping[str, object] | None = None) -> Settings:
    """Read the settings of the registry at *root*; what is *asked* for stands above them.

    Raises `DeclarationError` for a wrong key or value.
    """
    file = root / "pyproject.toml"
    table = {**(_table(file) or {}), **(asked or {})}
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
    if settings.engine not in ENGINES:
        known_engines = f"{', '.join(ENGINES[:-1])} or {ENGINES[-1]}"
        raise DeclarationError(f"{file}: engine is {known_engines}, not {settings.engine!r}")
    if settings.jobs < 0:
        raise DeclarationError(f"{file}: jobs is 0 (one per core) or more, not {settings.jobs}")
    if settings.appear_within < 0:
        raise DeclarationError(
            f"{file}: appear_within is 0 seconds or more, not {settings.appear_within}"
        )
    for tier, size in settings.budgets.items():
        if type(size) not in (int, float) or size < 0:
            raise DeclarationError(
                f"{file}: the budget of {tier} is {size!r}", hint=f"say it in GB: {tier} = 500"
            )
    return _of_cluster(settings, root, file)


def _of_cluster(settings: Settings, root: Path, file: Path) -> Settings:
    """Check what is said of a cluster; files are named from the registry's root."""
    if settings.engine == "slurm" and not settings.jobs:
        raise DeclarationError(f"{file}: slurm needs a number of jobs", hint="--jobs 20")
    whole = set(settings.tls) == {"ca", "cert", "key"}
    if settings.tls and not (whole and all(type(path) is str for path in settings.tls.values())):
        raise DeclarationError(
            f"{file}: [tool.medreg.tls] is {settings.tls!r}",
            hint="it needs three files of PEM: ca, cert and key",
        )
    scheduler = settings.scheduler
    if "://" in scheduler and not SCHEDULER.fullmatch(scheduler):
        raise DeclarationError(
            f"{file}: scheduler is tcp://HOST:PORT, tls://HOST:PORT or a file, not {scheduler!r}"
        )
    if scheduler and "://" not in scheduler:
        scheduler = str(root / Path(scheduler).expanduser())
    tls = {name: str(root / Path(path).expanduser()) for name, path in settings.tls.items()}
    return replace(settings, scheduler=scheduler, tls=tls)


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
