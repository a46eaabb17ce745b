"""The pages of sets, models and labels, and the lists of them."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from medreg.catalog.setpage.markup import Cell, Html, details, p, section, sub, table
from medreg.catalog.setpage.page import blocks
from medreg.catalog.site import linked_data, words
from medreg.catalog.site.facts import Links, Overview, SetLine, SetPage
from medreg.catalog.site.markdown import html_of
from medreg.catalog.site.shell import Page, contents, crumbs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medreg.versions.models import Model
    from medreg.vocabulary import Label


def sets(known: Overview) -> bytes:
    """Return ``sets.html``."""
    links = Links(known, "")
    rows = [
        (
            links.set(line.name),
            line.title,
            line.cases if line.kept else "not decided",
            line.test if line.kept else "",
            len(line.kept) or len(line.datasets),
            Html(", ".join(links.label(label) for label in line.labels)),
            ", ".join(line.releases) or "none",
        )
        for line in known.sets.values()
    ]
    head = ("set", "title", "cases", "held out", "datasets", "labels", "releases")
    told = "A set combines cases of several datasets by a recipe: one vocabulary, no patient twice."
    none = "This registry has no set yet: write registry/sets/NAME/recipe.yaml."
    found = table("Sets of this registry", head, rows, "words") if rows else p(none, "note")
    return _list("Sets", told, found)


def set_page(page: SetPage, known: Overview) -> bytes:
    """Return ``set/<name>.html``: all that `medreg report` tells, and the recipe."""
    line, links = page.line, Links(known, "../")
    described = Page(
        path=f"set/{line.name}.html",
        title=f"{line.name}: {line.title}",
        within="sets.html",
        description=f"{line.title}: {line.cases} cases.",
        data=linked_data.of_set(page),
    )
    figures: dict[str, tuple[Cell, Cell]] = {
        "Cases": (f"{line.cases:,}", "kept"),
        "To train on": (f"{line.cases - line.test:,}", "in cross-validation"),
        "Held out": (f"{line.test:,}", "as test"),
        "Datasets": (f"{len(line.kept)}", f"of {len(line.datasets)} that the recipe names"),
        "Labels": (f"{len(line.labels)}", ""),
        "Release": (line.releases[-1].partition("@")[2] if line.releases else "none", ""),
    }
    return described.around(
        f'<div class="hero">{crumbs("../", "sets.html", line.name)}'
        f"<h1>{escape(line.title)}</h1>{words.chips([Html(f'<code>{escape(line.name)}</code>')])}"
        "</div>",
        words.figures(figures) if line.kept else "",
        contents(_members(page, links), *(_report(page) if page.facts else ()), _recipe(page)),
    )


def _members(page: SetPage, links: Links) -> Html:
    line = page.line
    entries = links.known.entries
    rows = [
        (
            links.dataset(name),
            entries[name].title if name in entries else "not here",
            line.kept.get(name, 0),
        )
        for name in line.datasets
    ]
    labels = Html(", ".join(links.label(label) for label in line.labels))
    models = Html(", ".join(links.model(one) for one in links.known.models_of(line.name)))
    said: dict[str, Cell] = {
        "Labels": labels,
        "Releases": ", ".join(line.releases) or "none",
        "Manifest": Html(f"<code>{page.facts.manifest}</code>")
        if page.facts and page.facts.manifest
        else "",
        "Models": models,
    }
    return section(
        "about",
        "About",
        p(f"The recipe cannot be read: {line.problem}", "bad") if line.problem else "",
        words.facts(said),
        table("Datasets that the recipe names", ("dataset", "title", "cases kept"), rows)
        if rows
        else "",
        "" if page.facts else p(f"Not decided yet: medreg curate {line.name} --dry-run", "note"),
    )


def _report(page: SetPage) -> list[str]:
    return blocks(page.facts) if page.facts else []


def _recipe(page: SetPage) -> Html:
    name = page.line.name
    release = page.line.releases[-1] if page.line.releases else ""
    typed = [f"medreg report {name}", f"medreg verify {release or name}"]
    if release:
        typed += [f"medreg reproduce {release}", f"git checkout {release}"]
        typed += [f"dvc pull registry/sets/{name}/dvc.yaml"]
    opened = ""
    if page.views:
        items = ", ".join(
            f'<a class="view" href="{escape(to)}">{escape(case)}</a>'
            for case, to in page.views.items()
        )
        opened = sub("Look at a case") + f"<p>{items}</p>"
    return section(
        "recipe",
        "Recipe",
        words.command([page.recipe.rstrip()], f"Recipe of {name}"),
        sub("In a terminal"),
        words.command(typed),
        opened,
        details("BibTeX", words.command([page.bibtex], "BibTeX")) if page.bibtex else "",
    )


def models(known: Overview) -> bytes:
    """Return ``models.html``."""
    links = Links(known, "")
    rows = [
        (links.model(name), _release(one, links), one.split or "every training case", one.paper)
        for name, one in known.models.items()
    ]
    head = ("model", "trained on", "split", "paper")
    told = "Which bytes trained which weights: each model has the pin of its data."
    none = "This registry has no model yet: medreg model add NAME --weights FILE --data RELEASE."
    found = table("Models of this registry", head, rows, "words") if rows else p(none, "note")
    return _list("Models", told, found)


def _release(model: Model, links: Links) -> Html:
    name, _, version = model.data.release.partition("@")
    known = links.known
    page = links.set(name) if name in known.sets else links.dataset(name)
    return Html(f"{page} {escape(version)}")


def model_page(name: str, card: str, known: Overview) -> bytes:
    """Return ``model/<name>.html``; *card* is the data section of its card, as Markdown."""
    model, links = known.models[name], Links(known, "../")
    said: dict[str, Cell] = {
        "Trained on": _release(model, links),
        "Split": model.split or "every training case",
        "Manifest": Html(f"<code>sha256:{escape(model.data.manifest_sha256)}</code>"),
        "Registry": words.linked(model.data.url) if model.data.url else "this one",
        "Commit": Html(f"<code>{escape(model.data.commit)}</code>"),
        "Weights": f"{model.weights['file']}, {int(model.weights['size']):,} bytes",
        "Weights' SHA-256": Html(f"<code>{escape(str(model.weights['sha256']))}</code>"),
        "Code": words.linked(f"{model.code['url']} at {model.code['commit']}")
        if model.code
        else "",
        "Paper": words.linked(model.paper),
    }
    typed = [f"medreg reproduce {name}", f"medreg model card {name}"]
    return Page(
        path=f"model/{name}.html",
        title=name,
        within="models.html",
        description=f"Model {name}, trained on {model.data.release}",
    ).around(
        f'<div class="hero">{crumbs("../", "models.html", name)}<h1>{escape(name)}</h1></div>',
        contents(
            section("pin", "Pin", words.facts(said), words.command(typed)),
            section("card", "Data card", html_of(card)),
        ),
    )


def labels(known: Overview) -> bytes:
    """Return ``labels.html``: the vocabulary, and in how many datasets each label is annotated."""
    links = Links(known, "")
    rows = [
        (
            links.label(label.name),
            _code(label),
            label.kind,
            links.label(label.part_of) if label.part_of else "",
            len(known.holders[label.name]),
            sum(label.name in line.labels for line in known.sets.values()),
        )
        for label in known.vocabulary
    ]
    head = ("label", "SNOMED CT", "kind", "part of", "datasets", "sets")
    told = (
        f"{len(rows)} names in which every dataset's masks are told, with codes of SNOMED CT and "
        "the whole that each is a part of."
    )
    return _list("Labels", told, table("The vocabulary", head, rows, "plot"))


def _list(title: str, told: str, found: Html) -> bytes:
    """Return the page that says what there is of a kind, and lists it."""
    return Page(path=f"{title.lower()}.html", title=title, description=told).around(
        f'<div class="hero"><h1>{title}</h1><p class="lead">{told}</p></div>', found
    )


def _code(label: Label) -> str:
    return f"{label.code} {label.meaning}" if label.code else "no code was verified"


def label_page(name: str, known: Overview) -> bytes:
    """Return ``label/<name>.html``."""
    vocabulary, links = known.vocabulary, Links(known, "../")
    label = vocabulary[name]
    parts = [one.name for one in vocabulary if one.part_of == name]
    said: dict[str, Cell] = {
        "SNOMED CT": _code(label),
        "Side": label.side,
        "Kind": label.kind,
        "Color": Html(f"{links.label(name)} <code>{label.color}</code>"),
        "Part of": Html(" in ".join(links.label(whole) for whole in vocabulary.wholes(name))),
        "Its parts": Html(", ".join(links.label(part) for part in parts)),
        "Source": words.linked(label.source),
    }
    rows: list[Sequence[Cell]] = [
        (
            links.dataset(entry.name),
            entry.title,
            Html(", ".join(links.label(own) for own in held)),
            words.number(entry.annotated),
            words.verdict(known.terms[entry.name]["train"].answer),
            words.stage(known.stages[entry.name]),
        )
        for entry, held in ((known.entries[one], own) for one, own in known.holders[name].items())
    ]
    head = ("dataset", "title", "as", "annotated", "to train", "stage")
    return Page(
        path=f"label/{name}.html",
        title=name,
        within="labels.html",
        description=f"{name}: datasets and sets that annotate it",
    ).around(
        f'<div class="hero">{crumbs("../", "labels.html", name)}'
        f"<h1>{escape(name.replace('_', ' '))}</h1></div>",
        contents(
            section("about", "About", words.facts(said)),
            section(
                "datasets",
                f"Datasets ({len(rows)})",
                table("Datasets whose masks hold it, or a part of it", head, rows, "words")
                if rows
                else p("No dataset's masks hold it.", "note"),
            ),
            _sets_with(name, [*known.sets.values()], links),
        ),
    )


def _sets_with(name: str, lines: Sequence[SetLine], links: Links) -> Html:
    rows = [(links.set(one.name), one.title, one.cases) for one in lines if name in one.labels]
    if not rows:
        return Html("")
    return section("sets", "Sets", table("Sets with it", ("set", "title", "cases"), rows))
