"""Commands that make a registry and give datasets their place in it: init, track."""

from __future__ import annotations

import shlex
from itertools import groupby
from typing import TYPE_CHECKING

from medreg import api
from medreg.cli.table import emit, say

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator, Sequence

SHOWN = 20  # files of one folder; of more, the folder is told


def init(args: Namespace) -> int:
    """Make a registry."""
    made = api.init(args.folder)
    text = (
        "\n".join(_by_folder(made)) or f"{args.folder} is a registry already; nothing was changed"
    )
    emit(list(made), text, as_json=args.json)
    if not args.json:
        say(f"\nnext: cd {shlex.quote(str(args.folder))} && medreg list")
    return 0


def _by_folder(paths: Sequence[str]) -> Iterator[str]:
    """Yield *paths*; those of a folder that holds many as one line."""
    for folder, group in groupby(paths, lambda path: path.rpartition("/")[0]):
        inside = list(group)
        yield from inside if len(inside) <= SHOWN else [f"{folder}/  {len(inside)} files"]


def track(args: Namespace) -> int:
    """Give datasets their folder in the registry."""
    lab = api.open_lab(args.registry)
    tracked = {name: [str(path) for path in api.track(lab, name)] for name in args.names}
    emit(
        tracked, "\n".join(path for paths in tracked.values() for path in paths), as_json=args.json
    )
    if not args.json:
        say(f"\nnext: medreg fetch {' '.join(args.names)}")
    return 0
