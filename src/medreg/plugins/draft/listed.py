"""A listing that names nobody: the arrangement of a folder, with numbers for names of cases."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from medreg.layouts import Arrays, Bids, Decathlon, DicomSeg, DicomSeries, NnunetRaw, RtStruct
from medreg.layouts.join import Image, channels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medreg.model import Case, Layout

COUNT = 3
SLICES = "{01..24}"  # a range, as listings write it
LITTER = "README.txt"


def stand_ins(layout: Layout, cases: Sequence[Case], paths: Sequence[str]) -> list[str]:
    """Return paths as *layout* wants them, of three cases called 001 to 003, and some litter.

    Names of files may name people, and listings lie in git.
    """
    if isinstance(layout, Arrays):
        return [next(path for path in paths if path.endswith(layout.file)), LITTER]
    structures = sorted(getattr(next((c.mask for c in cases if c.mask), None), "files", ()))
    templates = _templates(layout, masked=any(case.mask for case in cases))
    series = isinstance(layout, DicomSeries | DicomSeg | RtStruct)
    listed: list[str] = []
    for number in range(1, COUNT + 1):
        for role, template in templates:
            wide = series and role != "label"
            each = structures if "{label}" in template else ("",)
            listed += [_filled(template, number, one, series=wide) for one in each]
    fixed = [f"{layout.task}/dataset.json"] if isinstance(layout, Decathlon) else []
    return [*dict.fromkeys(listed), *fixed, LITTER]


def _templates(layout: Layout, *, masked: bool) -> list[tuple[str, str]]:
    """Return (role, pattern) for each file of a case."""
    if isinstance(layout, Decathlon):
        return [
            (f"{kind}Tr", f"{layout.task}/{kind}Tr/{{case}}.nii.gz")
            for kind in ("images", "labels")
        ]
    image: Image
    label: str | None
    if isinstance(layout, NnunetRaw | Bids):
        image, label = layout.patterns
        if label and isinstance(layout, Bids):
            label = label.replace("{case}", "sub-{case}")
    else:
        named: Any = layout
        image, label = named.image, getattr(named, "label", None) or getattr(named, "mask", None)
    found = [("image", pattern) for pattern in channels(image).values()]
    return [*found, ("label", label)] if label and masked else found


def _filled(template: str, number: int, structure: str, *, series: bool) -> str:
    """Fill in the first alternative of *template*.

    >>> _filled("**/{case}/*.dcm", 1, "", series=False)
    '001/1.dcm'
    """
    folder, _, name = template.partition(" | ")[0].rpartition("/")
    if series:
        name = name.replace("*", SLICES)
    path = f"{folder}/{name}" if folder else name
    path = path.replace("**/", "").replace("{label}", structure)
    path = path.replace("{class}", "ab"[number % 2]).replace("*", "1")
    path = re.sub(r"(sub-\{patient\}.*/)\{case\}", r"\1sub-{patient}", path)  # BIDS repeats it
    return re.sub(r"\{[a-z]\w*\}", f"{number:03d}", path)
