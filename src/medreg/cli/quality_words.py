"""The words of the commands that compare, review, draw and sample masks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from medreg.cli.words import Make


def add_quality(make: Make) -> None:
    """Add the commands; *make* is that of `medreg.cli.words`."""
    compare = make(
        "compare",
        "tell how far two raters' masks agree",
        "compare:compare",
        "medreg compare rater_1 rater_2 --gate 0.8",
    )
    for word in "ab":
        compare.add_argument(word, metavar=word.upper(), help="file, folder or DATASET/CASE")
    compare.add_argument(
        "--labels", action="append", default=[], metavar="V=NAME,...", help="default: all"
    )
    compare.add_argument("--gate", type=float, default=0.9, metavar="DICE", help="default 0.90")
    compare.add_argument(
        "--tolerance", type=float, default=2.0, metavar="MM", help="between borders (default 2)"
    )
    review = make(
        "review",
        "list doubtful cases, or decide about one",
        "review:review",
        "medreg review lits/volume-28 --accept --because 'thin slices'",
    )
    review.add_argument("name", metavar="DATASET[/CASE]|SET", help="what to look through")
    decision = review.add_mutually_exclusive_group()
    for word, told in (
        ("accept", "waive what was found"),
        ("fix", "keep it out until its mask is drawn anew"),
        ("reject", "keep it out for good"),
    ):
        decision.add_argument(
            f"--{word}", dest="decision", action="store_const", const=word, default="", help=told
        )
    review.add_argument("--by", default="", metavar="PERSON", help="default: git's user")
    review.add_argument("--because", default="", metavar="TEXT", help="the reason, for others")
    _draw(make)


def _draw(make: Make) -> None:
    annotate = make(
        "annotate",
        "open a case to draw its mask, or take the mask back",
        "annotate:annotate",
        "medreg annotate lits/volume-28 --with slicer",
    )
    annotate.add_argument("case", metavar="DATASET/CASE", help="a converted one")
    annotate.add_argument(
        "--with",
        dest="tool",
        choices=["slicer", "itksnap"],
        default="",
        help="default: what is installed",
    )
    annotate.add_argument("--into", type=Path, metavar="DIR", help="default: a folder in .medreg/")
    annotate.add_argument("--collect", action="store_true", help="take the mask back")
    annotate.add_argument("--mask", type=Path, metavar="FILE", help="which (default: in DIR)")
    annotate.add_argument("--by", default="", metavar="RATER", help="default: git's user")
    annotate.add_argument("--minutes", type=int, metavar="N", help="that drawing took")
    annotate.add_argument("--use", action="store_true", help="in place of the mask that is there")
    sample = make(
        "sample",
        "take a few cases to look at",
        "sample:sample",
        "medreg sample lits -n 5 --preview",
    )
    sample.add_argument("name", metavar="DATASET", help="one that was checked")
    sample.add_argument("-n", type=int, default=10, metavar="N", help="how many (default 10)")
    sample.add_argument("--seed", default="", metavar="WORD", help="another word, other cases")
    sample.add_argument("--preview", action="store_true", help="draw them on one PNG")
    sample.add_argument("--to", type=Path, metavar="PNG", help="default: DATASET__sample.png here")
