"""What a card says, line by line: nothing is printed that nobody said."""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from typing import TYPE_CHECKING, Any

from medreg.catalog.quality import WHO
from medreg.cli.measured import measured
from medreg.cli.table import size

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Content = Mapping[str, Any]

SERIES = re.compile(r"(_(left|right|[clts]?\d+))+$")  # sides and numbers: kidney_left, rib_left_1
STATED = re.compile(r"\S+, .*?'s (?:statement|record) \(.*?, read [\d-]+\)(?:: (.*))?")
FOLDED = 12  # labels, classes, files: as many are printed one by one
WIDTH = 84


def dataset(card: Content) -> dict[str, list[str]]:
    """Return the lines of a dataset's card by their key, in reading order."""
    lines = {
        "name": _name(card),
        "about": _paragraphs(card["about"]),
        "homepage": [card["homepage"]],
        "images": _images(card),
        "how many": _how_many(card),
        "labels": _labels(card["labels"]),
        "shows": [", ".join(card["shows"])],
        "classes": [_folded([f"{one['value']} {one['class']}" for one in card["classes"]])],
        "annotation": _annotation(card["annotation"]),
        "quality": _stars(card),
        "terms": _terms(card),
        "compliance": card["compliance"],
        "access": _access(card),
        "steps": _numbered(card["get"]["steps"]),
        "files": _files(card),
        "what you get": _contents(card["contents"]),
        "typical": [card["typical"]],
        "splits": _splits(card),
        "errata": [*map(_fix, card["fixes"]), card["notes"]],
        "overlaps": [_overlap(one) for one in card["overlaps"]],
        "advice": card["advice"],
        "good for": [card["best for"], ", ".join(card["tags"])],
        "cite": card["cite"],
        "contact": [card["contact"]],
        "plugin": [f"{card['plugin']['file']} ({card['plugin']['home']})"],
        "state": [card["state"], *card["versions"], *_downloads(card["downloaded"])],
        "measured": list(measured(card["measured"])) if card["measured"] else [],
        "next": _next(card),
    }
    return {key: told for key, value in lines.items() if (told := [one for one in value if one])}


def family(card: Content) -> dict[str, list[str]]:
    """Return the lines of a family's card."""
    totals = card["totals"]
    shared = totals["scans"] - totals["distinct scans"]
    counted = [f"{totals[word]:,} {word}" for word in ("scans", "images") if totals[word]]
    counted += [f"{totals['size_gb']:g} GB"] if totals["size_gb"] else []
    lines = {
        "name": [f"{card['name']} (a family of {totals['datasets']} datasets)"],
        "about": _paragraphs(card["about"]),
        "homepage": [card["homepage"]],
        "members": [_member(one, card["members"]) for one in card["members"]],
        "together": [
            ", ".join(counted),
            f"at least {totals['distinct scans']:,} distinct scans" if shared > 0 else "",
            f"size not stated of {n}" if (n := totals["size not stated"]) else "",
        ],
        "cite": card["cite"],
        "plugin": [f"{card['plugin']['file']} ({card['plugin']['home']})"],
        "next": [card["next"]],
    }
    return {key: told for key, value in lines.items() if (told := [one for one in value if one])}


def _member(one: Content, every: Sequence[Content]) -> str:
    width = max(len(other["name"]) for other in every)
    scans = f"{one['scans']:,} scans" if one["scans"] is not None else ""
    labels = _folded(one["labels"], most=4)
    return "  ".join(filter(None, (one["name"].ljust(width), one["modality"], scans, labels)))


def _name(card: Content) -> list[str]:
    also = [name for name in card["also"] if name not in (card["name"], card["title"])]
    called = f"also called {', '.join(also)}" if also else ""
    family = f"one of the family: medreg show {card['family']}" if card["family"] else ""
    kind = PLACES.get(card["access"], "")
    return [f"{card['name']}  {card['title']}", kind, called, family]


PLACES = {
    "portal": "a portal: a place that has many datasets, and none itself",
    "generated": "made by medreg: shows nobody",
}


def _paragraphs(text: str) -> list[str]:
    return [
        line
        for paragraph in text.split("\n\n")
        for line in textwrap.wrap(" ".join(paragraph.split()), WIDTH)
    ]


def _images(card: Content) -> list[str]:
    channels = card["modality"]
    modalities = list(dict.fromkeys(channels.values()))
    several = len(channels) > len(modalities)
    named = ", ".join(f"{c} ({m})" for c, m in channels.items()) if several else ""
    told = (named or "+".join(modalities), card["dimensions"], ", ".join(card["region"]))
    return [
        " · ".join(part for part in (*told, ", ".join(card["formats"])) if part and part != "-")
    ]


def _how_many(card: Content) -> list[str]:
    words = {"scans": "scans", "images": "images", "cases": "cases", "patients": "patients"}
    if card["cases"] == card["scans"]:
        words.pop("cases")
    told = [f"{card[key]:,} {word}" for key, word in words.items() if card[key] is not None]
    total = f"{', '.join(told)}  ({card['size class']})" if told else ""
    others = [f"{one['count']}, says {one['source']}" for one in card["counts"]]
    return [total, *(f"otherwise: {other}" for other in others)]


def _labels(labels: Sequence[Content]) -> list[str]:
    if len(labels) <= FOLDED:
        return [_label(one) for one in labels]
    stems = Counter(SERIES.sub("", one["label"]) for one in labels)
    told = (f"{stem} ({number})" if number > 1 else stem for stem, number in stems.items())
    return [f"{len(labels)} structures: {', '.join(told)}"]


def _label(one: Content) -> str:
    return str(one["label"] if one["value"] == one["label"] else f"{one['value']} {one['label']}")


def _folded(words: Sequence[str], most: int = FOLDED) -> str:
    more = f", {len(words) - most} more" if len(words) > most else ""
    return ", ".join(words[:most]) + more


def _annotation(told: Content) -> list[str]:
    who = WHO.get(told["by"], told["by"])
    by = f"{told['kind']} by {who}" if who else told["kind"]
    if told["kind"] == "none":
        return ["none"]
    flag = "" if told["segmented"] else "labelled, not segmented"
    return [by, told["accuracy"], flag]


def _stars(card: Content) -> list[str]:
    stars = card["stars"]
    earned = sum(one["earned"] for one in stars)
    drawn = f"{'*' * earned}{'.' * (len(stars) - earned)}  (facts, each with its reason)"
    lines = [f"{'*' if one['earned'] else '.'} {one['reason']}" for one in stars]
    facts = (
        f"these facts were {card['facts']}" if card["facts"].startswith("read") else card["facts"]
    )
    return [*([drawn, *lines] if stars else []), card["quality"], facts]


def _terms(card: Content) -> list[str]:
    lines = []
    for claim in card["licenses"]:
        date = f" ({claim['date']})" if claim["date"] else ""
        covers = "" if claim["covers"] == "all" else f" of the {claim['covers']}"
        lines.append(f"{claim['license']}{covers}  {claim['rank']}: {claim['source']}{date}")
    answers: dict[tuple[str, str], list[str]] = {}
    for use, found in card["terms"].items():
        answers.setdefault((found["answer"], _because(found["reason"])), []).append(use)
    for (answer, because), uses in answers.items():
        lines.append(f"{answer}: {', '.join(uses)}" + (f" ({because})" if because else ""))
    restricted = "restricted: its bytes never leave the tier named so" if card["restricted"] else ""
    return [] if card["access"] == "portal" and not card["licenses"] else [*lines, restricted]


def _because(reason: str) -> str:
    """Keep of a verdict's reason what the claims above do not say: its condition, or the doubt."""
    head, contradict, _ = reason.partition(" contradict: ")
    if contradict:
        return f"{head} contradict"
    stated = STATED.fullmatch(reason)
    return (stated[1] or "") if stated else reason


def _approved(days: float) -> str:
    return (
        f"approved in about {days:g} day{'' if days == 1 else 's'}" if days else "approved at once"
    )


def _access(card: Content) -> list[str]:
    get, gate = card["get"], card["get"]["gate"]
    wait = ""
    if gate:
        days = gate["days"]
        wait = "approval time not stated" if days is None else _approved(days)
    asks = gate["kind"] if gate and gate["kind"] != card["access"] else ""  # of a portal
    told = (card["access"], asks, f"at {', '.join(get['hosts'])}", f"by {get['source']}", wait)
    amount = ""
    if get["size_gb"]:
        amount = (
            f"{size(get['size_gb'] * 1e9)} to download ({get['download']}), about "
            f"{size(get['storage_gb'] * 1e9)} on disk once converted"
        )
    elif card["access"] not in ("portal", "generated"):
        amount = "its size is not stated"
    cloud = f"can be read in place: {', '.join(get['cloud'])}" if get["cloud"] else ""
    agreed = f"terms of access: {gate['terms']}" if gate and gate["terms"] else ""
    return [" · ".join(filter(None, told)), amount, cloud, agreed]


def _numbered(steps: Sequence[str]) -> list[str]:
    return [f"{number}. {step}" for number, step in enumerate(steps, start=1)]


def _files(card: Content) -> list[str]:
    files = card["files"]
    return files if len(files) <= FOLDED else [_folded(files)]


def _contents(found: Content) -> list[str]:
    layout = found["layout"]
    tree = found["tree"].splitlines()
    if isinstance(layout, str):
        return [f"layout: {layout}", *tree]
    return [layout["kind"], *_patterns(layout), *tree]


def _patterns(layout: Content) -> Iterator[str]:
    for key, value in layout.items():
        if key == "kind":
            continue
        if isinstance(value, dict) and "kind" not in value:
            yield from (f"{key} {name}: {one}" for name, one in value.items())
        else:
            yield f"{key}: {_told(value)}"


def _told(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_told, value))
    if isinstance(value, dict):
        return ", ".join(f"{key}={_told(one)}" for key, one in value.items() if key != "kind")
    return str(value)


def _splits(card: Content) -> list[str]:
    known = {
        "each case": "each case is another patient",
        "by layout": "file names tell which cases show one patient",
        "unknown": "which cases show one patient is unknown: every split says so",
    }
    return [] if card["access"] == "portal" else [card["splits"], known[card["patient of a case"]]]


def _fix(fix: Content) -> str:
    return f"repaired: {fix['kind']}({_told(fix)})"


def _overlap(one: Content) -> str:
    doubt = " (suspected)" if one["confidence"] == "suspected" else ""
    number = f" {one['count']:,}" if one.get("count") else ""
    return f"{one['with']}  {one['relation']}{number}{doubt}, {one['cases']}: {one['evidence']}"


def _downloads(log: Sequence[Content]) -> list[str]:
    lines = [f"{one['date']}  {one['path']}  {size(one['size'])}" for one in log[:FOLDED]]
    more = [f"{len(log) - FOLDED} more"] if len(log) > FOLDED else []
    return lines + more


def _next(card: Content) -> list[str]:
    first = [f"first: {card['first'][0]}"] if card["first"] and card["access"] != "portal" else []
    return [*first, card["next"]]
