"""What a recipe tells an exporter: ``export: [nnunet, {slices: {bits: 16}}]``."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from medreg.errors import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medreg.model import Exporter


def configured(exporter: Exporter, options: Mapping[str, object]) -> Exporter:
    """Return *exporter* with *options*: the fields of its dataclass.

    Raises `DeclarationError` for an option that it does not have, and for a wrong value.
    """
    if not options:
        return exporter
    known = [field.name for field in fields(exporter)] if is_dataclass(exporter) else list[str]()
    for name in options:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            listed = f"its options: {', '.join(known) or 'none'}"
            raise DeclarationError(
                f"export: {exporter.name} has no option {name!r}",
                hint=f"did you mean {near[0]}?" if near else listed,
            )
    try:
        made: Exporter = TypeAdapter(type(exporter)).validate_python(dict(options))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(word) for word in first["loc"])
        raise DeclarationError(
            f"export: {exporter.name}: {where}: {first['msg']}; it is {first['input']!r}"
        ) from None
    return made
