"""The words that medreg understands; those of each group of commands lie beside this module."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, NoReturn

from medreg import __version__
from medreg.cli.look_words import add_look
from medreg.cli.own_words import add_own
from medreg.cli.quality_words import add_quality
from medreg.cli.scan_words import add_scans
from medreg.cli.share_words import add_share
from medreg.cli.terms_words import add_terms
from medreg.cli.words import maker
from medreg.cli.work_words import add_work
from medreg.errors import Misuse, NotFound

if TYPE_CHECKING:
    from collections.abc import Sequence

EPILOG = """\
a first morning
  medreg demo                      seven datasets from raw scans to a pinned set, on this machine
  medreg init lab && cd lab        a registry of your own
  medreg list                      what is there; medreg show lits: one dataset
  medreg guide abdomen             what fits a need; medreg plan --budget 200GB: what to get
  medreg terms lits --use train    what licenses allow, and why; medreg accept, medreg cite
  medreg fetch lits --from DIR     raw; then: medreg convert lits, medreg check lits
  medreg curate liver_ct           a training set from registry/sets/liver_ct/recipe.yaml
  medreg release liver_ct 1.0.0    an immutable version; medreg pull liver_ct@v1.0.0 brings it back

every day
  medreg add-plugin NAME           a dataset more; medreg check-plugin NAME: is it complete
  medreg review lits               doubtful cases, to accept, fix or reject
  medreg audit-split TRAIN TEST    which train cases show a scan of the test side
  medreg diff liver_ct             what changed since the last release
  medreg pin URL liver_ct@v1.0.0   medreg.lock: what a repository stands on; then medreg pull

exit codes
  0 done · 1 findings or refusals · 2 misuse · 3 not found · 4 a person must act
  5 bytes differ · 6 try again · 7 this machine cannot · 70 a bug · 130 interrupted
"""


class Parser(argparse.ArgumentParser):
    """A parser whose complaints are errors like all others: with a hint, and as JSON on request.

    Options may stand between the names, as in ``medreg fetch a --dry-run b``.
    """

    _mixing = False

    def error(self, message: str) -> NoReturn:
        """Raise `Misuse`."""
        raise Misuse(message, hint=f"{self.prog} --help")

    def parse_known_args(  # type: ignore[override]  # its overloads are of no use here
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Parse *args*; the parser of all commands leaves what follows one to that one's."""
        if self._mixing or self._subparsers is not None:
            return super().parse_known_args(args, namespace)
        self._mixing = True  # argparse asks this method for each half
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._mixing = False


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Parse the command line; raises `Misuse` when it makes no sense."""
    parser = build()
    if words and not words[0].startswith("-") and words[0] not in _names(parser):
        add_plugin_commands(parser)
        if words[0] not in (names := _names(parser)):
            near = NotFound.named("command", words[0], sorted(names), hint="medreg --help")
            raise Misuse(near.message, hint=near.hint)
    args, unknown = parser.parse_known_args(words)
    if unknown:
        about = "" if words[0].startswith("-") else f"{words[0]} "
        said = " ".join(unknown)
        raise Misuse(f"unrecognized arguments: {said}", hint=f"medreg {about}--help")
    if not hasattr(args, "run"):
        parser.print_help()
        args.run = lambda _: 0
    return args


def build() -> argparse.ArgumentParser:
    """Return the parser of every built-in command."""
    parser: argparse.ArgumentParser = Parser(
        prog="medreg",
        description="A registry of medical imaging datasets, kept in git and DVC.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"medreg {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    make = maker(commands)
    for add in (add_look, add_own, add_terms, add_work, add_share, add_scans, add_quality):
        add(make)
    return parser


def _names(parser: argparse.ArgumentParser) -> set[str]:
    return {
        name
        for action in parser._actions  # noqa: SLF001 - argparse lists commands nowhere else
        if isinstance(action, argparse._SubParsersAction)  # noqa: SLF001 - as above
        for name in action.choices
    }


def add_plugin_commands(parser: argparse.ArgumentParser) -> None:
    """Ask plugins for more commands; only done for a word that is not built in."""
    from medreg import api

    commands = next(
        action
        for action in parser._actions  # noqa: SLF001 - as in _names
        if isinstance(action, argparse._SubParsersAction)  # noqa: SLF001 - as in _names
    )
    api.add_commands(commands)
