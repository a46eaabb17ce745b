"""Questions asked of one candidate at a time: each answers why it is dropped, or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medreg.curate.mapping import supervised
from medreg.errors import DeclarationError
from medreg.tables import findings, numbers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medreg.curate.expression import Question
    from medreg.curate.recipe import Recipe
    from medreg.model import Dataset, Modality
    from medreg.reviews import Review
    from medreg.tables import CaseRow
    from medreg.terms import Verdict
    from medreg.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Candidate:
    """One checked case of a dataset that the recipe lists.

    *known* are the wanted labels that were judged in it; *group* names all that show its patient;
    *review* is what a person decided about it.
    """

    dataset: str
    row: CaseRow
    known: tuple[str, ...]
    group: str
    held_out: bool
    review: Review | None = None

    @property
    def ref(self) -> str:
        """The case as ``dataset/case``."""
        return f"{self.dataset}/{self.row.case}"


def modalities(recipe: Recipe, datasets: Mapping[str, Dataset]) -> dict[str, Modality]:
    """Return the modality of each channel of the set, in order.

    Raises `DeclarationError` for a channel that no dataset has, or that means two modalities.
    """
    found: dict[str, Modality] = {}
    for channel in recipe.channels:
        by = {
            name: datasets[name].modalities[channel]
            for name in recipe.datasets
            if channel in datasets[name].modalities
        }
        if not by:
            there = sorted({c for name in recipe.datasets for c in datasets[name].modalities})
            raise DeclarationError(
                f"channels: no dataset of the recipe has a channel {channel!r}",
                hint=f"channels there: {', '.join(there)}",
            )
        if len(set(by.values())) > 1:
            told = ", ".join(f"{name}: {modality}" for name, modality in sorted(by.items()))
            raise DeclarationError(
                f"channels: {channel} is not the same modality everywhere ({told})",
                hint="make one set for each modality",
            )
        found[channel] = next(iter(by.values()))
    return found


def channel(candidate: Candidate, recipe: Recipe) -> str:
    """Ask whether the case has every channel of the recipe, on the grid of its mask."""
    there = candidate.row.channels.split()
    missing = [name for name in recipe.channels if name not in there]
    if missing:
        return f"it has no {', '.join(missing)} (it has {', '.join(there)})"
    apart = [name for name in recipe.channels if name not in candidate.row.aligned.split()]
    return f"its mask lies on another grid than {', '.join(apart)}" if apart else ""


def terms(verdict: Verdict, recipe: Recipe) -> str:
    """Ask whether the dataset may be used for what the recipe is for."""
    return "" if verdict.allowed else f"{recipe.use} {verdict.answer}: {verdict.reason}"


def quality(candidate: Candidate, recipe: Recipe) -> str:
    """Ask whether a check failed that neither the recipe nor a reviewer accepts."""
    review = candidate.review
    if review and review.decision in KEPT_OUT and review.stands(candidate.row):
        return f"{KEPT_OUT[review.decision]} by {review.who}"
    if candidate.row.verdict != "fail":
        return ""
    failed = [
        (check, told)
        for check, severity, told in findings(candidate.row.findings)
        if severity == "fail"
    ]
    refused = [
        f"{check}: {told}"
        for check, told in failed
        if check not in recipe.quality.accept_fail
        and not (review and review.waives(check, candidate.row))
    ]
    if failed and not refused:
        return ""
    return "; ".join(refused) or "it failed its checks"


KEPT_OUT = {"reject": "rejected", "fix": "kept out until its mask is fixed,"}


def waived(candidate: Candidate, recipe: Recipe) -> str:
    """Tell which failures a reviewer waived for a case that stays, and why."""
    row, review = candidate.row, candidate.review
    if not review or row.verdict != "fail":
        return ""
    checks = [
        check
        for check, severity, _ in findings(row.findings)
        if severity == "fail"
        and check not in recipe.quality.accept_fail
        and review.waives(check, row)
    ]
    return f"{', '.join(dict.fromkeys(checks))} accepted by {review.who}" if checks else ""


def label(candidate: Candidate, recipe: Recipe, vocabulary: Vocabulary) -> str:
    """Ask whether the case would teach anything."""
    if not candidate.known:
        there = ", ".join(candidate.row.annotated.split()) or "nothing"
        return f"no wanted label was annotated (annotated: {there})"
    missing = ", ".join(name for name in recipe.labels if name not in candidate.known)
    if missing and recipe.missing == "drop_case":
        return f"never annotated: {missing}"
    partial = recipe.missing in ("ignore", "valid_labels")
    if partial and not supervised(recipe.labels, candidate.known, vocabulary):
        return f"nothing is left to learn where {missing} could be anywhere"
    return ""


def spacing(candidate: Candidate, recipe: Recipe) -> str:
    """Ask whether every voxel spacing lies in the recipe's range."""
    least, most = recipe.spacing.min, recipe.spacing.max
    if all(least <= mm <= most for mm in numbers(candidate.row.spacing)):
        return ""
    return f"spacing {candidate.row.spacing} mm is not within {least:g} to {most:g} mm"


def asked(candidate: Candidate, wanted: Question | None) -> str:
    """Ask what the recipe's own expression asks."""
    if wanted is None or wanted(candidate.dataset, candidate.row):
        return ""
    return f"not so: {wanted.text}"


def incomplete(candidate: Candidate, labels: tuple[str, ...]) -> str:
    """Ask whether a label that stays in the set was not judged in this very case."""
    missing = ", ".join(name for name in labels if name not in candidate.known)
    return f"not annotated in this case: {missing}" if missing else ""
