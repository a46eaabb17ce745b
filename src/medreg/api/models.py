"""Publish which bytes trained a model, and bring them back."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medreg.api.citation import cite
from medreg.api.share import reproduce
from medreg.errors import BytesDiffer
from medreg.files.hashing import sha256_bytes
from medreg.tables import SelectionRow, from_csv
from medreg.versions import models, nnunet, outs, people, pins, releases
from medreg.versions.models import Model
from medreg.versions.pins import FILE, folder_name
from medreg.versions.withdrawals import withdrawn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from medreg.api.lab import Lab
    from medreg.registry import Registry
    from medreg.report import Progress
    from medreg.versions.reproduce import Reproduction

__all__ = ["Model", "model", "model_add", "model_card", "model_names", "reproduce_any"]


def model_add(  # noqa: PLR0913 - a model has these parts
    lab: Lab,
    name: str,
    *,
    weights: Path,
    data: str,
    split: str = "",
    code: str = "",
    paper: str = "",
    nnunet: Path | None = None,
) -> tuple[Model, bool]:
    """Record a published model and the pin of its data in ``registry/models/NAME.yaml``.

    *data* is the release that it was trained on, *code* is ``URL@commit``, *nnunet* the folder
    that nnU-Net trained or planned in. Returns the model, and whether it is new. Raises `Misuse`
    for another model of that name, `NotFound` for what is not there.
    """
    registry = lab.registry
    models.require_name(name)
    file = models.weights_of(weights)
    pin = models.pin_of(registry, data)
    models.require_split(registry, pin.release, split)
    kept = models.nnunet_files(nnunet) if nnunet else {}
    made = Model(
        name=name,
        weights=file,
        data=pin,
        split=split,
        code=models.code_of(code),
        paper=paper,
        nnunet={part: sha256_bytes(text) for part, (_, text) in kept.items()},
    )
    return made, models.write(registry, made, kept)


def model(lab: Lab, name: str) -> Model:
    """Return the model *name*; raises `NotFound`."""
    return models.get(lab.registry, name)


def model_names(lab: Lab) -> Sequence[str]:
    """Return the names of all models, sorted."""
    return models.names(lab.registry)


def model_card(lab: Lab, name: str) -> str:
    """Return the data section of a model card, as Markdown."""
    return "\n".join(_card(lab, models.get(lab.registry, name))) + "\n"


def _card(lab: Lab, known: Model) -> Iterator[str]:
    registry = models.home_of(lab.registry, known)
    tag = known.data.release
    where = outs.folder_at(registry, releases.split(tag)[0], tag)
    yield f"## Training data of {known.name}\n"
    yield f"- Release: `{tag}`, manifest `sha256:{known.data.manifest_sha256}`"
    yield f"- Registry: {known.data.url or 'this repository'}, commit `{known.data.commit}`"
    yield f"- Weights: `{known.weights['file']}`, `sha256:{known.weights['sha256']}`"
    if known.code:
        yield f"- Code: {known.code['url']}, commit `{known.code['commit']}`"
    if known.paper:
        yield f"- Paper: {known.paper}"
    if where.startswith("registry/datasets/"):
        rows = models.manifest_of(registry, tag)
        cases = sorted({row.source for row in rows if row.source})
        yield f"- Cases: {len(cases)}"
        yield from _gone(registry, cases)
        yield from _people(people.counted(registry, tag, {case: case for case in cases}), "case")
        names = [releases.split(tag)[0]]
    else:
        table = models.table(registry, where, tag, "selection.csv")
        kept = [r for r in from_csv(table, SelectionRow) if r.decision == "kept"]
        persons = {f"{row.dataset}/{row.case}": row.group for row in kept}
        yield from _counts(known, kept)
        yield from _gone(registry, persons)
        yield from _people(people.counted(registry, tag, persons), "patient")
        yield from _content(kept)
        yield from _terms(json.loads(models.table(registry, where, tag, "provenance.json")))
        names = sorted({row.dataset for row in kept})
    yield "\n### Citations\n"
    found = cite(lab, [one for one in names if one in lab.plugins.datasets])
    yield found.printed("text") or "Nothing asks to be cited."
    for dataset, sentence in found.sentences.items():
        yield f"\n{dataset}: {sentence}"


def _counts(known: Model, kept: Sequence[SelectionRow]) -> Iterator[str]:
    test = sum(row.fold == "test" for row in kept)
    fold = known.split.removeprefix("fold_")
    held = sum(row.fold == fold for row in kept) if known.split else 0
    yield f"- Split: {known.split or 'every training case'}"
    yield f"- Cases: {len(kept) - test - held} trained on, {held} validated, {test} held out"
    persons = len({row.group for row in kept})
    unknown = sorted({row.dataset for row in kept if not row.patient})
    note = f" (unknown in {', '.join(unknown)}: each case counts as one)" if unknown else ""
    yield f"- Patients: {persons}{note}"


def _gone(registry: Registry, cases: Iterable[str]) -> Iterator[str]:
    """Tell how many of the cases that were trained on nobody may use any more."""
    lost = {*cases} & withdrawn(registry).keys()
    if lost:
        yield f"- Withdrawn since: {len(lost)} of these cases; the weights saw them"


def _people(counts: Mapping[str, Mapping[str, int]], each: str) -> Iterator[str]:
    """Yield age and sex, one count for *each* case or patient."""
    for name, unit in (("age", " (years)"), ("sex", "")):
        said = ", ".join(f"{label} {n}" for label, n in counts[name].items())
        yield f"- {name.capitalize()}{unit} by {each}: {said or people.UNKNOWN}"


def _content(kept: Sequence[SelectionRow]) -> Iterator[str]:
    yield "\n| dataset | cases | patients |\n|---|---|---|"
    for dataset, cases in sorted(Counter(row.dataset for row in kept).items()):
        groups = {row.group for row in kept if row.dataset == dataset}
        yield f"| {dataset} | {cases} | {len(groups)} |"
    yield "\n| label | cases in which it was judged |\n|---|---|"
    judged = Counter(label for row in kept for label in row.annotated.split())
    for label, cases in sorted(judged.items()):
        yield f"| {label} | {cases} |"


def _terms(provenance: dict[str, Any]) -> Iterator[str]:
    yield "\n### Terms\n\n| use | answer | because |\n|---|---|---|"
    for use, verdict in provenance["terms"].items():
        yield f"| {use} | {verdict['answer']} | {verdict['reason']} |"


# --- reproduce ---------------------------------------------------------------------------------


def reproduce_any(  # noqa: PLR0913 - what, where to, and where from
    lab: Lab | None,
    word: str,
    *,
    into: Path | None = None,
    from_raw: bool = False,
    copy: str = "",
    exact: bool = False,
    progress: Progress | None = None,
) -> Sequence[tuple[Path, Reproduction]]:
    """Bring back what *word* names: ``NAME@VERSION``, a model, or every pin of a ``medreg.lock``.

    Each comes to a folder of its own; returns that with how it came. *lab* may be None for a
    ``medreg.lock`` alone; *copy* and *exact* as in `reproduce`. Raises as that does, and
    `BytesDiffer` when nnU-Net's fingerprint of a model's data is another one than was recorded.
    """
    from medreg.api.lab import Lab, open_lab
    from medreg.versions import clones

    def bring(home: Lab, release: str, target: Path) -> Reproduction:
        return reproduce(
            home,
            release,
            into=target,
            from_raw=from_raw,
            copy=copy,
            exact=exact,
            progress=progress,
        )

    if Path(word).name == FILE:
        found = []
        for pin in pins.read(Path(word)):
            home = Lab(clones.pinned(pin).root)
            target = (into or Path()) / folder_name(pin.release)
            found.append((target, bring(home, pin.release, target)))
        return found
    lab = lab or open_lab()
    if word not in models.names(lab.registry):
        target = into or Path(folder_name(word))
        return [(target, bring(lab, word, target))]
    known = models.get(lab.registry, word)
    home = Lab(models.home_of(lab.registry, known).root)
    target = into or Path(word)
    came = bring(home, known.data.release, target)
    _compare_fingerprint(lab, known, target)
    return [(target, came)]


def _compare_fingerprint(lab: Lab, known: Model, target: Path) -> None:
    recorded = models.folder(lab.registry) / known.name / "dataset_fingerprint.json"
    if "fingerprint" not in known.nnunet or not recorded.is_file() or not nnunet.installed():
        return
    made = nnunet.fingerprint(target / "data")
    wrong = list(nnunet.differing(json.loads(recorded.read_bytes()), made))
    if wrong:
        raise BytesDiffer(
            f"{known.name}: nnU-Net's fingerprint of the data differs in {len(wrong)} places: "
            f"{'; '.join(wrong[:3])}",
            hint="another version of nnU-Net may have made the recorded one",
        )
