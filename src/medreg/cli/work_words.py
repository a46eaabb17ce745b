"""The words of the commands that take a dataset from its source into a set."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from medreg.cli.words import number
from medreg.settings import ENGINES

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from medreg.cli.words import Make

STAGES = ["declare", "fetch", "annotate", "convert", "check", "decide", "write"]


def add_work(make: Make) -> None:
    """Add the commands; *make* is that of `medreg.cli.words`."""
    fetch = make(
        "fetch", "bring a dataset's raw files", "work:fetch", "medreg fetch lits --from ~/Downloads"
    )
    fetch.add_argument("names", nargs="+", metavar="NAME", help="datasets")
    fetch.add_argument(
        "--from", dest="given", type=Path, metavar="DIR", help="where you put what you downloaded"
    )
    fetch.add_argument(
        "--url", dest="urls", action="append", default=[], metavar="[NAME=]URL",
        help="take a file here, or all of them below a URL that ends in /; - reads from stdin",
    )  # fmt: skip
    fetch.add_argument("--dry-run", action="store_true", help="say what would be fetched")
    fetch.add_argument(
        "--cases", action="append", default=[], metavar="PATTERN", help="only these (repeatable)"
    )
    fetch.add_argument("--limit", type=number(1), metavar="N", help="only the first N cases")
    fetch.add_argument(
        "--sample", type=number(1), metavar="N", help="only N cases, the same everywhere"
    )
    fetch.add_argument("--where", default="", metavar="SQL", help="over the columns of IDC's index")
    _add_engine(fetch, jobs="files at once")
    fetch.add_argument(
        "--bandwidth", default="", metavar="RATE", help="at most, such as 50MB/s or 100Mbit"
    )
    sources = make(
        "sources", "ask publishers what they have", "publishers:check", "medreg sources check lits"
    )
    sources.add_argument("verb", choices=["check"], help="head or list each declared address")
    sources.add_argument("names", nargs="*", metavar="NAME", help="datasets")
    sources.add_argument("--all", action="store_true", help="of every dataset")
    moved = make(
        "outdated", "tell where publishers moved on", "publishers:outdated", "medreg outdated lits"
    )
    moved.add_argument("names", nargs="*", metavar="NAME", help="default: everything tracked")
    _convert(make)


def _convert(make: Make) -> None:
    convert = make(
        "convert",
        "make canonical NIfTI of a dataset's raw files",
        "work:convert",
        "medreg convert lits --jobs 4",
    )
    check = make(
        "check",
        "measure and question every converted case",
        "work:check",
        "medreg check lits --engine slurm --jobs 20",
    )
    for command in (convert, check):
        command.add_argument("names", nargs="+", metavar="NAME", help="datasets")
        _add_engine(command)
    curate = make(
        "curate",
        "decide and write a training set",
        "work:curate",
        "medreg curate liver_ct --dry-run",
    )
    curate.add_argument("set", metavar="SET", help="a folder of registry/sets with a recipe.yaml")
    curate.add_argument("--dry-run", action="store_true", help="decide and show; write nothing")
    _add_engine(curate)
    stage = make(
        "stage", "run one stage for DVC (plumbing)", "work:stage", "medreg stage convert lits"
    )
    stage.add_argument("stage", choices=STAGES, help="which")
    stage.add_argument("name", metavar="NAME", help="the dataset, or set, of the dvc.yaml")


def _add_engine(command: ArgumentParser, jobs: str = "processes here, or jobs of Slurm") -> None:
    """Let what the registry's settings say of the engine be said for once."""
    command.add_argument("--engine", choices=ENGINES, help="where the work is done")
    command.add_argument("--jobs", type=number(0), metavar="N", help=f"{jobs}; 0: as suits")
    command.add_argument(
        "--scheduler", metavar="ADDRESS|FILE", help="of Dask; none is a cluster of this machine"
    )
    command.add_argument("--queue", metavar="Q", help="of Slurm")
