"""The section of a dataset's page that says how to get it, and the commands to type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from medreg.catalog.setpage.markup import Cell, Html, details, link, listed, p, section, sub, table
from medreg.catalog.site import words
from medreg.catalog.way import way

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from medreg.catalog.site.facts import DatasetFacts

ASKED = {
    "registration": "register",
    "agreement": "sign an agreement",
    "application": "apply for access",
}
FOLDED = 40  # files that are listed


def get(facts: DatasetFacts) -> Html:
    """Tell what stands before the files, how much they are, and what to type."""
    card, found = facts.card, facts.card["get"]
    steps = "".join(f"<li>{words.linked(step)}</li>" for step in found["steps"])
    typed = list(way(card))
    if not typed:
        told = p(Html(f"A portal: a place that has many datasets. {link(card['homepage'])}"))
        return section("get", "Get it", told)
    wide = max(len(command) for command, _ in typed)
    lines = [f"{command.ljust(wide)}  # {why}" for command, why in typed]
    return section(
        "get",
        "Get it",
        words.facts(_known(facts)),
        (sub("First, by hand") + Html(f'<ol class="steps">{steps}</ol>')) if steps else "",
        sub("From here to a training set"),
        words.command(lines, f"Commands to get {card['name']}"),
        _files(facts),
        _layout(card["contents"]),
        _fetched(facts),
    )


def _known(facts: DatasetFacts) -> dict[str, Cell]:
    found = facts.card["get"]
    gate = found["gate"]
    size, disk = found["size_gb"], found["storage_gb"]
    return {
        "Access": _access(facts.card, gate),
        "Agreement": link(gate["terms"]) if gate and gate["terms"] else "",
        "From": f"{', '.join(found['hosts'])}, by {found['source']}",
        "Size": f"{words.gigabytes(size)} to download ({found['download']} at 100 Mbit/s), about "
        f"{words.gigabytes(disk)} on disk once converted"
        if size
        else "not stated",
        "Formats": ", ".join(facts.card["formats"]),
        "In place": f"can be read at {', '.join(found['cloud'])}" if found["cloud"] else "",
    }


def _access(card: Mapping[str, Any], gate: Mapping[str, Any] | None) -> str:
    if not gate:
        return str(card["access"])
    days = gate["days"]
    wait = "how long it takes is not stated"
    if days is not None:
        wait = f"approved in about {days:g} days" if days else "approved at once"
    return f"{card['access']}: {ASKED[gate['kind']]}; {wait}"


def _files(facts: DatasetFacts) -> Html:
    files = facts.card["files"]
    more = [f"and {len(files) - FOLDED:,} more"] if len(files) > FOLDED else []
    told = words.many(len(files), "file that the publisher names", "files that the publisher names")
    return details(told, listed([*files[:FOLDED], *more])) if files else Html("")


def _layout(contents: Mapping[str, Any]) -> Html:
    layout, tree = contents["layout"], contents["tree"]
    if isinstance(layout, str):
        lines = ["layout: nobody verified how the files are arranged"]
    else:
        lines = [f"{layout['kind']}", *_patterns(layout)]
    text = "\n".join([*lines, *tree.splitlines()])
    return details("How the files are arranged", words.command([text], "Layout"))


def _patterns(layout: Mapping[str, Any]) -> Iterator[str]:
    for key, value in layout.items():
        if key != "kind":
            yield f"  {key} = {_told(value)}"


def _told(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}={_told(one)}" for key, one in value.items() if key != "kind")
    return ", ".join(map(_told, value)) if isinstance(value, list) else str(value)


def _fetched(facts: DatasetFacts) -> Html:
    files = facts.files
    if not files:
        return Html("")
    fetched = words.many(len(files), "file was fetched", "files were fetched")
    told = f"{fetched}, {sum(one.size for one in files):,} bytes"
    if facts.private:  # a file's name may be a patient's
        return p(told, "note")
    rows = [
        (one.path, f"{one.size:,}", one.date, words.linked(one.source), one.sha256[:12])
        for one in files[:FOLDED]
    ]
    head = ("file", "bytes", "fetched", "from", "sha256")
    shown = f"The first {FOLDED}" if len(files) > FOLDED else "Files"
    return details(told, table(shown, head, rows, "words"))
