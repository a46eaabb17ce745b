"""Works that datasets ask to be cited, and the four ways to print them.

The table ``registry/references.csv`` says what a DOI alone does not: authors, title, year. A work
without a row is cited by its address and the dataset's title, and says no more than that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal, get_args

from medreg.errors import DeclarationError
from medreg.tables import declared

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["article", "conference", "preprint", "dataset", "web"]
Format = Literal["bibtex", "apa", "csl-json", "text"]
FORMATS: tuple[Format, ...] = get_args(Format)

_CSL = {
    "article": "article-journal",
    "conference": "paper-conference",
    "preprint": "article",
    "dataset": "dataset",
    "web": "document",
}
_BIBTEX = {"article": "article", "conference": "inproceedings"}
_HELD = {"article": "journal", "conference": "booktitle"}
_OTHERS = "et al."


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One row of ``references.csv``.

    *id* is as in `Dataset.cite` (``doi:...``, ``arXiv:...``, an address). *author* lists
    ``Family, Given; Family, Given; et al.``, or names a consortium; empty where nobody looked.
    *container* is the journal, proceedings or archive; *source* says where the row was read.
    """

    id: str
    kind: Kind
    author: str
    title: str
    container: str
    volume: str
    pages: str
    year: str
    source: str

    @property
    def authors(self) -> tuple[str, ...]:
        """The authors that are named, ``et al.`` left out."""
        names = (name.strip() for name in self.author.split(";"))
        return tuple(name for name in names if name and name != _OTHERS)

    @property
    def more_authors(self) -> bool:
        """Tell whether there are authors that are not named."""
        return _OTHERS in self.author

    @property
    def url(self) -> str:
        """The address of the work."""
        scheme, _, rest = self.id.partition(":")
        match scheme.casefold():
            case "doi":
                return f"https://doi.org/{rest}"
            case "arxiv":
                return f"https://arxiv.org/abs/{rest}"
        return self.id


def parse(text: str, where: str = "references.csv") -> dict[str, Reference]:
    """Read the table, by id; raises `DeclarationError` naming *where* and the line."""
    columns = [f.name for f in fields(Reference)]
    reader = declared(text, columns, where)
    table: dict[str, Reference] = {}
    for row in reader:
        line = f"{where}, line {reader.line_num}"
        if None in row or None in row.values():
            raise DeclarationError(f"{line}: a row has {len(columns)} cells; quote commas")
        if row["kind"] not in get_args(Kind):
            kinds = ", ".join(get_args(Kind))
            raise DeclarationError(f"{line}: kind is {row['kind']!r}, not one of {kinds}")
        if not (row["id"] and row["title"] and row["source"]):
            raise DeclarationError(f"{line}: id, title and source are never empty")
        if row["year"] and not re.fullmatch(r"\d{4}", row["year"]):
            raise DeclarationError(f"{line}: {row['year']!r} is no year")
        if row["id"] in table:
            raise DeclarationError(f"{line}: {row['id']} again")
        table[row["id"]] = Reference(**row)  # type: ignore[arg-type]  # kind was checked above
    return table


def unknown(id_: str, title: str) -> Reference:
    """Return what can be said of a work that has no row: its address, and what it is cited for."""
    kind: Kind = "preprint" if id_.casefold().startswith("arxiv:") else "web"
    return Reference(
        id=id_,
        kind=kind,
        author="",
        title=f"Cited for {title}",
        container="",
        volume="",
        pages="",
        year="",
        source="",
    )


# --- the four formats ---------------------------------------------------------------------------


def text(work: Reference) -> str:
    """Return one plain line.

    >>> text(unknown("doi:10.1/a", "LiTS"))
    'Cited for LiTS. https://doi.org/10.1/a'
    """
    names = "; ".join(work.authors) + (f" {_OTHERS}" if work.more_authors else "")
    where = ", ".join(filter(None, (work.container, work.volume, work.pages, work.year)))
    return ". ".join(filter(None, (names.removesuffix("."), work.title, where, work.url)))


def apa(work: Reference) -> str:
    """Return a line in the style of the American Psychological Association, 7th edition."""
    names = [_initials(name) for name in work.authors]
    if work.more_authors:
        told = f"{', '.join(names)}, et al."
    elif len(names) > 1:
        told = f"{', '.join(names[:-1])}, & {names[-1]}"
    else:
        told = "".join(names)
    year = f"({work.year or 'n.d.'})."
    place = ", ".join(filter(None, (work.container, work.volume, work.pages)))
    kind = " [Data set]" if work.kind == "dataset" else ""
    head = f"{told} {year} {work.title}{kind}." if told else f"{work.title}{kind}. {year}"
    return " ".join(filter(None, (head, f"{place}." if place else "", work.url)))


def csl(work: Reference, key: str) -> dict[str, Any]:
    """Return an item of CSL-JSON (https://docs.citationstyles.org, schema 1.0)."""
    scheme, _, rest = work.id.partition(":")
    people = [_person(name) for name in work.authors]
    item = {
        "id": key,
        "type": _CSL[work.kind],
        "title": work.title,
        "author": [*people, {"literal": _OTHERS}] if work.more_authors else people,
        "container-title": work.container,
        "volume": work.volume,
        "page": work.pages,
        "issued": {"date-parts": [[int(work.year)]]} if work.year else None,
        "DOI": rest if scheme == "doi" else "",
        "URL": work.url,
    }
    return {name: value for name, value in item.items() if value}


def bibtex(work: Reference, key: str) -> str:
    """Return a BibTeX entry named *key*."""
    scheme, _, rest = work.id.partition(":")
    preprint = scheme.casefold() == "arxiv"
    people = [_tex(name) if "," in name else f"{{{_tex(name)}}}" for name in work.authors]
    values = {
        "author": " and ".join([*people, "others"] if work.more_authors else people),
        "title": f"{{{_tex(work.title)}}}",
        _HELD.get(work.kind, "howpublished"): _tex(work.container),
        "volume": _tex(work.volume),
        "pages": _tex(work.pages).replace("-", "--"),
        "year": work.year,
        "doi": rest if scheme.casefold() == "doi" else "",
        "eprint": rest if preprint else "",
        "eprinttype": "arXiv" if preprint else "",
        "url": work.url,
    }
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in values.items() if value)
    return f"@{_BIBTEX.get(work.kind, 'misc')}{{{key},\n{lines}\n}}\n"


def keys(works: Mapping[str, Reference]) -> dict[str, str]:
    """Return a short key for each id, as BibTeX users know them: ``bilic2023``, ``bilic2023b``."""
    taken: dict[str, int] = {}
    found = {}
    for id_, work in works.items():
        first = work.authors[0].partition(",")[0] if work.authors else work.id.rpartition("/")[2]
        stem = re.sub(r"[^a-z0-9]+", "", first.casefold()) + work.year
        taken[stem] = taken.get(stem, 0) + 1
        found[id_] = stem + ("" if taken[stem] == 1 else chr(ord("a") + taken[stem] - 1))
    return found


def _initials(name: str) -> str:
    family, comma, given = name.partition(",")
    letters = " ".join(f"{part[0]}." for part in given.replace("-", " ").split())
    return f"{family}, {letters}" if comma and letters else family


def _person(name: str) -> dict[str, str]:
    family, comma, given = (part.strip() for part in name.partition(","))
    return {"family": family, "given": given} if comma else {"literal": family}


def _tex(value: str) -> str:
    """Escape what TeX reads as a command in running text."""
    escaped = {"\\": r"\textbackslash{}", **{char: f"\\{char}" for char in "&%$#_{}"}}
    return "".join(escaped.get(char, char) for char in value)
