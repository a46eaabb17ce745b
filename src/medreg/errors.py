"""The few ways to fail: each error has a message, a hint to type next, and an exit code.

    MedregError               70  a bug, if it is raised bare
    |-- Refused                1  a case, series or file that would become a wrong volume
    |-- Misuse                 2  wrong words on the command line
    |   `-- DeclarationError   2  a plugin, recipe or table that says something impossible
    |-- NotFound               3  no dataset, set, case, file or release of that name
    |-- ActionNeeded           4  a person must act: register, sign, download, log in
    |-- BytesDiffer            5  bytes are not those on record
    |-- Transient              6  a server or lock said "later": try again
    `-- CannotHere             7  this machine cannot: disk full, no permission, program missing

Exit code 0 is success and 130 an interruption (128 + SIGINT).
"""

from __future__ import annotations

import re
import shlex
from difflib import get_close_matches
from pathlib import PurePath
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def printable(text: str) -> str:
    r"""Return *text* with control characters escaped: headers and file names may hold any.

    >>> print(printable("left\x1b[2Jright"))
    left\x1b[2Jright
    """
    return "".join(
        char if char.isprintable() or char in KEPT else char.encode("unicode_escape").decode()
        for char in text
    )


KEPT = "\n\t\xa0"


def aside(files: Iterable[object]) -> str:
    """Return the command that moves *files* out of the way, to new folders at home: none is lost.

    Files of one name go to a folder each.

    >>> print(aside(["/lab/data/a b.nii.gz"]))
    mv '/lab/data/a b.nii.gz' "$(mktemp -d ~/moved.XXXXXX)"
    """
    batches: list[dict[str, str]] = []
    for file in map(str, files):
        name = PurePath(file).name
        batch = next((one for one in batches if name not in one), None)
        if batch is None:
            batches.append(batch := {})
        batch[name] = file
    moves = (f'mv {shlex.join(one.values())} "$(mktemp -d ~/moved.XXXXXX)"' for one in batches)
    return " && ".join(moves)


class MedregError(Exception):
    """Something failed: *message* says what, with the value; *hint* says what to type.

    *steps* are what a person must do first, in order.
    """

    exit_code: ClassVar[int] = 70

    def __init__(self, message: str, *, hint: str = "", steps: Sequence[str] = ()) -> None:
        self.message = printable(message)
        super().__init__(self.message)
        self.hint = printable(hint)
        self.steps = tuple(printable(step) for step in steps)
        if self.hint:
            self.add_note(f"hint: {self.hint}")  # for tracebacks, in notebooks

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle with hint and steps, so that errors cross a process boundary whole."""
        return _rebuild, (type(self), self.message, self.hint, self.steps)


def of_code(code: int) -> type[MedregError]:
    """Return what fails with the exit code *code*.

    >>> of_code(6).__name__
    'Transient'
    """
    return next((k for k in MedregError.__subclasses__() if k.exit_code == code), MedregError)


def _rebuild(
    kind: type[MedregError], message: str, hint: str, steps: tuple[str, ...]
) -> MedregError:
    return kind(message, hint=hint, steps=steps)


class Refused(MedregError):
    """A case, series or file that cannot become a right volume; the message is the reason."""

    exit_code = 1


class Misuse(MedregError):
    """The command or call asks for something that makes no sense."""

    exit_code = 2


class DeclarationError(Misuse):
    """A plugin, recipe or fact table contradicts itself or the vocabulary."""


class NotFound(MedregError):
    """Nothing has that name."""

    exit_code = 3

    @classmethod
    def named(cls, kind: str, name: str, known: Sequence[str], *, hint: str = "") -> NotFound:
        """Say that no *kind* is called *name*, and which of *known* is nearest.

        A number is no misspelling of another: of cases, which are called ``dataset/case``, only
        those of the same number are near.

        >>> NotFound.named("dataset", "litts", ["lits", "kits23"]).hint
        'did you mean lits?'
        >>> NotFound.named("case", "lits/7", ["lits/volume-6", "lits/volume-07"]).hint
        'did you mean lits/volume-07?'
        """
        alike = [one for one in known if _same_numbers(name, one)]
        near = get_close_matches(name, alike, n=1, cutoff=0.6)
        near = near or (alike if len(alike) == 1 and "/" in alike[0] and _numbers(name) else [])
        return cls(
            f"there is no {kind} named {name!r}", hint=f"did you mean {near[0]}?" if near else hint
        )


def _same_numbers(name: str, known: str) -> bool:
    """Tell whether *known* may be meant by *name*, as far as their numbers say."""
    if "/" in known:
        return _numbers(name) <= _numbers(known)
    return not name.isdigit()


def _numbers(name: str) -> set[str]:
    return {number.lstrip("0") for number in re.findall(r"\d+", name[name.find("/") + 1 :])}


class ActionNeeded(MedregError):
    """Only a person can go on: *steps* says how."""

    exit_code = 4


class BytesDiffer(MedregError):
    """Bytes are not those that were recorded."""

    exit_code = 5


class Transient(MedregError):
    """Nothing is wrong here; the same command may succeed later."""

    exit_code = 6


class CannotHere(MedregError):
    """Disk, permission or a program is lacking on this machine."""

    exit_code = 7
