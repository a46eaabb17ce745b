"""Commands of a training repository: pin, and pull what is pinned."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from medreg import api
from medreg.cli.progress import progress
from medreg.cli.table import emit, say
from medreg.errors import Misuse

if TYPE_CHECKING:
    from argparse import Namespace


def pin(args: Namespace) -> int:
    """Write a pin to medreg.lock in this folder."""
    made, new = api.pin(args.url, args.release, imported=args.imported)
    text = f"{made.release}  manifest sha256:{made.manifest_sha256}  commit {made.commit[:12]}"
    emit({**asdict(made), "folder": made.folder, "changed": new}, text, as_json=args.json)
    if not args.json:
        say(f"\nnext: medreg pull   brings it to {made.folder}")
    return 0


def pull(args: Namespace) -> int:
    """Bring what the nearest medreg.lock pins."""
    if args.into or args.tier:
        raise Misuse(
            "--into and --tier go with NAME@VERSION; pins come to data/",
            hint="medreg pull, or: medreg pull NAME@VERSION --into DIR",
        )
    with progress(quiet=args.json) as bars:
        came = api.pull_pins(args.release, part=part(args), progress=bars)
    root = (api.find_pins(Path.cwd()) or Path()).parent
    data = [
        {"release": one.release, "folder": one.folder, "files": files, "identical": True}
        for one, files in came
    ]
    lines = [
        f"{one.release}  {files} files identical  {one.folder}{absent(root / one.folder)}"
        for one, files in came
    ]
    emit(data, "\n".join(lines), as_json=args.json)
    return 0


def absent(folder: Path) -> str:
    """Tell how many cases of the release in *folder* are absent since they were withdrawn."""
    gone = api.withdrawn_of(folder)
    return f"  withdrawn ({len(gone)})" if gone else ""


def part(args: Namespace) -> api.ReleasePart:
    """Return which part of a release is asked for."""
    return api.ReleasePart(
        where=args.where, cases=tuple(args.cases), label=args.label, masks=not args.no_masks
    )


def has_pins(args: Namespace) -> bool:
    """Tell whether pins are meant: nothing is named, or something that is pinned here."""
    if args.into or args.tier or args.registry:
        return False
    file = api.find_pins(Path.cwd())
    if not args.release:
        if file is None:
            raise Misuse(
                "there is no medreg.lock here, and no release is named",
                hint="medreg pull NAME@VERSION, or: medreg pin URL NAME@VERSION",
            )
        return True
    return file is not None and any(one.release == args.release for one in api.pins(file))
