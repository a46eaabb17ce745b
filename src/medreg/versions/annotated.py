"""What people drew and decided of a dataset, under DVC: an output like any other.

Masks are ``annotations/``, and of a restricted dataset the two tables that name cases lie in the
restricted tier too; otherwise git holds them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg.errors import NotFound
from medreg.reviews import DRAWN
from medreg.stages.review import drawn_anew
from medreg.versions import dvc, objects, outs
from medreg.versions.pipeline import ANNOTATE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medreg.registry import Registry
    from medreg.versions.outs import Out


def recorded(registry: Registry, name: str, revision: str = "") -> Sequence[Out]:
    """Return what DVC holds of it; nothing where nothing was recorded yet."""
    try:
        return [
            out for out in outs.recorded(registry, name, revision, stage=ANNOTATE) if out.cached
        ]
    except NotFound:
        return ()


def bring(registry: Registry, name: str) -> None:
    """Bring what was recorded and is not here, so that what is added is added to all of it.

    Raises as `objects.fetch` where no tier has it.
    """
    found = recorded(registry, name)
    missing = [out for out in found if not (registry.root / out.path).exists()]
    folder = registry.dataset(name)
    lost = not missing and any(not (folder.path / row.path).is_file() for row in drawn_anew(folder))
    if missing or lost:
        with dvc.repository(registry) as repo:
            objects.fetch(repo, found)
        dvc.checkout(registry, [outs.address(registry, name, ANNOTATE)])


def record(registry: Registry, name: str) -> None:
    """Write what is here to ``dvc.lock`` and the cache, and the tables of others to git's index."""
    dvc.record(registry, [outs.address(registry, name, ANNOTATE)])


def is_drawn(case: str, path: str) -> bool:
    """Tell whether *path* is a mask that somebody drew of *case*, ``dataset/case``."""
    dataset, _, name = case.partition("/")
    return path.startswith(f"registry/datasets/{dataset}/{DRAWN}/{name}/")
