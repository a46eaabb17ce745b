"""Draft a plugin for a folder on disk: layouts are tried, the one that explains most is kept."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from medreg.errors import MedregError, NotFound
from medreg.layouts.refs import RefusedRef
from medreg.model import CT, LONE, Claim, Modality
from medreg.plugins.blanks import BLANK
from medreg.plugins.draft import listed, pictures, scans, volumes
from medreg.plugins.draft.labels import labels_of
from medreg.plugins.draft.scaffold import OWN
from medreg.plugins.draft.tree import PlannedTree, planned
from medreg.plugins.draft.words import modality
from medreg.plugins.draft.write import LABEL, Draft, snake, unknown
from medreg.sources import Local
from medreg.tables import natural

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from medreg.model import Case, Layout
    from medreg.terms import License
    from medreg.vocabulary import Vocabulary

AIR = (-4096, -500)  # the lowest value of a CT, in HU
FIRST = 5  # cases that are shown before anything is written


@dataclass(frozen=True, kw_only=True)
class Inferred(Draft):
    """A draft with what its layout finds: *first* cases with their files, of *found* in all."""

    first: Mapping[str, Sequence[str]] = field(default_factory=dict)
    found: int = 0


@dataclass(frozen=True)
class Fit:
    """A *layout* and the *cases* that it finds; *score* compares it with others."""

    layout: Layout
    cases: Sequence[Case]
    score: tuple[bool, int, int]


def draft(
    place: Path, name: str, vocabulary: Vocabulary, licenses: Mapping[str, License]
) -> Inferred:
    """Return the draft for the folder *place*; raises `NotFound` where no layout fits."""
    if not place.is_dir():
        raise NotFound(f"there is no folder {place}", hint="medreg add-plugin NAME --from FOLDER")
    tree = planned(place)
    kinds = scans.kinds(tree)
    fit = best(tree, kinds)
    if fit is None:
        some = ", ".join(tree.paths()[:3]) or "no file at all"
        raise NotFound(
            f"no layout explains {place}, which holds {some}",
            hint="medreg add-plugin NAME writes a scaffold: see medreg.layouts for its layout=",
        )
    name = name or snake(place.resolve().name)
    _, index = volumes.index_of(tree)
    labels, notes = labels_of(tree, fit.cases, index, vocabulary)
    shown, sure = _modality(fit, tree, kinds, index, f"{name} {place.resolve().name}")
    masks = sum(case.mask is not None for case in fit.cases)
    today = dt.datetime.now(tz=dt.UTC).date().isoformat()
    values = unknown(name, "")
    values |= {
        "title": str(index.get("name") or values["title"]),
        "licenses": (_license(index, place, licenses, today),),
        "modality": shown,
        "source": Local(str(place.resolve())),
        "layout": fit.layout,
    }
    patient = all(case.patient for case in fit.cases)
    values |= {"labels": labels} if labels else {"annotation": _annotation(fit)}
    values |= {"patients": "by layout" if patient else "unknown", "restricted": True}
    comments = {
        "licenses": "who allowed the use, and when? rank='publisher' makes this a decision",
        "restricted": OWN["restricted"],
        **({} if patient else {"patients": 'or "each case", when no patient has two of them'}),
        **({} if sure else {"modality": f"{BLANK}: CT, MR, PT, Modality.US, Modality.DX, ..."}),
    }
    about = f"{len(fit.cases)} cases, {masks} with masks" if masks else f"{len(fit.cases)} cases"
    left = len(tree.paths()) - len(_used(fit.cases))
    return Inferred(
        name=name,
        doc=f"{values['title']}: {about}, as found in a folder on {today}. "
        f"The arrangement was inferred by medreg add-plugin from the names of the files: "
        f"{type(fit.layout).__name__}, {left} files belong to no case.",
        values=values,
        comments=comments,
        listing=listed.stand_ins(fit.layout, fit.cases, tree.paths()),
        listed_from="the arrangement that medreg add-plugin found; names of cases are stand-ins, "
        + today,
        notes=[*notes, *_left(tree, fit.cases)],
        first={case.id: sorted(_used([case])) for case in fit.cases[:FIRST]},
        found=len(fit.cases),
    )


def best(tree: PlannedTree, kinds: Mapping[str, str]) -> Fit | None:
    """Return the layout that explains most of *tree*: masks first, then files; None: none fits."""
    fits = (fit for layout in _layouts(tree, kinds) if (fit := _fit(tree, layout)))
    return max(fits, key=lambda fit: fit.score, default=None)  # the first of equals


def guessed(paths: Sequence[str]) -> Fit | None:
    """Return the layout that explains most of the names of files that are elsewhere."""
    from pathlib import Path

    absent = Path("/nonexistent")
    return best(PlannedTree({path: absent / path for path in paths}, {}, {}), {})


def arranged(paths: Sequence[str], count: int = 3) -> tuple[dict[str, object], list[str]]:
    """Return the fields that the names of files tell, and the files of *count* cases."""
    fit = guessed(paths)
    if fit is None:
        return {"annotation": "none"}, []
    masked = any(case.mask for case in fit.cases)
    told: dict[str, object] = {"layout": fit.layout}
    told |= {"labels": {1: LABEL}} if masked else {"annotation": _annotation(fit)}
    return told, sorted(_used(fit.cases[:count]), key=natural)


def _layouts(tree: PlannedTree, kinds: Mapping[str, str]) -> Iterator[Layout]:
    guesses = [scans.layouts(tree, kinds), pictures.layouts(tree)]
    if not kinds:  # volumes beside DICOM are its masks
        guesses.insert(1, volumes.layouts(tree))
    for some in guesses:
        seen: list[Layout] = []
        for layout in _declared(some):
            if layout not in seen:
                seen.append(layout)
                yield layout


def _declared(guesses: Iterator[Layout]) -> Iterator[Layout]:
    """Yield *guesses* until names come that no pattern can hold."""
    try:
        yield from guesses
    except MedregError:
        return


def _fit(tree: PlannedTree, layout: Layout) -> Fit | None:
    try:
        cases = list(layout.cases(tree))
    except (MedregError, OSError):  # a name without a file has nothing to read
        return None
    whole = [c for c in cases if not any(isinstance(r, RefusedRef) for r in c.images.values())]
    masked = [c for c in whole if c.mask is not None and not isinstance(c.mask, RefusedRef)]
    if not whole or len(whole) < len(cases) / 2 or len({c.id for c in cases}) < len(cases):
        return None
    return Fit(
        layout, cases, (bool(masked), len(_used(whole)) - len(cases) + len(whole), len(masked))
    )


def _used(cases: Sequence[Case]) -> set[str]:
    refs = [ref for case in cases for ref in (*case.images.values(), case.mask) if ref]
    return {path for ref in refs for path in ref.members}


def _left(tree: PlannedTree, cases: Sequence[Case]) -> list[str]:
    used = _used(cases)
    left = [path for path in tree.paths() if path not in used]
    return [f"no case is made of {len(left)} files, such as {left[0]}"] if left else []


def _annotation(fit: Fit) -> str:
    classes = any(case.classes for case in fit.cases)
    return "class" if classes else "none"


def _modality(
    fit: Fit, tree: PlannedTree, kinds: Mapping[str, str], index: Mapping[str, Any], called: str
) -> tuple[object, bool]:
    """Return the modality, or that of each channel, and whether anything said so."""
    names = list(fit.cases[0].images)
    series = [Modality(k) for k in kinds.values() if k in list(Modality)]
    said = next(iter(series), None) or modality(" ".join(map(str, _channels_of(index))))
    told = said or modality(called)
    told = told or next((m for path in tree.paths()[:50] if (m := modality(path))), None)
    told = told or _by_values(fit)
    if names == [LONE]:
        return told or CT, told is not None
    each = {name: modality(name) for name in names}
    return {n: m or told or CT for n, m in each.items()}, bool(told) or all(each.values())


def _by_values(fit: Fit) -> Modality | None:
    """Return CT where the first image has air in Hounsfield units; nothing else shows itself so."""
    if getattr(fit.layout, "packed", False):
        return None
    try:
        low = float(next(iter(fit.cases[0].images.values())).read().array.min())
    except MedregError:
        return None
    return CT if AIR[0] <= low <= AIR[1] else None


def _channels_of(index: Mapping[str, Any]) -> list[Any]:
    named = index.get("channel_names") or index.get("modality") or {}
    return list(named.values()) if isinstance(named, dict) else [named]


def _license(
    index: Mapping[str, Any], place: Path, licenses: Mapping[str, License], today: str
) -> Claim:
    """Return what the folder itself says of its license; nobody's word is a third party's."""
    said = str(index.get("licence") or index.get("license") or "")
    spdx = re.sub(r"[\s_]+", "-", said.strip().upper())
    known = {name.upper(): name for name in licenses}
    if spdx in known:
        return Claim(known[spdx], f"dataset.json of {place.name}", today, "publisher")
    found = f"found in the folder {place.name}; nobody is named who allowed the use"
    return Claim("LicenseRef-Institutional", found, today)
