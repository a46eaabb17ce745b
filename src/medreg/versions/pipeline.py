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
    from collections.abc import Mapping, Sequence

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
    name = dataset.name
    clinical = bool(dataset.clinical)
    raw = "files.csv" if in_place else "raw"
    return (
        NOTE.format(verb=f"track {name}")
        + "stages:\n"
        + _stage(
            "declare",
            name,
            deps=(plugin, "../../vocabulary.csv", *facts),
            outs=(Output("claims.json", "summary"), Output("declared.json", "summary")),
        )
        + _stage(
            "fetch",
            name,
            params=("source",),
            outs=(
                *(() if in_place else (Output("raw", "data", persist=True),)),
                Output("files.csv", "table", persist=True),
            ),
            restricted=restricted,
            bound=bound,
            frozen=True,  # a plain `dvc repro` must never start a download
        )
        + _annotate(name, annotated, restricted=restricted, bound=bound)
        + _stage(
            "convert",
            name,
            deps=(raw, *(file for file in annotated if file == ANNOTATIONS)),
            params=sorted({*CONVERTED_BY, *(("own",) if _adds_fields(dataset) else ())}),
            outs=(Output("converted", "data", persist=True), Output("refused.csv", "table")),
            restricted=restricted,
            bound=bound,
        )
        + _stage(
            "check",
            name,
            deps=("converted", *((raw,) if clinical else ()), "refused.csv"),
            params=("check", *(("clinical",) if clinical else ()), "labels"),
            outs=(
                Output("cases.csv", "table"),
                Output("card.json", "summary"),
                *((Output("clinical.csv", "table"),) if clinical else ()),
                Output("fingerprints.csv", "table"),
                Output("manifest.csv", "table"),
            ),
            restricted=restricted,
            bound=bound,
        )
    )


def _annotate(name: str, made: Sequence[str], *, restricted: bool, bound: bool) -> str:
    if not made:
        return ""
    kinds = {DRAWN: "data"}
    return _stage(
        ANNOTATE,
        name,
        outs=[Output(path, kinds.get(path, "table"), persist=True) for path in made],
        restricted=restricted,
        bound=bound,
        frozen=True,  # people make it
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
    return (
        NOTE.format(verb=f"curate {name}")
        + "stages:\n"
        + _stage(
            "decide",
            name,
            deps=(
                "recipe.yaml",
                *facts,
                *_tables(recipe, "cases.csv", "claims.json", "declared.json", "fingerprints.csv"),
                *reviews,
            ),
            outs=(Output("selection.csv", "table"), Output("splits.json", "table")),
            restricted=restricted,
            bound=bound,
        )
        + _stage(
            "write",
            name,
            deps=(
                *("recipe.yaml", "selection.csv", "splits.json", *facts),
                *_tables(recipe, "cases.csv", "claims.json", "declared.json", "manifest.csv"),
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
            restricted=restricted,
            bound=bound,
        )
    )


def _tables(recipe: Recipe, *files: str) -> list[str]:
    names = sorted(recipe.datasets)
    return [f"../../datasets/{name}/{file}" for name in names for file in files]


def _adds_fields(dataset: Dataset) -> bool:
    """Tell whether a plugin's own kind of dataset says more than every dataset does."""
    return len(fields(dataset)) > len(fields(Dataset))


def _stage(  # noqa: PLR0913  # a stage of dvc.yaml has these parts
    stage: str,
    name: str,
    *,
    deps: Sequence[str] = (),
    params: Sequence[str] = (),
    outs: Sequence[Output],
    restricted: bool = False,
    bound: bool = False,
    frozen: bool = False,
) -> str:
    lines = [f"  {stage}:", f"    cmd: medreg stage {stage} {name}"]
    if frozen:
        lines.append("    frozen: true")
    if deps:
        lines += ["    deps:", *(f"      - {path}" for path in deps)]
    if params:
        lines += ["    params:", "      - declared.json:", *(f"          - {p}" for p in params)]
    text = "\n".join([*lines, "    outs:"]) + "\n"
    return text + "".join(out.text(restricted=restricted, bound=bound) for out in outs)


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
