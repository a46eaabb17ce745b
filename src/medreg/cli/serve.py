"""`medreg serve`: the catalog in a browser, as the registry is now."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from medreg import api
from medreg.cli.table import emit, say

if TYPE_CHECKING:
    from argparse import Namespace


def serve(args: Namespace) -> int:
    """Answer on this machine's loopback until somebody types Ctrl-C."""
    lab = api.open_lab_or_bundled(args.registry)
    with api.server(lab, args.port) as server:
        where = str(lab.root) if lab.root else None
        emit({"url": server.url, "registry": where}, server.url, as_json=args.json)
        sys.stdout.flush()  # who started it reads where it is
        if not args.json:
            say("only this machine is answered; Ctrl-C ends it")
        try:
            if args.open:
                import webbrowser

                webbrowser.open(server.url)
            server.serve_forever()
        except KeyboardInterrupt:
            say("ended")
    return 0
