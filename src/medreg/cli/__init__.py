"""The command line: parse, call `medreg.api`, print.

stdout is data, stderr is talk. Exit codes are those of `medreg.errors`.
"""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

from medreg.cli.parser import parse
from medreg.cli.table import say
from medreg.errors import MedregError

if TYPE_CHECKING:
    from collections.abc import Sequence

INTERRUPTED = 130
BUG = 70


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    as_json = "--json" in words
    try:
        args = parse(words)
        code = int(args.run(args))
        sys.stdout.flush()
    except MedregError as error:
        if os.environ.get("MEDREG_DEBUG") == "1":
            raise
        return _explain(error, as_json=as_json)
    except KeyboardInterrupt:
        say("interrupted: nothing is half-written; the same command goes on from here")
        return INTERRUPTED
    except BrokenPipeError:  # the reader of a pipe had enough, as in `medreg list | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if os.environ.get("MEDREG_DEBUG") == "1":
            raise
        say(f"error: this is a bug in medreg: {type(error).__name__}: {error}")
        say("\nhint: MEDREG_DEBUG=1 shows where; please report it with the command you typed")
        return BUG
    return code


def _explain(error: MedregError, *, as_json: bool) -> int:
    if as_json:
        report = {"error": error.message, "steps": error.steps, "hint": error.hint}
        print(json.dumps({**report, "exit": error.exit_code}, indent=2))  # noqa: T201 - stdout is data
        return error.exit_code
    say(f"error: {error.message}")
    if error.steps:
        say()
        for number, step in enumerate(error.steps, start=1):
            say(f"  {number}. {step}")
    if error.hint:
        say(f"\nhint: {error.hint}")
    return error.exit_code
