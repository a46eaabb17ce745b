"""`medreg preview` and `medreg report`: what a person looks at."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from medreg import api
from medreg.cli.progress import progress
from medreg.cli.table import emit, say
from medreg.errors import Misuse

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from PIL.Image import Image

UPPER_HALF = "\N{UPPER HALF BLOCK}"
NARROW, BROAD = 20, 160  # columns of a picture in a terminal


def preview(args: Namespace) -> int:
    """Draw a case with its mask, or a contact sheet of a dataset or set, worst findings first."""
    lab = api.open_lab(args.registry)
    target = args.to or Path(f"{args.name.replace('/', '__')}.png")
    if args.n < 1:
        raise Misuse(f"{args.n} cases are no sheet", hint=f"medreg preview {args.name} -n 24")
    if "/" in args.name:
        cases: Sequence[str] = [args.name]
        picture = api.preview(lab, args.name, target)
    else:
        with progress(quiet=args.json) as bars:
            cases, picture = api.worst(lab, args.name, args.n, target, bars)
    emit({"preview": str(target), "cases": list(cases)}, str(target), as_json=args.json)
    if not args.json and (args.terminal or sys.stdout.isatty()):
        show(picture, forced=args.terminal)
    return 0


def show(picture: Image, *, forced: bool = False) -> None:
    """Print *picture* as wide as the terminal: two pixels in each character, one above another.

    *forced* colors it where stdout is no terminal, too.
    """
    import numpy as np
    from rich.color import Color
    from rich.console import Console
    from rich.segment import Segment, Segments
    from rich.style import Style

    console = Console(force_terminal=forced or None, highlight=False)
    columns = max(NARROW, min(BROAD, console.width - 1))
    rows = max(1, round(picture.height * columns / picture.width / 2))
    pixels = np.asarray(picture.convert("RGB").resize((columns, 2 * rows))).tolist()
    segments = []
    for upper, lower in zip(pixels[::2], pixels[1::2], strict=True):
        for pair in zip(upper, lower, strict=True):
            above, below = (Color.from_rgb(*pixel) for pixel in pair)
            segments.append(Segment(UPPER_HALF, Style(color=above, bgcolor=below)))
        segments.append(Segment.line())
    console.print(Segments(segments), end="", soft_wrap=True)


def report(args: Namespace) -> int:
    """Write all about a set as one HTML page."""
    from medreg.files.atomic import write_bytes

    lab = api.open_lab(args.registry)
    target = args.out or Path(f"{args.set}.html")
    with progress(quiet=args.json) as bars:
        text = api.report(lab, args.set, bars)
    write_bytes(target, text.encode())
    emit({"report": str(target), "bytes": len(text.encode())}, str(target), as_json=args.json)
    if not args.json:
        say("\nopen it in any browser; it needs no network, and prints")
    return 0
