"""Print an error: what failed, what a person must do first, and what to type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from medreg.cli.table import say

if TYPE_CHECKING:
    from medreg.errors import MedregError


def explain(error: MedregError, *, as_json: bool) -> None:
    """Print *error* to stderr, or as data to stdout."""
    if as_json:
        import json

        print(json.dumps(as_data(error), indent=2))  # noqa: T201 - stdout is data
        return
    say(f"error: {error.message}")
    if error.steps:
        say()
        for number, step in enumerate(error.steps, start=1):
            say(f"  {number}. {step}")
    if error.hint:
        say(f"\nhint: {error.hint}")


def as_data(error: MedregError) -> dict[str, Any]:
    """Return *error* as plain values."""
    return {
        "error": error.message,
        "steps": error.steps,
        "hint": error.hint,
        "exit": error.exit_code,
    }
