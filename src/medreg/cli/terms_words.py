"""The words of the commands that tell what use asks for: agreements, overlaps, citations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from medreg.cli.words import Make


def add_terms(make: Make) -> None:
    """Add the commands; *make* is that of `medreg.cli.words`."""
    accept = make(
        "accept",
        "record that you accept a dataset's terms",
        "accept:accept",
        "medreg accept lits --text agreement.pdf",
    )
    accept.add_argument("name", metavar="NAME", help="a dataset")
    accept.add_argument("--yes", action="store_true", help="do not ask")
    accept.add_argument("--by", default="", metavar="PERSON", help="default: git's user")
    accept.add_argument("--text", type=Path, metavar="FILE", help="the agreement that was read")

    shared = make(
        "overlaps",
        "show which datasets share scans",
        "overlap:overlaps",
        "medreg overlaps lits msd_liver",
    )
    shared.add_argument("names", nargs="*", metavar="NAME", help="default: every dataset")
    shared.add_argument("--graph", action="store_true", help="as a graph in DOT, for Graphviz")
    leaks = make(
        "audit-split",
        "tell which train cases show a scan of the test side",
        "overlap:audit_split",
        "medreg audit-split train.txt btcv",
    )
    leaks.add_argument("train", metavar="TRAIN", help="list, splits_final.json, datalist, set")
    leaks.add_argument("test", metavar="TEST", nargs="?", help="the same, or a dataset")
    leaks.add_argument("--fold", type=int, default=0, help="of splits_final.json (default 0)")
    leaks.add_argument(
        "--dataset", default="", metavar="NAME", help="whose cases are listed, if no path says so"
    )
    cite = make(
        "cite",
        "print what to cite for datasets or sets",
        "cite:cite",
        "medreg cite lits kits23 --format apa",
    )
    cite.add_argument("names", nargs="+", metavar="NAME", help="datasets or sets")
    cite.add_argument(
        "--format",
        default="bibtex",
        choices=["bibtex", "apa", "csl-json", "text"],
        help="default: bibtex",
    )
