"""Read who trains and who tests from what people have: text, nnU-Net's and MONAI's JSON."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from medreg.errors import Misuse, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_PARTS = {  # what other programs call the two sides
    "train": ("train", "training", "labeled", "train_image", "tr"),
    "test": ("val", "valid", "validation", "test", "testing", "ts"),
}
_IMAGE = ("image", "img", "ct", "data", "id", "case", "name", "path", "file")
_HEADERS = (  # what a header calls the column that names cases, the most telling one first
    *("imagepath", "image", "img", "filepath", "path", "filename", "file"),
    *("caseid", "case", "patientid", "id", "name"),
)


@dataclass(frozen=True, slots=True)
class Side:
    """One side: its *name*, the *entries* of a list, and datasets that are in it as a *whole*."""

    name: str
    entries: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()


def read_list(file: Path, *, part: str = "", fold: int = 0) -> Side:
    """Read the list in *file*; *part* (train, test) and *fold* choose within a JSON of splits.

    Text has an entry per line, its first column where tabs, commas or semicolons divide it, or
    the column that a header calls image, path, file, case or id; ``#`` begins a comment. Raises
    `NotFound`, and `Misuse` for what is no list.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise NotFound(f"there is no list {file}") from None
    except UnicodeDecodeError as error:
        raise Misuse(f"{file} is not UTF-8 text ({error.reason})") from None
    if file.suffix.lower() == ".json" or text.lstrip()[:1] in ("{", "["):
        try:
            value = json.loads(text)
        except ValueError as error:
            raise Misuse(f"{file} is not JSON: {error}") from None
        entries = tuple(_of_json(value, file, part, fold))
    else:
        entries = tuple(_of_text(text))
    if not entries:
        raise Misuse(f"{file} lists no case", hint="a path or an id per line, or JSON of splits")
    return Side(str(file), entries)


def folds(file: Path) -> int:
    """Return how many folds the splits in *file* have; 0 for any other list."""
    try:
        value = json.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        return 0
    return len(value) if _is_splits(value) else 0


def _of_text(text: str) -> Iterator[str]:
    column, begun = 0, False
    for line in text.splitlines():
        cells = [cell.strip().strip('"') for cell in re.split(r"[\t,;]", line.partition("#")[0])]
        if not any(cells):
            continue
        called = [re.sub(r"[\W_]+", "", cell.lower()) for cell in cells]
        if not begun and (found := [word for word in _HEADERS if word in called]):
            column = called.index(found[0])
        elif len(cells) > column and cells[column]:
            yield cells[column]
        begun = True


def _of_json(value: Any, file: Path, part: str, fold: int) -> Iterator[str]:
    if _is_splits(value):
        if not 0 <= fold < len(value):
            raise Misuse(f"{file} has folds 0 to {len(value) - 1}, not {fold}")
        value = value[fold]
    if isinstance(value, dict):
        value = _part(value, file, part)
    if not isinstance(value, list):
        raise Misuse(f"{file} holds no list of cases")
    for item in value:
        yield _entry(item, file)


def _is_splits(value: Any) -> bool:
    """Tell whether it is nnU-Net's ``splits_final.json``: a list of folds."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(one, dict) and {"train", "val"} <= set(one) for one in value)
    )


def _part(value: dict[str, Any], file: Path, part: str) -> Any:
    lists = {name: items for name, items in value.items() if isinstance(items, list)}
    wanted = _PARTS.get(part, ())
    for name in wanted:
        if name in lists:
            return lists[name]
    if len(lists) == 1 or not part:
        return [item for name in sorted(lists) for item in lists[name]]
    raise Misuse(
        f"{file} has no part for {part}: {', '.join(sorted(value)) or 'it is empty'}",
        hint=f"known names: {', '.join(wanted)}",
    )


def _entry(item: Any, file: Path) -> str:
    if isinstance(item, dict):
        keys: Sequence[str] = [name for name in _IMAGE if name in item] or sorted(item)
        item = item[keys[0]] if keys else None
    if isinstance(item, list) and item:
        item = item[0]  # a case's channels: one of them names it
    if not isinstance(item, str | int) or isinstance(item, bool):
        raise Misuse(f"{file}: {item!r} names no case")
    return str(item)
