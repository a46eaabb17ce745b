"""Errors say what failed and what to type, in this process and in others."""

from __future__ import annotations

import pickle
import re
from typing import TYPE_CHECKING

import pytest

from medreg import errors
from medreg.errors import MedregError, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterator


def every(kind: type[MedregError] = MedregError) -> Iterator[type[MedregError]]:
    yield kind
    for below in kind.__subclasses__():
        if below.__module__ == errors.__name__:
            yield from every(below)


@pytest.mark.parametrize("kind", list(every()))
def test_errors_cross_processes_whole(kind: type[MedregError]) -> None:
    error = kind("disk full", hint="free 3 GB", steps=("log in", "try again"))
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert type(again) is kind
    assert (again.message, again.hint, again.steps) == ("disk full", "free 3 GB", error.steps)
    assert str(again) == "disk full"


def test_exit_codes_are_those_that_are_documented() -> None:
    documented = re.findall(r"^[ |`-]*(\w+)  +(\d+)", errors.__doc__ or "", re.MULTILINE)
    assert {name: int(code) for name, code in documented} == {
        kind.__name__: kind.exit_code for kind in every()
    }


def test_the_nearest_name_is_the_hint() -> None:
    near = NotFound.named("dataset", "kits32", ["lits", "kits23"], hint="medreg list")
    assert (near.message, near.hint) == (
        "there is no dataset named 'kits32'",
        "did you mean kits23?",
    )
    assert NotFound.named("dataset", "x", ["lits"], hint="medreg list").hint == "medreg list"
