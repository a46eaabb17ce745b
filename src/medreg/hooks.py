"""The four things a plugin may offer. Each hook yields values; medreg asks plugin by plugin.

A plugin is a Python file in a registry's ``plugins/``, or an installed package with an entry
point in the group ``medreg``. Mark each function with ``@hookimpl``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from medreg.model import Check, Dataset, Exporter

hookspec = pluggy.HookspecMarker("medreg")
hookimpl = pluggy.HookimplMarker("medreg")


@hookspec
def medreg_datasets() -> Iterable[Dataset]:  # type: ignore[empty-body]  # a spec has no body
    """Yield the datasets of this plugin; a family yields several from one file.

    >>> @hookimpl
    ... def medreg_datasets():
    ...     yield LITS
    """


@hookspec
def medreg_checks() -> Iterable[Check]:  # type: ignore[empty-body]  # a spec has no body
    """Yield more questions to ask of every converted case.

    >>> class NoMetal:
    ...     name = "metal"
    ...     def ask(self, case):
    ...         if case.images["ct"].array.max() > 3000:
    ...             yield Finding("metal", Severity.WARN, "values above 3000 HU")
    >>> @hookimpl
    ... def medreg_checks():
    ...     yield NoMetal()
    """


@hookspec
def medreg_exporters() -> Iterable[Exporter]:  # type: ignore[empty-body]  # a spec has no body
    r"""Yield more ways to write a set; a recipe names them under ``export``.

    >>> class PlainList:
    ...     name = "plain_list"
    ...     def write(self, content, into):
    ...         text = "".join(f"{case.id}\\n" for case in content.cases)
    ...         (into / "cases.txt").write_text(text, encoding="utf-8")
    >>> @hookimpl
    ... def medreg_exporters():
    ...     yield PlainList()
    """


@hookspec
def medreg_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add commands: ``medreg <yours>``; set ``run`` to a function that returns an exit code.

    >>> @hookimpl
    ... def medreg_commands(commands):
    ...     hello = commands.add_parser("hello", help="greet the lab")
    ...     hello.set_defaults(run=lambda args: print("hello") or 0)
    """
