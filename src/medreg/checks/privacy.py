"""Ask whether an id, a file's name, the sidecar or a raw header tells who the patient is."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from medreg.deidentify.words import known
from medreg.model import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medreg.model import Converted

SHORTEST = 3  # letters of a word that may be a name
MOST = 4  # words of a name; a longer phrase is a title
SIGNS = {
    "a person's name as DICOM writes it": re.compile(r"[^\W\d_]{2,}\^[^\W\d_]+"),
    "an e-mail address": re.compile(r"[\w.+-]+@[\w-]+\.[A-Za-z]{2,}"),
    "a number of a patient": re.compile(
        r"(?<![A-Za-z])(?:MRN|SSN|NHS|DOB)[ _.:#-]?\d{4,}", re.IGNORECASE
    ),
}
_YEAR, _MONTH, _DAY = r"(?:19\d\d|20[0-3]\d)", r"(?:0[1-9]|1[0-2])", r"(?:0[1-9]|[12]\d|3[01])"
DATE = re.compile(
    rf"(?<!\d)(?:{_YEAR}{_MONTH}{_DAY}|{_YEAR}([-._]){_MONTH}\1{_DAY}"
    rf"|{_DAY}([-._]){_MONTH}\2{_YEAR}|{_MONTH}([-._]){_DAY}\3{_YEAR})(?!\d)"
)
_WORD = re.compile(r"[^\W\d_]+")


class Privacy:
    """Fails ids and file names that hold a name, and patients that are called by a date.

    A date alone in a file's name is none: archives put shifted study dates into their folders.
    """

    name = "privacy"

    def ask(self, case: Converted) -> Iterator[Finding]:
        """Look at the case's id, its patient's, its files' names, its sidecar and raw headers."""
        for what, texts in (
            ("the case's id", (case.case,)),
            ("the patient's id", (case.patient,) if case.patient else ()),
            ("a file's name", _parts(case.members)),
            ("the sidecar", case.notes),
        ):
            problems = (_problem(text, prose=what == "the sidecar") for text in texts)
            # the value itself stays out of the tables, which may be shared
            if problem := next(filter(None, problems), ""):
                yield Finding(self.name, Severity.FAIL, f"{what} holds {problem}")
        yield from case.headers
        if case.patient and DATE.fullmatch(case.patient):
            yield Finding(self.name, Severity.FAIL, "the patient's id is a date")


def _parts(paths: tuple[str, ...]) -> tuple[str, ...]:
    """Return every folder's and file's name once."""
    return tuple(dict.fromkeys(part for path in paths for part in path.split("/")))


def _problem(text: str, *, prose: bool) -> str:
    """Return what *text* gives away, or an empty string; *prose* is no name of anything."""
    for what, sign in SIGNS.items():
        if sign.search(text):
            return what
    return "a person's name" if not prose and is_named(text) else ""


def is_named(text: str) -> bool:
    """Tell whether *text* is a person's name: a common given name, and another word beside it.

    A given name alone may be a server's, and two unknown words may be anything unless a date
    stands beside them.

    >>> [is_named(t) for t in ("SMITH_John", "Doe_Xi_19500101", "volume-28", "john", "liver_orig")]
    [True, True, False, False, False]
    """
    dated = bool(DATE.search(text))
    words = [word.lower() for word in _WORD.findall(DATE.sub(" ", text))]
    unknown = [word for word in words if word not in known() and word not in FILES]
    long = [word for word in unknown if len(word) >= SHORTEST]
    if not 1 < len(unknown) <= MOST or any(char.isdigit() for char in DATE.sub(" ", text)):
        return False
    return dated or (len(long) > 1 and any(word in given_names() for word in long))


FILES = frozenset(
    [
        *("dcm", "dicom", "nii", "gz", "nrrd", "mha", "mhd", "png", "jpg", "json", "csv", "zip"),
        *("case", "patient", "pat", "sub", "subject", "ses", "session", "study", "visit", "id"),
        *("train", "training", "test", "val", "label", "labels", "mask", "masks", "seg", "img"),
        *("segmentation", "annotation", "annotations", "data", "dataset", "raw", "anon", "final"),
        *("imaging", "batch", "set", "site", "center", "centre", "hospital", "university"),
    ]
)


@cache
def given_names() -> frozenset[str]:
    """Return common given names of many languages, without those that are ordinary words."""
    text = files(__package__).joinpath("names.txt").read_text(encoding="utf-8")
    return frozenset(text.split())
