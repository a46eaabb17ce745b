"""The words that medreg understands. Each command names the function that runs it."""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from medreg import __version__
from medreg.cli.filters import add_filters
from medreg.cli.quality_words import add_quality
from medreg.cli.share_words import add_share, maker
from medreg.errors import Misuse, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Commands = argparse._SubParsersAction  # noqa: SLF001 - argparse gives this type no public name

EPILOG = """\
a first morning
  medreg demo                      five datasets from raw scans to a pinned set, on this machine
  medreg init lab && cd lab        a registry of your own
  medreg list                      what is there; medreg show lits: one dataset
  medreg guide abdomen             what fits a need; medreg plan --budget 200GB: what to get
  medreg fetch lits --from DIR     raw; then: medreg convert lits, medreg check lits
  medreg curate liver_ct           a training set from registry/sets/liver_ct/recipe.yaml
  medreg release liver_ct 1.0.0    an immutable version; medreg pull liver_ct@v1.0.0 brings it back

exit codes
  0 done · 1 findings or refusals · 2 misuse · 3 not found · 4 a person must act
  5 bytes differ · 6 try again · 7 this machine cannot · 70 a bug · 130 interrupted
"""


class Parser(argparse.ArgumentParser):
    """A parser whose complaints are errors like all others: with a hint, and as JSON on request."""

    def error(self, message: str) -> NoReturn:
        """Raise `Misuse`."""
        raise Misuse(message, hint=f"{self.prog} --help")


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Parse the command line; raises `Misuse` when it makes no sense."""
    parser = build()
    if words and not words[0].startswith("-") and words[0] not in _names(parser):
        add_plugin_commands(parser)
        if words[0] not in (names := _names(parser)):
            near = NotFound.named("command", words[0], sorted(names), hint="medreg --help")
            raise Misuse(near.message, hint=near.hint)
    args = parser.parse_args(words)
    if not hasattr(args, "run"):
        parser.print_help()
        args.run = lambda _: 0
    return args


def build() -> argparse.ArgumentParser:
    """Return the parser of every built-in command."""
    parser: argparse.ArgumentParser = Parser(
        prog="medreg",
        description="A registry of medical imaging datasets, kept in git and DVC.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"medreg {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    _look(commands)
    _own(commands)
    _terms(commands)
    _work(commands)
    add_share(maker(_command, commands))
    _scans(commands)
    add_quality(maker(_command, commands))
    return parser


def _names(parser: argparse.ArgumentParser) -> set[str]:
    return {
        name
        for action in parser._actions  # noqa: SLF001 - argparse lists commands nowhere else
        if isinstance(action, argparse._SubParsersAction)  # noqa: SLF001 - as above
        for name in action.choices
    }


def add_plugin_commands(parser: argparse.ArgumentParser) -> None:
    """Ask plugins for more commands; only done for a word that is not built in."""
    from medreg import api

    commands = next(
        action
        for action in parser._actions  # noqa: SLF001 - as in _names
        if isinstance(action, argparse._SubParsersAction)  # noqa: SLF001 - as in _names
    )
    api.add_commands(commands)


def _command(
    commands: Commands[argparse.ArgumentParser], name: str, help_text: str, run: str
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=help_text, description=help_text)
    command.add_argument("--json", action="store_true", help="print data as JSON")
    command.add_argument(
        "--registry", type=Path, metavar="DIR", help="the registry (default: around this folder)"
    )
    command.set_defaults(run=_later(run))
    return command


def _later(address: str) -> Callable[[argparse.Namespace], int]:
    """Return a function that imports its module only when the command runs."""

    def run(args: argparse.Namespace) -> int:
        module, _, function = address.partition(":")
        found = getattr(importlib.import_module(f"medreg.cli.{module}"), function)
        return int(found(args))

    return run


def _look(commands: Commands[argparse.ArgumentParser]) -> None:
    listing = _command(commands, "list", "list datasets and sets", "look:list_")
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
    show = _command(commands, "show", "show one dataset, family or set", "look:show")
    show.add_argument("name", help="or idc:COLLECTION; idc: asks all of them")
    show.add_argument("--series", action="store_true", help="of IDC: each series")
    show.add_argument("--where", default="", metavar="SQL", help="over the columns of IDC's index")
    show.add_argument("--csv", action="store_true", help="print the series as CSV")
    show.add_argument("--markdown", action="store_true", help="a guide page, with each next step")
    for command in (listing, show):
        command.add_argument("--bandwidth", default="100Mbit", metavar="RATE", help="100Mbit")
    _choose(commands)
    terms = _command(commands, "terms", "tell what licenses allow, and why", "look:terms")
    terms.add_argument("names", nargs="+", metavar="NAME")
    terms.add_argument("--use", default="research", help="research (default), commercial, ...")
    why = _command(
        commands, "why", "tell why a case is in a set, or not, or what was found in it", "look:why"
    )
    why.add_argument("set", metavar="[SET]", help="leave it out to ask what was found in the case")
    why.add_argument("case", metavar="DATASET/CASE", nargs="?")
    doctor = _command(
        commands, "doctor", "report plugins, tiers and tools of this machine", "look:doctor"
    )
    doctor.add_argument("--logins", action="store_true", help="try each login that is found here")
    _command(commands, "status", "show how far each dataset and set has come", "look:status")
    preview = _command(commands, "preview", "draw one converted case as a PNG", "look:preview")
    preview.add_argument("case", metavar="DATASET/CASE")
    preview.add_argument("--to", type=Path, metavar="PNG", help="default: CASE.png here")


def _choose(commands: Commands[argparse.ArgumentParser]) -> None:
    guide = _command(commands, "guide", "find datasets by need or application", "catalog:guide")
    guide.add_argument("need", nargs="*", metavar="NEED", help="leave out to see all of them")
    guide.add_argument("--all", action="store_true", help="every dataset, not the first dozen")
    plan = _command(commands, "plan", "choose datasets for a budget", "catalog:plan")
    plan.add_argument("--budget", required=True, metavar="SIZE", help="of downloads, as 500GB")
    plan.add_argument("--organs", metavar="A,B", help="labels that masks should have")
    plan.add_argument("--want", type=int, metavar="N", help="annotated scans of each organ")
    plan.add_argument(
        "--hold-out", action="append", default=[], metavar="NAME", help="keep it for testing"
    )
    plan.add_argument("--bandwidth", default="100Mbit", metavar="RATE", help="100Mbit")
    add_filters(plan)
    stock = _command(commands, "inventory", "tell what was fetched", "catalog:inventory")
    stock.add_argument("--csv", type=Path, metavar="FILE", help="write it as CSV")


def _own(commands: Commands[argparse.ArgumentParser]) -> None:
    init = _command(commands, "init", "make a new registry", "own:init")
    init.add_argument("folder", type=Path)
    plugin = _command(commands, "add-plugin", "write or take a plugin", "plugin:add_plugin")
    plugin.add_argument(
        "name", nargs="?", metavar="NAME|FILE.py|git+URL@REV#PATH", help="a new one, or another's"
    )
    plugin.add_argument(
        "--from", dest="origin", metavar="WHERE", help="a folder, croissant:FILE, doi:, zenodo:, "
        "hf:OWNER/NAME, idc:COLLECTION",
    )  # fmt: skip
    plugin.add_argument("--yes", action="store_true", help="do not ask")
    plugin.add_argument("--update", action="store_true", help="show what changes, and accept it")
    plugin.add_argument("--by", default="", metavar="PERSON", help="who looked (git's user)")
    plugin.add_argument("--dry-run", action="store_true", help="print the files, write none")
    asked = _command(commands, "check-plugin", "ask a plugin what CI asks", "plugin:check_plugin")
    asked.add_argument("name", metavar="NAME|FILE.py", help="a dataset, a family or a file")
    track = _command(commands, "track", "give a dataset its folder and dvc.yaml", "own:track")
    track.add_argument("names", nargs="+", metavar="NAME")
    demo = _command(commands, "demo", "show the whole story on miniature data", "demo:demo")
    demo.add_argument("folder", type=Path, nargs="?", default=Path("demo"))


def _terms(commands: Commands[argparse.ArgumentParser]) -> None:
    accept = _command(
        commands, "accept", "record that you accept a dataset's terms", "accept:accept"
    )
    accept.add_argument("name")
    accept.add_argument("--yes", action="store_true", help="do not ask")
    accept.add_argument("--by", default="", metavar="PERSON", help="default: git's user")
    accept.add_argument("--text", type=Path, metavar="FILE", help="the agreement that was read")

    shared = _command(commands, "overlaps", "show which datasets share scans", "overlap:overlaps")
    shared.add_argument("names", nargs="*", metavar="NAME", help="default: every dataset")
    shared.add_argument("--graph", action="store_true", help="as a graph in DOT, for Graphviz")
    leaks = _command(
        commands,
        "audit-split",
        "tell which train cases show a scan of the test side",
        "overlap:audit_split",
    )
    leaks.add_argument("train", metavar="TRAIN", help="list, splits_final.json, datalist, set")
    leaks.add_argument("test", metavar="TEST", nargs="?", help="the same, or a dataset")
    leaks.add_argument("--fold", type=int, default=0, help="of splits_final.json (default 0)")
    leaks.add_argument(
        "--dataset", default="", metavar="NAME", help="whose cases are listed, if no path says so"
    )
    cite = _command(commands, "cite", "print what to cite for datasets or sets", "cite:cite")
    cite.add_argument("names", nargs="+", metavar="NAME")
    cite.add_argument("--format", default="bibtex", choices=["bibtex", "apa", "csl-json", "text"])


def _work(commands: Commands[argparse.ArgumentParser]) -> None:
    fetch = _command(commands, "fetch", "bring a dataset's raw files", "work:fetch")
    fetch.add_argument("names", nargs="+", metavar="NAME")
    fetch.add_argument(
        "--from", dest="given", type=Path, metavar="DIR", help="where you put what you downloaded"
    )
    fetch.add_argument("--dry-run", action="store_true", help="say what would be fetched")
    fetch.add_argument(
        "--cases", action="append", default=[], metavar="PATTERN", help="only these (repeatable)"
    )
    fetch.add_argument("--limit", type=int, metavar="N", help="only the first N cases")
    fetch.add_argument("--sample", type=int, metavar="N", help="only N cases, the same everywhere")
    fetch.add_argument("--where", default="", metavar="SQL", help="over the columns of IDC's index")
    fetch.add_argument("--jobs", type=int, default=0, metavar="N", help="files at once")
    fetch.add_argument(
        "--bandwidth", default="", metavar="RATE", help="at most, such as 50MB/s or 100Mbit"
    )
    sources = _command(commands, "sources", "ask publishers what they have", "publishers:check")
    sources.add_argument("verb", choices=["check"], help="head or list each declared address")
    sources.add_argument("names", nargs="*", metavar="NAME")
    sources.add_argument("--all", action="store_true", help="of every dataset")
    moved = _command(commands, "outdated", "tell where publishers moved on", "publishers:outdated")
    moved.add_argument("names", nargs="*", metavar="NAME", help="default: everything tracked")
    for name, help_text in (
        ("convert", "make canonical NIfTI of a dataset's raw files"),
        ("check", "measure and question every converted case"),
    ):
        command = _command(commands, name, help_text, f"work:{name}")
        command.add_argument("names", nargs="+", metavar="NAME")
    curate = _command(commands, "curate", "decide and write a training set", "work:curate")
    curate.add_argument("set")
    curate.add_argument("--dry-run", action="store_true", help="decide and show; write nothing")
    stage = _command(commands, "stage", "run one stage for DVC (plumbing)", "work:stage")
    stage.add_argument("stage", choices=["declare", "fetch", "convert", "check", "decide", "write"])
    stage.add_argument("name")


def _scans(commands: Commands[argparse.ArgumentParser]) -> None:
    validate = _command(commands, "validate", "judge scans in any folder", "validate:validate")
    validate.add_argument("paths", type=Path, nargs="+", metavar="PATH", help="folder or archive")
    validate.add_argument(
        "--profile", default="ct", help="thresholds: ct (default), mr, pet, a dataset, a TOML file"
    )
    prints = _command(
        commands, "fingerprint", "find a scan or patient again", "fingerprint:fingerprint"
    )
    prints.add_argument("paths", type=Path, nargs="+", metavar="PATH", help="DICOM, NIfTI, ...")
    prints.add_argument(
        "--against",
        action="append",
        default=[],
        metavar="PATH|JSON|DATASET",
        help="compare with these instead of with each other (repeatable)",
    )
    masks = _command(commands, "masks", "write an annotation as label NIfTI", "masks:masks")
    masks.add_argument("image", type=Path, metavar="IMAGE", help="DICOM folder or archive; NIfTI")
    masks.add_argument(
        "annotation",
        type=Path,
        metavar="ANNOTATION",
        help="SEG, RTSTRUCT, LIDC or COCA XML, label NIfTI",
    )
    masks.add_argument("target", type=Path, metavar="OUT", help="a .nii.gz file, or a new folder")
    masks.add_argument("--only", action="append", default=[], metavar="NAME", help="repeatable")
    masks.add_argument(
        "--priority", action="append", default=[], metavar="NAME", help="wins overlaps; repeatable"
    )
    masks.add_argument("--each", action="store_true", help="one file per structure")
    masks.add_argument("--resample", action="store_true", help="label NIfTI of another geometry")
    masks.add_argument(
        "--allow-other-image", action="store_true", help="although it names another image"
    )
    masks.add_argument("--series", default="", metavar="UID", help="of IMAGE, if it has several")
    suv = _command(commands, "suv", "write a PET series as standardized uptake", "suv:suv")
    suv.add_argument("source", type=Path, metavar="IN", help="folder of the PET, or of its study")
    suv.add_argument("target", type=Path, metavar="OUT", help="a new folder")
    suv.add_argument(
        "--kind",
        default="bw",
        choices=["bw", "lbm", "lbmjames128", "lbmjanma", "ibw", "bsa"],
        help="per body weight (default), lean mass by James or Janmahasatian, ideal mass, surface",
    )
    suv.add_argument("--series", default="", metavar="UID", help="which PET, if there are several")
    clean = _command(
        commands, "deidentify", "remove who is shown in DICOM", "deidentify:deidentify"
    )
    clean.add_argument("source", type=Path, metavar="IN", help="a folder, archive or file")
    clean.add_argument("target", type=Path, metavar="OUT", help="a new folder")
    clean.add_argument(
        "--mapping", type=Path, metavar="FILE", help="the secret key (default: .medreg/)"
    )
    clean.add_argument(
        "--dates", choices=["shift", "remove"], default="shift", help="one shift per patient"
    )
    clean.add_argument(
        "--no-characteristics", action="store_true", help="remove weight, size and sex too"
    )
    clean.add_argument(
        "--descriptors", action="store_true", help="keep the harmless words of descriptions"
    )
    d2n = _command(commands, "dicom2nifti", "write any DICOM as NIfTI", "dicom2nifti:dicom2nifti")
    d2n.add_argument("source", type=Path, metavar="IN", help="folder, archive or file")
    d2n.add_argument("target", type=Path, metavar="OUT", help="folder; or FILE.nii.gz for one")
    d2n.add_argument("--allow-tilt", action="store_true", help="resample a tilted gantry's slices")
    d2n.add_argument(
        "--allow-spacing", action="store_true", help="resample irregular or missing slices"
    )
    d2n.add_argument("--workers", type=int, default=0, metavar="N", help="default: all processors")
