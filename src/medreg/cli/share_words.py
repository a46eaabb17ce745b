"""The words of the commands that pin, move, prove and trace versions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from medreg.cli.words import Make


def add_share(make: Make) -> None:
    """Add the commands; *make* is that of `medreg.cli.words`."""
    release = make(
        "release",
        "make an immutable version of a set",
        "share:release",
        "medreg release liver_ct 1.0.0 --tier cloud",
    )
    release.add_argument("name", metavar="NAME", help="a set, or a dataset")
    release.add_argument("version", metavar="VERSION", help="such as 1.0.0")
    release.add_argument(
        "--tier", action="append", dest="tiers", metavar="TIER", help="push there (repeatable)"
    )
    release.add_argument(
        "--dry-run", action="store_true", help="tell what would be released; write nothing"
    )
    compared = make(
        "diff", "tell what changed between two versions", "diff:diff", "medreg diff liver_ct --dice"
    )
    compared.add_argument("old", metavar="NAME[@VERSION]", help="default: the last release")
    compared.add_argument(
        "new", metavar="VERSION", nargs="?", default="", help="default: the working tree"
    )
    compared.add_argument("--dice", action="store_true", help="of masks that changed, by label")
    push = make(
        "push", "push a dataset or set to a tier", "share:push", "medreg push lits --tier cloud"
    )
    push.add_argument("names", nargs="*", metavar="NAME", help="default: everything tracked")
    push.add_argument("--tier", help="default: the registry's default tier")
    push.add_argument("--dry-run", action="store_true", help="tell what would move, and whether")
    _pull(make)
    _prove(make)
    _model(make)
    _trace(make)


def _pull(make: Make) -> None:
    pin = make(
        "pin",
        "write to medreg.lock which release a repository stands on",
        "pin:pin",
        "medreg pin https://host/registry.git liver_ct@v1.0.0",
    )
    pin.add_argument("url", metavar="URL", help="what git clones the registry from")
    pin.add_argument("release", metavar="NAME@VERSION", help="such as liver_ct@v1.0.0")
    pin.add_argument(
        "--import", dest="imported", action="store_true", help="make the DVC import too"
    )
    pull = make(
        "pull",
        "bring a released version, or what medreg.lock pins",
        "share:pull",
        "medreg pull liver_ct@v1.0.0 --into data",
    )
    pull.add_argument(
        "releases",
        metavar="NAME@VERSION",
        nargs="*",
        help="default: every pin of the medreg.lock here",
    )
    pull.add_argument("--into", type=Path, metavar="DIR", help="default: its place in the registry")
    pull.add_argument("--tier", help="only from this tier")
    part = pull.add_argument_group("a part of it")
    part.add_argument(
        "--where", default="", metavar="EXPR", help="""'fold == 0', '"liver" in annotated', ..."""
    )
    part.add_argument("--cases", nargs="+", default=[], metavar="CASE", help="these cases")
    part.add_argument("--label", default="", help="cases in which it was judged")
    part.add_argument("--no-masks", action="store_true", help="images alone")


def _prove(make: Make) -> None:
    verify = make(
        "verify",
        "compare every byte with its manifest",
        "share:verify",
        "medreg verify liver_ct@v1.0.0",
    )
    verify.add_argument("target", metavar="NAME[@VERSION]|DIR", help="what lies here")
    verify.add_argument("--against", type=Path, metavar="MANIFEST", help="for a plain folder")
    reproduce = make(
        "reproduce",
        "bring a release back, or rebuild it from raw",
        "share:reproduce",
        "medreg reproduce liver_ct@v1.0.0 --into /scratch/check",
    )
    reproduce.add_argument(
        "release",
        metavar="NAME@VERSION|MODEL|medreg.lock",
        help="a release, or what was trained on one",
    )
    reproduce.add_argument("--into", type=Path, metavar="DIR", help="default: NAME_VERSION here")
    reproduce.add_argument(
        "--from-raw", action="store_true", help="rebuild even where the data could be pulled"
    )
    reproduce.add_argument(
        "--from",
        dest="copy",
        default="",
        metavar="DIR|URL",
        help="a copy of publishers' files, with a folder for each dataset",
    )
    reproduce.add_argument(
        "--exact", action="store_true", help="in the environment that the release locked"
    )
    export = make(
        "export",
        "write a release as a DataLad dataset, no byte copied",
        "share:export",
        "medreg export datalad liver_ct@v1.0.0 liver_ct_datalad",
    )
    export.add_argument("form", choices=["datalad"], help="as what")
    export.add_argument("release", metavar="NAME@VERSION", help="such as liver_ct@v1.0.0")
    export.add_argument("into", type=Path, metavar="DIR", help="a new folder")
    export.add_argument("--tier", help="where the bytes lie; default: the default tier")
    export.add_argument("--url", help="where that tier is served, if not at its own address")


def _trace(make: Make) -> None:
    make(
        "tiers",
        "show what lies where, how much, and what is missing",
        "trace:tiers",
        "medreg tiers",
    )
    evict = make(
        "evict",
        "free local disk once another tier is proved",
        "trace:evict",
        "medreg evict lits --keep cloud",
    )
    evict.add_argument("name", metavar="NAME", help="a dataset or set")
    evict.add_argument("--keep", required=True, metavar="TIER", help="where it must lie, all of it")
    log = make(
        "log",
        "tell who released what, when and with which difference",
        "trace:log",
        "medreg log liver_ct",
    )
    log.add_argument("name", nargs="?", default="", help="default: every release")
    where = make(
        "where",
        "tell in which releases and models a file occurs",
        "trace:where",
        "medreg where ct.nii.gz",
    )
    where.add_argument("what", metavar="sha256:...|voxel:...|FILE", help="its digest, or a copy")
    withdraw = make(
        "withdraw",
        "take a case out for ever and purge its bytes",
        "trace:withdraw",
        "medreg withdraw lits/volume-28 --reason 'consent withdrawn'",
    )
    withdraw.add_argument("case", metavar="DATASET/CASE", help="which")
    withdraw.add_argument("--reason", required=True, help="kept for ever: name no patient")
    withdraw.add_argument("--by", default="", metavar="PERSON", help="default: git's user")
    who = make(
        "who", "tell who accepted the terms of a dataset or set", "trace:who", "medreg who lits"
    )
    who.add_argument("name", metavar="NAME", help="a dataset or set")


def _model(make: Make) -> None:
    model = make(
        "model",
        "record, list and describe published models",
        "model:model",
        "medreg model add liver_unet --weights model.pt --data liver_ct@v1.0.0",
    )
    model.add_argument(
        "action", choices=["add", "card", "list", "show"], help="card: a model card as Markdown"
    )
    model.add_argument("name", nargs="?", default="", metavar="NAME", help="of the model")
    add = model.add_argument_group("to add one")
    add.add_argument("--weights", type=Path, metavar="FILE", help="what was trained")
    add.add_argument("--data", default="", metavar="NAME@VERSION", help="what it was trained on")
    add.add_argument("--split", default="", metavar="fold_0", help="default: all of it")
    add.add_argument("--code", default="", metavar="URL@COMMIT", help="what trained it")
    add.add_argument("--paper", default="", metavar="DOI", help="what describes it")
    add.add_argument("--nnunet", type=Path, metavar="DIR", help="with nnU-Net's plans.json")
