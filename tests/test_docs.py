"""What the documents say can be typed, and what is public is what is said to be."""

from __future__ import annotations

import ast
import re
import shlex
from importlib import import_module
from pathlib import Path

import pytest

import medreg
from medreg import api, hooks, plugins
from medreg.cli.parser import build
from medreg.curate.recipe import (
    Official,
    Quality,
    Recipe,
    Size,
    Spacing,
    Split,
    Transform,
    Trust,
    parse,
)
from medreg.export import BUILT_IN
from medreg.registry import Registry

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = (
    *("README.md", "CONTRIBUTING.md"),
    *sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md")),
)


def typed() -> list[str]:
    """Return each command that a document shows, without its comment."""
    lines = "\n".join((ROOT / name).read_text(encoding="utf-8") for name in DOCUMENTS)
    found = re.findall(r"^\$ (.*medreg .*)$", lines, re.MULTILINE)
    commands = (part.strip() for line in found for part in line.partition("#")[0].split("&&"))
    return sorted({command for command in commands if command.startswith("medreg ")})


@pytest.mark.parametrize("command", typed())
def test_a_command_in_the_documents_is_understood(command: str) -> None:
    args = build().parse_args(shlex.split(command)[1:])
    assert callable(args.run)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_a_document_points_to_is_there(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", text)
    here = [one for one in targets if "://" not in one]
    assert [one for one in here if not (ROOT / document).parent.joinpath(one).is_file()] == []


def test_the_readme_fits_one_screen_and_its_recipe_is_valid() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 80
    (recipe,) = recipes("README.md")
    assert recipe.labels == ("liver", "liver_tumor")


def recipes(document: str) -> list[Recipe]:
    """Read each recipe that a document shows."""
    text = (ROOT / document).read_text(encoding="utf-8")
    known = plugins.load(ROOT / "plugins")
    return [
        parse(
            recipe,
            document,
            name="shown",
            datasets=list(known.datasets),
            vocabulary=Registry(ROOT).vocabulary().names,
            exporters=BUILT_IN,
        )
        for recipe in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    ]


def test_the_page_of_recipes_is_valid_and_names_every_key() -> None:
    assert [recipe.folds for recipe in recipes("docs/recipes.md")] == [5, 5]
    words = set(re.findall(r"\w+", (ROOT / "docs/recipes.md").read_text(encoding="utf-8")))
    models = (Recipe, Spacing, Size, Split, Official, Trust, Quality, Transform)
    assert {key for model in models for key in model.model_fields} - words == set()


def test_what_a_plugin_imports_is_exactly_what_is_exported() -> None:
    """Names are imported when they are asked for; type checkers see them all."""
    tree = ast.parse(Path(medreg.__file__).read_text(encoding="utf-8"))
    seen = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("medreg.")
        for alias in node.names
    }
    assert set(medreg.__all__) == {*seen, "load"} - {"Loaded"}
    assert all(getattr(medreg, name) for name in medreg.__all__)


@pytest.mark.parametrize("name", api.__all__)
def test_every_verb_is_where_the_facade_says(name: str) -> None:
    tree = ast.parse(Path(api.__file__).read_text(encoding="utf-8"))
    told = {
        alias.asname or alias.name: (node.module, alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    module, theirs = told[name]
    assert getattr(api, name) is getattr(import_module(str(module)), theirs)


@pytest.mark.parametrize("hook", [name for name in vars(hooks) if name.startswith("medreg_")])
def test_every_hook_explains_itself_with_an_example(hook: str) -> None:
    doc = vars(hooks)[hook].__doc__
    assert "@hookimpl" in doc
    assert f"def {hook}(" in doc
    assert len(doc.splitlines()) < 40, "a hook fits on one screen"


@pytest.mark.parametrize(
    "path", sorted(p.relative_to(ROOT).as_posix() for p in (ROOT / "src").rglob("*.py"))
)
def test_a_module_is_one_room(path: str) -> None:
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 350, "one subject a module: split it by meaning"
