"""Let ``python -m medreg``, and the script ``medreg``, run the command line."""

import sys


def run() -> int:
    """Run one command; until all is imported, Ctrl-C ends the program without a word."""
    try:
        import signal
    except KeyboardInterrupt:
        return 130
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:  # a shell's background job has none
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from medreg.cli import main

    signal.signal(signal.SIGINT, before)
    return main()


if __name__ == "__main__":
    sys.exit(run())
