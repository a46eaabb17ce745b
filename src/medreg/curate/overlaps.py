"""Declared overlaps: text of ``registry/overlaps/*.yaml`` in, edges between cases out.

    a: lits
    b: msd_liver
    relation: same scans          # of all: same scans | same patients | contains (a holds all of b)
                                  # of some: shared scans | shared patients (also within one: a = b)
    cases: volume-{n} = liver_{n} # see `casemaps`; left out where nobody published a map
    complete: false               # cases tells some, not all (true where it is left out)
    count: 131                    # scans (or patients) that both have, where it was published
    transform: [spacing reset]    # what was done to the copies in b
    confidence: suspected         # proved | suspected
    evidence: [{source: ..., date: ..., says: ...}]

*a* or *b* may be a dataset that no plugin declares.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

from medreg.curate.casemaps import CaseMap, pairs, read_cases, unpadded
from medreg.curate.group import Edge
from medreg.errors import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Relation = Literal["same scans", "same patients", "contains", "shared scans", "shared patients"]
Confidence = Literal["proved", "suspected"]
Transform = Literal["spacing reset", "crop", "rename", "relabel", "resample", "slices"]

_OUTLINE = re.compile(r"^(a|b|relation|count|confidence): *(\w[\w ]*?) *$", re.MULTILINE)
_KEYS = ("a", "b", "relation", "cases", "complete", "count", "transform", "confidence", "evidence")


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """What is known of two datasets that show the same scans or patients.

    *cases* are patterns, or pairs of case ids, or None when nobody published a map; *complete*
    tells whether these are all. *count* is how many scans (or patients) both have, None when nobody
    says. *where* is the file that says it.
    """

    a: str
    b: str
    relation: Relation
    cases: CaseMap | None
    complete: bool = True
    count: int | None = None
    transform: tuple[Transform, ...] = ()
    confidence: Confidence
    evidence: tuple[Mapping[str, str], ...]
    where: str

    @property
    def of_all(self) -> bool:
        """Tell whether all scans (or patients) of one are in the other."""
        return self.relation in ("same scans", "same patients", "contains")

    @property
    def same_scan(self) -> bool:
        """Tell whether its cases are the same scans, and not only the same patients."""
        return self.relation not in ("same patients", "shared patients")

    @property
    def mapped(self) -> bool:
        """Tell whether it is known of every case which one of the other dataset it is."""
        return self.cases is not None and self.complete

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
    cases, count, complete = (values.get(key) for key in ("cases", "count", "complete"))
    if count is not None and (not isinstance(count, int) or isinstance(count, bool) or count < 1):
        raise DeclarationError(f"{where}: count is a number of scans, not {count!r}")
    if complete not in (None, True, False) or (complete is not None and cases is None):
        raise DeclarationError(f"{where}: complete is true or false, of the cases that are listed")
    found = Overlap(
        a=_text(values, "a", where),
        b=_text(values, "b", where),
        relation=cast("Relation", _choice(values, "relation", get_args(Relation), where)),
        cases=read_cases(cases, where),
        complete=complete is not False,
        count=count,
        transform=tuple(_transform(values.get("transform", []), where)),
        confidence=cast("Confidence", _choice(values, "confidence", get_args(Confidence), where)),
        evidence=evidence_of(values.get("evidence"), where),
        where=where,
    )
    told = found.count or isinstance(found.cases, tuple)
    if found.a == found.b and (found.relation == "contains" or not told):
        raise DeclarationError(
            f"{where}: {found.a} overlaps itself; say which cases do, or how many",
            hint="relation: shared scans, and cases: [[a, b]] or count: 7",
        )
    return found


def outlines(texts: Mapping[str, str]) -> list[Overlap]:
    """Read which datasets share how much, without cases and evidence: a hundred times as fast."""
    found = []
    for where, text in texts.items():
        said = dict(_OUTLINE.findall(text))
        if said.keys() >= {"a", "b", "relation", "confidence"}:
            count = said.pop("count", None)
            plain: dict[str, Any] = {**said, "count": count and int(count)}
            found.append(Overlap(**plain, cases=None, evidence=(), where=where))
        else:  # written otherwise than one key a line
            found.append(parse(text, where))
    return found


def parse_all(texts: Mapping[str, str]) -> list[Overlap]:
    """Read overlap files by name; raises `DeclarationError` for datasets that contain each other.

    The error names every file of the cycle, with the line of its relation.
    """
    found = [parse(text, where) for where, text in texts.items()]
    inside: dict[str, dict[str, str]] = {}
    for one in found:
        if one.relation == "contains":
            inside.setdefault(one.a, {})[one.b] = f"{one.where}{_at(texts[one.where])}"
    done: set[str] = set()
    for name in sorted(inside):
        _descend(name, inside, (), done)
    return found


def _at(text: str) -> str:
    lines = enumerate(text.splitlines(), 1)
    return next((f", line {n}" for n, line in lines if line.startswith("relation:")), "")


def _descend(
    name: str, inside: Mapping[str, Mapping[str, str]], above: tuple[str, ...], done: set[str]
) -> None:
    if name in above:
        cycle = (*above[above.index(name) :], name)
        files = [inside[whole][part] for whole, part in pairwise(cycle)]
        raise DeclarationError(
            f"{', '.join(files)}: a dataset contains itself: {' contains '.join(cycle)}",
            hint="correct one of these files; shared scans is for datasets that hold some of each",
        )
    if name not in done:
        for part in sorted(inside.get(name, ())):
            _descend(part, inside, (*above, name), done)
        done.add(name)


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
    suspected = overlap.confidence == "suspected"
    for a, b in dict.fromkeys(pairs(overlap.cases, here, there)):
        for left in here.get(a, (_ref(overlap.a, a),)):
            for right in there.get(b, (_ref(overlap.b, b),)):
                if left != right:
                    yield Edge(left, right, overlap.says, overlap.same_scan, suspected)


def _by_number(dataset: str, cases: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for case in cases.get(dataset, ()):
        found.setdefault(unpadded(case), []).append(_ref(dataset, case))
    return found


def _ref(dataset: str, case: str) -> str:
    return f"{dataset}/{case}"


def _transform(value: Any, where: str) -> Iterator[Transform]:
    for one in value if isinstance(value, list) else [value]:
        if one not in get_args(Transform):
            raise DeclarationError(
                f"{where}: transform has {one!r}", hint=_hint("transform", get_args(Transform))
            )
        yield cast("Transform", one)


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
