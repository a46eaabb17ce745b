"""Let ``python -m medreg`` run the command line."""

import sys

from medreg.cli import main

sys.exit(main())
