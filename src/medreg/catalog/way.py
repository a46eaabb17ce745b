"""From a dataset's card to a training set: each command to type, and what it is for (F115)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def way(card: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each command to type, and what it is for; nothing for a portal."""
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
