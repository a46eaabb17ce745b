"""Put the files of several patterns together: which image, which mask, whose case."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING

from medreg.errors import DeclarationError, Refused
from medreg.layouts.pattern import Match, find, named, words
from medreg.layouts.refs import RefusedRef
from medreg.model import LONE, Case, ImageRef
from medreg.tables import natural

if TYPE_CHECKING:
    from medreg.model import Tree

Image = str | Mapping[str, str]  # one pattern, or an ordered mapping from channel to pattern
MASK = ""  # stands among the channels for the mask's pattern

ImageOf = Callable[[Sequence[str]], ImageRef]  # from paths
MaskOf = Callable[[Sequence[str], ImageRef], ImageRef]  # from paths and the image it lies on

_Found = dict[str, list[Match]]  # by channel


def check(image: Image, mask: str | None = None, mask_on: str = "") -> None:
    """Raise `DeclarationError` unless these patterns can be put together."""
    if not channels(image):
        raise DeclarationError('image names no channel; for example image={"ct": "**/{case}.nii"}')
    for pattern in (*channels(image).values(), *([mask] if mask else [])):
        words(pattern)
    if mask_on and mask_on not in channels(image):
        raise DeclarationError(
            f"mask_on={mask_on!r} is none of the channels {', '.join(channels(image))}"
        )


def channels(image: Image) -> Mapping[str, str]:
    """Return the pattern of each channel, in order."""
    return {LONE: image} if isinstance(image, str) else image


def cases(  # noqa: PLR0913  # what differs between layouts is said by name
    tree: Tree,
    image: Image,
    mask: str | None,
    *,
    image_of: ImageOf,
    mask_of: MaskOf,
    mask_on: str = "",
    aside: Callable[[str], bool] | None = None,
    called: Callable[[Match], str] = attrgetter("case"),
    many_masks: bool = False,
) -> Iterator[Case]:
    """Yield every case of *tree*, in natural order of the ids.

    A file belongs to one pattern only: the mask's chooses first, then the channels from the last
    to the first, which takes what is left. Files form one case when all words that the patterns
    share are equal. A case that lacks its image is yielded with a reference that refuses to be
    read, so that it is recorded; a case that lacks its mask is unlabelled. A file for which
    *aside* is true is no image. *called* says how a match names its case;
    *many_masks* that masks of one case may lie in several folders.

    Raises `DeclarationError` when two cases have one id, and `Refused` when nothing matches.
    """
    patterns = dict(channels(image))
    groups = _groups(tree, patterns, mask, aside)
    for case, found in _by_id(groups, patterns, called, many_masks=many_masks).items():
        images = {
            channel: image_of([match.path for match in found[channel]])
            if channel in found
            else RefusedRef((), _no_image(case, found, pattern))
            for channel, pattern in patterns.items()
        }
        drawn = [match.path for match in found.get(MASK, [])]
        yield Case(
            id=case,
            images=images,
            mask=mask_of(drawn, images[mask_on or next(iter(images))]) if drawn else None,
            mask_on=mask_on,
            patient=next((m.patient for m in _all(found) if m.patient), None),
            labels=None if drawn else frozenset(),
            classes=next(((m.words["class"],) for m in _all(found) if "class" in m.words), None),
        )


def one(paths: Sequence[str], ref: Callable[[str], ImageRef]) -> ImageRef:
    """Return *ref* of the only path, or a reference that refuses to be read."""
    if len(paths) == 1:
        return ref(paths[0])
    return RefusedRef(paths, f"{len(paths)} files match, not one: {paths[0]}, {paths[1]}")


def series(paths: Sequence[str], ref: ImageOf) -> ImageRef:
    """Return *ref* of all *paths*, or a reference that refuses when they lie in two folders."""
    folders = list(dict.fromkeys(path.rpartition("/")[0] for path in paths))
    if len(folders) == 1:
        return ref(paths)
    return RefusedRef(
        paths, f"one series is one folder, but these match: {folders[0]}, {folders[1]}"
    )


def _groups(
    tree: Tree,
    patterns: Mapping[str, str],
    mask: str | None,
    aside: Callable[[str], bool] | None,
) -> list[_Found]:
    """Group the files of *tree* by the words that all patterns share."""
    offered = [*patterns.items(), *([(MASK, mask)] if mask else [])]
    shared = sorted(frozenset.intersection(*(words(pattern) for _, pattern in offered)))
    paths = tree.paths()
    left = list(paths)
    groups: dict[tuple[str, ...], _Found] = {}
    for channel, pattern in reversed(offered):
        taken = set()
        if aside and channel != MASK:
            left = [path for path in left if not aside(path)]
        for match in find(pattern, left):
            key = tuple(match.words[word] for word in shared)
            groups.setdefault(key, {}).setdefault(channel, []).append(match)
            taken.add(match.path)
        left = [path for path in left if path not in taken]
    if not groups:
        seen = f"such as {paths[0]}" if paths else "for there is no file at all"
        raise Refused(
            f"no file matches {', '.join(p for _, p in offered)} among {len(paths)}, {seen}",
            hint="fetch the dataset again, or correct the layout in its plugin",
        )
    return list(groups.values())


def _by_id(
    groups: Sequence[_Found],
    patterns: Mapping[str, str],
    called: Callable[[Match], str],
    *,
    many_masks: bool,
) -> dict[str, _Found]:
    """Name each group, in natural order; raises `DeclarationError` for two cases with one id."""
    cases: dict[str, _Found] = {}
    for found in groups:
        case = _id(found, patterns, called)
        for channel, matches in found.items():
            for match in matches if channel != MASK or not many_masks else ():
                if match.folder != matches[0].folder:
                    raise _twice(case, matches[0].path, match.path)
        if case in cases:
            raise _twice(case, _any(cases[case]).path, _any(found).path)
        cases[case] = found
    return {case: cases[case] for case in sorted(cases, key=natural)}


def _id(found: _Found, patterns: Mapping[str, str], called: Callable[[Match], str]) -> str:
    """Return the id by the first channel's pattern, even where that channel's file is missing."""
    first, pattern = next(iter(patterns.items()))
    if first in found:
        return called(found[first][0])
    other = _any(found)
    return named(pattern, other.words) or called(other)


def _all(found: _Found) -> Iterator[Match]:
    return (match for matches in found.values() for match in matches)


def _any(found: _Found) -> Match:
    return next(_all(found))


def _no_image(case: str, found: _Found, pattern: str) -> str:
    return f"{case} has {_any(found).path}, but no file matches {pattern}"


def _twice(case: str, one_path: str, other: str) -> DeclarationError:
    return DeclarationError(
        f"two cases are called {case}: {one_path} and {other}",
        hint="name the folder that tells them apart in the layout's pattern",
    )
