"""What values of a mask mean and look like, as ITK-SNAP and 3D Slicer read it.

ITK-SNAP: a label description file, one line a label: index, red, green, blue, opacity, shown,
shown as mesh, "name". 3D Slicer: a color table, one line a value: index, name without spaces, red,
green, blue, opacity up to 255 (slicer.readthedocs.io, Developer guide, Colors).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    Names = Mapping[int, tuple[str, str]]  # value: name and color, as "#rrggbb"


def itksnap(labels: Names) -> str:
    """Write a label description file.

    >>> print(itksnap({1: ("liver", "#e84028")}).splitlines()[-1])
        1   232   64   40        1  1  1    "liver"
    """
    lines = [
        "################################################",
        "# ITK-SnAP Label Description File",
    ]
    lines += ["# IDX   -R-  -G-  -B-  -A--  VIS MSH  LABEL", lines[0]]
    lines.append('    0     0    0    0        0  0  0    "Clear Label"')
    for value, (name, color) in sorted(labels.items()):
        red, green, blue = rgb(color)
        lines.append(f'{value:5}{red:6}{green:5}{blue:5}        1  1  1    "{name}"')
    return "\n".join(lines) + "\n"


def slicer(labels: Names) -> str:
    """Write a color table, whose every value up to the largest has a line.

    >>> print(slicer({2: ("liver", "#e84028")}).splitlines()[-1])
    2 liver 232 64 40 255
    """
    most = max(labels, default=0)
    lines = ["# Color table file", f"# {most + 1} values", "0 Background 0 0 0 0"]
    for value in range(1, most + 1):
        name, color = labels.get(value, ("(none)", "#000000"))
        red, green, blue = rgb(color)
        opacity = 255 if value in labels else 0
        lines.append(f"{value} {name.replace(' ', '_')} {red} {green} {blue} {opacity}")
    return "\n".join(lines) + "\n"


def rgb(color: str) -> tuple[int, int, int]:
    """Split a color.

    >>> rgb("#e84028")
    (232, 64, 40)
    """
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)
