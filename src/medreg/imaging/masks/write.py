"""One annotation on one image, as NIfTI: a label map, or a file per structure."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from medreg.errors import Misuse, NotFound, Refused
from medreg.files.atomic import machine_errors, whole_folder, write_bytes
from medreg.imaging import nifti
from medreg.imaging.canonical import canonical_mask
from medreg.imaging.dicom import read_dataset
from medreg.imaging.guard import refusing
from medreg.imaging.masks import rtstruct, seg
from medreg.imaging.masks.coca import is_coca, read_coca
from medreg.imaging.masks.image import NIFTI, Alone, image_grid
from medreg.imaging.masks.labels import read_labels
from medreg.imaging.masks.lidc import read_lidc
from medreg.imaging.masks.merge import by_number, label_map, overlaps
from medreg.imaging.masks.outlines import read_xml
from medreg.imaging.masks.structures import Drawing, keys, same_name
from medreg.report import Answer, Outcome
from medreg.volume import Volume

if TYPE_CHECKING:
    from pathlib import Path

    from medreg.imaging.masks.identity import Identity
    from medreg.imaging.masks.structures import Structure
    from medreg.report import Progress

SIDECAR = "structures.json"
LABELS = "labels.nii.gz"

Content = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the user said: see ``medreg masks --help``."""

    only: tuple[str, ...] = ()
    priority: tuple[str, ...] = ()
    each: bool = False
    resample: bool = False
    allow_other_image: bool = False
    series: str = ""


def write(
    image: Path, annotation: Path, target: Path, options: Options, progress: Progress
) -> Content:
    """Write what *annotation* draws on *image* to *target*; return what the sidecar says.

    A *target* that ends with ``.nii.gz`` becomes one label map, beside it a ``.json``. Any other
    becomes a folder: ``labels.nii.gz``, or a file per structure where some overlap or when asked
    for; and ``structures.json``. Values are the file's own numbers where they can be labels, else
    1..n. Everything is on the image's grid in RAS+, whole or not at all. Raises `Refused` as the
    readers do, `NotFound`, and `Misuse` for a *target* that holds anything else.
    """
    single = target.name.endswith(NIFTI)
    if single and options.each:
        raise Misuse(f"{target} is one file", hint="name a folder for one file per structure")
    if target.name.endswith(".nii"):
        raise Misuse(f"{target}: label maps are written compressed", hint=f"name it {target}.gz")
    if not single:
        _refuse_foreign(target)
    kind, series = _kind(annotation)
    wanted = {options.series} if options.series else series
    onto, identity = image_grid(image, wanted)
    drawing = _chosen(_read(kind, annotation, onto, identity, options), options.only)
    _known(drawing, options.priority)
    content = _described(drawing, annotation, kind)
    content["notes"] = [*onto.notes, *drawing.notes]
    progress.start("masks", 1 if single else len(drawing.structures), "structures")
    if single:
        _write_one(drawing, content, target, options, annotation.name)
    else:
        with whole_folder(target, target.absolute().parent) as fresh:
            _write_folder(drawing, content, fresh, options, progress)
    progress.finish()
    return content


# --- reading ------------------------------------------------------------------------------------


def _kind(annotation: Path) -> tuple[str, set[str]]:
    """Return what kind of file it is, and the series that it says it was drawn on."""
    tree, name = Alone(annotation), annotation.name
    if name.endswith(NIFTI):
        return "NIfTI", set()
    with tree.open(name) as stream:
        start = stream.read(1024).removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"<") and is_coca(start):
        return "COCA XML", set()
    if start.startswith(b"<"):
        return "LIDC XML", {read_xml(tree, name).series} - {""}
    dataset = read_dataset(tree, name, pixels=False)
    with refusing(name, "DICOM"):
        storage = dataset.get("SOPClassUID")
        if storage == rtstruct.STORAGE:
            return "RTSTRUCT", rtstruct.referenced(dataset)[0]
        if storage in seg.STORAGE:
            return "SEG", seg.referenced(dataset)
    kind = getattr(storage, "name", None) or "no SOP class"
    raise Refused(
        f"{annotation} ({kind}) is no annotation that is read",
        hint="DICOM SEG, RTSTRUCT, LIDC XML, COCA XML and label NIfTI are",
    )


def _read(
    kind: str, annotation: Path, onto: Volume, identity: Identity, options: Options
) -> Drawing:
    tree, name, allow = Alone(annotation), annotation.name, options.allow_other_image
    match kind:
        case "SEG":
            return seg.read_segments(tree, name, onto, identity, allow_other_image=allow)
        case "RTSTRUCT":
            return rtstruct.read_rtstruct(tree, name, onto, identity, allow_other_image=allow)
        case "LIDC XML":
            return read_lidc(tree, name, onto, identity, allow_other_image=allow)
        case "COCA XML":
            return read_coca(tree, name, onto)
    return read_labels(tree, name, onto, resample=options.resample)


def _chosen(drawing: Drawing, only: tuple[str, ...]) -> Drawing:
    """Return *drawing* with those structures alone that *only* names, or with all."""
    if not only:
        return drawing
    _known(drawing, only)
    wanted = {same_name(name) for name in only}
    kept = tuple(one for one in drawing.structures if same_name(one.name) in wanted)
    return Drawing(kept, drawing.shape, drawing.affine, drawing.notes)


def _known(drawing: Drawing, names: tuple[str, ...]) -> None:
    known = list(dict.fromkeys(same_name(one.name) for one in drawing.structures))
    for name in names:
        if same_name(name) not in known:
            raise NotFound.named(
                "structure", name, known, hint=f"there is {', '.join(known) or 'none at all'}"
            )


# --- writing ------------------------------------------------------------------------------------


def _write_one(
    drawing: Drawing, content: Content, target: Path, options: Options, name: str
) -> None:
    mask = _merged(drawing, options, name)
    for entry, value in zip(content["structures"], by_number(drawing), strict=True):
        entry["value"] = value
    content["file"] = target.name
    with machine_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        nifti.write(mask, target)
        write_bytes(target.with_name(target.name.removesuffix(".nii.gz") + ".json"), _json(content))


def _write_folder(
    drawing: Drawing, content: Content, into: Path, options: Options, progress: Progress
) -> None:
    apart = options.each or (bool(content["overlaps"]) and not options.priority)
    if not apart:
        _merge_into(drawing, content, into, options)
    for entry, one in zip(content["structures"], drawing.structures, strict=True):
        if apart:
            entry["file"] = f"{entry['key']}.nii.gz"
            whole = one.region.full(drawing.shape).astype(np.uint8)
            mask = canonical_mask(Volume(whole, drawing.affine, "label"), None)
            nifti.write(mask, into / entry["file"])
        progress.answered(Answer(entry["key"], Outcome.WRITTEN))
    (into / SIDECAR).write_bytes(_json(content))


def _merge_into(drawing: Drawing, content: Content, into: Path, options: Options) -> None:
    nifti.write(_merged(drawing, options, ""), into / LABELS)
    content["file"] = LABELS
    for entry, value in zip(content["structures"], by_number(drawing), strict=True):
        entry["value"] = value


def _merged(drawing: Drawing, options: Options, name: str) -> Volume:
    return canonical_mask(label_map(drawing, by_number(drawing), options.priority, name), None)


def _described(drawing: Drawing, annotation: Path, kind: str) -> Content:
    names = keys([one.name for one in drawing.structures])
    return {
        "annotation": annotation.name,
        "kind": kind,
        "file": None,
        "structures": [
            _entry(one, key) for one, key in zip(drawing.structures, names, strict=True)
        ],
        "overlaps": [
            {"structures": [names[o.one], names[o.other]], "voxels": o.voxels}
            for o in overlaps(drawing)
        ],
    }


def _entry(one: Structure, key: str) -> Content:
    return {
        "name": one.name,
        "key": key,
        "number": one.number,
        "value": None,
        "file": None,
        "voxels": one.region.voxels,
        "codes": {name: [asdict(code) for code in codes] for name, codes in one.codes.items()},
        "facts": dict(one.facts),
    }


def _json(content: Content) -> bytes:
    return json.dumps(content, indent=2, ensure_ascii=False).encode() + b"\n"


def _refuse_foreign(target: Path) -> None:
    """Refuse to replace anything but an earlier result."""
    if target.exists() and not target.is_dir():
        raise Misuse(f"{target} exists already", hint="name a new folder, or a .nii.gz file")
    if target.is_dir() and any(target.iterdir()) and not (target / SIDECAR).is_file():
        raise Misuse(f"{target} holds other files", hint="name a new folder")
