"""Guess how pictures and arrays are arranged."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from medreg.layouts import Arrays, Images2d
from medreg.plugins.draft.volumes import mask_template
from medreg.plugins.draft.words import IMAGE, is_mask, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medreg.model import Layout, Tree

PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".ppm")
SPLITS = frozenset(("train", "test", "val", "valid", "validation", "training", "testing"))
MOST = 200  # classes
SHOWN, TOLD = ("image", "img", "x", "data", "scan"), ("label", "mask", "y", "target", "seg")


def layouts(tree: Tree) -> Iterator[Layout]:
    """Yield layouts that may fit pictures, then arrays."""
    files: list[tuple[str, str, str]] = []
    for path in tree.paths():
        folder, _, name = path.rpartition("/")
        stem, dot, ending = name.rpartition(".")
        if f"{dot}{ending}".lower() in PICTURES:
            files.append((folder.rpartition("/")[2], stem, f"{dot}{ending}"))
    if files:
        yield from _apart(files)
        yield from _beside_or_alone(files)
    yield from _arrays(tree)


def _apart(files: list[tuple[str, str, str]]) -> Iterator[Layout]:
    """Try masks in a folder of their own, in a format of their own perhaps."""
    kinds = Counter((folder, ending) for folder, _, ending in files)
    drawn = sorted(kind for kind in kinds if is_mask(kind[0]))
    shown = sorted(
        (kind for kind in kinds if not is_mask(kind[0])),
        key=lambda kind: (not IMAGE & set(words(kind[0])), kind),
    )
    for mask, mask_ending in drawn:
        masks = [stem for f, stem, e in files if (f, e) == (mask, mask_ending)]
        templates = Counter(t for stem in masks if (t := mask_template(stem)))
        before, after = templates.most_common(1)[0][0] if templates else ("", "")
        for image, ending in shown:
            start = f"**/{image}/" if image else "**/"
            for head, tail in dict.fromkeys((("", ""), (before, after))):
                yield Images2d(
                    f"{start}{{case}}{ending}", f"**/{mask}/{head}{{case}}{tail}{mask_ending}"
                )


def _beside_or_alone(files: list[tuple[str, str, str]]) -> Iterator[Layout]:
    """Try masks beside their images, classes by folder, and pictures alone."""
    endings = [ending for ending, _ in Counter(e for _, _, e in files).most_common()]
    named = {
        folder
        for folder, _, _ in files
        if folder and folder.lower() not in SPLITS and not IMAGE & set(words(folder))
    }
    classes = 1 < len(named) <= MOST and not any(map(is_mask, named))
    start = "**/{class}/" if classes else "**/"
    drawn = Counter((t, e) for _, stem, e in files if (t := mask_template(stem)))
    for ((before, after), mask_ending), _ in drawn.most_common(1):
        for ending in endings:
            yield Images2d(
                f"{start}{{case}}{ending}", f"{start}{before}{{case}}{after}{mask_ending}"
            )
    for ending in endings:
        if classes:
            yield Images2d(f"**/{{class}}/{{case}}{ending}")
        yield Images2d(f"**/{{case}}{ending}")


def _arrays(tree: Tree) -> Iterator[Layout]:
    from medreg.imaging.arrays import headers

    for path in tree.paths():
        if not path.endswith(".npz"):
            continue
        known = headers(tree, path)
        name = path.rpartition("/")[2]
        yield Arrays(name)
        yield Arrays(name, labels=None)
        yield Arrays(name, "{split}_images", "{split}_label")
        for images in (n for n in sorted(known) if any(word in n.lower() for word in SHOWN)):
            rest = [
                n
                for n in sorted(known)
                if known[n][:1] == known[images][:1] and any(word in n.lower() for word in TOLD)
            ]
            for labels in (*rest, None):
                yield Arrays(name, images, labels)
