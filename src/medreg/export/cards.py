"""The texts that travel with a set: what it is, under which terms, and whom to cite.

Pure functions of what was decided; no dates, so that the same decision gives the same bytes.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from medreg.curate.verdicts import whole
from medreg.terms import USES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from medreg.curate.verdicts import Verdicts
    from medreg.model import Dataset, SetContent
    from medreg.tables import SelectionRow

FILES = (
    "`sha256sum -c SHA256SUMS` checks every file without medreg; `manifest.csv` adds voxel "
    "digests and where each file came from. `selection.csv` says of every candidate why it is "
    "here or not (`medreg why {name} DATASET/CASE`), `splits.json` which cases train, validate "
    "and test."
)


def card(
    content: SetContent,
    selection: Sequence[SelectionRow],
    datasets: Mapping[str, Dataset],
    notes: Sequence[str] = (),
    numbers: Sequence[tuple[str, str, str]] = (),
) -> str:
    """Return ``card.md``: the set in one page.

    *notes* are those of its decision, *numbers* of each label in how many cases it shows and how
    large it is there.
    """
    kept = [row for row in selection if row.decision == "kept"]
    test = sum(row.fold == "test" for row in kept)
    values = dict(content.labels) | ({"ignore": content.ignore} if content.ignore else {})
    what = (
        f"`{content.name}`: {len(kept)} cases of {len({row.group for row in kept})} patients, as "
        f"far as they are known, from {', '.join(_names(kept))}; {len(kept) - test} to train on "
        f"in {len(content.folds())} folds, {test} held out as test."
    )
    channels = [(name, str(modality)) for name, modality in content.modalities.items()]
    labels = [(str(value), name, _judged(name, kept)) for name, value in values.items()]
    origins = [_origin(name, datasets[name], selection) for name in _names(selection)]
    blocks = [
        f"# {content.title}",
        what,
        "## Channels",
        _table(("channel", "modality"), channels),
        "## Labels",
        _table(("value", "label", "cases in which it was judged"), labels),
        *(_in_numbers(numbers) if numbers else ()),
        "## Where it comes from",
        _table(("dataset", "title", "candidates", "kept", "test", "dropped because"), origins),
        *(("## Worth knowing", "\n".join(f"- {note}" for note in notes)) if notes else ()),
        "## Terms",
        f"{content.license}\n\nBy dataset and by use: `licenses.md`. Cite: `references.bib`.",
        "## Files",
        FILES.format(name=content.name),
    ]
    return "\n\n".join(blocks) + "\n"


def _in_numbers(numbers: Sequence[tuple[str, str, str]]) -> tuple[str, str, str]:
    head = ("label", "cases that show it", "median volume there")
    picture = (
        "Each case: `stats.csv`.\n\n![cases of each dataset, volumes of each label](stats.svg)"
    )
    return "## In numbers", _table(head, numbers), picture


def _judged(label: str, kept: Sequence[SelectionRow]) -> str:
    if label == "background":
        return "where every label was judged"
    if label == "ignore":
        return "judged by nobody"
    return str(sum(label in row.annotated.split() for row in kept))


def _origin(
    name: str, dataset: Dataset, selection: Sequence[SelectionRow]
) -> tuple[str, str, str, str, str, str]:
    rows = [row for row in selection if row.dataset == name]
    kept = [row for row in rows if row.decision == "kept"]
    steps = Counter(row.step for row in rows if row.decision == "dropped")
    return (
        name,
        f"[{dataset.title}]({dataset.homepage})" if dataset.homepage else dataset.title,
        str(len(rows)),
        str(len(kept)),
        str(sum(row.fold == "test" for row in kept)),
        ", ".join(f"{step} {count}" for step, count in sorted(steps.items())),
    )


def licenses(
    selection: Sequence[SelectionRow], datasets: Mapping[str, Dataset], verdicts: Verdicts
) -> str:
    """Return ``licenses.md``: what may be done with the whole and each dataset, and who says so."""
    kept = [row for row in selection if row.decision == "kept"]
    names = _names(kept)
    together = whole(verdicts, names)
    uses = [
        ("**the whole**", *(together[use].answer for use in USES)),
        *((name, *(verdicts[name][use].answer for use in USES)) for name in names),
    ]
    blocks = [
        "# Terms",
        "Derived from the claims below; no legal advice. `unclear` counts as blocked.",
        _table(("", *USES), uses),
        *(_terms_of(datasets[name], verdicts, kept) for name in names),
    ]
    return "\n\n".join(blocks) + "\n"


def _terms_of(dataset: Dataset, verdicts: Verdicts, kept: Sequence[SelectionRow]) -> str:
    cases = ", ".join(row.case for row in kept if row.dataset == dataset.name)
    claims = [(c.value, c.covers, c.rank, c.source, c.date) for c in dataset.licenses]
    reasons = [(use, v.answer, v.reason) for use, v in verdicts[dataset.name].items()]
    sentence = dataset.about.acknowledge if dataset.about else ""
    blocks = (
        f"## {dataset.name}: {dataset.title}",
        _table(("claim", "covers", "by", "source", "read"), claims),
        _table(("use", "verdict", "because"), reasons),
        *([f"To be printed in every paper: {sentence}"] if sentence else []),
        f"Cases: {cases}",
    )
    return "\n\n".join(blocks)


def license_of(names: Iterable[str], datasets: Mapping[str, Dataset]) -> str:
    """Return every license that is claimed of the datasets *names*, with who claims it of what.

    It is a list, not a verdict: a set is a collection, and each part keeps its own terms.
    """
    parts = []
    for name in sorted(set(names)):
        values = dict.fromkeys(claim.value for claim in datasets[name].licenses)
        parts.append(f"{name}: {' or '.join(values) or 'no claim'}")
    return "; ".join(parts)


def references(names: Iterable[str], datasets: Mapping[str, Dataset]) -> list[str]:
    """Return what the datasets *names* ask to be cited, each once."""
    return list(dict.fromkeys(c for name in sorted(set(names)) for c in datasets[name].cite))


def bibtex(names: Iterable[str], datasets: Mapping[str, Dataset]) -> str:
    """Return ``references.bib``: one ``@misc`` per citation of the datasets *names*.

    Only what the plugin knows is said (a DOI or an address, and the dataset's title): authors and
    years are resolved from the DOI by whoever has a network.
    """
    entries: dict[str, str] = {}
    for name in sorted(set(names)):
        dataset = datasets[name]
        for number, citation in enumerate(dataset.cite):
            key = name if number == 0 else f"{name}_{number + 1}"
            entries.setdefault(citation, _entry(key, dataset.title, citation))
    return "\n".join(entries.values())


def _entry(key: str, title: str, citation: str) -> str:
    kind, _, rest = citation.partition(":")
    fields = {"note": f"Cited for {_tex(title)}"}
    match kind.casefold():
        case "doi":
            fields |= {"doi": rest, "url": f"https://doi.org/{rest}"}
        case "arxiv":
            fields |= {
                "eprint": rest,
                "eprinttype": "arXiv",
                "url": f"https://arxiv.org/abs/{rest}",
            }
        case "http" | "https":
            fields |= {"url": citation}
        case _:
            fields |= {"howpublished": _tex(citation)}
    lines = ",\n".join(f"  {field} = {{{value}}}" for field, value in fields.items())
    return f"@misc{{{key},\n{lines}\n}}\n"


def _tex(text: str) -> str:
    """Escape what TeX reads as a command in running text."""
    escaped = {"\\": r"\textbackslash{}", **{char: f"\\{char}" for char in "&%$#_{}"}}
    return "".join(escaped.get(char, char) for char in text)


def _names(selection: Iterable[SelectionRow]) -> list[str]:
    return sorted({row.dataset for row in selection})


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)
