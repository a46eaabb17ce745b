"""A folder of PET/CT as the files that FDG pipelines read: SUV, PET, CT, CTres, SEG."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from medreg.errors import Misuse
from medreg.files.archive import ending
from medreg.files.atomic import machine_errors, whole_folder
from medreg.imaging import nifti
from medreg.imaging.canonical import canonical_image, canonical_mask
from medreg.imaging.masks.seg import read_seg
from medreg.imaging.series import read_series
from medreg.imaging.study import opened
from medreg.imaging.suv.beside import Beside
from medreg.imaging.suv.study import study
from medreg.imaging.suv.volume import onto, read_suv
from medreg.model import CT, PT
from medreg.report import Answer, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from medreg.imaging.suv.body import Kind
    from medreg.imaging.suv.factor import Factor
    from medreg.imaging.suv.study import Study
    from medreg.model import Tree
    from medreg.report import Progress
    from medreg.volume import Volume

SIDECAR = "suv.json"
NAMES = ("SUV", "PET", "CT", "CTres", "SEG")
OURS = frozenset({SIDECAR, *(f"{name}.nii.gz" for name in NAMES)})


def write(
    source: Path, target: Path, *, kind: Kind, series: str, progress: Progress
) -> dict[str, Any]:
    """Convert the PET series in the folder or archive *source*; return what the sidecar says.

    Its CT and SEG lie in *source* too, or in folders beside it.

    *target* becomes a folder with ``SUV.nii.gz`` (float32), ``PET.nii.gz`` (as stored, rescaled)
    and ``suv.json``; with a CT of the same space also ``CT.nii.gz`` and ``CTres.nii.gz`` (int16,
    on the PET's grid); with a SEG also ``SEG.nii.gz``. Whole or not at all.
    Raises `NotFound`, `Refused` as the readers do, and `Misuse` for a *target* that holds
    anything else.
    """
    _refuse_foreign(source, target)
    entries: dict[str, Any] = {}
    with _opened(source) as tree, whole_folder(target, target.absolute().parent) as fresh:
        found = study(tree, tree.paths(), series)
        names = [n for n in NAMES if _wanted(n, found)]
        progress.start("suv", len(names), "files")
        made, volumes = _volumes(tree, found, kind)
        for name, volume in volumes:
            file = fresh / f"{name}.nii.gz"
            with machine_errors(file):
                nifti.write(volume, file)
            entries[name] = _entry(file, volume)
            progress.answered(Answer(file.name, Outcome.WRITTEN, size=file.stat().st_size))
        progress.finish()
        content = _content(found, made, entries)
        (fresh / SIDECAR).write_bytes(
            json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False).encode() + b"\n"
        )
    return content


def _wanted(name: str, found: Study) -> bool:
    beside = {"CT": found.ct, "CTres": found.ct, "SEG": found.seg}
    return beside.get(name, found.pet) is not None


def _volumes(tree: Tree, found: Study, kind: Kind) -> tuple[Factor, Iterator[tuple[str, Volume]]]:
    """Return the factor, and each volume when it is asked for, in the order of `NAMES`."""
    read, made = read_suv(tree, found.pet.paths, kind)
    uptake = canonical_image(read, PT)

    def volumes() -> Iterator[tuple[str, Volume]]:
        yield "SUV", uptake
        yield "PET", canonical_image(read_series(tree, found.pet.paths), PT)
        if found.ct:
            ct = canonical_image(read_series(tree, found.ct.paths), CT)
            yield "CT", ct
            yield "CTres", onto(ct, uptake)
        if found.seg:
            if len(found.seg.paths) > 1:
                raise Misuse(f"a SEG of {len(found.seg.paths)} files: {found.seg.paths[0]} ...")
            yield "SEG", canonical_mask(read_seg(tree, found.seg.paths[0], read), uptake)

    return made, volumes()


def _entry(file: Path, volume: Volume) -> dict[str, Any]:
    return {
        "file": file.name,
        "unit": volume.unit,
        "type": str(volume.array.dtype),
        "shape": list(volume.shape),
        "voxels": volume.digest(),
        "notes": list(volume.notes),
    }


def _content(found: Study, made: Factor, entries: dict[str, Any]) -> dict[str, Any]:
    return {
        "factor": {
            "kind": made.kind,
            "unit": made.unit,
            "value": made.value,
            "from": made.stored,
            "how": list(made.how),
            "warnings": list(made.warnings),
            "slices": _by_slice(found, made),
        },
        "files": entries,
        "notes": list(found.notes),
    }


def _by_slice(found: Study, made: Factor) -> list[float]:
    """Return the factor of every file, or of every frame; none where all have one."""
    if not {*found.pet.paths} & made.slices.keys():
        return [*made.slices.values()]
    return [made.of(path) for path in found.pet.paths]


@contextmanager
def _opened(source: Path) -> Iterator[Tree]:
    """Yield a folder with what belongs to it beside, or an archive."""
    if source.is_dir():
        with Beside(source.absolute()) as tree:
            tree.widen(source.absolute())
            yield tree
        return
    if source.is_file() and not ending(source.name):
        raise Misuse(f"{source} is one file; a PET series is a folder", hint=f"try {source.parent}")
    with opened(source) as archive:
        yield archive


def _refuse_foreign(source: Path, target: Path) -> None:
    """Refuse to replace anything but an earlier result."""
    if target.resolve() == source.resolve() or target.resolve() in source.resolve().parents:
        raise Misuse(f"{target} holds the scans themselves", hint="name another folder")
    if target.is_dir():
        foreign = sorted({entry.name for entry in target.iterdir()} - OURS)
    else:
        foreign = [target.name] * target.exists()
    if foreign:
        raise Misuse(f"{target} holds {foreign[0]} already", hint="name a new folder")
