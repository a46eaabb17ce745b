"""One picture of a volume: axial, coronal and sagittal, with its mask drawn on."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from medreg.errors import Refused
from medreg.files.atomic import write_bytes
from medreg.imaging.sheet import BACKGROUND, LABEL, MARGIN, MARK, sheet, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from PIL.Image import Image

    from medreg.imaging.sheet import Color
    from medreg.volume import Volume

WIDTH, NARROWEST, GAP, TALLEST = 1560, 1000, 14, 760  # pixels
COLORS = (  # of labels in ascending order: apart in hue, and in lightness next to each other
    *((242, 142, 43), (78, 205, 230), (237, 88, 96), (138, 201, 38), (190, 132, 255)),
    *((255, 224, 102), (64, 124, 255), (255, 140, 196), (38, 166, 130), (197, 150, 110)),
)
WINDOWS = {"HU": (-150.0, 250.0), "SUV": (0.0, 6.0)}  # abdomen; FDG
AIR = -400.0  # HU
FILL, LINE = 0.30, 2  # opacity of a label's area, pixels of its outline


@dataclass(frozen=True, slots=True)
class _View:
    name: str
    across: int  # array axis that runs along the picture's width, and along its height;
    down: int  # both are shown reversed, so that right is left, front is up and head is up
    marks: tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Look:
    window: tuple[float, float]
    seen: Sequence[slice]
    scale: float  # pixels per mm
    colors: Mapping[int, Color]  # of the mask's values
    inverted: bool


VIEWS = (
    _View("axial", 0, 1, ("R", "L")),
    _View("coronal", 0, 2, ("R", "L")),
    _View("sagittal", 1, 2, ("A", "P")),
)


def montage(  # noqa: PLR0913, PLR0917 - what is drawn, where to, and what its labels are
    image: Volume,
    mask: Volume | None,
    target: Path,
    title: str = "",
    names: Mapping[int, str] | None = None,
    colors: Mapping[int, str] | None = None,
) -> None:
    """Write the picture that `drawn` returns as a PNG."""
    data = io.BytesIO()
    drawn(image, mask, title, names, colors).save(data, "PNG")
    write_bytes(target, data.getvalue())


def drawn(  # noqa: PLR0913 - what is drawn, and what its labels are
    image: Volume,
    mask: Volume | None,
    title: str = "",
    names: Mapping[int, str] | None = None,
    colors: Mapping[int, str] | None = None,
    *,
    uptake: bool = False,
) -> Image:
    """Draw *image* with *mask* on it; *names* and *colors* (#rrggbb) of its values make a legend.

    *uptake*, as any SUV, is shown dark on white.

    Each view cuts where most labels, and then most of the mask, are seen. Pixels are square
    millimeters, the patient's right is on the left, and a CT is shown from -150 to 250 HU. A bar
    tells how long 5 cm are, or less in what is small. Raises `Refused` when the mask has another
    shape than the image.
    """
    ras = image.to_ras()
    labels = np.zeros(ras.shape, np.uint8) if mask is None else mask.to_ras().array
    if labels.shape != ras.shape:
        raise Refused(f"the mask has shape {labels.shape}, its image {ras.shape}")
    window = _window(ras)
    seen = _seen(ras, window)
    own = colors_of(labels, colors or {})
    look = _Look(window, seen, _scale(ras.spacing, seen), own, uptake or ras.unit == "SUV")
    panels = [_panel(ras, labels, view, look) for view in VIEWS]
    said = f"{' x '.join(str(n) for n in ras.shape)} voxels   "
    said += f"{' x '.join(f'{mm:.4g}' for mm in ras.spacing)} mm   "
    low, high = (f"{float(f'{end:.4g}'):,.12g}" for end in window)  # 23,030, and no exponent
    said += f"{low} to {high} {ras.unit}"
    keys = legend(own, names or {}, masked=mask is not None)
    return sheet(_composed(panels), title, said, keys, NARROWEST, look.scale)


def legend(
    colors: Mapping[int, Color], names: Mapping[int, str], *, masked: bool
) -> list[tuple[str, Color]]:
    """Return what a legend says of each value, and its color; in words where there is none."""
    if not colors:
        return [("an empty mask" if masked else "no mask", BACKGROUND)]
    return [(f"{v}  {names.get(v, '')}".rstrip(), color) for v, color in colors.items()]


def _window(image: Volume) -> tuple[float, float]:
    """Return the values shown black and white."""
    if image.unit in WINDOWS:
        return WINDOWS[image.unit]
    values = np.asarray(image.array, np.float64)
    low, high = np.percentile(values, [2, 99.7]).tolist()
    return low, max(high, low + 1e-6)


def _seen(image: Volume, window: tuple[float, float]) -> list[slice]:
    """Return what is worth showing along each axis: the body and a little air."""
    limit = AIR if image.unit == "HU" else window[0] + 0.15 * (window[1] - window[0])
    body = np.asarray(image.array, np.float32) > limit
    ranges = []
    for axis, spacing in enumerate(image.spacing):
        others = tuple(a for a in range(3) if a != axis)
        found = np.flatnonzero(body.mean(axis=others) > 0.002)  # noqa: PLR2004 - not a speckle
        first, last = (found[0], found[-1]) if found.size else (0, image.shape[axis] - 1)
        margin = round(10 / spacing)
        ranges.append(slice(max(0, first - margin), min(image.shape[axis], last + 1 + margin)))
    return ranges


def _scale(spacing: Sequence[float], seen: Sequence[slice]) -> float:
    """Return pixels per millimeter, the same in all views, that make them fit."""
    sides: list[float] = [
        (part.stop - part.start) * mm for part, mm in zip(seen, spacing, strict=True)
    ]
    width: float = sum(sides[view.across] for view in VIEWS)
    height: float = max(sides[view.down] for view in VIEWS)
    return min((WIDTH - 2 * MARGIN - 2 * GAP) / width, TALLEST / height)


def _panel(image: Volume, labels: NDArray[Any], view: _View, look: _Look) -> Image:
    from PIL import Image

    normal = 3 - view.across - view.down
    cut: list[Any] = list(look.seen)
    cut[normal] = _best(labels, normal)
    size = [
        max(1, round((part.stop - part.start) * image.spacing[axis] * look.scale))
        for axis in (view.across, view.down)
        for part in [look.seen[axis]]
    ]

    def shown(plane: NDArray[Any]) -> NDArray[np.float32]:
        flat = np.ascontiguousarray(plane.T[::-1, ::-1], np.float32)
        large = Image.fromarray(flat).resize((size[0], size[1]), Image.Resampling.BICUBIC)
        return np.asarray(large)

    low, high = look.window
    gray = np.clip((shown(image.array[tuple(cut)]) - low) / (high - low), 0, 1)
    if look.inverted:
        gray = 1 - gray  # nuclear medicine shows uptake dark
    pixels = np.repeat(gray[:, :, None] * 255, 3, axis=2)
    plane = labels[tuple(cut)]
    for value, color in look.colors.items():
        overlay(pixels, shown(plane == value) > 0.5, color)  # noqa: PLR2004 - half inside
    return Image.fromarray(np.rint(pixels).astype(np.uint8))


def colors_of(labels: NDArray[Any], asked: Mapping[int, str]) -> dict[int, Color]:
    """Return the color of each value that occurs, the one that was *asked* for where there is."""
    found = enumerate(np.unique(labels[labels > 0]).tolist())
    return {
        value: _rgb(asked[value]) if value in asked else COLORS[number % len(COLORS)]
        for number, value in found
    }


def _rgb(color: str) -> Color:
    red, green, blue = bytes.fromhex(color.removeprefix("#"))
    return red, green, blue


def _best(labels: NDArray[Any], axis: int) -> int:
    """Return the slice that shows most labels, then most voxels; the middle one without a mask."""
    slices = np.moveaxis(labels, axis, 0).reshape(labels.shape[axis], -1)
    scores = [(np.unique(one[one > 0]).size, np.count_nonzero(one)) for one in slices]
    if not any(scores[0][1] or score[1] for score in scores):
        return len(scores) // 2
    return max(range(len(scores)), key=lambda at: scores[at])


def overlay(pixels: NDArray[Any], region: NDArray[np.bool_], color: Color) -> None:
    """Tint *region* and draw its outline, in place."""
    inner = region.copy()
    for _ in range(LINE):
        padded = np.pad(inner, 1)
        inner &= padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    pixels[inner] = pixels[inner] * (1 - FILL) + np.array(color) * FILL
    pixels[region & ~inner] = color


def _composed(panels: Sequence[Image]) -> Image:
    """Return the views side by side, each with its sides marked."""
    from PIL import Image, ImageDraw

    tall = max(panel.height for panel in panels)
    wide = sum(panel.width for panel in panels) + GAP * (len(panels) - 1)
    body = Image.new("RGB", (wide, tall), BACKGROUND)
    draw = ImageDraw.Draw(body)
    left = 0
    for view, panel in zip(VIEWS, panels, strict=True):
        top = (tall - panel.height) // 2
        body.paste(panel, (left, top))
        right, middle = left + panel.width, top + panel.height // 2
        text(draw, (left + 10, middle), view.marks[0], MARK, "lm")
        text(draw, (right - 10, middle), view.marks[1], MARK, "rm")
        text(draw, (left + 10, top + 8), view.name, LABEL, "la")
        left = right + GAP
    return body
