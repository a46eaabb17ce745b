"""What a person may call a dataset: its name, its family's, or a name that lists and papers use."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medreg.errors import Misuse, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from medreg.catalog.entries import Entry


def key(name: str) -> str:
    """Return what two spellings of one name share.

    >>> key("MSD-Task01 Brain-Tumour") == key("msd_task01_brain_tumor")
    True
    """
    return re.sub(r"[\W_]+", "", name.lower().replace("tumour", "tumor"))


@dataclass(frozen=True, slots=True)
class Names:
    """Every name that leads to a dataset or a family: what `medreg show` understands."""

    datasets: frozenset[str]
    families: Mapping[str, tuple[str, ...]]
    also: Mapping[str, tuple[str, ...]]  # by key: all datasets that are called so
    spelled: Mapping[str, str]  # by key: as somebody wrote it

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Names:
        """Collect the names of *entries*."""
        every = list(entries)
        families: dict[str, tuple[str, ...]] = {}
        also: dict[str, tuple[str, ...]] = {}
        spelled: dict[str, str] = {}
        for entry in every:
            if entry.family:
                families[entry.family] = (*families.get(entry.family, ()), entry.name)
            for name in (entry.name, entry.title, *entry.also):
                called = key(name)
                spelled.setdefault(called, name)
                also[called] = tuple(dict.fromkeys((*also.get(called, ()), entry.name)))
        return cls(frozenset(entry.name for entry in every), families, also, spelled)

    def resolve(self, name: str) -> tuple[str, ...]:
        """Return the dataset called *name*, or all members of the family called so.

        A name that several members of one family go by means the family. Raises `Misuse` for a
        name that strangers share, and `NotFound` with the nearest name.
        """
        if name in self.datasets:
            return (name,)
        for family, members in self.families.items():
            if key(family) == key(name):
                return members
        found = self.also.get(key(name), ())
        if len(found) <= 1:
            if found:
                return found
            near = [*sorted(self.datasets), *sorted(self.families), *sorted(self.spelled.values())]
            raise NotFound.named("dataset", name, near, hint="medreg list")
        for members in self.families.values():
            if set(found) <= set(members):
                return members
        raise Misuse(
            f"{name!r} may be {' or '.join(found)}", hint=f"name one: medreg show {found[0]}"
        )

    def family(self, members: tuple[str, ...]) -> str:
        """Return the name of the family of these *members*."""
        return next(name for name, those in self.families.items() if those == members)

    def shared(self) -> Mapping[str, tuple[str, ...]]:
        """Return the names that datasets of more than one family go by: each is a mistake."""
        return {
            self.spelled[called]: found
            for called, found in self.also.items()
            if len(found) > 1
            and called not in {key(family) for family in self.families}
            and not any(set(found) <= set(members) for members in self.families.values())
        }
