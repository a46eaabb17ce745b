"""Which cases of two datasets are the same, as ``cases:`` of an overlap file says it.

    cases: volume-{n} = liver_{n}       # by number, all of them
    cases: "{case} = {case}"            # by the whole name: the word case is any text
    cases: [[Case_297, Case_928]]       # pairs
    cases:                              # pairs counted off; both ranges are as long
      - volume-{28..44} = {1..17}
      - [volume-46, 18]

Numbers in case ids compare as integers: ``liver_7`` is ``liver_007``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from medreg.errors import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_WORD = re.compile(r"\{([A-Za-z]\w*)\}")
_RANGE = re.compile(r"\{(\d+)\.\.(\d+)\}")
_PADDING = re.compile(r"(?<!\d)0+(?=[\d{])")  # before a digit, or before a pattern's {n}


@dataclass(frozen=True, slots=True)
class Patterns:
    """How the case ids of both datasets are made of the same numbers."""

    a: str
    b: str


CaseMap = Patterns | tuple[tuple[str, str], ...]


def unpadded(case: str) -> str:
    """Drop the zeros that pad numbers.

    >>> unpadded("case_00012")
    'case_12'
    """
    return _PADDING.sub("", case)


def pairs(
    cases: CaseMap, here: Mapping[str, object], there: Mapping[str, object]
) -> Iterator[tuple[str, str]]:
    """Yield unpadded case ids that are the same; patterns are tried on the ids of both sides."""
    if isinstance(cases, Patterns):
        yield from _matches(cases.a, cases.b, here)
        yield from ((case, other) for other, case in _matches(cases.b, cases.a, there))
    else:
        yield from ((unpadded(a), unpadded(b)) for a, b in cases)


def _matches(pattern: str, other: str, cases: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    wanted = re.compile(
        "".join(
            f"(?P<{part}>{'.+' if part == 'case' else r'[0-9]+'})" if index % 2 else re.escape(part)
            for index, part in enumerate(_WORD.split(unpadded(pattern)))
        )
    )
    for case in cases:
        if found := wanted.fullmatch(case):
            numbers = found.groupdict()
            yield case, unpadded(unpadded(other).format_map(numbers))


def read_cases(value: Any, where: str) -> CaseMap | None:
    """Read ``cases:``; raises `DeclarationError` naming *where*."""
    if value is None:
        return None
    if isinstance(value, str):
        return tuple(_range(value, where)) if _RANGE.search(value) else _patterns(value, where)
    if not isinstance(value, list) or not value:
        raise DeclarationError(
            f"{where}: cases is a pattern, a list of [a, b], or left out; it is {value!r}",
            hint='as in: cases: "volume-{n} = liver_{n}"',
        )
    return tuple(pair for item in value for pair in _listed(item, where))


def _listed(item: Any, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(item, str) and _RANGE.search(item):
        yield from _range(item, where)
    elif isinstance(item, list) and len(item) == 2:  # noqa: PLR2004 - a pair
        yield str(item[0]), str(item[1])
    else:
        raise DeclarationError(f"{where}: cases: {item!r} is not a pair [a, b]")


def _range(value: str, where: str) -> Iterator[tuple[str, str]]:
    """Yield the pairs of ``a{28..44} = b{1..17}``; a side without a range is one case."""
    left, equals, right = (part.strip() for part in value.partition("="))
    sides = [_counted(side) for side in (left, right)]
    if not equals or len({len(side) for side in sides}) != 1:
        raise DeclarationError(
            f"{where}: cases: {value!r} is not of the form 'volume-{{28..44}} = {{1..17}}', "
            "as many numbers on one side as on the other"
        )
    yield from zip(*sides, strict=True)


def _counted(text: str) -> list[str]:
    if not (found := _RANGE.search(text)):
        return [text]
    first, last = int(found[1]), int(found[2])
    return [text[: found.start()] + str(n) + text[found.end() :] for n in range(first, last + 1)]


def _patterns(value: str, where: str) -> Patterns:
    left, equals, right = (part.strip() for part in value.partition("="))
    words = (_WORD.findall(left), _WORD.findall(right))
    if not equals or not words[0] or any(len(set(w)) != len(w) for w in words):
        raise DeclarationError(
            f"{where}: cases: {value!r} is not of the form 'volume-{{n}} = liver_{{n}}'"
        )
    if set(words[0]) != set(words[1]):
        raise DeclarationError(
            f"{where}: cases: {value!r} names {', '.join(words[0])} on one side "
            f"and {', '.join(words[1]) or 'nothing'} on the other"
        )
    return Patterns(left, right)
