"""`medreg site`: the catalog as static pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg import api
from medreg.cli.progress import progress
from medreg.cli.table import emit, say, size
from medreg.report import Outcome, tally

if TYPE_CHECKING:
    from argparse import Namespace

    from medreg.api import Lab


def site(args: Namespace) -> int:
    """Write a page for each dataset, set, model and label, and an index to search them."""
    lab = api.open_lab_or_bundled(args.registry)
    if args.dry_run:
        return _dry_run(lab, args)
    with progress(quiet=args.json) as bars:
        done = api.write_site(lab, args.into, volumes=args.volumes, progress=bars)
    failed = [one for one in done.answers if one.outcome is Outcome.FAILED]
    found = {
        "site": str(args.into / "index.html"),
        "pages": len(done.answers) - len(done.removed),
        "written": sum(one.outcome is Outcome.WRITTEN for one in done.answers),
        "removed": done.removed,
        "failed": {one.item: one.reason for one in failed},
        "bound": list(done.bound),
    }
    emit(found, str(args.into / "index.html"), as_json=args.json)
    if not args.json:
        kept = [one for one in done.answers if one.item not in done.removed]
        say(tally(kept) + (f", {len(done.removed)} removed" if done.removed else ""))
        for one in failed:
            say(f"failed: {one.item}: {one.reason}")
        if done.bound:
            say(
                f"it holds pictures of {', '.join(done.bound)}, whose terms do not say that their "
                "scans may be passed on: keep it among those who may see them"
            )
    return max((one.exit_code for one in failed), default=0)


def _dry_run(lab: Lab, args: Namespace) -> int:
    site = api.site(lab, "copied" if args.volumes else "")
    pages, copies = site.paths(), site.copies()
    total = sum(file.stat().st_size for file in copies.values())
    found = {"pages": pages, "volumes": sorted(copies), "volume_bytes": total}
    lines = [f"{len(pages):,} pages, pictures and assets into {args.into}"]
    lines += [f"{len(copies):,} volumes, {size(total)}"] if args.volumes else []
    emit(found, "\n".join(lines), as_json=args.json)
    return 0
