"""List what a person should look at, and record what was decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg.errors import Misuse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medreg.api.lab import Lab
    from medreg.reviews import Review
    from medreg.stages.review import Open


def to_review(lab: Lab, name: str) -> Sequence[Open]:
    """Return the cases of a dataset, or of the datasets of a set, that somebody should look at.

    The open and worst come first; decided ones last. Of a set, only its candidates that were kept
    or dropped by quality. Raises `NotFound`.
    """
    from medreg.stages import review
    from medreg.stages.decide import recipe_of

    if name in lab.registry.sets() and name not in lab.plugins.datasets:
        recipe = recipe_of(lab.registry, lab.plugins, name)
        return review.to_review(lab.registry, recipe.datasets)
    lab.declared(name)
    return review.to_review(lab.registry, [name])


def review(lab: Lab, case: str, decision: str, *, by: str = "", because: str) -> Review:
    """Record that *by* (git's user when empty) decided accept, fix or reject about *case*.

    Raises `Misuse` without a person, a reason or a known decision, and `NotFound`.
    """
    from medreg.api.annotation import bring, keep
    from medreg.api.work import today
    from medreg.reviews import DECISIONS, FILE
    from medreg.stages import review as reviews
    from medreg.versions import git
    from medreg.versions.track import is_restricted

    name, _, item = case.partition("/")
    lab.declared(name)
    person = by.strip() or git.user(lab.registry.root)
    typed = f"medreg review {case} --{decision} --by 'Ada Lovelace' --because 'why'"
    if decision not in DECISIONS:
        raise Misuse(f"there is no decision {decision!r}", hint=f"one of {', '.join(DECISIONS)}")
    if not item:
        raise Misuse(f"{case} is a dataset, and a decision is about a case", hint=typed)
    if not person:
        raise Misuse("who decides?", hint=typed)
    if not because.strip():
        raise Misuse("why? A decision needs a reason that others can read", hint=typed)
    if is_restricted(lab.registry, lab.plugins, name):
        reviews.keep_out_of_git(lab.registry.dataset(name), FILE)
    bring(lab, name)
    day = today()
    decided = reviews.decide(lab.registry, case, decision, by=person, because=because, today=day)
    keep(lab, name)
    return decided
