"""The words of the commands that make a registry and its plugins."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from medreg.cli.words import Make


def add_own(make: Make) -> None:
    """Add the commands; *make* is that of `medreg.cli.words`."""
    init = make("init", "make a new registry", "own:init", "medreg init lab")
    init.add_argument("folder", type=Path, help="a new one, or a registry to complete")
    plugin = make(
        "add-plugin",
        "write or take a plugin",
        "plugin:add_plugin",
        "medreg add-plugin my_ct --from ~/scans",
    )
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
    asked = make(
        "check-plugin",
        "ask a plugin what CI asks",
        "plugin:check_plugin",
        "medreg check-plugin my_ct",
    )
    asked.add_argument("name", metavar="NAME|FILE.py", help="a dataset, a family or a file")
    adopt = make(
        "adopt",
        "register what lies on a disk, where it lies",
        "adopt:adopt",
        "medreg adopt /data/old --dry-run",
    )
    adopt.add_argument("folder", type=Path, help="where the files lie")
    adopt.add_argument("--as", dest="name", metavar="NAME", help="it is this dataset")
    adopt.add_argument("--dry-run", action="store_true", help="say what lies there; touch nothing")
    adopt.add_argument("--copy", action="store_true", help="copy it into the registry")
    adopt.add_argument("--yes", action="store_true", help="do not ask")
    track = make(
        "track", "give a dataset its folder and dvc.yaml", "own:track", "medreg track lits"
    )
    track.add_argument("names", nargs="+", metavar="NAME", help="datasets")
    demo = make("demo", "show the whole story on miniature data", "demo:demo", "medreg demo demo")
    demo.add_argument("folder", type=Path, nargs="?", default=Path("demo"), help="default: demo")
