"""Who shows whom: cases joined by patient, declared overlap or equal values.

An edge between scans says that they are one scan; any other edge says that they are one patient.
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from medreg.tables import natural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from medreg.tables import CaseRow, FingerprintRow

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Edge:
    """Two cases (``dataset/case``) that show one patient, and who says so.

    *suspected* is what nobody proved: see `confirmed`. *alike* is the share of their signatures
    that two CTs have in common of which nothing more is known: see `processed`.
    """

    a: str
    b: str
    says: str
    same_scan: bool = False
    suspected: bool = False
    alike: float = 0.0


def measured_edges(
    tables: Mapping[str, Sequence[CaseRow]],
    fingerprints: Mapping[str, Sequence[FingerprintRow]] = {},
) -> Iterator[Edge]:
    """Yield the edges that tables show: one patient within a dataset, or fingerprints that match.

    Scans that share slices or cells are one scan, or parts of it; scans that only look alike
    count as one patient.
    """
    for dataset in sorted(tables):
        for patient, rows in _shared(tables[dataset], lambda row: row.patient).items():
            first, *others = sorted((f"{dataset}/{row.case}" for row in rows), key=natural)
            yield from (Edge(first, other, f"patient {patient}") for other in others)
    every = [
        (f"{dataset}/{row.case}", row) for dataset in sorted(tables) for row in tables[dataset]
    ]
    for twins in _shared(every, lambda pair: pair[1].fingerprint).values():
        (center, reference), *copies = sorted(twins, key=lambda pair: natural(pair[0]))
        for ref, row in copies:
            differs = ", spacing differs" if row.spacing != reference.spacing else ""
            yield Edge(center, ref, f"fingerprint: equal values{differs}", same_scan=True)
    yield from _alike(tables, fingerprints)


def _alike(
    tables: Mapping[str, Sequence[CaseRow]],
    fingerprints: Mapping[str, Sequence[FingerprintRow]],
) -> Iterator[Edge]:
    """Yield the edges between scans whose values differ and whose fingerprints match."""
    if not any(fingerprints.values()):
        return
    from medreg.imaging.fingerprints import pairs, read_rows

    known = {
        ref: found
        for name in sorted(fingerprints)
        for ref, found in read_rows(name, tables[name], fingerprints[name]).items()
    }
    refs = sorted(known, key=natural)
    for a, b, match in pairs([known[ref] for ref in refs]):
        if match.rung != "values":  # said already
            says = f"fingerprint: {match.rung}, {match.score:.0%} in common"
            alike = match.score if known[refs[a]].unit == "HU" and not match.same_scan else 0.0
            yield Edge(refs[a], refs[b], says, same_scan=match.same_scan, alike=alike)


def processed(edges: Sequence[Edge]) -> tuple[Edge, ...]:
    """Take CTs of two datasets that look alike for one scan, which somebody processed.

    Strangers and other visits look less alike (``bench/duplicates.py``); another phase or kernel of
    the same visit may not. So two scans of one dataset, whose publisher shows both, stay two, also
    where a third one is like both: it is a copy of the one that it is most alike to. MR is left
    out, for nobody measured how alike brains in an atlas' space look.
    """
    alike = [edge for edge in edges if edge.alike]
    if not alike:
        return tuple(edges)
    nodes = [node for edge in edges for node in (edge.a, edge.b)]
    scan = components(nodes, (edge for edge in edges if edge.same_scan))
    shown: dict[str, set[str]] = defaultdict(set)
    for node in nodes:
        shown[scan[node]].add(node.partition("/")[0])
    joined: dict[str, str] = {}
    told: dict[Edge, Edge] = {}
    for edge in sorted(alike, key=lambda e: (-e.alike, natural(e.a), natural(e.b))):
        one, other = (_last(joined, scan[node]) for node in (edge.a, edge.b))
        if one == other or shown[one] & shown[other]:
            continue
        joined[other] = one
        shown[one] |= shown[other]
        told[edge] = replace(edge, same_scan=True, says=f"{edge.says}, so a processed copy")
    return tuple(told.get(edge, edge) for edge in edges)


def _last(joined: Mapping[str, str], node: str) -> str:
    while node in joined:
        node = joined[node]
    return node


def confirmed(edges: Iterable[Edge], tables: Mapping[str, Sequence[CaseRow]]) -> Iterator[Edge]:
    """Yield declared *edges*, as far as measurement lets them stand.

    Where two scans were only suspected to be one and their values differ, nothing is dropped for
    it: they count as one patient.
    """
    fingerprints = {
        f"{dataset}/{row.case}": row.fingerprint for dataset, rows in tables.items() for row in rows
    }
    for edge in edges:
        values = {fingerprints.get(edge.a), fingerprints.get(edge.b)} - {None, ""}
        if edge.same_scan and edge.suspected and len(values) > 1:
            yield replace(edge, same_scan=False, says=f"{edge.says}, but their values differ")
        else:
            yield edge


def _shared(items: Iterable[Item], key: Callable[[Item], str]) -> dict[str, list[Item]]:
    """Return the items of each non-empty key that more than one has."""
    found: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        if value := key(item):
            found[value].append(item)
    return {value: shared for value, shared in found.items() if len(shared) > 1}


def components(nodes: Iterable[str], edges: Iterable[Edge]) -> dict[str, str]:
    """Join *nodes* along *edges*, transitively; return a representative of each node.

    The representative is the first of *nodes* (in the order given) that its component holds.
    """
    parent: dict[str, str] = {}

    def root(node: str) -> str:
        parent.setdefault(node, node)
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for edge in edges:
        parent[root(edge.a)] = root(edge.b)
    named: dict[str, str] = {}
    return {node: named.setdefault(root(node), node) for node in nodes}


@dataclass(frozen=True, slots=True)
class Step:
    """The way from a case towards the nearest source: its neighbor, and what joins the two."""

    to: str
    says: tuple[str, ...]


def ways(edges: Iterable[Edge], sources: Iterable[str]) -> Callable[[str], Sequence[str]]:
    """Return a function that tells each edge on a case's shortest way to one of *sources*."""
    neighbors: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for edge in edges:
        neighbors[edge.a][edge.b].append(edge.says)
        neighbors[edge.b][edge.a].append(edge.says)
    towards: dict[str, Step | None] = dict.fromkeys(sorted(sources, key=natural))
    waiting = deque(towards)
    while waiting:
        node = waiting.popleft()
        for neighbor in sorted(neighbors.get(node, ()), key=natural):
            if neighbor not in towards:
                towards[neighbor] = Step(node, tuple(sorted(set(neighbors[node][neighbor]))))
                waiting.append(neighbor)

    def told(node: str) -> list[str]:
        lines = []
        while step := towards.get(node):
            lines += [f"{node} ~ {step.to}: {says}" for says in step.says]
            node = step.to
        return lines

    return told
