"""Write what each reader of a set wants, beside the images: one module per reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg.export.auto3dseg import Auto3dseg
from medreg.export.bids import Bids
from medreg.export.croissant import Croissant
from medreg.export.monai import Monai
from medreg.export.nnunet import Nnunet
from medreg.export.slices import Slices
from medreg.export.stats import Stats
from medreg.export.tables import Splits, Torchio
from medreg.export.webdataset import Webdataset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medreg.model import Exporter

BUILT_IN: Mapping[str, Exporter] = {
    exporter.name: exporter
    for exporter in (
        Nnunet(),
        Monai(),
        Auto3dseg(),
        Bids(),
        Croissant(),
        Slices(),
        Splits(),
        Stats(),
        Torchio(),
        Webdataset(),
    )
}
