"""Guess how volumes of one file each are arranged: layouts to try, which look for themselves."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from medreg.errors import MedregError
from medreg.layouts import Bids, Decathlon, NnunetRaw, Pairs, PerLabel
from medreg.layouts.annotations import ENDINGS
from medreg.plugins.draft.words import IMAGE, is_mask, words
from medreg.plugins.draft.write import snake
from medreg.tables import natural

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from medreg.model import Layout, Tree

Template = tuple[str, str]  # what stands before and after the case in a file's stem
_SUBJECT = re.compile(
    r"(?:.*/)?sub-[^/]+/(?:ses-[^/]+/)?(?P<type>[a-z0-9]+)/(?P<case>sub-[^/]*)_(?P<suffix>[A-Za-z0-9]+)"
    r"\.nii(?:\.gz)?"
)
OFTEN = 0.5  # of all cases: less is litter, or an exception


def index_of(tree: Tree) -> tuple[str, dict[str, Any]]:
    """Return the path and content of the first ``dataset.json``; empty when there is none."""
    for path in tree.paths():
        if path.rpartition("/")[2] == "dataset.json":
            try:
                content = json.loads(tree.read(path))
            except (ValueError, OSError, MedregError):
                continue
            if isinstance(content, dict):
                return path, content
    return "", {}


def split(path: str) -> tuple[str, str, str] | None:
    """Return folder, stem and ending of a volume's path; None for any other file.

    >>> split("a/b/x.nii.gz")
    ('a/b', 'x', '.nii.gz')
    """
    folder, _, name = path.rpartition("/")
    for ending in sorted(ENDINGS, key=len, reverse=True):
        if name.lower().endswith(ending):
            return folder, name[: -len(ending)], name[-len(ending) :]
    return None


def layouts(tree: Tree) -> Iterator[Layout]:
    """Yield layouts that may fit, the most telling first."""
    volumes = {path: parts for path in tree.paths() if (parts := split(path))}
    if not volumes:
        return
    yield from _indexed(tree, volumes)
    yield from _bids(tree.paths())
    for ending in [e for e, _ in Counter(parts[2] for parts in volumes.values()).most_common()]:
        some = {path: (f, stem) for path, (f, stem, e) in volumes.items() if e == ending}
        yield from _by_folder(some, ending)
        yield from _beside(some, ending)
        yield from _apart(some, ending)
        yield from _lone(some, ending)


# --- with an index -------------------------------------------------------------------------------


def _indexed(tree: Tree, volumes: Mapping[str, tuple[str, str, str]]) -> Iterator[Layout]:
    path, content = index_of(tree)
    folder = path.rpartition("/")[0]
    named = content.get("channel_names") or content.get("modality") or {}
    channels = tuple(snake(str(name)) for name in named.values()) if isinstance(named, dict) else ()
    stems = [each for each in volumes.values() if each[0].rpartition("/")[2] == "imagesTr"]
    numbered = sorted({s[-5:] for _, s, _ in stems if re.fullmatch(r".*_\d{4}", s)})
    if stems and numbered and all(s[-5:] in numbered for _, s, _ in stems):
        if len(channels) != len(numbered):
            channels = tuple(f"channel_{n}" for n in range(len(numbered)))
        where = stems[0][0].rpartition("/")[0]
        below = f"**/{where.rpartition('/')[2]}" if where else "**"
        ending = str(content.get("file_ending") or stems[0][2])
        yield NnunetRaw(_distinct(channels), below, ending)
    if folder and channels and isinstance(content.get("training"), list):
        yield Decathlon(folder.rpartition("/")[2], _distinct(channels))


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(n if names.count(n) == 1 else f"{n}_{i}" for i, n in enumerate(names))


def _bids(paths: Sequence[str]) -> Iterator[Layout]:
    images: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    drawn: Counter[str] = Counter()
    derived = [path for path in paths if "derivatives" in path.split("/")]
    for path in paths:
        found = _SUBJECT.fullmatch(path)
        if found and path not in derived and found["suffix"] not in ("mask", "dseg"):
            images[found["type"]][found["suffix"]].add(found["case"])
    cases = {case for each in images.values() for some in each.values() for case in some}
    for path in paths:
        folder, _, name = path.rpartition("/")
        if re.search(r"_(dseg|mask|roi)\.nii(\.gz)?$", name):
            case = max((c for c in cases if name.startswith(c)), key=len, default="")
            if case:
                start = "derivatives/**" if "derivatives" in folder.split("/") else "**"
                drawn[f"{start}/{{case}}{name[len(case) :]}"] += 1
    label = drawn.most_common(1)[0][0] if drawn else None
    for kind, each in sorted(images.items(), key=lambda item: -max(map(len, item[1].values()))):
        most = max(map(len, each.values()))
        often = [suffix for suffix in sorted(each) if len(each[suffix]) >= OFTEN * most]
        if len(often) > 1:
            yield Bids({snake(suffix): suffix for suffix in often}, kind, label)
        for suffix in often:
            yield Bids(suffix, kind, label)


# --- one folder per case -------------------------------------------------------------------------


def _by_folder(volumes: Mapping[str, tuple[str, str]], ending: str) -> Iterator[Layout]:
    """Try each depth at which a folder's name may be the case's."""
    depth = max(folder.count("/") + 1 if folder else 0 for folder, _ in volumes.values())
    for level in range(depth):
        roles: dict[str, set[str]] = defaultdict(set)
        cases: set[str] = set()
        for folder, stem in volumes.values():
            parts = folder.split("/") if folder else []
            if len(parts) <= level:
                continue
            case = "/".join(parts[: level + 1])
            inner = [*parts[level + 1 :], stem]
            cases.add(case)
            roles["/".join(part.replace(parts[level], "{case}") for part in inner)].add(case)
        often = {role: len(c) for role, c in roles.items() if len(c) >= max(1, OFTEN * len(cases))}
        images = sorted((r for r in often if not is_mask(_bare(r))), key=natural)
        masks = sorted((r for r in roles if is_mask(_bare(r))), key=natural)
        if len(cases) > 1 and images:
            yield from _roles(images, masks, often, ending)


def _bare(role: str) -> str:
    return role.replace("{case}", "")


def _roles(
    images: Sequence[str], masks: Sequence[str], often: Mapping[str, int], ending: str
) -> Iterator[Layout]:
    image = {_channel(role): f"**/{{case}}/{role}{ending}" for role in images}
    shown: str | dict[str, str] = next(iter(image.values())) if len(image) == 1 else image
    folders = {role.rpartition("/")[0] for role in masks}
    if len(masks) > 1 and len(folders) == 1 and len(image) == len(images):
        (folder,) = folders
        stems = [role.rpartition("/")[2] for role in masks]
        before = _common(stems)
        pattern = f"**/{{case}}/{folder}/{before}{{label}}{ending}".replace("//", "/")
        yield PerLabel(
            shown, pattern, absent="unknown" if any(m not in often for m in masks) else "refused"
        )
    usual = [role for role in masks if role in often]
    if len(image) == len(images):
        for mask in usual:
            yield Pairs(shown, f"**/{{case}}/{mask}{ending}")
        if not usual:
            yield Pairs(shown)


def _common(stems: Sequence[str]) -> str:
    """Return the words that all *stems* begin with, when they say that these are masks.

    >>> _common(["mask_liver", "mask_left_kidney"]), _common(["liver", "lung"])
    ('mask_', '')
    """
    first = stems[0]
    ends = [m.end() for m in re.finditer(r"[_\-. ]", first)]
    common = [first[:end] for end in ends if all(s.startswith(first[:end]) for s in stems)]
    return next((c for c in reversed(common) if is_mask(c)), "")


def _channel(role: str) -> str:
    return snake(_bare(role.rpartition("/")[2]) or role.rpartition("/")[0])


# --- one file per case ---------------------------------------------------------------------------


def _beside(volumes: Mapping[str, tuple[str, str]], ending: str) -> Iterator[Layout]:
    """Try masks that lie beside their images: ``x.nii.gz`` and ``x_seg.nii.gz``."""
    stems = [stem for _, stem in volumes.values()]
    drawn = [(stem, template) for stem in stems if (template := mask_template(stem))]
    for (before, after), count in Counter(t for _, t in drawn).most_common(3):
        masks = [stem for stem, template in drawn if template == (before, after)]
        keys = {stem[len(before) : len(stem) - len(after)] for stem in masks}
        rest: Counter[Template] = Counter()
        for stem in stems:
            if not mask_template(stem):
                key = max((k for k in keys if k in stem), key=len, default="")
                if key:
                    head, _, tail = stem.partition(key)
                    rest[head, tail] += 1
        often = sorted(t for t, n in rest.items() if n >= OFTEN * count)
        label = f"**/{before}{{case}}{after}{ending}"
        image = {snake(h + t) if h + t else "image": f"**/{h}{{case}}{t}{ending}" for h, t in often}
        if len(image) == 1:
            yield Pairs(next(iter(image.values())), label)
        elif image:
            yield Pairs(image, label)


def mask_template(stem: str) -> Template | None:
    """Return what a mask's stem has around its case.

    >>> mask_template("ct_01_seg"), mask_template("segmentation-28"), mask_template("ct_01")
    (('', '_seg'), ('segmentation-', ''), None)
    """
    parts = re.findall(r"[^_\-. ]+|[_\-. ]", stem)
    for count in (2, 4):
        tail, head = "".join(parts[-count:]), "".join(parts[:count])
        if len(parts) > count and tail[0] in "_-. " and is_mask(tail):
            return "", tail
        if len(parts) > count and head[-1] in "_-. " and is_mask(head):
            return head, ""
    return None


def _apart(volumes: Mapping[str, tuple[str, str]], ending: str) -> Iterator[Layout]:
    """Try masks in a folder of their own: ``images/x.nii.gz`` and ``labels/x.nii.gz``."""
    by_folder: dict[str, list[str]] = defaultdict(list)
    for folder, stem in volumes.values():
        by_folder[folder.rpartition("/")[2]].append(stem)
    masks = sorted((f for f in by_folder if is_mask(f)), key=lambda f: ("ts" in words(f), f))
    images = sorted(
        (f for f in by_folder if not is_mask(f)),
        key=lambda f: (not IMAGE & set(words(f)), "ts" in words(f), f),
    )
    for mask in masks:
        for image in images:
            found = _shared(by_folder[image], by_folder[mask])
            if not found:
                continue
            (h, t), (before, after) = found
            where, there = (f"**/{name}" if name else "**" for name in (image, mask))
            yield Pairs(
                f"{where}/{h}{{case}}{t}{ending}", f"{there}/{before}{{case}}{after}{ending}"
            )


def _shared(images: Sequence[str], masks: Sequence[str]) -> tuple[Template, Template] | None:
    """Return what stands around the case in both, for the way in which most names agree."""
    best, most = None, 0
    for one in _templates(images):
        for other in _templates(masks):
            count = len(keys(images, one) & keys(masks, other))
            if count > most:
                best, most = (one, other), count
    return best if most >= OFTEN * len(masks) else None


def _templates(stems: Sequence[str]) -> list[Template]:
    """Return templates to try: nothing around the case, then what all stems share."""
    before = re.sub(r"\d+$", "", _prefix(stems))
    after = re.sub(r"^\d+", "", _prefix([stem[::-1] for stem in stems])[::-1])
    numbered = "_0000" if stems and all(stem.endswith("_0000") for stem in stems) else ""
    usual = [("", ""), ("", numbered), ("", after), (before, ""), (before, after)]
    return list(dict.fromkeys(usual))


def _prefix(stems: Sequence[str]) -> str:
    if len(stems) < 2:  # noqa: PLR2004  # one name shares nothing
        return ""
    low, high = min(stems), max(stems)
    end = next((i for i, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), len(low))
    return low[:end]


def keys(stems: Sequence[str], template: Template) -> set[str]:
    """Return what stands between the two ends of *template* in each of *stems* that has them."""
    head, tail = template
    return {
        stem[len(head) : len(stem) - len(tail)]
        for stem in stems
        if stem.startswith(head) and stem.endswith(tail) and len(stem) > len(head) + len(tail)
    }


def _lone(volumes: Mapping[str, tuple[str, str]], ending: str) -> Iterator[Layout]:
    """Try images without masks."""
    folders = Counter(folder.rpartition("/")[2] for folder, _ in volumes.values())
    for folder, _ in folders.most_common(2):
        if not is_mask(folder):
            yield Pairs(f"**/{folder}/{{case}}{ending}" if folder else f"**/{{case}}{ending}")
    yield Pairs(f"**/{{case}}{ending}")
