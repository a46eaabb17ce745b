"""The words of the commands that find, choose and show."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from medreg.cli.filters import add_filters

if TYPE_CHECKING:
    from medreg.cli.words import Make


def add_look(make: Make) -> None:
    """Add the commands; *make* is that of `medreg.cli.words`."""
    listing = make(
        "list",
        "list datasets and sets",
        "look:list_",
        "medreg list --organ liver --annotated segmentation --use commercial",
    )
    listing.add_argument("words", nargs="*", metavar="WORD", help="in name, title, what it shows")
    listing.add_argument(
        "--organ", action="append", metavar="LABEL", help="it, or a part of it, is shown"
    )
    add_filters(listing)
    listing.add_argument(
        "--sort", default="name", metavar="BY", help="name, best, size, scans, ..."
    )
    listing.add_argument(
        "--columns", default="usual", metavar="A,B", help="usual, wide, compare, uses, or names"
    )
    listing.add_argument("--wide", action="store_true", help="every usual question of a dataset")
    listing.add_argument("--csv", action="store_true", help="print the columns as CSV")
    listing.add_argument("--totals", action="store_true", help="add up what was found")
    show = make("show", "show one dataset, family or set", "look:show", "medreg show lits")
    show.add_argument("name", help="or idc:COLLECTION; idc: asks all of them")
    show.add_argument("--series", action="store_true", help="of IDC: each series")
    show.add_argument("--where", default="", metavar="SQL", help="over the columns of IDC's index")
    show.add_argument("--csv", action="store_true", help="print the series as CSV")
    show.add_argument("--markdown", action="store_true", help="a guide page, with each next step")
    for command in (listing, show):
        command.add_argument(
            "--bandwidth", default="100Mbit", metavar="RATE", help="of downloads (default 100Mbit)"
        )
    _choose(make)
    _ask(make)
    _pictures(make)


def _ask(make: Make) -> None:
    terms = make(
        "terms",
        "tell what licenses allow, and why",
        "look:terms",
        "medreg terms lits msd_liver --use commercial",
    )
    terms.add_argument("names", nargs="+", metavar="NAME", help="datasets")
    terms.add_argument("--use", default="research", help="research (default), commercial, ...")
    why = make(
        "why",
        "tell why a case is in a set, or not, or what was found in it",
        "look:why",
        "medreg why abdomen_ct lits/volume-28",
    )
    why.add_argument("set", metavar="[SET]", help="leave it out to ask what was found in the case")
    why.add_argument("case", metavar="DATASET/CASE", nargs="?", help="which")
    doctor = make(
        "doctor",
        "report plugins, tiers and tools of this machine",
        "look:doctor",
        "medreg doctor --logins",
    )
    doctor.add_argument("--logins", action="store_true", help="try each login that is found here")
    status = make(
        "status",
        "show how far each dataset and set has come",
        "look:status",
        "medreg status --remote",
    )
    status.add_argument("--remote", action="store_true", help="ask every tier what it holds")


def _pictures(make: Make) -> None:
    preview = make(
        "preview",
        "draw a case, or the worst cases of a dataset or set",
        "seen:preview",
        "medreg preview lits/volume-28 --terminal",
    )
    preview.add_argument("name", metavar="DATASET/CASE|DATASET|SET", help="what to draw")
    preview.add_argument("--to", type=Path, metavar="PNG", help="default: NAME.png here")
    preview.add_argument("-n", type=int, default=24, metavar="N", help="cases of a dataset or set")
    preview.add_argument("--terminal", action="store_true", help="show it here, in colored blocks")
    report = make(
        "report",
        "write all about a set as one HTML page",
        "seen:report",
        "medreg report liver_ct --out liver_ct.html",
    )
    report.add_argument("set", metavar="SET", help="a set that was curated")
    report.add_argument("--out", type=Path, metavar="FILE", help="default: SET.html here")
    site = make(
        "site",
        "write the catalog as static pages, with search",
        "site:site",
        "medreg site --into public",
    )
    site.add_argument(
        "--into", type=Path, default=Path("site"), metavar="DIR", help="default: site"
    )
    site.add_argument("--volumes", action="store_true", help="copy volumes that may be passed on")
    site.add_argument("--dry-run", action="store_true", help="say what would be written")
    serve = make(
        "serve",
        "show the catalog in a browser, with live data",
        "serve:serve",
        "medreg serve --open",
    )
    serve.add_argument("--port", type=int, default=8750, metavar="N", help="default: 8750; 0: any")
    serve.add_argument("--open", action="store_true", help="open it in the browser, too")


def _choose(make: Make) -> None:
    guide = make(
        "guide", "find datasets by need or application", "catalog:guide", "medreg guide abdomen"
    )
    guide.add_argument("need", nargs="*", metavar="NEED", help="leave out to see all of them")
    guide.add_argument("--all", action="store_true", help="every dataset, not the first dozen")
    plan = make(
        "plan",
        "choose datasets for a budget",
        "catalog:plan",
        "medreg plan --budget 500GB --organs liver,kidney --want 800",
    )
    plan.add_argument("--budget", required=True, metavar="SIZE", help="of downloads, as 500GB")
    plan.add_argument("--organs", metavar="A,B", help="labels that masks should have")
    plan.add_argument("--want", type=int, metavar="N", help="annotated scans of each organ")
    plan.add_argument(
        "--hold-out", action="append", default=[], metavar="NAME", help="keep it for testing"
    )
    plan.add_argument(
        "--bandwidth", default="100Mbit", metavar="RATE", help="of downloads (default 100Mbit)"
    )
    add_filters(plan)
    stock = make(
        "inventory",
        "tell what was fetched",
        "catalog:inventory",
        "medreg inventory --csv inventory.csv",
    )
    stock.add_argument("--csv", type=Path, metavar="FILE", help="write it as CSV")
