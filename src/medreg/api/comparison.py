"""Compare two raters' masks of one scan."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from medreg.errors import Misuse, NotFound
from medreg.imaging.agreement import TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medreg.api.lab import Lab
    from medreg.imaging.agreement import Agreement
    from medreg.volume import Volume

ENDINGS = (".nii", ".nii.gz", ".mha", ".nrrd")


def compare(
    lab: Lab | None,
    a: str,
    b: str,
    labels: Sequence[str] = (),
    tolerance: float = TOLERANCE,
) -> dict[str, list[Agreement]]:
    """Return how far masks agree, by case and label.

    *a* and *b* are label files, folders of label files of the same names, or ``DATASET/CASE`` of
    the registry. *labels* are ``VALUE=NAME``, values, or names of a case's dataset; all that
    either mask shows when none is given. Raises `NotFound`, `Misuse` and `Refused`.
    """
    from medreg.imaging.agreement import agreements

    one, other = Path(a), Path(b)
    if one.is_dir() and other.is_dir():
        found = {}
        for name in _shared(one, other):
            pair = _volume(one / name), _volume(other / name)
            found[name] = agreements(*pair, _labels(pair, labels, {}), tolerance)
        return found
    names: dict[int, str] = {}
    volumes = _read(lab, a, names), _read(lab, b, names)
    wanted = _labels(volumes, labels, names)
    return {a if not one.exists() else one.name: agreements(*volumes, wanted, tolerance)}


def _read(lab: Lab | None, text: str, names: dict[int, str]) -> Volume:
    """Read a mask; *names* of its values are added where a dataset tells them."""
    if Path(text).is_file():
        return _volume(Path(text))
    name, _, case = text.partition("/")
    if lab is None or not case or name not in lab.plugins.datasets:
        raise NotFound(f"there is no file or case {text}", hint="name a file, or DATASET/CASE")
    from medreg.stages.sidecar import load_case

    _, mask = load_case(lab.registry.dataset(name).converted / case)
    if mask is None:
        raise NotFound(f"{text} has no mask")
    names.update(lab.declared(name).dataset.raw_labels)
    return mask


def _volume(file: Path) -> Volume:
    from medreg.files.archive import RawTree
    from medreg.imaging import formats, nifti
    from medreg.imaging.canonical import canonical_mask

    if file.name.endswith((".nii", ".nii.gz")):
        return canonical_mask(nifti.load(file, "label"), None)
    return canonical_mask(formats.read(RawTree(file.parent), file.name, unit="label"), None)


def _shared(one: Path, other: Path) -> list[str]:
    from medreg.tables import natural

    names = [
        sorted((f.name for f in folder.iterdir() if f.name.endswith(ENDINGS)), key=natural)
        for folder in (one, other)
    ]
    if names[0] != names[1] or not names[0]:
        alone = sorted({*names[0]} ^ {*names[1]}, key=natural) or ["no mask at all"]
        raise Misuse(
            f"{one} and {other} do not hold the same masks: {', '.join(alone[:3])}",
            hint="both raters' masks of a case have one name",
        )
    return names[0]


def _labels(
    volumes: Sequence[Volume], wanted: Sequence[str], names: Mapping[int, str]
) -> dict[str, list[int]]:
    import numpy as np

    shown = sorted({int(v) for volume in volumes for v in np.unique(volume.array) if v})
    if not wanted:
        found: dict[str, list[int]] = {}
        for value in shown:
            found.setdefault(names.get(value, str(value)), []).append(value)
        return found
    return dict(_one(word, names) for word in wanted)


def _one(word: str, names: Mapping[int, str]) -> tuple[str, list[int]]:
    value, _, name = word.partition("=")
    if value.isdecimal():
        return name or names.get(int(value), value), [int(value)]
    values = [number for number, label in names.items() if label == value]
    if name or not values:
        raise Misuse(
            f"{word!r} names no value of the masks",
            hint=f"known: {', '.join(dict.fromkeys(names.values())) or '1=liver,2=liver_tumor'}",
        )
    return value, values
