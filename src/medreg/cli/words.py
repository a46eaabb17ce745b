"""How a command comes to its words: a name, its help, what runs it, and an example."""

from __future__ import annotations

import importlib
from argparse import ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from argparse import Namespace

Make = Callable[[str, str, str, str], ArgumentParser]


def maker(commands: Any) -> Make:
    """Return the function that adds a command to *commands*, what argparse gives for sub-parsers.

    It takes a name, its help, ``module:function`` in `medreg.cli` and an example to type; each
    command has ``--json`` and ``--registry``.
    """

    def make(name: str, help_text: str, run: str, example: str) -> ArgumentParser:
        command: ArgumentParser = commands.add_parser(
            name,
            help=help_text,
            description=help_text,
            epilog=f"example\n  {example}",
            formatter_class=RawDescriptionHelpFormatter,
        )
        command.add_argument("--json", action="store_true", help="print data as JSON")
        command.add_argument(
            "--registry",
            type=Path,
            metavar="DIR",
            help="the registry (default: around this folder)",
        )
        command.set_defaults(run=_later(run))
        return command

    return make


def number(least: int) -> Callable[[str], int]:
    """Return the argparse type of a whole number that is *least* or more."""

    def typed(text: str) -> int:
        if text.isdecimal() and int(text) >= least:
            return int(text)
        raise ArgumentTypeError(f"{text!r} is no number of {least} or more")

    return typed


def _later(address: str) -> Callable[[Namespace], int]:
    """Return a function that imports its module only when the command runs."""

    def run(args: Namespace) -> int:
        module, _, function = address.partition(":")
        found = getattr(importlib.import_module(f"medreg.cli.{module}"), function)
        return int(found(args))

    return run
