"""Tell what a release would be and do, without doing it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medreg.errors import NotFound
from medreg.report import Silent
from medreg.versions import dvc, git, outs, proved, push
from medreg.versions import release as releasing
from medreg.versions import releases as names
from medreg.versions.closure import own_files
from medreg.versions.diff import diff
from medreg.versions.steps import last_promise
from medreg.versions.verify import manifest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medreg.registry import Registry
    from medreg.versions.budget import Weight


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """A release that was not made; sizes in bytes."""

    tag: str
    manifest: str  # sha256
    exists: bool  # it was released already
    since: str  # the release that it is compared with; empty for a first one
    step: str  # patch, minor or major: what changed since asks that much; empty for a first one
    because: str
    cases: int
    files: int
    size: int
    reads: int  # of these bytes: to be hashed, since they were not proved yet
    commits: Sequence[str]  # files that git would commit, relative to the root
    remote: str  # of git, where branch and tag would go; empty without one
    weights: Sequence[Weight]  # what would move to each tier
    terms: Mapping[str, str]  # the answer for each use

    @property
    def fits(self) -> bool:
        """Tell whether every tier may take it."""
        return all(one.fits for one in self.weights)


def rehearse(
    registry: Registry,
    name: str,
    version: str,
    *,
    tiers: Sequence[str] = (),
    terms: Mapping[str, str],
) -> Rehearsal:
    """Return what `release` would do; raises as it does, but for bytes that differ: none is read.

    *terms* are handed in: what is released says them, or its declaration.
    """
    plan = releasing.planned(registry, name, names.version_of(version), tiers)
    content = plan.root / plan.where / outs.content(plan.where)
    rows = manifest(plan.root / plan.where / "manifest.csv")
    known = proved.unchanged(registry, name, content, rows)
    since, step, because = _change(registry, name)
    return Rehearsal(
        tag=plan.tag,
        manifest=plan.record.manifest_sha256,
        exists=plan.exists,
        since=since,
        step=step,
        because=because,
        cases=len({row.source for row in rows if row.source}),
        files=len(rows),
        size=sum(row.size for row in rows),
        reads=0 if plan.exists else sum(row.size for row in rows if row.path not in known),
        commits=() if plan.exists else _commits(registry, plan.where),
        remote=git.remote(plan.root),
        weights=_weights(plan),
        terms=terms,
    )


def _change(registry: Registry, name: str) -> tuple[str, str, str]:
    """Return the last release, the step that what changed since asks for, and why."""
    last = last_promise(registry, name)
    if not last:
        return "", "", ""
    tag = names.tag_of(name, last)
    try:
        found = diff(registry, tag)
    except NotFound:  # its tables lie in a restricted tier
        return tag, "", ""
    return tag, found.step, found.because


def _commits(registry: Registry, where: str) -> list[str]:
    script = f"{where}/verify.py"
    changed = git.changed(registry.root, own_files(registry, where))
    new = [] if (registry.root / script).is_file() else [script]
    return sorted({*changed, *new})


def _weights(plan: releasing.Plan) -> Sequence[Weight]:
    with dvc.repository(plan.registry) as repo:
        return push.weighed(repo, releasing.loads(repo, plan, Silent()))
