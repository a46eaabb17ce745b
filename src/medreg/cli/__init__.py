"""The command line: parse, call `medreg.api`, print.

stdout is data, stderr is talk. Exit codes are those of `medreg.errors`. `parser` and the modules
named `..._words` say what can be typed; each command runs in the module of its subject.
"""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

from medreg.cli.explain import explain
from medreg.cli.parser import parse
from medreg.cli.table import in_utf8, say
from medreg.errors import MedregError

if TYPE_CHECKING:
    from collections.abc import Sequence

INTERRUPTED = 130
BUG = 70


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    _open_closed_streams()
    _print_anything()
    try:
        args = parse(words)
        code = int(args.run(args))
        sys.stdout.flush()
    except KeyboardInterrupt:
        say("interrupted: nothing is half-written; the same command goes on from here")
        return INTERRUPTED
    except BrokenPipeError:  # the reader of a pipe had enough, as in `medreg list | head`
        _drop_output()
        return 0
    except Exception as error:
        if os.environ.get("MEDREG_DEBUG") == "1":
            raise
        known = _known(error)
        if known is None:
            return _bug(error)
        explain(known, as_json="--json" in words)
        return known.exit_code
    return code


def _open_closed_streams() -> None:
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # as after `medreg list >&-`
            nowhere = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - as long as we run
            setattr(sys, name, nowhere)


def _print_anything() -> None:
    """Let stdout escape what its encoding lacks, as Python lets stderr.

    Bytes of a path that are no UTF-8 leave as they came where Python already does so (LC_ALL=C).
    """
    out = sys.stdout
    if isinstance(out, TextIOWrapper) and not (in_utf8(out) and out.errors == "surrogateescape"):
        out.reconfigure(errors="backslashreplace")


def _drop_output() -> None:
    """Let what is left to print go nowhere, so that Python does not try again when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _known(error: Exception) -> MedregError | None:
    if isinstance(error, MedregError):
        return error
    if isinstance(error, OSError):
        from medreg.files.atomic import machine_error

        if not error.filename:  # stdout goes to a full disk
            _drop_output()
        return machine_error(error, Path("the output"))
    return None


def _bug(error: Exception) -> int:
    say(f"error: this is a bug in medreg: {type(error).__name__}: {error}")
    say("\nhint: MEDREG_DEBUG=1 shows where; please report it with the command you typed")
    return BUG
