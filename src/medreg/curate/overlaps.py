"""Declared overlaps: text of ``registry/overlaps/*.yaml`` in, edges between cases out.

    a: lits
    b: msd_liver
    relation: same scans          # same scans | same patients | contains
    cases: volume-{n} = liver_{n} # or a list of [a, b]; left out where nobody published a map
    confidence: proved            # proved | suspected
    evidence: [{source: ..., date: ..., says: ...}]

Numbers in case ids compare as integers: ``liver_7`` is ``liver_007``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

from medreg.curate.group import Edge
from medreg.errors import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Relation = Literal["same scans", "same patients", "contains"]
Confidence = Literal["proved", "suspected"]

_KEYS = ("a", "b", "relation", "cases", "confidence", "evidence")
_WORD = re.compile(r"\{([A-Za-z]\w*)\}")
_PADDING = re.compile(r"(?<!\d)0+(?=[\d{])")  # before a digit, or before a pattern's {n}


@dataclass(frozen=True, slots=True)
class Patterns:
    """How the case ids of both datasets are made of the same numbers."""

    a: str
    b: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """What is known of two datasets that show the same scans or patients.

    *cases* are patterns, or pairs of case ids, or None when nobody published a map.
    *where* is the file that says it.
    """

    a: str
    b: str
    relation: Relation
    cases: Patterns | tuple[tuple[str, str], ...] | None
    confidence: Confidence
    evidence: tuple[Mapping[str, str], ...]
    where: str

    @property
    def says(self) -> str:
        """The evidence in one line: the file, then each quotation with its source."""
        told = (f'"{e["says"]}" ({e["source"]})' for e in self.evidence)
        doubt = " (suspected)" if self.confidence == "suspected" else ""
        return f"{self.where}{doubt}: {'; '.join(told)}"


def parse(text: str, where: str) -> Overlap:
    """Read one overlap file; *where* names it.

    Raises `DeclarationError` naming file and key.
    """
    values = load_yaml(text, where, _KEYS)
    return Overlap(
        a=_text(values, "a", where),
        b=_text(values, "b", where),
        relation=cast("Relation", _choice(values, "relation", get_args(Relation), where)),
        cases=_cases(values.get("cases"), where),
        confidence=cast("Confidence", _choice(values, "confidence", get_args(Confidence), where)),
        evidence=evidence_of(values.get("evidence"), where),
        where=where,
    )


def load_yaml(text: str, where: str, keys: Sequence[str]) -> dict[str, Any]:
    """Read a mapping that has *keys* and no others; raises `DeclarationError`, with the line."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        values = YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
        line = f", line {mark.line + 1}" if mark else ""
        raise DeclarationError(
            f"{where}{line}: not valid YAML: {str(error).splitlines()[0]}"
        ) from None
    if not isinstance(values, dict):
        raise DeclarationError(f"{where}: it holds keys and values: {', '.join(keys)}")
    for key in values:
        if key not in keys:
            raise DeclarationError(f"{where}: there is no key {key!r}", hint=_hint("keys", keys))
    return values


def edges(overlap: Overlap, cases: Mapping[str, Sequence[str]]) -> Iterator[Edge]:
    """Yield the edges that *overlap* says between the *cases* of each dataset.

    A counterpart that does not exist here becomes a node all the same: two scans that are both
    the same as an absent third one are the same scan.
    """
    if overlap.cases is None:
        return
    here, there = _by_number(overlap.a, cases), _by_number(overlap.b, cases)
    same_scan = overlap.relation != "same patients"
    suspected = overlap.confidence == "suspected"
    for a, b in dict.fromkeys(_pairs(overlap, here, there)):
        for left in here.get(a, (_ref(overlap.a, a),)):
            for right in there.get(b, (_ref(overlap.b, b),)):
                if left != right:
                    yield Edge(left, right, overlap.says, same_scan, suspected)


def unpadded(case: str) -> str:
    """Drop the zeros that pad numbers.

    >>> unpadded("case_00012")
    'case_12'
    """
    return _PADDING.sub("", case)


def _pairs(
    overlap: Overlap, here: Mapping[str, object], there: Mapping[str, object]
) -> Iterator[tuple[str, str]]:
    """Yield unpadded case ids that are the same, as seen from either side."""
    if isinstance(overlap.cases, Patterns):
        left, right = overlap.cases.a, overlap.cases.b
        yield from _matches(left, right, here)
        yield from ((case, other) for other, case in _matches(right, left, there))
    else:
        yield from ((unpadded(a), unpadded(b)) for a, b in overlap.cases or ())


def _matches(pattern: str, other: str, cases: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    wanted = re.compile(
        "".join(
            f"(?P<{part}>\\d+)" if index % 2 else re.escape(part)
            for index, part in enumerate(_WORD.split(unpadded(pattern)))
        )
    )
    for case in cases:
        if found := wanted.fullmatch(case):
            numbers = found.groupdict()
            yield case, unpadded(unpadded(other).format_map(numbers))


def _by_number(dataset: str, cases: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for case in cases.get(dataset, ()):
        found.setdefault(unpadded(case), []).append(_ref(dataset, case))
    return found


def _ref(dataset: str, case: str) -> str:
    return f"{dataset}/{case}"


def _cases(value: Any, where: str) -> Patterns | tuple[tuple[str, str], ...] | None:
    if value is None:
        return None
    if isinstance(value, str):
        return _patterns(value, where)
    if not isinstance(value, list) or not value:
        raise DeclarationError(
            f"{where}: cases is a pattern, a list of [a, b], or left out; it is {value!r}",
            hint='as in: cases: "volume-{n} = liver_{n}"',
        )
    for pair in value:
        if not (isinstance(pair, list) and len(pair) == 2):  # noqa: PLR2004 - a pair
            raise DeclarationError(f"{where}: cases: {pair!r} is not a pair [a, b]")
    return tuple((str(a), str(b)) for a, b in value)


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


def evidence_of(value: Any, where: str) -> tuple[Mapping[str, str], ...]:
    """Read who said it, where and when; raises `DeclarationError` when nobody did."""
    if not isinstance(value, list) or not value:
        raise DeclarationError(
            f"{where}: evidence is missing", hint="evidence: [{source: ..., date: ..., says: ...}]"
        )
    for item in value:
        if not isinstance(item, dict) or not {"source", "says"} <= set(item):
            raise DeclarationError(f"{where}: evidence: {item!r} lacks source or says")
    return tuple({str(k): _line(v) for k, v in item.items()} for item in value)


def _line(value: object) -> str:
    """Return *value* as one line that can stand in a reason, whose parts bars separate."""
    return " ".join(str(value).replace("|", "/").split())


def _text(values: Mapping[str, Any], key: str, where: str) -> str:
    value = values.get(key)
    if not isinstance(value, str):
        raise DeclarationError(f"{where}: {key} names a dataset; it is {value!r}")
    return value


def _choice(values: Mapping[str, Any], key: str, allowed: Sequence[str], where: str) -> str:
    value = values.get(key)
    if value not in allowed:
        raise DeclarationError(f"{where}: {key} is {value!r}", hint=_hint(key, allowed))
    return str(value)


def _hint(what: str, allowed: Sequence[str]) -> str:
    return f"{what}: {', '.join(allowed)}"
