"""Write a plugin from what is known; what is not known says `BLANK`, which the audit finds."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from typing import TYPE_CHECKING, Any

from medreg.errors import Misuse
from medreg.model import CT, Modality
from medreg.plugins.blanks import BLANK

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

WIDTH = 100
FLAT = -1_000_000  # an indent at which every value has room on one line
FIRST = ("value", "path", "task", "urls")  # a claim's, folder's, task's and site's own words
SHORT = {"CT": "CT", "MR": "MR", "PT": "PT"}  # modalities that have a name of their own
LABEL = f"{BLANK}: a name in registry/vocabulary.csv"


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A plugin that is about to be written: *values* are the fields of its `Dataset`.

    *comments* stand behind a field; *listing* are paths of cases, *notes* what a person should
    know before it is written. *labels* that are not known say `BLANK`.
    """

    name: str
    doc: str
    values: Mapping[str, object]
    comments: Mapping[str, str] = field(default_factory=dict)
    listing: Sequence[str] = ()
    listed_from: str = ""
    notes: Sequence[str] = ()


def unknown(name: str, what: str) -> dict[str, object]:
    """Return the fields that every dataset has, as far as nobody knows them."""
    return {
        "name": name,
        "title": name.replace("_", " "),
        "homepage": "",
        "licenses": (),
        "cite": (),
        "modality": CT,
        "source": f"{BLANK}: {what}",
    }


def source(draft: Draft) -> str:
    """Return the text of the plugin's file."""
    used = {"Dataset", "hookimpl", *_names(list(draft.values.values()))}
    lines = [
        f'"""{_doc(draft.doc)}"""',
        "",
        "from collections.abc import Iterator",
        "",
        _import(sorted(used, key=lambda name: (not name.isupper(), name))),
        "",
        f"{draft.name.upper()} = Dataset(",
    ]
    for name, value in draft.values.items():
        note = f"  # {draft.comments[name]}" if name in draft.comments else ""
        lines.append(f"    {name}={_text(value, 4, len(name) + 2)},{note}")
    lines += [
        ")",
        "",
        "",
        "@hookimpl",
        "def medreg_datasets() -> Iterator[Dataset]:",
        '    """Yield the dataset."""',
        f"    yield {draft.name.upper()}",
        "",
    ]
    return "\n".join(lines)


def files(draft: Draft) -> dict[str, str]:
    """Return the files of the plugin by path from the registry's root."""
    made = {f"plugins/{draft.name}.py": source(draft)}
    if draft.listing:
        paths = "".join(f"{path}\n" for path in draft.listing)
        made[f"tests/listings/{draft.name}.txt"] = f"# source: {draft.listed_from}\n{paths}"
    return made


def check_name(name: str) -> str:
    """Return *name*; raises `Misuse` unless it is snake_case."""
    if not name.isidentifier() or name != name.lower() or name.startswith("_"):
        raise Misuse(
            f"a plugin is named in snake_case, not {name!r}", hint="medreg add-plugin my_ct"
        )
    return name


def snake(text: str) -> str:
    """Return *text* as a name for a dataset or a channel.

    >>> snake("MSD: Task03 (Liver)"), snake("4D-Lung")
    ('msd_task03_liver', 'd_4d_lung')
    """
    words = "".join(c if c.isascii() and c.isalnum() else " " for c in text).lower().split()
    name = "_".join(words) or "mine"
    return f"d_{name}" if name[0].isdigit() else name


def _doc(text: str) -> str:
    """Wrap *text* for a docstring: the first sentence is its summary."""
    clean = " ".join(text.replace("\\", "/").replace('"""', "'''").split()).rstrip('"')
    first, dot, rest = clean.partition(". ")
    summary = textwrap.fill(first + dot.strip(), WIDTH - 3)
    return f"{summary}\n\n{textwrap.fill(rest, WIDTH)}\n" if rest else summary


def _import(names: Sequence[str]) -> str:
    line = f"from medreg import {', '.join(names)}"
    if len(line) <= WIDTH:
        return line
    return "from medreg import (\n" + "".join(f"    {name},\n" for name in names) + ")"


def _names(value: object) -> Iterator[str]:
    """Yield what must be imported to write *value*."""
    if isinstance(value, Modality):
        yield SHORT.get(value.value, "Modality")
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _names(item)
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _names(item)
    elif is_dataclass(value) and not isinstance(value, type):
        yield type(value).__name__
        for _, item in _arguments(value):
            yield from _names(item)


def _arguments(value: Any) -> list[tuple[str, object]]:
    """Return the fields of a dataclass that differ from their defaults."""
    return [
        (f.name, getattr(value, f.name))
        for f in fields(value)
        if f.init
        and not (f.default is not MISSING and getattr(value, f.name) == f.default)
        and not (f.default_factory is not MISSING and getattr(value, f.name) == f.default_factory())
    ]


def _text(value: object, indent: int, taken: int = 0) -> str:
    """Write *value* as Python, over several lines where one is too long."""
    split = _split(value)
    if split is None:
        return _scalar(value)
    opens, items, closes = split
    flat = ", ".join(before + _text(item, FLAT) for before, item in items)
    comma = "," if isinstance(value, tuple) and len(items) == 1 else ""
    line = f"{opens}{flat}{comma}{closes}"
    if indent + taken + len(line) < WIDTH:
        return line
    pad = " " * (indent + 4)
    inner = (f"{pad}{b}{_text(item, indent + 4, len(b) + 1)},\n" for b, item in items)
    return f"{opens}\n{''.join(inner)}{' ' * indent}{closes}"


def _split(value: object) -> tuple[str, list[tuple[str, object]], str] | None:
    """Return the brackets of *value* and its items, with what stands before each, or None."""
    if isinstance(value, Mapping):
        return "{", [(f"{_scalar(key)}: ", item) for key, item in value.items()], "}"
    if isinstance(value, tuple | list):
        return "(", [("", item) for item in value], ")"
    if is_dataclass(value) and not isinstance(value, type):
        items = [("" if name in FIRST else f"{name}=", item) for name, item in _arguments(value)]
        return f"{type(value).__name__}(", items, ")"
    return None


def _scalar(value: object) -> str:
    """Write a modality by its name, a string in double quotes, any other value as Python does."""
    if isinstance(value, Modality):
        return SHORT.get(value.value, f"Modality.{value.name}")
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)
