"""What of a dataset decides bytes, as JSON: the content of ``declared.json``.

Titles, docstrings, citations, licenses, homepages and download steps decide none and are left
out, so that editing them re-runs nothing.
"""

from __future__ import annotations

import ast
import hashlib
import sys
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medreg.errors import DeclarationError, NotFound
from medreg.model import IGNORED, Dataset
from medreg.tissues import of_labels

if TYPE_CHECKING:
    from types import ModuleType

    from medreg.model import Tissue
    from medreg.vocabulary import Vocabulary

CHECK_FORMAT = 6  # moves when a check would measure or find something else in the same voxels

_BASE = frozenset(f.name for f in fields(Dataset))


def describe(
    dataset: Dataset, vocabulary: Vocabulary, tissues: Mapping[str, Tissue] | None = None
) -> dict[str, Any]:
    """Return what decides the bytes that *dataset* is converted to, and what checks measure.

    *tissues* are the rows of ``tissues.csv`` that checks compare with.
    Raises `DeclarationError` for a label outside *vocabulary* and for a value that has no JSON.
    """
    from medreg.imaging.canonical import CONVERTER_FORMAT

    own = {
        f.name: _plain(getattr(dataset, f.name))
        for f in fields(dataset)
        if f.name not in _BASE  # what a subclass adds
    }
    return {
        "dataset": dataset.name,
        "source": _plain(dataset.source),
        "layout": _plain(dataset.layout),
        "labels": {
            str(raw): {
                **_row(dataset, name, vocabulary),
                **({"value": dataset.raw_values[raw]} if isinstance(raw, str) else {}),
            }
            for raw, name in dataset.labels.items()
        },
        "modalities": _plain(dataset.modalities),
        "fixes": _plain(dataset.fixes),
        "patients": dataset.patients,
        "converter": CONVERTER_FORMAT,
        "check": _checked(dataset, vocabulary, tissues or {}),
        "code": _code(dataset),
        **({"clinical": _plain(dataset.clinical)} if dataset.clinical else {}),
        **({"own": own} if own else {}),
    }


def _checked(
    dataset: Dataset, vocabulary: Vocabulary, tissues: Mapping[str, Tissue]
) -> int | list[Any]:
    """Return what besides labels decides what checks find: their format, and what they expect."""
    known = of_labels(tissues, vocabulary, dict.fromkeys(dataset.labels.values()))
    if not known:
        return CHECK_FORMAT
    expected = {
        label: [one.low, one.high, one.pieces, one.solid, one.least] for label, one in known.items()
    }
    return [CHECK_FORMAT, expected]


def _row(dataset: Dataset, name: str, vocabulary: Vocabulary) -> dict[str, Any]:
    if name == IGNORED:
        return {"name": IGNORED}
    try:
        label = vocabulary[name]
    except NotFound as error:
        raise DeclarationError(
            f"{dataset.name}: {name!r} is no label of the vocabulary",
            hint=error.hint or "add a row to registry/vocabulary.csv",
        ) from None
    return {
        "name": label.name,
        "code": label.code,
        "side": label.side,
        "kind": label.kind,
        "part_of": list(vocabulary.wholes(name)),
    }


def _plain(value: object) -> Any:
    """Return *value* as JSON; mappings become lists of pairs, for the order of channels matters."""
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Mapping):
        return [[_plain(key), _plain(item)] for key, item in value.items()]
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, frozenset | set):
        return sorted(_plain(item) for item in value)
    return _plain_object(value)


def _plain_object(value: object) -> dict[str, Any]:
    if is_dataclass(value) and not isinstance(value, type):
        decides = [f.name for f in fields(value) if f.name != _prose(value)]
        return {
            "kind": type(value).__name__,
            **{name: _plain(getattr(value, name)) for name in decides},
        }
    if _is_own(type(value)):
        return {"kind": type(value).__name__}
    raise DeclarationError(
        f"{value!r} cannot be written to declared.json",
        hint="use plain values and frozen dataclasses in a plugin",
    )


def _prose(value: object) -> str:
    """Return the field that decides nothing: a source's steps, or who published a fix."""
    if hasattr(value, "fetch"):
        return "steps"
    return "source" if hasattr(value, "case") else ""


# --- a plugin's own code ------------------------------------------------------------------------


def _code(dataset: Dataset) -> str:
    """Return a digest of the classes that the plugin brings, and what they use; or ``""``."""
    own = sorted(
        {
            (kind.__module__, kind.__name__)
            for value in _values(dataset)
            for kind in type(value).__mro__
            if _is_own(kind)
        }
    )
    if not own:
        return ""
    digest = hashlib.sha256()
    for name in sorted({module for module, _ in own}):
        classes = {kind for module, kind in own if module == name}
        for text in _used(sys.modules[name], classes):
            digest.update(text.encode() + b"\0")
    return f"sha256:{digest.hexdigest()}"


def _is_own(kind: type) -> bool:
    """Tell whether *kind* is a plugin's class, rather than medreg's or Python's."""
    top = kind.__module__.partition(".")[0]
    return top != "medreg" and top not in sys.stdlib_module_names


def _values(value: object) -> Iterator[object]:
    """Yield *value* and every value inside it."""
    yield value
    inside: Iterator[object] = iter(())
    if isinstance(value, Mapping):
        inside = iter(value.values())
    elif isinstance(value, tuple | list | frozenset | set):
        inside = iter(value)
    elif is_dataclass(value) and not isinstance(value, type):
        inside = (getattr(value, f.name) for f in fields(value))
    for item in inside:
        yield from _values(item)


def _used(module: ModuleType, classes: set[str]) -> list[str]:
    """Return the source of *classes* and of all that they name, without docstrings and comments.

    Only what the module's own top level binds is followed; a package's other modules are not.
    """
    tree = ast.parse(Path(module.__file__ or "").read_bytes())
    bound = {name: node for node in tree.body for name in _binds(node)}
    wanted, taken = sorted(classes), set[str]()
    while wanted:
        name = wanted.pop()
        if name in bound and name not in taken:
            taken.add(name)
            wanted += sorted({n.id for n in ast.walk(bound[name]) if isinstance(n, ast.Name)})
    return [f"{name}\n{ast.unparse(_bare(bound[name]))}" for name in sorted(taken)]


def _binds(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.ClassDef | ast.FunctionDef):
        yield node.name
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        yield from (n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name))
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from ((alias.asname or alias.name).partition(".")[0] for alias in node.names)


def _bare(node: ast.stmt) -> ast.stmt:
    """Take the docstrings out of *node*."""
    for inner in ast.walk(node):
        if (
            isinstance(inner, ast.ClassDef | ast.FunctionDef)
            and ast.get_docstring(inner) is not None
        ):
            inner.body = inner.body[1:] or [ast.Pass()]
    return node
