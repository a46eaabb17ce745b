"""The catalog against the rows that it was made from: ../shared/catalogue.yaml, 160 of them.

Each row is asked the same questions. A failure prints the row, its field and what to do. What a row
does not know is not asked; what others count or license must be kept as a claim.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from medreg import Dataset, Modality, plugins
from tests.conftest import SHARED_DATA

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = SHARED_DATA.parent / "catalogue.yaml"
PLUGINS = Path(__file__).resolve().parents[1] / "plugins"
Row = dict[str, Any]

NO_IMAGE = {"SEG", "RTSTRUCT", "SR", "VIDEO", "MEG", "EEG"}  # nothing that `Modality` has
MODALITIES: dict[str, set[Modality]] = {
    "FUNDUS": {Modality.OP},
    "OCT": {Modality.OPT},
    "DERM": {Modality.DMS, Modality.XC},
    "XR": {Modality.DX, Modality.CR, Modality.MG},
    "DXA": {Modality.DX},
    "multi": set(Modality),
}
ANNOTATIONS = {
    "segmentation": {"segmentation"},
    "classification": {"class", "none"},  # none: its clinical table is not annotation
    "detection": {"boxes", "points", "segmentation"},
    "points": {"points", "segmentation"},
    "regression": {"measurement"},
    "none": {"none"},
}
REGIONS = {  # where a row's word is not the region's, or not alone
    "chest": {"chest", "heart", "breast"},
    "heart": {"heart", "chest"},
    "upper limb": {"arm"},
    "multi": set(),
    "various": set(),
    "user": set(),
}
NUMBER = r"(?<![a-z\d])(\d[\d,]*(?:\.\d+)?)\s*([kmgtp]b|[km])?\b"
UNIT = {"": 1, "k": 1e3, "m": 1e6, "gb": 1, "tb": 1e3, "mb": 1e-3, "pb": 1e6}
LICENSES = {  # what lists say, as the beginning of an id
    "gnu-gpl-3.0": "gpl-3.0",
    "creative-commons": "cc",
    "research": "licenseref-research",
    "research-use": "licenseref-research",
    "research/academic": "licenseref-research",
    "irb/ethics-+-consent": "licenseref-institutional",
    "no-restrictions": "cc0",
    "tbd": "",
}
OTHER_COUNTS = r"[\d,]+\+?\s*(?:structures|tasks|datasets|labels|pathology labels|types)"


def _rows() -> list[Row]:
    if not FILE.is_file():
        return []
    from ruamel.yaml import YAML

    rows: list[Row] = YAML(typ="safe").load(FILE.read_text(encoding="utf-8"))
    return rows


ROWS = _rows()
EACH = pytest.mark.parametrize("row", ROWS, ids=lambda row: row["slug"])


def bare(text: str) -> str:
    """Return *text* as names are compared: small letters and digits."""
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


@lru_cache(maxsize=1)
def index() -> dict[str, tuple[Dataset, ...]]:
    """Return datasets by every name that finds them: their own, their family's, about.also."""
    found: dict[str, dict[str, Dataset]] = {}
    for declared in plugins.load(PLUGINS).datasets.values():
        dataset = declared.dataset
        also = dataset.about.also if dataset.about else ()
        for name in (dataset.name, declared.file.stem, *also):
            found.setdefault(bare(name), {})[dataset.name] = dataset
    return {name: tuple(datasets.values()) for name, datasets in found.items()}


def of(row: Row) -> tuple[Dataset, ...]:
    """Return the dataset of *row*, or all of its family."""
    name = bare(row["slug"])
    found = index().get(name, ())
    return tuple(d for d in found if d.name == name and d.layout) or found


def numbers(text: str) -> Iterator[float]:
    """Yield the numbers of *text*: 1,014 and 30K+ and 2.5 TB (in GB) and ~40."""
    for digits, unit in re.findall(NUMBER, text.lower()):
        yield float(digits.replace(",", "")) * UNIT[unit]


def said(found: tuple[Dataset, ...]) -> set[float]:
    """Return every number that the datasets state, and the sum of a family's cases and scans."""
    stated: set[float] = set()
    for dataset in found:
        about = dataset.about
        stated |= {float(dataset.cases)} if dataset.cases is not None else set()
        if about:
            counts = (about.scans, about.images, about.patients, about.size_gb)
            stated |= {float(count) for count in counts if count is not None}
            for text in (*(claim.value for claim in about.counts), about.splits, about.quality):
                stated |= set(numbers(text))
    abouts = [dataset.about for dataset in found if dataset.about]
    for values in (
        [dataset.cases for dataset in found],
        *([getattr(about, name) for about in abouts] for name in ("scans", "images", "size_gb")),
    ):
        stated.add(float(sum(value for value in values if value is not None)))
    return stated


def agrees(value: float, stated: set[float]) -> bool:
    """Tell whether *value* is stated, sizes within 2 %."""
    return any(abs(value - other) <= 0.02 * value * (value % 1 != 0) for other in stated)


def modality(row: Row, found: tuple[Dataset, ...]) -> Iterator[str]:
    """Ask for the row's modalities and no other."""
    words = [word for word in row["modality"] if word not in NO_IMAGE]
    allowed = set().union(*(MODALITIES.get(word) or {Modality(word)} for word in words))
    declared = {modality for dataset in found for modality in dataset.modalities.values()}
    if allowed and not declared & allowed:
        yield f"modality is {', '.join(words)}, not {', '.join(sorted(declared))}: correct it"
    elif row["kind"] == "dataset" and (extra := declared - allowed):
        yield f"modality has {', '.join(sorted(extra))} beside {', '.join(words)}: drop it"


def counts(row: Row, found: tuple[Dataset, ...]) -> Iterator[str]:
    """Ask for the best counts; another one needs a claim that explains it."""
    stated = said(found)
    for field in ("n_scans", "n_images", "n_patients", "size_gb"):
        value = row[field]
        if value is not None and not agrees(float(value), stated):
            yield (
                f"{field} is {value:,}: give it to about, or to cases=, or explain the other "
                "number by a Claim in about.counts"
            )


def claimed_counts(row: Row, found: tuple[Dataset, ...]) -> Iterator[str]:
    """Ask for what other lists count (their first number), where it differs."""
    stated = said(found)
    sources = [c.source for d in found if d.about for c in d.about.counts]
    for field in ("n_claims", "size_claims"):
        for document, text in (row[field] or {}).items():
            first = next(numbers(re.sub(OTHER_COUNTS, "", text)), None)
            other = first is not None and "per patient" not in text and not agrees(first, stated)
            if "+" in text and first is not None:  # 88,000+ of 88,702 is no other count
                other = not any(first <= number < 1.1 * first for number in stated)
            if other and not any(document[:3] in source for source in sources):
                yield (
                    f"{field} of {document[:3]} is {text!r}: add Claim({text!r}, "
                    f"source='first source list ({document[:3]})', ...) to about.counts"
                )


def doi(row: Row, found: tuple[Dataset, ...]) -> Iterator[str]:
    """Ask for the row's DOI among the citations."""
    cited = {citation.lower() for dataset in found for citation in dataset.cite}
    doi = f"doi:{row['doi']}".lower()
    if row["doi"] and not {doi, doi.replace("doi:10.48550/arxiv.", "arxiv:")} & cited:
        yield f"doi is {row['doi']}: add 'doi:{row['doi']}' to cite="


def license_best(row: Row, found: tuple[Dataset, ...]) -> Iterator[str]:
    """Ask for the best license among the claims, wrong or not, or the parts of a mixture."""
    best = row["license_best"].lower()
    values = {claim.value.lower() for dataset in found for claim in dataset.licenses}
    parts = {
        f"cc-{kind.lower()}-{number}"
        for kind, number in re.findall(r"CC (BY[A-Z-]*) (\d\.\d)", row["license_source"] or "")
    }
    if best in values or (best == "licenseref-unknown" and values):
        return
    if not ("mixed" in best and parts <= values):
        yield (
            f"license_best is {row['license_best']} ({row['license_source']}): add a Claim; "
            "where it is wrong, as a third party's"
        )


def license_claims(row: Row, found: tuple[Dataset, ...]) -> Iterator[str]:
    """Ask for what each list says of the license: its id, or a claim that names the list."""
    claims = [claim for dataset in found for claim in dataset.licenses]
    for document, text in (row["license_claims"] or {}).items():
        meant = re.sub(r"\s+", "-", re.sub(r"\(.*\)", "", text.lower()).strip())
        known = LICENSES.get(meant, meant)
        if not any(document[:3] in c.source or c.value.lower().startswith(known) for c in claims):
            yield (
                f"license of {document[:3]} is {text!r}: add a Claim with "
                f"source='first source list ({document[:3]}), ...'"
            )


def annotation(row: Row, found: tuple[Dataset, ...]) -> Iterator[str]:
    """Ask for the kind of annotation, where somebody saw it."""
    if row["verification"] in ("recall", "unverified"):
        return
    kinds = (row["annotations"].get("type") or "varies").split("+")
    if "varies" in kinds or all(dataset.source.access == "portal" for dataset in found):
        return
    allowed = set().union(*(ANNOTATIONS[kind] for kind in kinds))
    declared = {dataset.annotation for dataset in found}
    if not declared & allowed:
        yield f"annotation is {'+'.join(kinds)}, not {', '.join(sorted(declared))}: correct it"


def gate(row: Row, found: tuple[Dataset, ...]) -> Iterator[str]:
    """Ask for the gate of what is not open; of a form, unless files were seen without one."""
    sources = {dataset.source.access for dataset in found}
    seen = "open" in sources and all(d.about and d.about.known == "source" for d in found)
    if sources == {"portal"} or (row["access"] == "registration" and seen):
        return
    if row["access"] in ("registration", "dua", "restricted") and not any(d.gate for d in found):
        yield f"access is {row['access']}: add gate=Gate(kind=..., terms=...)"
    kinds = {dataset.gate.kind for dataset in found if dataset.gate}
    if row["access"] in ("dua", "restricted") and kinds == {"registration"}:
        yield f"access is {row['access']}: say gate=Gate(kind='agreement', terms=...)"
    if row["access"] == "restricted" and not any(dataset.restricted for dataset in found):
        yield "access is restricted: say restricted=True"


def names(row: Row, found: tuple[Dataset, ...]) -> Iterator[str]:
    """Ask that the row's other names find it."""
    own = {bare(dataset.title) for dataset in found}
    missing = [
        alias
        for alias in row["aliases"]
        if not {bare(part) for part in (alias, *re.split("[()]", alias))} & (own | index().keys())
        and not (row["parent"] and alias.islower())  # an organ: it finds much else
    ]
    if missing:
        yield f"aliases {', '.join(map(repr, missing))} find nothing: add them to about.also"


def region(row: Row, found: tuple[Dataset, ...]) -> Iterator[str]:
    """Ask for the region of the body."""
    words = [word.strip().lower() for word in re.split("[&/]", row["body_region"])]
    allowed = set().union(*(REGIONS.get(word, {word}) for word in words))
    declared = {region for dataset in found if dataset.about for region in dataset.about.region}
    if allowed and row["tier"] != "portal" and not declared & allowed:
        yield f"body_region is {row['body_region']}: add about.region"


def arrangement(row: Row, found: tuple[Dataset, ...]) -> Iterator[str]:
    """Ask how files are arranged, verified or not, and which IDC collection it is."""
    if row["layout"] and row["tier"] != "portal" and row["layout"] != "n/a":
        told = any(d.layout or (d.about and d.about.contents) for d in found)
        if not told and all(dataset.source.access != "portal" for dataset in found):
            yield f"layout is {row['layout']!r}: declare layout=, or say it in about.contents"
    collection = row["idc_collection_id"]
    if collection and not any(collection in repr(dataset) for dataset in found):
        yield f"idc_collection_id is {collection}: name it in source=Idc(...), or in its steps"


QUESTIONS = (
    *(modality, counts, claimed_counts, doi, license_best, license_claims),
    *(annotation, gate, names, region, arrangement),
)


def test_the_rows_are_here(shared_data: Path) -> None:
    assert len(ROWS) == 160, f"{FILE} beside {shared_data} has other rows than were asked for"


@EACH
def test_a_row_is_a_dataset_or_a_family(row: Row) -> None:
    """F001: each dataset of the lists is found by its name."""
    assert of(row), (
        f"{row['slug']}: no dataset, family or other name is {bare(row['slug'])}; "
        "write its plugin, or add the name to about.also of the dataset that it is"
    )


@EACH
@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.__name__)
def test_its_dataset_says_what_the_row_knows(row: Row, question: Any) -> None:
    """F002, F010 to F014, F114: counts, sizes, terms, gates and names are those of the row."""
    found = of(row)
    if not found:
        pytest.skip("it has no dataset yet: see the test above")
    failures = [f"{row['slug']}: {failure}" for failure in question(row, found)]
    assert failures == [], "\n".join(failures)
