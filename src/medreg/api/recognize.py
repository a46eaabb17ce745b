"""Which dataset lies in a folder: by how its files are named and arranged, and what they hold.

The layout of every known dataset is asked for its cases among the names, and its listing of real
paths is compared with them. Then contents speak: files and scans that are on record in this
registry, identifiers in headers, and values in masks that a dataset does not list.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from medreg.api import copies, evidence
from medreg.api.glance import (
    Glance,
    Tree,
    every,
    folders,
    glance,
    keys,
    likeness,
    share,
    suffixes,
    tree,
)
from medreg.errors import MedregError
from medreg.testing.listing import tree_paths

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from medreg.api.lab import Lab
    from medreg.model import Case, Dataset
    from medreg.plugins import Declared

Sure = Literal["certain", "likely", "possible", "unknown"]
LEAST = 0.5  # of the files, to be explained at all
WHOLE = 0.95  # of the files: nothing else lies there
CLOSE = 0.1  # of the score: another dataset may be meant as well
GOOD = 0.6  # of the score, for one that nothing contradicts
DEPTH = 3  # folders down to look for one dataset each


@dataclass(frozen=True)
class Fit:
    """How well a *dataset* explains a folder: the share of files, and of its listing's forms."""

    dataset: Dataset
    cases: int
    explained: float
    listed: float
    unlike: bool = False  # real paths are listed, and none has the form of one that is here
    bonus: float = 0.0
    certain: bool = False
    why: tuple[str, ...] = ()

    @property
    def score(self) -> float:
        """From 0 to about 1; more with evidence from contents."""
        return 0.6 * self.explained + 0.4 * self.listed + self.bonus


@dataclass(frozen=True)
class Recognized:
    """What was found in *place*: the dataset *name* (empty: none known), how sure, and *why*.

    *cases* are there of *published*; *left* files belong to no case, *litter* is what operating
    systems leave behind. *rivals* explain it nearly as well. Where no layout fits, *copies* are the
    checked datasets whose scans lie there under other names.
    """

    place: Path
    name: str
    sure: Sure
    why: Sequence[str]
    files: int
    size: int
    cases: int = 0
    published: int | None = None
    left: Sequence[str] = ()
    left_files: int = 0
    litter: Sequence[str] = ()
    litter_files: int = 0
    rivals: Sequence[str] = ()
    copies: Sequence[str] = ()
    damaged: Sequence[str] = ()
    drafted: str = ""
    notes: Sequence[str] = field(default=())


def recognize(lab: Lab, root: Path, name: str = "") -> list[Recognized]:
    """Return what lies in *root*: one dataset, or several in folders of their own.

    With *name* only that dataset is asked for, in the whole of *root*.
    """
    asked = [lab.declared(name)] if name else _known(lab)
    found = list(_below(lab, root, asked, DEPTH if not name else 0))
    if name and not found[0].name:
        here = found[0]
        found = [replace(here, why=(f"the layout of {name} finds no case among its files",))]
    return found


def _known(lab: Lab) -> list[Declared]:
    every_one = (d for _, d in sorted(lab.plugins.datasets.items()))
    return [d for d in every_one if d.dataset.layout and d.dataset.source.access != "generated"]


def _below(lab: Lab, root: Path, asked: Sequence[Declared], depth: int) -> Iterator[Recognized]:
    seen = glance(root)
    fits = _fits(lab, seen, asked) if seen.files else []
    best = fits[0] if fits else None
    inner = folders(root) if depth and (best is None or best.explained < WHOLE) else []
    if inner:
        parts = [one for folder in inner for one in _below(lab, folder, asked, depth - 1)]
        named = [one for one in parts if one.name]
        better = sum(one.files - one.left_files for one in _apart(named))
        if named and (best is None or better > best.explained * seen.files):
            yield from _merged(root, seen, parts)
            return
    yield from _told(seen, fits) if fits else _unknown(lab, seen)


def _merged(root: Path, seen: Glance, parts: Sequence[Recognized]) -> Iterator[Recognized]:
    """Yield each part that is known, and what is left beside them as one unknown folder."""
    named = [one for one in parts if one.name]
    yield from named
    left = seen.files - sum(one.files for one in _apart(named))
    if left:
        inside = tuple(f"{one.place.relative_to(root).as_posix()}/" for one in named)
        names = [path for path in seen.names if not path.startswith(inside)]
        yield Recognized(
            place=root,
            name="",
            sure="unknown",
            why=("no known layout finds cases in what lies beside the datasets",),
            files=left,
            size=seen.size - sum(one.size for one in _apart(named)),
            left=names[:20],
            left_files=left,
            litter=seen.litter,
            litter_files=seen.litter_files,
        )


def _apart(named: Sequence[Recognized]) -> list[Recognized]:
    """Return one of those in each place: datasets of one download lie in the same."""
    return list({one.place: one for one in named}.values())


def _fits(lab: Lab, seen: Glance, asked: Sequence[Declared]) -> list[Fit]:
    with tree(seen.root, seen.names) as names:
        fits = [fit for d in asked if (fit := _fit(lab, d, names))]
        fits.sort(key=lambda fit: (-fit.score, fit.dataset.name))
        close = [fit for fit in fits if fit.score > fits[0].score - 3 * CLOSE]
        weighed = evidence.weigh(lab, names, [fit.dataset for fit in close])
    told = [
        replace(fit, bonus=one.bonus, certain=one.certain, why=one.why)
        for fit, one in zip(close, weighed, strict=True)
    ]
    return sorted(told, key=lambda fit: (not fit.certain, -fit.score, fit.dataset.name))


def _fit(lab: Lab, declared: Declared, names: Tree) -> Fit | None:
    paths = names.paths()
    cases = found(declared.dataset, names)
    if not cases:
        return None
    listed = list(tree_paths(evidence.listing_of(lab, declared)))
    known, used = {keys(path) for path in listed}, members(cases)
    explained = share(sum(path in used or keys(path) in known for path in paths), len(paths))
    if explained < LEAST:
        return None
    like = likeness(listed, suffixes(paths))
    return Fit(declared.dataset, len(cases), explained, like, unlike=bool(listed) and not like)


def found(dataset: Dataset, names: Tree) -> list[Case]:
    """Return the cases that the layout finds; none where it stumbles over strange files."""
    try:
        return list(dataset.find(names))
    except (MedregError, OSError, ValueError, KeyError, TypeError):
        return []


def members(cases: Sequence[Case]) -> set[str]:
    """Return the files that *cases* are made of."""
    refs = (ref for c in cases for ref in (*c.images.values(), *([c.mask] if c.mask else [])))
    return {path for ref in refs for path in ref.members}


def _base(seen: Glance) -> Recognized:
    return Recognized(
        place=seen.root,
        name="",
        sure="unknown",
        why=("no known layout finds its cases among these files",),
        files=seen.files,
        size=seen.size,
        left=seen.names[:20],
        left_files=seen.files,
        litter=seen.litter,
        litter_files=seen.litter_files,
    )


def _unknown(lab: Lab, seen: Glance) -> Iterator[Recognized]:
    """Yield a folder that no layout fits: what its scans show may be known all the same."""
    base, again = _base(seen), copies.copies(lab, seen)
    if again:
        names = sorted({pair.b.partition("/")[0] for pair in again})
        base = replace(base, copies=names, sure=copies.how_sure(again), notes=copies.told(again))
    yield base


def _told(seen: Glance, fits: Sequence[Fit]) -> Iterator[Recognized]:
    """Yield the dataset that fits best, and those that come in the same download."""
    base = _base(seen)
    best = fits[0]
    near = [f for f in fits[1:] if f.score > best.score - CLOSE and best.certain == f.certain]
    together = [f for f in near if f.dataset.source == best.dataset.source]
    rivals = [f.dataset.name for f in near if f not in together]
    for fit in sorted((best, *together), key=lambda fit: fit.dataset.name):
        yield _one(base, fit, rivals)


def _one(base: Recognized, best: Fit, rivals: Sequence[str]) -> Recognized:
    with tree(base.place, every(base.place)) as whole:
        cases = found(best.dataset, whole)
        used = members(cases)
        containers = {whole.container(path) for path in used}
        left = [path for path in whole.paths() if path not in used]
        loose = [path for path in left if whole.container(path) not in containers]
        damaged = [f"{name}: {why}" for name, why in sorted(whole.damaged.items())]
    sure: Sure = "certain" if best.certain else "possible"
    if not best.certain and best.score >= GOOD and not rivals and not best.unlike:
        sure = "likely"
    published = best.dataset.cases
    count = f"{len(cases)} of {published} published cases" if published else f"{len(cases)} cases"
    why = [
        f"its layout finds {count}",
        f"{best.explained:.0%} of the files are its own; they lie as listed to {best.listed:.0%}",
        *best.why,
    ]
    return replace(
        base,
        name=best.dataset.name,
        sure=sure,
        why=why,
        cases=len(cases),
        published=published,
        left=loose[:20],
        left_files=len(loose),
        rivals=rivals,
        damaged=damaged,
    )
