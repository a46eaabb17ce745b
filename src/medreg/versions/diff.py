"""What lies between two versions, from the tables that git holds; no data is needed.

The next version follows from it (DESIGN section 1, "release"): the same voxels are a patch, only
more cases a minor step, anything removed, changed or moved a major one.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from medreg.errors import NotFound
from medreg.tables import ManifestRow, SelectionRow, from_csv, natural
from medreg.versions import outs
from medreg.versions import releases as names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medreg.registry import Registry

Step = Literal["patch", "minor", "major"]

MASK = "mask"
WORKSPACE = "the working tree"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One version as its tables say it: volumes by case and role, folds, labels, terms."""

    what: str
    name: str
    revision: str  # empty: the working tree
    volumes: Mapping[str, Mapping[str, ManifestRow]]
    others: Mapping[str, str]  # sha256 of files that belong to no case
    folds: Mapping[str, str]
    labels: Mapping[str, int]
    terms: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """What changed from *old* to *new*; cases are ``dataset/case``, in natural order."""

    old: str
    new: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()  # images with other voxels
    relabelled: tuple[str, ...] = ()  # masks with other voxels
    moved: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # folds, or test
    labels: Mapping[str, tuple[int | None, int | None]] = field(default_factory=dict)
    terms: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    rewritten: tuple[str, ...] = ()  # files with other bytes and the same voxels, or none

    @property
    def step(self) -> Step:
        """How far the version must go, at least."""
        relabels = any(before is not None for before, _ in self.labels.values())
        if self.removed or self.changed or self.relabelled or self.moved or relabels:
            return "major"
        return "minor" if self.added or self.labels else "patch"

    @property
    def because(self) -> str:
        """What makes the step necessary, in a line with one example of each kind."""
        kinds = {
            "removed": self.removed,
            "changed": self.changed,
            "relabelled": self.relabelled,
            "moved": tuple(self.moved),
            "added": self.added,
            "other values for labels": tuple(self.labels),
        }
        told = [
            f"{len(cases)} {kind} ({cases[0]}{', ...' if len(cases) > 1 else ''})"
            for kind, cases in kinds.items()
            if cases
        ]
        return "; ".join(told) or "the same voxels"

    def as_json(self) -> dict[str, object]:
        """Return all of it, with the step."""
        return {**asdict(self), "step": self.step}


def diff(registry: Registry, old: str, new: str = "") -> Diff:
    """Compare ``NAME@v1.0.0`` with a later version of it (``v1.1.0``), or the working tree.

    Without a version *old* is the last release. Raises `NotFound` for a version or table that
    git does not hold.
    """
    before, after = sides(registry, old, new)
    return between(before, after)


def sides(registry: Registry, old: str, new: str = "") -> tuple[Side, Side]:
    """Read both versions that `diff` compares."""
    name, version = names.split(old)
    if not version:
        known = names.released(registry.root, name)
        if not known:
            raise NotFound(
                f"{name} was never released, so there is nothing to compare with",
                hint=f"medreg release {name} 1.0.0",
            )
        version = known[-1]
    later = names.version_of(new.removeprefix(f"{name}@")) if new else ""
    return (
        side(registry, name, names.tag_of(name, version)),
        side(registry, name, names.tag_of(name, later) if later else ""),
    )


def side(registry: Registry, name: str, revision: str) -> Side:
    """Read one version of dataset or set *name*: a tag, or the working tree where it is empty."""
    if revision:
        names.record_of(registry.root, revision)  # a tag that medreg made, or an error that says so
        where = outs.folder_at(registry, name, revision)
    else:
        where = outs.folder(registry, name)
    volumes: dict[str, dict[str, ManifestRow]] = defaultdict(dict)
    others = {}
    for row in from_csv(
        outs.text(registry, f"{where}/manifest.csv", revision), ManifestRow, f"{where}/manifest.csv"
    ):
        if row.source and row.voxels:
            volumes[row.source][_role(row.path)] = row
        else:
            others[row.path] = row.sha256
    is_set = where.startswith("registry/sets/")
    told = _json(registry, f"{where}/provenance.json", revision) if is_set else {}
    ignore = {"ignore": told["ignore"]} if told.get("ignore") else {}
    return Side(
        what=revision or f"{name} in {WORKSPACE}",
        name=name,
        revision=revision,
        volumes=volumes,
        others=others,
        folds=_folds(registry, where, revision) if is_set else {},
        labels={**told.get("labels", {}), **ignore},
        terms=_terms(told),
    )


def between(before: Side, after: Side) -> Diff:
    """Compare two versions of one dataset or set."""
    old, new = before.volumes, after.volumes
    both = _ordered(old.keys() & new.keys())
    other = {case: _differing(old[case], new[case]) for case in both}
    return Diff(
        old=before.what,
        new=after.what,
        added=_ordered(new.keys() - old.keys()),
        removed=_ordered(old.keys() - new.keys()),
        changed=tuple(case for case in both if other[case] - {MASK}),
        relabelled=tuple(case for case in both if MASK in other[case]),
        moved={
            case: (before.folds[case], after.folds[case])
            for case in both
            if before.folds.get(case, "") != after.folds.get(case, "")
        },
        labels=_changes(before.labels, after.labels),
        terms={
            key: (before.terms.get(key, ""), after.terms.get(key, ""))
            for key in sorted(before.terms.keys() | after.terms.keys())
            if before.terms.get(key, "") != after.terms.get(key, "")
        },
        rewritten=_rewritten(before, after),
    )


def _role(path: str) -> str:
    """Return what a volume is to its case: mask, or which image."""
    name = path.rpartition("/")[2]
    if "/labelsTr/" in path or "/labelsTs/" in path or name.startswith(f"{MASK}."):
        return MASK
    return name.removesuffix(".nii.gz")[-4:] if "/images" in path else name


def _differing(old: Mapping[str, ManifestRow], new: Mapping[str, ManifestRow]) -> set[str]:
    return {
        role
        for role in old.keys() | new.keys()
        if role not in old or role not in new or old[role].voxels != new[role].voxels
    }


def _changes(
    old: Mapping[str, int], new: Mapping[str, int]
) -> dict[str, tuple[int | None, int | None]]:
    names_ = sorted(old.keys() | new.keys())
    return {n: (old.get(n), new.get(n)) for n in names_ if old.get(n) != new.get(n)}


def _rewritten(before: Side, after: Side) -> tuple[str, ...]:
    """Return the files of *after* whose bytes differ although no voxel does."""
    found = [path for path, digest in after.others.items() if before.others.get(path) != digest]
    found += [
        row.path
        for case in after.volumes.keys() & before.volumes.keys()
        for role, row in after.volumes[case].items()
        if (known := before.volumes[case].get(role))
        and known.voxels == row.voxels
        and known.sha256 != row.sha256
    ]
    found += [path for path in before.others if path not in after.others]
    return _ordered(found)


def _ordered(items: Any) -> tuple[str, ...]:
    return tuple(sorted(items, key=natural))


def _folds(registry: Registry, where: str, revision: str) -> dict[str, str]:
    path = f"{where}/selection.csv"
    rows = from_csv(outs.text(registry, path, revision), SelectionRow, path)
    return {f"{row.dataset}/{row.case}": row.fold for row in rows if row.decision == "kept"}


def _json(registry: Registry, path: str, revision: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(outs.text(registry, path, revision))
    return found


def _terms(told: Mapping[str, Any]) -> dict[str, str]:
    """Return every verdict: ``research`` of the whole, ``lits: research`` of a dataset."""
    parts = {"": told.get("terms", {})} | {
        f"{name}: ": one.get("terms", {}) for name, one in told.get("datasets", {}).items()
    }
    return {
        f"{prefix}{use}": verdict["answer"]
        for prefix, terms in parts.items()
        for use, verdict in terms.items()
    }
