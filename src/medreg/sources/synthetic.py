"""Generated data."""

from dataclasses import dataclass


@dataclass
class Synthetic:
    pass
