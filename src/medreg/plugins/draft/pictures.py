"""Guess how pictures and arrays are arranged."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from medreg.layouts import Arrays, Images2d
from medreg.plugins.draft.volumes import keys, mask_template
from medreg.plugins.draft.words import IMAGE, is_mask, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medreg.model import Layout, Tree

PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".ppm")
SPLITS = frozenset(("train", "test", "val", "valid", "validation", "training", "testing"))
MOST = 200  # classes


def layouts(tree: Tree) -> Iterator[Layout]:
    """Yield layouts that may fit pictures, then arrays."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for path in tree.paths():
        folder, _, name = path.rpartition("/")
        stem, dot, ending = name.rpartition(".")
        if f"{dot}{ending}".lower() in PICTURES:
            found[f"{dot}{ending}"].append((folder, stem))
    for ending, files in sorted(found.items(), key=lambda item: -len(item[1])):
        yield from _pictures(files, ending, sorted(found))
    yield from _arrays(tree)


def _pictures(files: list[tuple[str, str]], ending: str, endings: list[str]) -> Iterator[Layout]:
    folders = Counter(folder.rpartition("/")[2] for folder, _ in files)
    images = [f for f in folders if not is_mask(f)]
    for mask in sorted(f for f in folders if is_mask(f)):
        for image in sorted(images, key=lambda f: not IMAGE & set(words(f))):
            yield Images2d(f"**/{image}/{{case}}{ending}", f"**/{mask}/{{case}}{ending}")
    drawn = Counter(t for _, stem in files if (t := mask_template(stem)))
    named = {f for f in images if f and f.lower() not in SPLITS and not IMAGE & set(words(f))}
    classes = 1 < len(named) <= MOST and len(files) >= len(named)
    start = "**/{class}/" if classes else "**/"
    for (before, after), _ in drawn.most_common(1):
        drawn_of = keys([stem for _, stem in files], (before, after))
        if any(stem in drawn_of for _, stem in files):
            yield Images2d(f"{start}{{case}}{ending}", f"{start}{before}{{case}}{after}{ending}")
        for other in endings:  # a mask in PNG beside a JPEG
            yield Images2d(f"{start}{{case}}{other}", f"{start}{before}{{case}}{after}{ending}")
    for folder in images:
        for mask in (f for f in folders if is_mask(f)):
            for other in endings:
                yield Images2d(f"**/{folder}/{{case}}{other}", f"**/{mask}/{{case}}{ending}")
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
        for images in sorted(known, key=lambda n: -len(known[n])):
            rows = known[images][:1]
            rest = [n for n in sorted(known) if n != images and known[n][:1] == rows]
            for labels in (*rest, None):
                yield Arrays(name, images, labels)
