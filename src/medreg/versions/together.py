"""Pull many datasets and sets at once: a far tier is asked once for all, not once for each."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from medreg.errors import MedregError
from medreg.files.atomic import machine_errors
from medreg.files.lock import lock
from medreg.report import Progress, Silent
from medreg.versions import dvc, objects, outs, proved
from medreg.versions.landing import Landing, put
from medreg.versions.outs import wanted
from medreg.versions.pull import pull
from medreg.versions.verify import manifest, require, verify
from medreg.versions.withdrawals import withdrawn

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from medreg.registry import Registry
    from medreg.versions.outs import Out


def pull_all(
    registry: Registry, names: Sequence[str], *, tier: str = "", progress: Progress | None = None
) -> dict[str, int]:
    """Bring each of *names* to its place, as `pull` does; return how many files were verified.

    What is recorded now comes in one transfer; a version, and whatever did not come, by itself.
    """
    watch = progress or Silent()
    now = [name for name in dict.fromkeys(names) if "@" not in name]
    found = {} if withdrawn(registry) else _at_once(registry, now, tier, watch)
    for name in names:
        if name not in found:
            found[name] = pull(registry, name, tier=tier, progress=progress)
    return {name: found[name] for name in dict.fromkeys(names)}


def _at_once(
    registry: Registry, names: Sequence[str], tier: str, progress: Progress
) -> dict[str, int]:
    """Return those that came whole; the others are left to `pull`, which says what is wrong."""
    needed = {name: wanted(registry, name) for name in names}
    landing = Landing()
    with ExitStack() as held:
        for name in sorted(needed):
            held.enter_context(lock(registry.lock(name), f"pull {name}"))
        try:
            _bring(registry, needed.values(), tier, landing, progress)
        except MedregError:
            return {}
        counted = ((name, _verified(registry, name, landing, progress)) for name in needed)
        return {name: files for name, files in counted if files is not None}


def _bring(
    registry: Registry,
    needed: Iterable[Sequence[Out]],
    tier: str,
    landing: Landing,
    progress: Progress,
) -> None:
    """Put files where nothing lies; DVC's checkout would parse every ``dvc.yaml`` anew."""
    every = [out for group in needed for out in group]
    with dvc.repository(registry) as repo:
        with landing.of(repo, lambda piece: registry.root / piece.path) as landed:
            pieces = objects.fetch(repo, every, tier=tier, progress=progress, landed=landed)
        landing.md5.tell(repo)
        for piece in pieces:
            target = registry.root / piece.path
            if piece.is_list:
                with machine_errors(target):
                    target.mkdir(parents=True, exist_ok=True)
            elif target not in landing:
                put(objects.cached(repo, piece.md5), target)


def _verified(registry: Registry, name: str, landing: Landing, progress: Progress) -> int | None:
    where = outs.folder(registry, name)
    folder = registry.root / where
    content = folder / outs.content(where)
    try:
        rows = manifest(folder / "manifest.csv")
        with proved.proving(registry, name, content, rows):
            known = landing.proved(content, rows)
            require(verify(content, rows, proved=known, progress=progress), name)
    except MedregError:
        return None
    return len(rows)
