"""Tell of which dataset and case a path or id in somebody's list is.

Lists rename: ``04_LiTS/img/liver_28.nii.gz`` is LiTS's ``volume-28``. A folder or a part of the
file's name tells the dataset; the layout's pattern, or else the number, tells the case.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from medreg.catalog.names import Names, key
from medreg.layouts.pattern import clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from medreg.model import Dataset

_NUMBERED = re.compile(r"^\d+[_\-. ]+")  # 04_LiTS
_CHANNEL = re.compile(r"(?<=\d)_000\d$")  # nnU-Net's _0000 behind a number
_ARCHIVE = re.compile(r"(?i)^(tcia|idc|nih)[_\- ]+")  # TCIA_Pancreas-CT
_WORD = re.compile(r"\{(\w+)\}")
_ENDINGS = re.compile(r"(\.nii)?\.[A-Za-z]+\d*(\.gz)?$")


@dataclass(frozen=True, slots=True)
class Known:
    """A list's entry: the *datasets* that it may be of, and its path's parts without endings."""

    entry: str
    datasets: tuple[str, ...]
    parts: tuple[str, ...]


@dataclass(frozen=True)
class Recognizer:
    """Recognize entries of lists as cases of *datasets*, by any name that *names* knows."""

    datasets: Mapping[str, Dataset]
    names: Names
    _seen: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False)

    def known(self, entry: str, default: Sequence[str] = ()) -> Known:
        """Tell which datasets *entry* may be of; *default* where nothing in it says so."""
        parts = tuple(part for part in re.split(r"[/\\]", entry.strip()) if part not in ("", "."))
        if not parts:
            return Known(entry, (), ())
        parts = (*parts[:-1], _CHANNEL.sub("", _ENDINGS.sub("", parts[-1])))
        if "__" in parts[-1] and parts[-1].partition("__")[0] in self.datasets:
            dataset, _, case = parts[-1].partition("__")  # as a set's own files are called
            return Known(entry, (dataset,), (case,))
        if len(parts) == 2 and parts[0] in self.datasets:  # noqa: PLR2004 - dataset/case
            return Known(entry, (parts[0],), parts[1:])
        for index in range(len(parts) - 1, -1, -1):
            if found := self._called(parts[index]):
                return Known(entry, self._narrowed(found, parts), parts[index:])
        by_name = tuple(name for name, form in self._forms.items() if form.is_of(parts))
        return Known(entry, by_name or tuple(default), parts)

    def case(self, known: Known, dataset: str) -> str:
        """Return the case of *dataset* that an entry means."""
        parts, form = known.parts, self._forms.get(dataset)
        if form is None:
            return clean(parts[-1], known.entry)
        spelled = [one for part in reversed(parts) for one in (part, f"{part}_0000")]
        whole = next((one for one in spelled if form.regex.fullmatch(one)), None)
        if whole is not None:
            return clean(whole, known.entry)
        numbers = re.findall(r"\d+", parts[-1])
        return form.numbered(numbers[-1]) if numbers else clean(parts[-1], known.entry)

    def _called(self, part: str) -> tuple[str, ...]:
        """Return the datasets that are called like one folder."""
        if part not in self._seen:
            self._seen[part] = self._look_up(part)
        return self._seen[part]

    def _look_up(self, part: str) -> tuple[str, ...]:
        bare = _NUMBERED.sub("", part)
        for spelled in (key(part), key(bare), key(_ARCHIVE.sub("", bare))):
            for called in (self._families, self.names.also, self._versions):
                if spelled in called:
                    return called[spelled]
        return ()

    def _narrowed(self, found: tuple[str, ...], parts: Sequence[str]) -> tuple[str, ...]:
        """Keep the members of a family that other folders name: CHAOS/ct is ``chaos_ct``."""
        said = {key(part) for part in parts}
        narrow = tuple(name for name in found if said & {key(word) for word in name.split("_")[1:]})
        return narrow if len(found) > 1 and narrow else found

    @cached_property
    def _families(self) -> Mapping[str, tuple[str, ...]]:
        return {key(family): members for family, members in self.names.families.items()}

    @cached_property
    def _versions(self) -> Mapping[str, tuple[str, ...]]:
        """Datasets by their name without its year: ``KiTS`` may be any of its years."""
        found: dict[str, tuple[str, ...]] = {}
        for name in sorted(self.datasets):
            bare = key(re.sub(r"\d+$", "", name))
            if bare != key(name) and len(bare) > 2:  # noqa: PLR2004 - a word, not an initial
                found[bare] = (*found.get(bare, ()), name)
        return found

    @cached_property
    def _forms(self) -> Mapping[str, _Form]:
        return {name: form for name, d in sorted(self.datasets.items()) if (form := _form(d))}


@dataclass(frozen=True)
class _Form:
    """How the case ids of a dataset look: ``volume-{case}``."""

    text: str

    @cached_property
    def regex(self) -> re.Pattern[str]:
        literal = (re.escape(part) for part in _WORD.split(self.text)[::2])
        return re.compile(r"(.+?)".join(literal))

    def numbered(self, number: str) -> str:
        return _WORD.sub(number, self.text) if _WORD.search(self.text) else number

    def is_of(self, parts: Sequence[str]) -> bool:
        """Tell whether a path has such an id, one with a word of its own: ``BDMAP_00000012``."""
        words = "".join(_WORD.split(self.text)[::2])
        distinctive = len(re.sub(r"[^A-Za-z]", "", words)) > 3  # noqa: PLR2004 - img, s, ct are not
        return distinctive and any(self.regex.fullmatch(part) for part in parts)


def _form(dataset: Dataset) -> _Form | None:
    pattern = next(_patterns(dataset), "")
    component = next((part for part in pattern.split("/") if "{case}" in part), "")
    return _Form(_ENDINGS.sub("", component)) if component else None


def _patterns(dataset: Dataset) -> Iterator[str]:
    image = getattr(dataset.layout, "image", "")
    for pattern in image.values() if isinstance(image, dict) else (image,):
        if isinstance(pattern, str):
            yield pattern.partition(" | ")[0]
