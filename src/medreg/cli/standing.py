"""`medreg status` for people: a line per dataset and set, on a terminal of any width."""

from __future__ import annotations

import shutil
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from medreg.cli.table import size
from medreg.versions.standing import STEPS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.text import Text

    from medreg.versions.standing import Lies, Standing

WIDE = 10_000  # where nobody watches: a line per row, for grep
MARKS = {"done": ("●", "green"), "part": ("◐", "yellow"), "behind": ("◑", "yellow")}
NO = ("○", "dim")
NOT_OF_SETS = ("·", "dim")
NOT_ASKED = "?"
NARROW = 76  # below, bytes stand under the name


def data(found: Iterable[Standing]) -> list[dict[str, Any]]:
    """Return every row as plain values."""
    return [asdict(one) for one in found]


def text(found: Sequence[Standing]) -> str:
    """Return what is printed, as wide as the terminal; in color on one that is watched."""
    from rich.console import Console

    if not found:
        return "nothing is tracked yet   medreg track NAME"
    width = _width()
    console = Console(width=width, color_system="auto" if sys.stdout.isatty() else None)
    with console.capture() as captured:
        for one in _narrow(found) if width < NARROW else _wide(found):
            console.print(one)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


def legend(found: Sequence[Standing]) -> str:
    """Say what the marks mean, and what all adds up to."""
    kinds = {kind: sum(one.kind == kind for one in found) for kind in ("dataset", "set")}
    counted = ", ".join(f"{n:,} {k}{'' if n == 1 else 's'}" for k, n in kinds.items() if n)
    lines = [
        "",
        f"{counted}, {size(sum(one.bytes for one in found))} in all",
        " → ".join(STEPS),
        "● done  ◐ in part  ◑ behind what changed  ○ not yet",
    ]
    if any(lies.held is None for one in found for lies in one.tiers.values()):
        lines.append("? was never audited as it is now    medreg status --remote asks")
    from rich.text import Text

    gaps = ("", ", ", " → ", "  ", "  ")
    filled = (
        _filled(map(Text, line.split(gap) if gap else [line]), gap, _width())
        for line, gap in zip(lines, gaps, strict=False)
    )
    return "\n".join(line.plain for lines in filled for line in lines)


def _width() -> int:
    return shutil.get_terminal_size((100 if sys.stdout.isatty() else WIDE, 24)).columns


def _wide(found: Sequence[Standing]) -> Iterator[Any]:
    from rich.table import Table
    from rich.text import Text

    tiers = [*found[0].tiers]
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    table.add_column("name", overflow="fold")
    table.add_column("steps", no_wrap=True)
    table.add_column("", overflow="fold", ratio=1)
    for name in ("cases", "here", *tiers):
        table.add_column(name, justify="right", no_wrap=True)
    for kind in ("dataset", "set"):
        for one in found:
            if one.kind == kind:
                held = [_lies(one.tiers[tier]) for tier in tiers]
                here = _bytes(one.here, one.bytes)
                told = Text(", ").join(_told(one))
                table.add_row(_name(one), _marks(one), told, _cases(one), here, *held)
    yield table


def _narrow(found: Sequence[Standing]) -> Iterator[Any]:
    from rich.padding import Padding
    from rich.text import Text

    indent = len(STEPS) + 1
    room = _width() - indent
    for one in found:
        first, *notes = _told(one)
        head = Text.assemble((one.name, "bold"), "  ", first)
        held = {"here": _bytes(one.here, one.bytes)}
        held |= {tier: _lies(lies) for tier, lies in one.tiers.items()}
        cases = [f"{_cases(one)} cases"] if one.cases is not None else []
        below = [f"{place} {told}" for place, told in held.items() if told.plain != "-"]
        dim = (Text(part, style="dim") for part in (*cases, *below))
        line, *lines = [*_filled([head, *notes], ", ", room), *_filled(dim, " · ", room)]
        yield Text.assemble(_marks(one), " ", line)
        yield from (Padding(line, (0, 0, 0, indent)) for line in lines)


def _filled(parts: Iterable[Text], gap: str, width: int) -> Iterator[Text]:
    """Yield lines of as many whole *parts* as fit, so that a number stays beside its unit."""
    from rich.text import Text

    line = Text()
    for part in parts:
        if line and line.cell_len + len(gap) + part.cell_len + len(gap.rstrip()) > width:
            yield Text.assemble(line, gap.rstrip())
            line = part
        else:
            line = Text.assemble(line, gap if line else "", part)
    yield line


def _name(one: Standing) -> Text:
    from rich.text import Text

    return Text(one.name, style="bold")


def _marks(one: Standing) -> Text:
    """Draw the steps; a set has no mark for those of datasets."""
    from rich.text import Text

    marks = [MARKS.get(one.steps[s], NO) if s in one.steps else NOT_OF_SETS for s in STEPS]
    return Text.assemble(*marks)


def _told(one: Standing) -> list[Text]:
    from rich.text import Text

    refused = [f"{one.refused:,} refused"] if one.refused else []
    color = "green" if one.state.startswith("released") else ""
    return [Text(one.state, color), *(Text(note, "dim") for note in (*refused, *one.notes))]


def _cases(one: Standing) -> str:
    if one.cases is None:
        return "-"
    of = one.published
    return f"{one.cases:,}" if of in {None, one.cases} else f"{one.cases:,} of {of:,}"


def _lies(lies: Lies) -> Text:
    from rich.text import Text

    if not lies.of:
        return Text("-", style="dim")
    if lies.held is None:
        return Text(NOT_ASKED, style="yellow")
    return _bytes(lies.held, lies.of)


def _bytes(held: int, of: int) -> Text:
    """Write what is held; in yellow, and with the whole, where that is more."""
    from rich.text import Text

    if not of:
        return Text("-", style="dim")
    if not held:
        return Text("none", style="dim")
    return Text(size(held)) if held == of else Text(f"{size(held)} of {size(of)}", style="yellow")
