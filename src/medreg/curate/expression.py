"""Typed questions about one case: ``select: spacing.z <= 5 and "liver" in annotated``.

Python's grammar, and nothing of Python's power: columns of ``cases.csv``, numbers, texts and lists,
compared and joined by ``and``, ``or``, ``not``. It is read and typed once, before a case is asked.

======================== ======= =====================================================
``dataset``, ``case``    text    as in ``lits/volume-28``
``patient``              text    empty where unknown
``verdict``              text    pass, warn or fail
``unit``                 text    HU, label, SUV, ...
``low``, ``high``        number  smallest and largest value of the image
``shape.x`` (y, z)       number  voxels; RAS+ axes: z goes from feet to head
``spacing.x`` (y, z)     number  mm
``extent.x`` (y, z)      number  mm: shape times spacing
``voxels.LABEL``         number  how many voxels it has, in the case's own mask; 0 if none
``volume.LABEL``         number  the same in ml
``channels``             words   ct; or flair t1 t2
``annotated``            words   labels that were judged
``findings``             words   the checks that found something: geometry, body, ...
``classes``              words   what the case shows as a whole
``clinical.NAME``        either  a column of its clinical table; text is empty where unknown
======================== ======= =====================================================
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import pairwise
from math import nan, prod
from typing import TYPE_CHECKING, Any, Literal

from medreg.curate.clinical import NOTHING, Told
from medreg.errors import DeclarationError
from medreg.tables import findings, numbers

if TYPE_CHECKING:
    from medreg.tables import CaseRow

Kind = Literal["number", "text", "words", "truth"]
Value = float | str | frozenset[str] | bool
Asked = Callable[[str, "CaseRow"], Any]
Columns = Mapping[str, tuple[Kind, Callable[[str, Any], Any]]]

EXAMPLE = 'spacing.z <= 5 and "liver" in annotated'
MOST_NODES = 500  # of one expression: a person wrote it
_AXES = ("x", "y", "z")


def _counts(row: CaseRow) -> dict[str, float]:
    pairs = (pair.rpartition("=") for pair in row.voxels.split())
    return {label: float(count) for label, _, count in pairs}


_PLAIN: dict[str, tuple[Kind, Asked]] = {
    "dataset": ("text", lambda dataset, _: dataset),
    "case": ("text", lambda _, row: row.case),
    "patient": ("text", lambda _, row: row.patient),
    "verdict": ("text", lambda _, row: row.verdict),
    "unit": ("text", lambda _, row: row.unit),
    "low": ("number", lambda _, row: float(row.low or "nan")),
    "high": ("number", lambda _, row: float(row.high or "nan")),
    "channels": ("words", lambda _, row: frozenset(row.channels.split())),
    "annotated": ("words", lambda _, row: frozenset(row.annotated.split())),
    "findings": ("words", lambda _, row: frozenset(one[0] for one in findings(row.findings))),
    "classes": ("words", lambda _, row: frozenset(filter(None, row.classes.split("|")))),
}
_BY_AXIS: dict[str, Callable[[CaseRow], Sequence[float]]] = {
    "shape": lambda row: numbers(row.shape),
    "spacing": lambda row: numbers(row.spacing),
    "extent": lambda row: [
        n * mm for n, mm in zip(numbers(row.shape), numbers(row.spacing), strict=True)
    ],
}
_BY_LABEL = ("voxels", "volume")
_CLINICAL = "clinical"
_COMPARE: dict[type[ast.cmpop], tuple[str, Callable[[Any, Any], bool]]] = {
    ast.Lt: ("<", operator.lt),
    ast.LtE: ("<=", operator.le),
    ast.Gt: (">", operator.gt),
    ast.GtE: (">=", operator.ge),
    ast.Eq: ("==", operator.eq),
    ast.NotEq: ("!=", operator.ne),
    ast.In: ("in", lambda item, many: item in many),
    ast.NotIn: ("not in", lambda item, many: item not in many),
}


@dataclass(frozen=True, slots=True)
class Question:
    """An expression that was read and typed: *text* as a person wrote it."""

    text: str
    answer: Callable[[str, CaseRow], bool]

    def __call__(self, dataset: str, row: CaseRow) -> bool:
        """Tell whether the case *row* of *dataset* is wanted."""
        return self.answer(dataset, row)


@dataclass(frozen=True, slots=True)
class _Typed:
    kind: Kind
    of: Asked


def parse(
    text: str, labels: Collection[str], columns: Columns | None = None, told: Told = NOTHING
) -> Question:
    """Read *text*; *labels* are the names that ``voxels`` and ``volume`` may be asked of.

    *columns* are asked instead of those of ``cases.csv``, by name: of another kind of row. *told*
    are the clinical values that may be asked for.
    Raises `DeclarationError` that names the wrong part, with a remedy.
    """
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        said = error.msg if isinstance(error, SyntaxError) else "it cannot be read"
        raise DeclarationError(
            f"{text!r} is no expression: {said}",
            hint='as in: spacing.z <= 5 and "liver" in annotated',
        ) from None
    if sum(1 for _ in ast.walk(tree)) > MOST_NODES:
        raise DeclarationError(
            f"the expression has more than {MOST_NODES} parts", hint="shorten it"
        )
    read = _Reader(text, frozenset(labels), columns or _PLAIN, told).truth(tree.body)
    return Question(text, read.of)


def column(
    text: str, labels: Collection[str], told: Told = NOTHING
) -> Callable[[str, CaseRow], float | str]:
    """Read *text* as what has a value for each case: a column, or a question (yes or no).

    Words are joined, sorted. Raises `DeclarationError` as `parse` does.
    """
    try:
        body = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        body = None
    if not isinstance(body, ast.Name | ast.Attribute):
        question = parse(text, labels, told=told)
        return lambda dataset, row: "yes" if question(dataset, row) else "no"
    typed = _Reader(text, frozenset(labels), told=told)._value(body)  # noqa: SLF001 - of this module
    if typed.kind == "words":
        return lambda dataset, row: " ".join(sorted(typed.of(dataset, row)))
    of: Callable[[str, CaseRow], float | str] = typed.of
    return of


@dataclass(frozen=True, slots=True)
class _Reader:
    text: str
    labels: frozenset[str]
    plain: Columns = field(default_factory=lambda: _PLAIN)
    told: Told = NOTHING

    @property
    def _known(self) -> list[str]:
        clinical = (_CLINICAL,) if self.told.kinds else ()
        return [
            *self.plain,
            *((*_BY_AXIS, *_BY_LABEL, *clinical) if self.plain is _PLAIN else ()),
        ]

    def truth(self, node: ast.expr) -> _Typed:
        """Read something that is true or false."""
        match node:
            case ast.BoolOp(op=op, values=values):
                parts = [self.truth(value).of for value in values]
                join = all if isinstance(op, ast.And) else any
                return _Typed("truth", lambda name, row: join(part(name, row) for part in parts))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                denied = self.truth(operand).of
                return _Typed("truth", lambda name, row: not denied(name, row))
            case ast.Compare():
                return self._compared(node)
        raise self._wrong(node, "is neither true nor false", "compare it, as in: spacing.z <= 5")

    def _compared(self, node: ast.Compare) -> _Typed:
        sides = [self._value(side) for side in (node.left, *node.comparators)]
        tests = []
        pairs = pairwise(sides)
        for op, (one, other), where in zip(node.ops, pairs, node.comparators, strict=True):
            if type(op) not in _COMPARE:
                raise self._wrong(where, "is compared in a way that is not known", "use < <= == in")
            sign, test = _COMPARE[type(op)]
            self._fits(sign, one, other, node)
            tests.append((one.of, other.of, test))
        return _Typed(
            "truth",
            lambda name, row: all(test(a(name, row), b(name, row)) for a, b, test in tests),
        )

    def _fits(self, sign: str, one: _Typed, other: _Typed, node: ast.expr) -> None:
        if sign in ("in", "not in"):
            if (one.kind, other.kind) != ("text", "words"):
                raise self._wrong(
                    node, f"asks for {_a(one)} in {_a(other)}", '"liver" in annotated'
                )
        elif one.kind != other.kind:
            raise self._wrong(
                node, f"compares {_a(one)} with {_a(other)}", "compare like with like"
            )
        elif sign not in ("==", "!=") and one.kind != "number":
            raise self._wrong(node, f"orders {_a(one)}", "only numbers are smaller or larger")

    def _value(self, node: ast.expr) -> _Typed:
        match node:
            case ast.Constant(value=bool()):
                pass
            case ast.Constant(value=int() | float() as number):
                return _constant("number", float(number))
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
                return _constant("number", -float(number))
            case ast.Constant(value=str() as word):
                return _constant("text", word)
            case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
                words = [part.value for part in parts if isinstance(part, ast.Constant)]
                if len(words) == len(parts) and all(isinstance(word, str) for word in words):
                    return _constant("words", frozenset(map(str, words)))
            case ast.Name(id=name) if name in self.plain:
                return _Typed(*self.plain[name])
            case ast.Name(id=name):
                raise self._unknown(node, name, self._known)
            case ast.Attribute(value=ast.Name(id=name), attr=part):
                return self._part(node, name, part)
        what = "is no column, number, text or list of texts"
        raise self._wrong(node, what, f"columns: {', '.join(self._known)}")

    def _part(self, node: ast.expr, name: str, part: str) -> _Typed:
        if name not in self._known:
            raise self._unknown(node, name, self._known)
        if name in _BY_AXIS:
            if part not in _AXES:
                raise self._unknown(node, part, _AXES)
            place, measured = _AXES.index(part), _BY_AXIS[name]
            return _Typed("number", lambda _, row: [*measured(row), nan, nan, nan][place])
        if name == _CLINICAL:
            if part not in self.told.kinds:
                raise self._unknown(node, part, self.told.kinds)
            said = self.told.of
            return _Typed(self.told.kinds[part], lambda name, row: said(name, row.case, part))
        if name in _BY_LABEL:
            if part not in self.labels:
                raise self._unknown(node, part, self.labels)
            if name == "voxels":
                return _Typed("number", lambda _, row: _counts(row).get(part, 0.0))
            return _Typed("number", lambda _, row: _volume(row, part))
        raise self._unknown(node, name, [*_BY_AXIS, *_BY_LABEL])

    def _unknown(self, node: ast.expr, word: str, known: Collection[str]) -> DeclarationError:
        near = get_close_matches(word, sorted(known), n=1, cutoff=0.5)
        some = ", ".join(sorted(known)[:12])
        return self._wrong(
            node, f"{word!r} is not known", f"did you mean {near[0]}?" if near else f"known: {some}"
        )

    def _wrong(self, node: ast.expr, what: str, hint: str) -> DeclarationError:
        part = ast.get_source_segment(self.text.strip(), node) or ast.unparse(node)
        return DeclarationError(f"{part}: {what}", hint=hint)


def _a(one: _Typed) -> str:
    return "words" if one.kind == "words" else f"a {one.kind}"


def _constant(kind: Kind, value: Value) -> _Typed:
    return _Typed(kind, lambda _, __: value)


def _volume(row: CaseRow, label: str) -> float:
    """Return the volume of *label* in ml."""
    return _counts(row).get(label, 0.0) * prod(numbers(row.spacing)) / 1000
