"""Pictures of cases: one alone, and a contact sheet of many."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from medreg.api.watched import along
from medreg.errors import NotFound
from medreg.report import Outcome
from medreg.tables import natural

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from PIL.Image import Image

    from medreg.api.lab import Lab
    from medreg.report import Progress
    from medreg.stages.planned import Planned
    from medreg.tables import CaseRow

COLUMNS, WIDE, GAP, LINE = 2, 900, 12, 26  # of a contact sheet, in pixels
PAPER, INK, FAIL = (13, 15, 18), (200, 205, 210), (255, 138, 128)
TOLD = 3  # findings of a case that are written below it
CHARACTERS = 110  # of one of them


def preview(lab: Lab, case: str, target: Path) -> Image:
    """Draw three planes of the converted *case* (``dataset/case``) with its mask as a PNG.

    Of what stays packed: the picture, a clip's first frame, a slide's thumbnail. The picture is
    returned too. Raises `NotFound` for a case that is not converted here.
    """
    return _save(drawn(lab, case), target)


def drawn(lab: Lab, case: str, whole: Planned | None = None) -> Image:
    """Return the picture of a case; of the set *whole*, with its own mask where it is written.

    Raises as `preview` does.
    """
    name, _, item = case.partition("/")
    if whole and case in whole.kept and (found := _of_set(whole, case)):
        return found
    dataset = lab.declared(name).dataset
    if dataset.packed:
        from medreg.stages.listed import draw

        return draw(lab.registry, name, item)
    from medreg.imaging import montage
    from medreg.model import PT
    from medreg.stages import sidecar

    converted = lab.registry.dataset(name).converted
    known = sorted(entry.name for entry in converted.iterdir()) if converted.is_dir() else []
    if item not in known:
        cases = [f"{name}/{other}" for other in sorted(known, key=natural)]
        hint = f"such as {cases[0]}" if cases else f"medreg convert {name}"
        raise NotFound.named("converted case", case, cases, hint=hint)
    image, mask = sidecar.load_case(converted / item)
    told = sidecar.read(converted / item) or {}
    uptake = told["images"][told["grid"]].get("modality") == PT
    names = dataset.raw_labels
    return montage.drawn(image, mask, case, names, lab.vocabulary.colors(names), uptake=uptake)


def _of_set(whole: Planned, case: str) -> Image | None:
    """Draw a case as the set holds it; None where its files are not here.

    What nobody judged there is left as it is.
    """
    from dataclasses import replace

    from medreg.imaging import montage, nifti
    from medreg.model import CT

    files = whole.case(whole.kept[case])
    channel, image = next(iter(files.images.items()))
    if not (image.is_file() and files.mask.is_file()):
        return None
    names = {value: label for label, value in whole.labels.values.items() if value}
    colors = whole.vocabulary.colors(names)
    modality = whole.datasets[files.dataset].modalities.get(channel, "")
    unit = "HU" if modality == CT else "value"
    mask = nifti.load(files.mask, "label")
    judged = mask.array * (mask.array != (whole.labels.ignore or 0))
    drawn_on = replace(mask, array=judged.astype(mask.array.dtype))
    return montage.drawn(nifti.load(image, unit), drawn_on, case, names, colors)


def checked(lab: Lab, name: str) -> tuple[dict[str, CaseRow], Planned | None]:
    """Return the checked cases of a dataset, or the kept ones of a set, by ``dataset/case``.

    With a set comes what is known of it. Raises `NotFound`.
    """
    from medreg.stages.planned import Planned
    from medreg.tables import CaseRow

    if not (lab.root and name in lab.registry.sets()):
        lab.declared(name)
        rows = lab.registry.dataset(name).rows("cases.csv", CaseRow)
        return {f"{name}/{row.case}": row for row in rows}, None
    whole = Planned(lab.registry, lab.plugins, name)
    found = {
        f"{used}/{row.case}": row
        for used in whole.used
        for row in lab.registry.dataset(used).rows("cases.csv", CaseRow)
    }
    return {ref: found[ref] for ref in whole.kept if ref in found}, whole


def worst(
    lab: Lab, name: str, count: int, target: Path, progress: Progress | None = None
) -> tuple[Sequence[str], Image]:
    """Draw *count* cases of a dataset or set on one PNG, those with the worst findings first.

    Returns which they are, and the sheet. Raises `NotFound`.
    """
    from medreg.catalog.worst import told, worst_first

    rows, whole = checked(lab, name)
    refs = worst_first(rows)[:count]
    if not refs:
        raise NotFound(f"{name} has no case", hint=f"medreg status tells how far {name} has come")
    lines = {ref: told(rows[ref]) for ref in refs}
    return refs, contact_sheet(lab, refs, target, lines, whole, progress=progress)


def contact_sheet(  # noqa: PLR0913 - what is drawn, where, and who is told
    lab: Lab,
    refs: Sequence[str],
    target: Path,
    told: Mapping[str, Sequence[str]] | None = None,
    whole: Planned | None = None,
    *,
    progress: Progress | None = None,
) -> Image:
    """Draw the cases *refs* (``dataset/case``), each as `preview` does, on one PNG.

    Below each stands what is *told* of it.
    """
    from PIL import Image as Pillow

    every = (_tile(drawn(lab, ref, whole), (told or {}).get(ref, ())) for ref in refs)
    tiles = [*along(progress, "draw", refs, every, Outcome.WRITTEN)]
    rows = [tiles[at : at + COLUMNS] for at in range(0, len(tiles), COLUMNS)]
    heights = [max(tile.height for tile in row) for row in rows]
    columns = min(COLUMNS, len(tiles))
    size = (columns * (WIDE + GAP) + GAP, sum(heights) + GAP * (len(rows) + 1))
    sheet = Pillow.new("RGB", size)
    top = GAP
    for row, height in zip(rows, heights, strict=True):
        for number, tile in enumerate(row):
            sheet.paste(tile, (GAP + number * (WIDE + GAP), top))
        top += height + GAP
    return _save(sheet, target)


def _tile(picture: Image, lines: Sequence[str]) -> Image:
    """Return *picture* as wide as a tile, with *lines* below."""
    from PIL import Image as Pillow
    from PIL import ImageDraw, ImageFont

    height = max(1, round(picture.height * WIDE / picture.width))
    shown = [line if len(line) <= CHARACTERS else f"{line[:CHARACTERS]}..." for line in lines]
    if len(shown) > TOLD:
        shown[TOLD - 1 :] = [f"and {len(shown) - TOLD + 1} more findings"]
    tile = Pillow.new("RGB", (WIDE, height + LINE * len(shown)), PAPER)
    tile.paste(picture.convert("RGB").resize((WIDE, height)), (0, 0))
    draw = ImageDraw.Draw(tile)
    for number, line in enumerate(shown):
        color = FAIL if line.startswith("fail") else INK
        at = (GAP, height + LINE * number)
        draw.text(at, line, color, ImageFont.load_default(16))
    return tile


def _save(picture: Image, target: Path) -> Image:
    from medreg.files.atomic import write_bytes

    data = io.BytesIO()
    picture.save(data, "PNG")
    write_bytes(target, data.getvalue())
    return picture
