"""How far two versions of a mask agree, label by label, where the bytes of both are here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg.errors import NotFound
from medreg.versions import dvc, objects, outs
from medreg.versions.diff import MASK

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from medreg.registry import Registry
    from medreg.versions.diff import Diff, Side


def dice(registry: Registry, before: Side, after: Side, found: Diff) -> dict[str, dict[str, float]]:
    """Return Dice of each label in each relabelled case of *found*, from cache or workspace.

    A label that neither version shows is left out. Raises `NotFound` when a mask is not here.
    """
    from medreg.imaging import nifti

    old, new = _files(registry, before), _files(registry, after)
    told: dict[str, dict[str, float]] = {}
    for case in found.relabelled:
        masks = []
        for side, files in ((before, old), (after, new)):
            row = side.volumes[case].get(MASK)
            file = files.get(row.path) if row else None
            if file is None or not file.is_file():
                raise NotFound(
                    f"the mask of {case} in {side.what} is not on this machine",
                    hint=f"medreg pull {side.what}" if side.revision else "medreg curate SET",
                )
            with file.open("rb") as stream:
                masks.append(nifti.read(stream, row.path if row else case, unit="label").array)
        if masks[0].shape == masks[1].shape:
            told[case] = {
                name: round(float(2 * (a & b).sum() / total), 6)
                for name in before.labels.keys() & after.labels.keys() - {"background"}
                for a, b in [(masks[0] == before.labels[name], masks[1] == after.labels[name])]
                if (total := a.sum() + b.sum())
            }
            told[case] = dict(sorted(told[case].items()))
    return told


def _files(registry: Registry, side: Side) -> Mapping[str, Path]:
    """Return where the bytes of each file of *side* lie, by its path in the manifest."""
    if not side.revision:
        folder = outs.folder(registry, side.name)
        base = registry.root / folder / outs.content(folder)
        rows = (row.path for volumes in side.volumes.values() for row in volumes.values())
        return {path: base / path for path in rows}
    where = outs.folder_at(registry, side.name, side.revision)
    inside = "/".join(filter(None, (where, outs.content(where))))
    with dvc.repository(registry) as repo:
        try:
            return {
                piece.path.removeprefix(f"{inside}/"): objects.cached(repo, piece.md5)
                for out in outs.recorded(registry, side.name, side.revision)
                if out.is_folder
                for piece in objects.pieces(repo, out)
                if not piece.is_list
            }
        except FileNotFoundError:
            raise NotFound(
                f"{side.what} is not on this machine", hint=f"medreg pull {side.what}"
            ) from None
