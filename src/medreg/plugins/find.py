"""Find plugin files and entry points, and make modules of them; looks into none."""

from __future__ import annotations

import hashlib
import os
import sys
from dataclasses import dataclass
from functools import partial
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Literal

import medreg
from medreg.errors import MedregError
from medreg.plugins import pins

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from importlib.metadata import EntryPoint

Home = Literal["registry", "installed", "bundled"]

_METADATA = (".dist-info", ".egg-info")


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that may be a plugin: its *name* (file stem or entry point) and how to get it.

    *where* is what a person is told: a file, or an entry point and its package.
    """

    name: str
    home: Home
    where: str
    module: Callable[[], ModuleType]
    file: Path | None = None  # known before loading, for a plugin that is a file


def bundled() -> Path:
    """Return the folder that holds the bundled ``plugins/`` and ``registry/``.

    It is ``medreg/_bundled`` in an installed wheel and the checkout's root otherwise.
    """
    package = Path(medreg.__file__).resolve().parent
    seed = package / "_bundled"
    return seed if seed.is_dir() else package.parents[1]


def candidates(folder: Path | None) -> Iterator[Candidate]:
    """Yield what may be a plugin, home by home, sorted by name within each.

    *folder* is a registry's ``plugins/``, or None outside a registry. The environment variable
    ``MEDREG_DISABLE_PLUGINS`` leaves out names (a comma list), or ``all``.
    """
    off = {word.strip() for word in os.environ.get("MEDREG_DISABLE_PLUGINS", "").split(",")}
    if "all" in off:
        return
    own = _pinned(folder) if folder else []
    shipped = bundled() / "plugins"
    same = folder is not None and folder.resolve() == shipped.resolve()
    rest = [] if same else _files(shipped, "bundled")
    for candidate in (*own, *_installed(), *rest):
        if candidate.name not in off:
            yield candidate


def module_of(
    file: Path, pin: Callable[[bytes], None] | None = None, *, edited: bool = True
) -> ModuleType:
    """Run *file* as a module of a name of its own, after *pin* agreed; raises whatever it raises.

    ``sys.path`` is left alone. What may be *edited* is compiled anew each time: Python's bytecode
    cache knows the time of an edit only to the second.
    """
    source = file.read_bytes()
    if pin:
        pin(source)
    unique = hashlib.sha256(os.fsencode(file.resolve()) + b"\0" + source).hexdigest()[:16]
    module = ModuleType(f"medreg_plugin_{file.stem}_{unique}")
    module.__file__ = str(file)
    sys.modules[module.__name__] = module  # where dataclasses look up a class's annotations
    try:
        if edited:
            exec(compile(source, str(file), "exec", dont_inherit=True), module.__dict__)  # noqa: S102  # a plugin is code that its user chose
        else:
            SourceFileLoader(module.__name__, str(file)).exec_module(module)
    except BaseException:  # tidied up, and raised again
        del sys.modules[module.__name__]
        raise
    return module


def _files(
    folder: Path, home: Home, pin: Callable[[Path, bytes], None] = lambda *_: None
) -> list[Candidate]:
    def candidate(file: Path) -> Candidate:
        def module() -> ModuleType:
            return module_of(file, partial(pin, file), edited=home != "bundled")

        return Candidate(file.stem, home, str(file), module, file)

    return [candidate(f) for f in sorted(folder.glob("*.py")) if not f.name.startswith("_")]


def _pinned(folder: Path) -> list[Candidate]:
    """Return a registry's own plugins; those of others run only as they were pinned.

    While the table of pins cannot be read, none of them runs.
    """
    try:
        known, broken = pins.read(folder.parent), None
    except MedregError as error:
        known, broken = {}, error

    def pin(file: Path, source: bytes) -> None:
        if broken:
            raise broken
        if file.stem in known:
            known[file.stem].check(source, file)

    return _files(folder, "registry", pin)


def _installed() -> list[Candidate]:
    if not any(_announces(folder or ".") for folder in sys.path):
        return []
    from importlib.metadata import entry_points

    def candidate(point: EntryPoint) -> Candidate:
        package = f" of {point.dist.name} {point.dist.version}" if point.dist else ""
        return Candidate(
            point.name, "installed", f"{point.value}{package}", lambda: _imported(point)
        )

    points = sorted(entry_points(group="medreg"), key=lambda point: (point.name, point.value))
    return [candidate(point) for point in points]


def _announces(folder: str) -> bool:
    """Tell whether a package in *folder* may have an entry point for medreg.

    `importlib.metadata` costs twenty times as long to import as looking at these few files.
    """
    if Path(folder).is_file():
        return True  # a zip of packages: let importlib look into it
    try:
        packages = [entry.path for entry in os.scandir(folder) if entry.name.endswith(_METADATA)]
    except OSError:
        return False  # no folder, or not to be read: nothing can be imported from it either
    for package in packages:
        try:
            text = Path(package, "entry_points.txt").read_bytes()
        except OSError:
            continue  # most packages have none
        if b"[medreg]" in text:
            return True
    return False


def _imported(point: EntryPoint) -> ModuleType:
    module = point.load()
    if not isinstance(module, ModuleType):
        raise TypeError(f"an entry point names a module, not {type(module).__name__}")
    return module
