"""Let ``python -m medreg.cli`` run the command line."""

import sys

from medreg.cli import main

sys.exit(main())
