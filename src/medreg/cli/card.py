"""Lay out a card for people: a key, then its values, wrapped."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from medreg.cli.table import size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

WIDTH = 100  # columns, the key's included


def card(content: Mapping[str, Any]) -> str:
    """Return the card of a dataset or set as text."""
    return columns({key: list(_lines(key, value)) for key, value in content.items()})


def columns(content: Mapping[str, str | Sequence[str]]) -> str:
    """Lay out keys and their lines; a line that is too long goes on below itself.

    >>> print(columns({"name": "lits", "labels": ["1 liver", "2 liver_tumor"]}))
    name    lits
    labels  1 liver
            2 liver_tumor
    """
    indent = max(len(key) for key in content) + 2
    printed = []
    for key, value in content.items():
        lines = [value] if isinstance(value, str) else list(value)
        wrapped = [part for line in lines for part in _wrapped(line, WIDTH - indent)]
        for number, line in enumerate(wrapped or ["-"]):
            printed.append(f"{key if number == 0 else '':<{indent}}{line}".rstrip())
    return "\n".join(printed)


def _wrapped(line: str, width: int) -> list[str]:
    return textwrap.wrap(
        line, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    ) or [""]


def _lines(key: str, value: Any) -> Iterator[str]:
    if value is not None and value != "":
        yield from OWN_WAY.get(key, _plain)(value)


def _plain(value: Any) -> Iterator[str]:
    match value:
        case bool():
            yield "yes" if value else "no"
        case int():
            yield f"{value:,}"
        case list():
            yield from value
        case dict():
            yield ", ".join(f"{name} ({what})" for name, what in value.items())
        case _:
            yield from str(value).splitlines()


def _labels(labels: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield from (f"{one['value']} {one['label']}" for one in labels)


def _claims(claims: Sequence[Mapping[str, str]]) -> Iterator[str]:
    for claim in claims:
        date = f" ({claim['date']})" if claim["date"] else ""
        yield f"{claim['license']}  {claim['rank']}: {claim['source']}{date}"


def _terms(terms: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    answers = " · ".join(f"{use} {one['answer']}" for use, one in terms.items())
    yield f"{answers}   (medreg terms tells why)"


def _about(text: str) -> Iterator[str]:
    for paragraph in text.split("\n\n"):
        yield from textwrap.wrap(" ".join(paragraph.split()), WIDTH - 14)


def _plugin(plugin: Mapping[str, str]) -> Iterator[str]:
    yield f"{plugin['file']} ({plugin['home']})"


def _measured(found: Mapping[str, Any]) -> Iterator[str]:
    patients = found["patients"]
    whose = f"{patients} patients" if patients else "patients unknown"
    verdicts = found["verdicts"]
    yield (
        f"{found['cases']} cases, {whose}, {found['refused']} refused; "
        f"{verdicts['pass']} pass, {verdicts['warn']} warn, {verdicts['fail']} fail"
    )
    yield f"{found['files']} files, {size(found['bytes'])}, manifest {found['manifest'][:15]}"
    for name, unit in (("shape", "voxels"), ("spacing", "mm")):
        if found[name]:
            yield f"{name}  {' x '.join(_range(axis) for axis in found[name])} {unit}"
    for label, counts in found["labels"].items():
        yield (
            f"{label}  shown in {counts['shown']} of {counts['annotated']} annotated cases, "
            f"{counts['voxels']:,} voxels"
        )


def _range(axis: Mapping[str, float]) -> str:
    low, middle, high = (f"{axis[key]:.4g}" for key in ("min", "median", "max"))
    return middle if low == high else f"{middle} ({low} to {high})"


OWN_WAY: Mapping[str, Callable[[Any], Iterator[str]]] = {
    "about": _about,
    "labels": _labels,
    "licenses": _claims,
    "terms": _terms,
    "plugin": _plugin,
    "measured": _measured,
}
