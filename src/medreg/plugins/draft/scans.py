"""Guess how DICOM series are arranged: which folder is the case's, where annotations lie."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from medreg.layouts import DicomSeg, DicomSeries, RtStruct
from medreg.layouts.annotations import ENDINGS
from medreg.model import PT, Modality
from medreg.plugins.draft.words import is_mask

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from medreg.model import Layout
    from medreg.plugins.draft.tree import PlannedTree

SEG, DRAWN = "SEG", "RTSTRUCT"


def kinds(tree: PlannedTree) -> dict[str, str]:
    """Return the Modality of each series, by the folder that it looks like."""
    from pydicom import dcmread

    found = {}
    for folder, files in tree.series.items():
        with tree.open(files[0]) as stream:
            header = dcmread(
                stream, stop_before_pixels=True, specific_tags=["Modality"], force=True
            )
        found[folder] = str(header.get("Modality", ""))
    return found


def layouts(tree: PlannedTree, kind: Mapping[str, str]) -> Iterator[Layout]:
    """Yield layouts that may fit series of each *kind*."""
    known = [str(m) for m in Modality]
    images = {folder: k for folder, k in kind.items() if k in known}
    if not images:
        return
    depth = max(folder.count("/") + 1 for folder in images)
    ending = _ending([file for folder in images for file in tree.series[folder]])
    volumes = [p for p in tree.paths() if p.lower().endswith(ENDINGS) and is_mask(p)]
    for level in range(depth - 1, -1, -1):
        cases: dict[str, list[str]] = defaultdict(list)
        for folder in images:
            parts = folder.split("/")
            if len(parts) > level:
                cases["/".join(parts[: level + 1])].append(folder)
        inner = {
            k: _inner([f for f in images if images[f] == k], level)
            for k in sorted({*images.values()})
        }
        by_kind = {
            ("pet" if k == PT else k.lower()): f"**/{'/'.join(['{case}', *parts])}/*{ending}"
            for k, parts in inner.items()
        }
        image = next(iter(by_kind.values())) if len(by_kind) == 1 else by_kind
        for mark, make in ((SEG, DicomSeg), (DRAWN, RtStruct)):
            drawn = [folder for folder, k in kind.items() if k == mark]
            if drawn and all(len(folder.split("/")) > level for folder in drawn):
                below = _inner(drawn, level)
                tail = _ending([file for folder in drawn for file in tree.series[folder]])
                yield make(image, f"**/{'/'.join(['{case}', *below])}/*{tail}")
        for path in volumes[:1]:
            name = path.rpartition("/")[2]
            yield DicomSeries(image, f"**/{{case}}/**/{name}")
            yield DicomSeries(
                image,
                f"**/{{case}}{path[path.lower().index('.nii') :]}"
                if ".nii" in path.lower()
                else f"**/{{case}}/**/{name}",
            )
        yield DicomSeries(image)


def _inner(folders: Sequence[str], level: int) -> list[str]:
    """Return patterns of the folders below the case's, position by position."""
    parts = [folder.split("/")[level + 1 :] for folder in folders]
    longest = max(map(len, parts))
    if any(len(each) != longest for each in parts):
        return ["**"]
    return [_alike(sorted({each[i] for each in parts})) for i in range(longest)]


def _alike(names: Sequence[str]) -> str:
    """Return a pattern of what all *names* share: themselves, a beginning, an end, or nothing.

    >>> _alike(["CT_1.2", "CT_7.4"]), _alike(["1-NA-4", "2-NA-4"]), _alike(["CT"])
    ('CT_*', '*-NA-4', 'CT')
    """
    if len(names) == 1 and not names[0].replace(".", "").isdigit():
        return names[0]
    low, high = names[0], names[-1]
    before = next((i for i, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), 0)
    prefix = low[:before].rstrip("0123456789.")
    tails = [name[::-1] for name in names]
    low, high = min(tails), max(tails)
    after = next((i for i, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), 0)
    suffix = low[:after][::-1].lstrip("0123456789.")
    if len(prefix) + len(suffix) >= min(map(len, names)):
        suffix = ""
    return f"{prefix}*{suffix}"


def _ending(files: Sequence[str]) -> str:
    """Return ``.dcm`` where all files end so; nothing otherwise."""
    return ".dcm" if all(file.endswith(".dcm") for file in files) else ""
