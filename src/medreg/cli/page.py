"""A dataset's guide page in Markdown: its card, and the way from here to a training set (F115)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from medreg.catalog.advice import DISCLAIMER
from medreg.cli.cards import dataset as lines_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def page(card: Mapping[str, Any]) -> str:
    """Return the page of a dataset's *card*, which `api.card` made."""
    told = lines_of(card)
    blocks = [f"# {card['title']}", f"`{card['name']}`", card["about"]]
    for key, lines in told.items():
        if key not in ("name", "about", "next"):
            blocks += [f"## {key.capitalize()}", "\n".join(f"- {_plain(line)}" for line in lines)]
    if way := list(_way(card)):
        steps = (f"{number}. `{command}`: {why}" for number, (command, why) in enumerate(way, 1))
        blocks += ["## From here to a training set", "\n".join(steps)]
    return "\n\n".join([*blocks, f"*{DISCLAIMER}*"]) + "\n"


def _plain(line: str) -> str:
    return " ".join(line.split())


def _way(card: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each command to type, and what it is for."""
    name, access = card["name"], card["access"]
    if access == "portal":
        return
    yield f"medreg track {name}", "its plugin and its stages become part of your registry"
    if card["get"]["gate"]:
        yield f"medreg accept {name}", "who accepted which terms, and when, is recorded"
    by_hand = " --from FOLDER" if card["get"]["source"] == "Manual" else ""
    yield f"medreg fetch {name}{by_hand}", "the publisher's files, each with its checksum"
    if card["contents"]["layout"] == "unverified":
        plugin = card["plugin"]["file"].replace("\\", "/").rpartition("/")[2]
        yield f"medreg check-plugin {name}", f"after you wrote its layout into {plugin}"
    yield f"medreg convert {name}", "one folder per case, or a named refusal"
    yield f"medreg check {name}", "every case measured and questioned"
    yield f"medreg preview {name}/CASE", "look before you train"
    if card["labels"]:
        yield "medreg curate SET --dry-run", f"once registry/sets/SET/recipe.yaml lists {name}"
    yield f"medreg cite {name}", "what to put into the paper"
