"""The paper that a picture is shown on: its title, what is said of it, its legend and its ruler."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

    Color = tuple[int, int, int]
    Style = tuple[int, Color]
    Key = tuple[str, Color]  # words of a label, and its color

MARGIN, ROW, HEADER, FOOTER = 28, 26, 58, 50  # pixels
BACKGROUND, INK, FAINT = (13, 15, 18), (236, 238, 240), (134, 142, 150)
TITLE, MARK, LABEL, NOTE = (24, INK), (20, INK), (16, INK), (16, FAINT)
BOX, SPACE = 22, 26  # pixels of a legend's box with its gap, and between two entries
RULERS = ((50.0, "5 cm"), (10.0, "1 cm"), (5.0, "5 mm"), (1.0, "1 mm"))  # longest first
LONGEST = 240  # pixels of a ruler
LEFT = 340  # pixels that a legend leaves to it


def sheet(  # noqa: PLR0913, PLR0917 - what stands on it
    body: Image,
    title: str,
    said: str,
    keys: Sequence[Key],
    least: int,
    scale: float = 0.0,
) -> Image:
    """Put *body* on paper at least *least* pixels wide, its *title* and what is *said* above.

    Below stand *keys*, in as many rows as they need, and how long a round length is at *scale*
    pixels per mm, if given. What does not fit is cut in its middle.
    """
    from PIL import Image as Pillow
    from PIL import ImageDraw

    width = max(least, body.width + 2 * MARGIN)
    inner = width - 2 * MARGIN
    draw = ImageDraw.Draw(body)  # measures; nothing is drawn there
    apart = draw.textlength(title, font(TITLE[0])) + draw.textlength(said, font(NOTE[0])) + MARGIN
    head = HEADER if apart <= inner else HEADER + ROW
    rows = _rows(draw, keys, inner - (LEFT if scale else 0))
    paper = Pillow.new(
        "RGB", (width, head + body.height + FOOTER + ROW * (len(rows) - 1)), BACKGROUND
    )
    draw = ImageDraw.Draw(paper)
    text(draw, (MARGIN, HEADER // 2), _fitting(draw, title, TITLE, inner), TITLE, "lm")
    if head == HEADER:
        text(draw, (width - MARGIN, HEADER // 2), said, NOTE, "rm")
    else:
        below = (MARGIN, HEADER // 2 + ROW)
        text(draw, below, _fitting(draw, said, NOTE, inner), NOTE, "lm")
    paper.paste(body, ((width - body.width) // 2, head))
    middle = head + body.height + FOOTER // 2
    for number, row in enumerate(rows):
        _legend(draw, middle + ROW * number, row)
    if scale:
        _ruler(draw, width - MARGIN, middle, scale)
    return paper


def _fitting(draw: ImageDraw, words: str, style: Style, width: float) -> str:
    """Return *words*, cut in the middle until they fit."""
    kept = len(words)
    shown = words
    while kept > 1 and draw.textlength(shown, font(style[0])) > width:
        kept -= 1
        shown = f"{words[: (kept + 1) // 2]}…{words[len(words) - kept // 2 :]}"
    return shown


def _rows(draw: ImageDraw, keys: Iterable[Key], width: float) -> list[list[tuple[float, Key]]]:
    """Return where each key stands, row by row; one row, which may be empty, at least."""
    rows: list[list[tuple[float, Key]]] = [[]]
    left = 0.0
    for key in keys:
        wide = BOX + draw.textlength(key[0], font(LABEL[0]))
        if rows[-1] and left + wide > width:
            rows.append([])
            left = 0.0
        rows[-1].append((MARGIN + round(left), key))
        left += wide + SPACE
    return rows


def _legend(draw: ImageDraw, middle: int, row: Iterable[tuple[float, Key]]) -> None:
    for left, (words, color) in row:
        if color == BACKGROUND:  # no label: words alone
            text(draw, (left, middle), words, NOTE, "lm")
            continue
        draw.rounded_rectangle((left, middle - 7, left + 14, middle + 7), 3, fill=color)
        text(draw, (left + BOX, middle), words, LABEL, "lm")


def _ruler(draw: ImageDraw, right: int, middle: int, scale: float) -> None:
    """Draw how long a round length is, ending at *right*."""
    length, words = next(((mm, told) for mm, told in RULERS if mm * scale <= LONGEST), RULERS[-1])
    left = right - round(length * scale)
    draw.line((left, middle, right, middle), INK, 3)
    for end in (left, right):
        draw.line((end, middle - 6, end, middle + 6), INK, 3)
    text(draw, (left - 10, middle), words, LABEL, "rm")


def text(draw: ImageDraw, at: tuple[float, float], words: str, style: Style, anchor: str) -> None:
    """Write *words*, readable on whatever lies below."""
    size, color = style
    draw.text(at, words, color, font(size), anchor, stroke_width=1, stroke_fill=BACKGROUND)


def font(size: int) -> Any:
    """Return the font of all pictures."""
    from PIL import ImageFont

    return ImageFont.load_default(size)
