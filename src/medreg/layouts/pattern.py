"""Patterns that find a case's files by name.

========== ==================================================================================
``**``     any folders, or none; a whole component
``*``      anything within one component
``{case}`` names the case; every pattern of a layout has it
``{word}`` any other word, ``{patient}`` among them; within one case it is the same everywhere
``{class}`` what an image shows as a whole, where its folder or name says it
`` | ``    between patterns: either (a publisher's files come under several names)
========== ==================================================================================

A case is called after the first component that holds ``{case}``, without its ending:
``**/volume-{case}.nii`` gives ``volume-28``, ``**/case_{case}/imaging.nii.gz`` gives
``case_00003``. A patient is called after the component that holds ``{patient}``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from medreg.errors import DeclarationError, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_TOKEN = re.compile(r"\{(?P<word>[a-z][a-z0-9_]*)\}|(?P<star>\*)|(?P<brace>[{}])")
_ENDINGS = re.compile(r"(\.nii)?\.[A-Za-z]+\d*(\.gz)?$")  # .nii.gz .dcm .mha .h5, never ".03"
_NOT_IN_IDS = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Match:
    """One file that a pattern found: its *path*, what the words stand for, whose it is.

    *folder* is the path up to the component that names the case: two cases have two of them.
    *whole* joins all components that hold a word.
    """

    path: str
    words: Mapping[str, str]
    case: str
    patient: str | None
    folder: str
    whole: str


def find(pattern: str, paths: Iterable[str]) -> Iterator[Match]:
    """Yield what *pattern* matches among *paths*, in their order.

    Raises `DeclarationError` for a wrong pattern and `Refused` for a case that has no usable name.
    """
    regexes = _regexes(pattern)
    for path in paths:
        found = next((found for regex in regexes if (found := regex.fullmatch(path))), None)
        if found is None:
            continue
        groups = {word: value for word, value in found.groupdict().items() if value is not None}
        patient = groups.pop("_patient_", None)
        yield Match(
            path,
            {word: value for word, value in groups.items() if word != "_case_"},
            clean(groups["_case_"], path, ending=found.end("_case_") == len(path)),
            None if patient is None else clean(patient, path),
            path[: found.end("_case_")],
            _whole(path, [found.start(word) for word in groups]),
        )


def _whole(path: str, starts: Iterable[int]) -> str:
    """Join the components of *path* that hold one of *starts*, as an id.

    >>> _whole("train/patient_3/study 1/view1.jpg", [14, 28])
    'patient_3_view1'
    """
    begins = sorted({path.rfind("/", 0, start) + 1 for start in starts})
    parts = [path[begin:].partition("/")[0] for begin in begins]
    return clean("_".join(parts), path, ending=begins[-1] > path.rfind("/"))


def words(pattern: str) -> frozenset[str]:
    """Return the words that *pattern* always has; raises `DeclarationError` when it is wrong.

    >>> sorted(words("**/{patient}/{case}/*.dcm | **/{case}.dcm"))
    ['case']
    >>> sorted(words("**/{patient}/{case}/*.dcm"))
    ['case', 'patient']
    """
    return frozenset.intersection(*(names for _, names in _sources(pattern)))


def named(pattern: str, values: Mapping[str, str]) -> str | None:
    """Return the id of the case that *pattern* would find, or None if *values* do not tell.

    >>> named("**/volume-{case}.nii", {"case": "28"})
    'volume-28'
    """
    first = pattern.partition(" | ")[0]
    component = next(part for part in first.split("/") if "{case}" in part)
    filled = re.sub(r"\{(\w+)\}", lambda word: values.get(word[1], "*"), component)
    return None if "*" in filled else clean(filled, pattern, ending=first.endswith(component))


def clean(component: str, path: str, *, ending: bool = False) -> str:
    """Turn a *component* of *path* into an id of letters, digits, dot, dash and underscore.

    Every run of other characters becomes one underscore; a file's *ending* is dropped. Raises
    `Refused` when nothing is left.

    >>> clean("volume-28.nii.gz", "CT/volume-28.nii.gz", ending=True)
    'volume-28'
    >>> clean("PET-CT  primaer.03", "PET-CT  primaer.03/1-1.dcm")
    'PET-CT_primaer.03'
    """
    bare = _ENDINGS.sub("", component) if ending else component
    name = _NOT_IN_IDS.sub("_", bare).lstrip(".")
    if not name.strip("_."):
        raise Refused(
            f"{path}: {component!r} cannot name a case; ids are made of A-Z a-z 0-9 . _ -",
            hint="rename the file or folder",
        )
    return name


@lru_cache(maxsize=512)
def _regexes(pattern: str) -> tuple[re.Pattern[str], ...]:
    """Compile *pattern*: only where files are sought, for declaring one must stay cheap."""
    return tuple(re.compile(source, re.DOTALL) for source, _ in _sources(pattern))


@lru_cache(maxsize=512)
def _sources(pattern: str) -> tuple[tuple[str, frozenset[str]], ...]:
    return tuple(_source(either) for either in pattern.split(" | "))


def _source(pattern: str) -> tuple[str, frozenset[str]]:
    """Return *pattern* as a regular expression, and its words; raises `DeclarationError`."""
    if "{case}" not in pattern:
        raise _wrong(pattern, "it has no {case}")
    if pattern.startswith("/") or "\\" in pattern or {"", ".", ".."} & set(pattern.split("/")):
        raise _wrong(pattern, "it is a path below the raw folder, with single slashes")
    seen: set[str] = set()
    parts = [_component(part, pattern, seen) for part in pattern.split("/")]
    # every component brings its own slash, so that ** can be none
    return "".join(parts).removesuffix("/"), frozenset(seen)


def _component(part: str, pattern: str, seen: set[str]) -> str:
    if part == "**":
        return r"(?:.*/)?"
    if "**" in part:
        raise _wrong(pattern, "** is a whole component")
    new = set(re.findall(r"\{(\w+)\}", part)) - seen
    regex, end = "", 0
    for token in _TOKEN.finditer(part):
        regex += re.escape(part[end : token.start()])
        end = token.end()
        if word := token["word"]:
            regex += f"(?P={word})" if word in seen else f"(?P<{word}>[^/]+?)"
            seen.add(word)
        elif token["star"]:
            regex += "[^/]*"
        else:
            raise _wrong(pattern, "a word is written {like_this}")
    regex += re.escape(part[end:])
    for word in sorted(new & {"case", "patient"}):
        regex = f"(?P<_{word}_>{regex})"
    return f"{regex}/"


def _wrong(pattern: str, why: str) -> DeclarationError:
    return DeclarationError(
        f"{pattern!r} is no pattern: {why}",
        hint="for example **/volume-{case}.nii or **/{patient}/{case}/*.dcm",
    )
