"""Commands that make a registry and its plugins: init, add-plugin, track."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from medreg import api
from medreg.cli.table import emit, say

if TYPE_CHECKING:
    from argparse import Namespace


def init(args: Namespace) -> int:
    """Make a registry."""
    made = api.init(args.folder)
    text = "\n".join(made) or f"{args.folder} is a registry already; nothing was changed"
    emit(list(made), text, as_json=args.json)
    if not args.json:
        say(f"\nnext: cd {shlex.quote(str(args.folder))} && medreg list")
    return 0


def add_plugin(args: Namespace) -> int:
    """Write a scaffold, or show it."""
    files = api.add_plugin(api.open_lab(args.registry), args.name, dry_run=args.dry_run)
    text = "\n".join(files)
    if args.dry_run:
        text = "\n".join(f"--- {path}\n{content}" for path, content in files.items())
    emit(dict(files) if args.dry_run else list(files), text, as_json=args.json)
    if not args.json:
        say(f"\nnext: fill in each FIXME, then: medreg show {args.name}")
    return 0


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
