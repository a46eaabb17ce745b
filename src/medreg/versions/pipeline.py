"""The text of each ``dvc.yaml``: plain DVC, the same for everybody, no templates to resolve.

What a registry may not share carries ``remote: restricted``, and so does every output that holds
one such byte. Of restricted datasets so do the tables that name cases, of which git keeps only the
digest; of what its terms alone forbid to share, git keeps the tables.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from medreg.model import Dataset
from medreg.reviews import ANNOTATIONS, DRAWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from medreg.curate.recipe import Recipe

CONVERTED_BY = ("code", "converter", "fixes", "labels", "layout", "modalities", "patients")
ANNOTATE = "annotate"  # the stage of what people drew and decided
RESTRICTED = "restricted"  # the tier of what must not be shared
NOTE = "# Written by `medreg {verb}`; it is plain DVC, and people may add stages below.\n"


@dataclass(frozen=True, slots=True)
class Output:
    """One output of a stage: a folder of data, a table that names cases, or a public summary."""

    path: str
    kind: str  # data | table | summary
    persist: bool = False  # DVC must not delete it before the stage runs

    def text(self, *, restricted: bool, bound: bool) -> str:
        """Return its entry in ``outs``; what is *bound* keeps only its data to the tier."""
        cached = self.kind == "data" or (self.kind == "table" and restricted)
        options = [
            *(["cache: false"] if not cached else []),
            *(["persist: true"] if self.persist else []),
            *([f"remote: {RESTRICTED}"] if cached and (restricted or bound) else []),
        ]
        if not options:
            return f"      - {self.path}\n"
        return f"      - {self.path}:\n" + "".join(f"          {o}\n" for o in options)


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: what it reads, which fields of ``declared.json``, and what it makes."""

    name: str
    deps: Sequence[str] = ()
    params: Sequence[str] = ()
    outs: Sequence[Output] = ()
    frozen: bool = False  # a plain `dvc repro` does not run it

    def text(self, of: str, *, restricted: bool, bound: bool) -> str:
        """Return its entry in ``stages``, for the dataset or set *of* that name."""
        lines = [f"  {self.name}:", f"    cmd: medreg stage {self.name} {of}"]
        if self.frozen:
            lines.append("    frozen: true")
        if self.deps:
            lines += ["    deps:", *(f"      - {path}" for path in self.deps)]
        if self.params:
            lines += ["    params:", "      - declared.json:"]
            lines += [f"          - {field}" for field in self.params]
        text = "\n".join([*lines, "    outs:"]) + "\n"
        return text + "".join(out.text(restricted=restricted, bound=bound) for out in self.outs)


def dataset_pipeline(  # noqa: PLR0913  # what a dvc.yaml depends on
    dataset: Dataset,
    plugin: str,
    *,
    restricted: bool,
    bound: bool = False,
    facts: Sequence[str] = (),
    annotated: Sequence[str] = (),
    in_place: bool = False,
) -> str:
    """Return the four stages of *dataset*; *plugin* is its file, seen from the dataset's folder.

    *bound* data may lie in the restricted tier alone: its terms do not let it be shared.
    *facts* are further tables that its declaration reads, *annotated* what people drew anew and
    decided: outputs of a fifth stage, which no program runs.
    Where raw files lie *in_place*, elsewhere on a disk, their record stands for them.
    """
    raw = "files.csv" if in_place else "raw"
    stages = (
        Stage(
            "declare",
            deps=(plugin, "../../vocabulary.csv", *facts),
            outs=(Output("claims.json", "summary"), Output("declared.json", "summary")),
        ),
        _fetch(in_place=in_place),
        *_annotate(annotated),
        _convert(dataset, raw, annotated),
        _check(dataset, raw),
    )
    return _text("track", dataset.name, stages, restricted=restricted, bound=bound)


def _fetch(*, in_place: bool) -> Stage:
    raw = () if in_place else (Output("raw", "data", persist=True),)
    return Stage(
        "fetch",
        params=("source",),
        outs=(*raw, Output("files.csv", "table", persist=True)),
        frozen=True,  # a plain `dvc repro` must never start a download
    )


def _annotate(made: Sequence[str]) -> Iterator[Stage]:
    if made:
        kinds = {DRAWN: "data"}
        outs = tuple(Output(path, kinds.get(path, "table"), persist=True) for path in made)
        yield Stage(ANNOTATE, outs=outs, frozen=True)  # people make it


def _convert(dataset: Dataset, raw: str, annotated: Sequence[str]) -> Stage:
    own = ("own",) if _adds_fields(dataset) else ()
    return Stage(
        "convert",
        deps=(raw, *(file for file in annotated if file == ANNOTATIONS)),
        params=sorted({*CONVERTED_BY, *own}),
        outs=(Output("converted", "data", persist=True), Output("refused.csv", "table")),
    )


def _check(dataset: Dataset, raw: str) -> Stage:
    clinical = bool(dataset.clinical)
    return Stage(
        "check",
        deps=("converted", *((raw,) if clinical else ()), "refused.csv"),
        params=("check", *(("clinical",) if clinical else ()), "labels"),
        outs=(
            Output("cases.csv", "table"),
            Output("card.json", "summary"),
            *((Output("clinical.csv", "table"),) if clinical else ()),
            Output("fingerprints.csv", "table"),
            Output("manifest.csv", "table"),
        ),
    )


def set_pipeline(
    name: str,
    recipe: Recipe,
    *,
    restricted: bool,
    bound: bool = False,
    reviews: Sequence[str] = (),
) -> str:
    """Return the two stages of the set *name*; each depends on all that it reads but voxels.

    *reviews* are the tables of what people decided about cases, seen from the set's folder.
    """
    facts = ("../../overlaps", "../../terms.csv", "../../vocabulary.csv")
    decided = ("cases.csv", "claims.json", "declared.json", "fingerprints.csv")
    written = ("cases.csv", "claims.json", "declared.json", "manifest.csv")
    stages = (
        Stage(
            "decide",
            deps=("recipe.yaml", *facts, *_tables(recipe, *decided), *reviews),
            outs=(Output("selection.csv", "table"), Output("splits.json", "table")),
        ),
        Stage(
            "write",
            deps=(
                *("recipe.yaml", "selection.csv", "splits.json", *facts),
                *_tables(recipe, *written),
            ),
            outs=(
                Output("data", "data", persist=True),
                Output("manifest.csv", "table"),
                Output("SHA256SUMS", "table"),
                Output("provenance.json", "summary"),
                Output("card.md", "summary"),
                Output("licenses.md", "table"),
                Output("references.bib", "summary"),
                Output("stats.csv", "table"),
                Output("stats.svg", "table"),
                *((Output("transforms.csv", "table"),) if recipe.transform else ()),
            ),
        ),
    )
    return _text("curate", name, stages, restricted=restricted, bound=bound)


def _tables(recipe: Recipe, *files: str) -> list[str]:
    names = sorted(recipe.datasets)
    return [f"../../datasets/{name}/{file}" for name in names for file in files]


def _adds_fields(dataset: Dataset) -> bool:
    """Tell whether a plugin's own kind of dataset says more than every dataset does."""
    return len(fields(dataset)) > len(fields(Dataset))


def _text(verb: str, name: str, stages: Sequence[Stage], *, restricted: bool, bound: bool) -> str:
    told = (stage.text(name, restricted=restricted, bound=bound) for stage in stages)
    return NOTE.format(verb=f"{verb} {name}") + "stages:\n" + "".join(told)


def artifacts(known: Mapping[str, Any], folders: Mapping[str, str]) -> str:
    """Return the root ``dvc.yaml``: what releases are of, by name.

    *known* is its present content, so that entries that a person added stay; *folders* maps each
    dataset's and set's name to its folder.
    """
    import io

    from ruamel.yaml import YAML

    entries = dict(known.get("artifacts") or {})
    for name, path in folders.items():
        entries[name] = {"type": "dataset", **(entries.get(name) or {}), "path": path}
    content = {**known, "artifacts": {name: entries[name] for name in sorted(entries)}}
    text = io.StringIO()
    writer = YAML()
    writer.default_flow_style = False
    writer.dump(content, text)
    return text.getvalue()
