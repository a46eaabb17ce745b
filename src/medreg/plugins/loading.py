"""Load plugins one by one: what works is handed back by name, what is broken is named.

Hooks are called implementation by implementation, so that one plugin's failure is its own.
"""

from __future__ import annotations

import hashlib
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any, TypeVar

import pluggy

from medreg import hooks
from medreg.errors import BytesDiffer, DeclarationError, MedregError, NotFound
from medreg.model import Check, Dataset, Exporter
from medreg.plugins.find import Candidate, Home, candidates
from medreg.tables import natural

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from types import ModuleType

    from pluggy import HookImpl

Kind = TypeVar("Kind")


@dataclass(frozen=True, slots=True)
class Declared:
    """A dataset and the plugin that declares it.

    *digest* is the sha256 (hex) of the plugin's file, *doc* its docstring.
    """

    dataset: Dataset
    file: Path
    home: Home
    digest: str
    doc: str


@dataclass(frozen=True, slots=True)
class Problem:
    """A plugin that was skipped: *where* is its file or entry point.

    *error* is what asking for it raises, *hint* what to type then.
    """

    where: str
    reason: str
    error: type[MedregError] = DeclarationError
    hint: str = "medreg doctor"


@dataclass(frozen=True, slots=True)
class Shadowed:
    """A registry's own file that stands before a bundled one; *differs* compares their bytes."""

    name: str
    own: Path
    bundled: Path
    differs: bool


@dataclass(frozen=True, slots=True)
class Plugins:
    """Everything that plugins offer, and everything that is wrong with them.

    *clashes* are names that two plugins claim: neither is in *datasets*. *manager* is pluggy's;
    call its hooks implementation by implementation (`get_hookimpls`).
    """

    datasets: Mapping[str, Declared]
    problems: tuple[Problem, ...]
    shadowed: tuple[Shadowed, ...]
    checks: tuple[Check, ...]
    exporters: tuple[Exporter, ...]
    manager: pluggy.PluginManager
    clashes: Mapping[str, tuple[Path, Path]] = field(default_factory=dict)

    def get(self, name: str) -> Declared:
        """Return the dataset *name* with its plugin.

        Raises `DeclarationError`, naming both files, when two plugins claim the name, and
        `NotFound`, with the nearest name, when none does.
        """
        if name in self.clashes:
            one, other = self.clashes[name]
            raise DeclarationError(
                f"two plugins declare {name}: {one} and {other}",
                hint=f"rename one of them, or set MEDREG_DISABLE_PLUGINS={other.stem}",
            )
        if name in self.datasets:
            return self.datasets[name]
        for broken in self.problems:  # a family's members begin with its name
            stem = Path(broken.where).stem
            if name == stem or name.startswith(f"{stem}_"):
                raise broken.error(
                    f"the plugin {broken.where} was skipped: {broken.reason}", hint=broken.hint
                )
        members = [one for one, declared in self.datasets.items() if declared.file.stem == name]
        if members:
            raise NotFound(
                f"{name} is a family, no dataset", hint=f"name one of it: {', '.join(members)}"
            )
        raise NotFound.named("dataset", name, list(self.datasets), hint="medreg list")


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A registered module and what its hooks yielded."""

    candidate: Candidate
    file: Path
    datasets: Sequence[Dataset]
    checks: Sequence[Check]
    exporters: Sequence[Exporter]
    digest: str
    doc: str


class _Manager(pluggy.PluginManager):
    """Looks for hooks among the functions of a plugin alone: its other values are many."""

    def parse_hookimpl_opts(self, plugin: object, name: str) -> pluggy.HookimplOpts | None:
        """Return the options of a hook of *plugin*, or None for any other value."""
        if not isinstance(getattr(plugin, name, None), FunctionType):
            return None
        return super().parse_hookimpl_opts(plugin, name)


def load(folder: Path | None = None) -> Plugins:
    """Load the plugins in *folder* (a registry's ``plugins/``), installed and bundled ones.

    Never raises for a broken plugin: see `Plugins.problems` and `Plugins.clashes`.
    """
    manager = _Manager("medreg")
    manager.add_hookspecs(hooks)
    own: dict[str, Path] = {}
    loaded: list[_Loaded] = []
    problems: list[Problem] = []
    shadowed: list[Shadowed] = []
    for candidate in candidates(folder):
        if candidate.home == "registry" and candidate.file:
            own[candidate.name] = candidate.file
        elif candidate.home == "bundled" and candidate.file and candidate.name in own:
            shadowed.append(_shadow(own[candidate.name], candidate.file))
            continue
        try:
            loaded.append(_loaded(candidate, manager))
        except (Exception, SystemExit) as error:  # noqa: BLE001  # it is told, as the plugin's own
            problems.append(_problem(error, candidate))
    datasets, clashes = _by_name(loaded)
    return Plugins(
        datasets=datasets,
        problems=tuple(problems),
        shadowed=tuple(shadowed),
        checks=tuple(check for one in loaded for check in one.checks),
        exporters=tuple(exporter for one in loaded for exporter in one.exporters),
        manager=manager,
        clashes=clashes,
    )


def _by_name(
    loaded: Iterable[_Loaded],
) -> tuple[dict[str, Declared], dict[str, tuple[Path, Path]]]:
    """Return the datasets in natural order, and those that two plugins claim.

    A registry's own dataset stands before a bundled one; any other two are a clash.
    """
    found: dict[str, Declared] = {}
    clashes: dict[str, tuple[Path, Path]] = {}
    for one in loaded:
        for dataset in one.datasets:
            first = found.get(dataset.name)
            if first is None:
                found[dataset.name] = Declared(
                    dataset, one.file, one.candidate.home, one.digest, one.doc
                )
            elif (first.home, one.candidate.home) != ("registry", "bundled"):
                clashes.setdefault(dataset.name, (first.file, one.file))
    names = sorted(found.keys() - clashes.keys(), key=natural)
    return {name: found[name] for name in names}, clashes


def _shadow(own: Path, shipped: Path) -> Shadowed:
    return Shadowed(own.stem, own, shipped, own.read_bytes() != shipped.read_bytes())


def _loaded(candidate: Candidate, manager: pluggy.PluginManager) -> _Loaded:
    module = candidate.module()
    name = f"{candidate.home}:{candidate.where}"
    manager.register(module, name=name)
    try:
        _check_hooks(module, manager)
        file = Path(module.__file__ or candidate.where)
        return _Loaded(
            candidate,
            file,
            _distinct(_yielded(manager.hook.medreg_datasets, name, Dataset)),
            _yielded(manager.hook.medreg_checks, name, Check),  # type: ignore[type-abstract]  # a Protocol
            _yielded(manager.hook.medreg_exporters, name, Exporter),  # type: ignore[type-abstract]  # a Protocol
            hashlib.sha256(file.read_bytes()).hexdigest(),
            module.__doc__ or "",
        )
    except BaseException:  # tidied up, and raised again
        manager.unregister(name=name)
        raise


def _check_hooks(module: ModuleType, manager: pluggy.PluginManager) -> None:
    """Raise `DeclarationError` unless *module* fills hooks, and only hooks that exist."""
    filled = {caller.name: caller for caller in manager.get_hookcallers(module) or ()}
    known = [name for name in dir(hooks) if name.startswith("medreg_")]
    for name, caller in filled.items():
        if not caller.has_spec():
            near = NotFound.named("hook", name, known)
            raise DeclarationError(f"{near.message}; {near.hint or ', '.join(known)}")
    for name, value in sorted(vars(module).items()):
        if name.startswith("medreg_") and callable(value) and name not in filled:
            raise DeclarationError(f"{name} is not marked with @hookimpl")
    if not filled:
        raise DeclarationError(f"it fills no hook; known hooks: {', '.join(known)}")


def _yielded(caller: pluggy.HookCaller, plugin: str, kind: type[Kind]) -> Sequence[Kind]:
    """Return what the hook of *plugin* yields; raises `DeclarationError` for another type."""
    values = [
        value
        for implementation in caller.get_hookimpls()
        if implementation.plugin_name == plugin
        for value in _values(implementation)
    ]
    for value in values:
        if not isinstance(value, kind):
            raise DeclarationError(
                f"{caller.name} yields {kind.__name__} values, not {type(value).__name__}"
            )
    return values


def _values(implementation: HookImpl) -> Iterator[Any]:
    values: Any = implementation.function()
    if values is None:
        raise DeclarationError(f"{implementation.function.__name__} returned None: yield or return")
    yield from values


def _distinct(datasets: Sequence[Dataset]) -> Sequence[Dataset]:
    names = [dataset.name for dataset in datasets]
    for name in names:
        if names.count(name) > 1:
            raise DeclarationError(f"it declares {name} twice")
    return datasets


def _problem(error: BaseException, candidate: Candidate) -> Problem:
    """Say what is wrong with *candidate*; bytes that nobody looked at are an error of their own."""
    reason = _reason(error, candidate.file)
    if isinstance(error, BytesDiffer):
        return Problem(candidate.where, reason, BytesDiffer, error.hint)
    return Problem(candidate.where, reason)


def _reason(error: BaseException, file: Path | None) -> str:
    """Say what went wrong, and in which line of the plugin's own file."""
    if isinstance(error, SyntaxError):
        return f"line {error.lineno}: {error.msg}"
    text = error.message if isinstance(error, MedregError) else f"{type(error).__name__}: {error}"
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if file is not None and frame.filename == str(file)
    ]
    return f"line {lines[-1]}: {text}" if lines else text
