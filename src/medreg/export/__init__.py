"""Write what each reader of a set wants, beside the images: one module per reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg.export.monai import Monai
from medreg.export.nnunet import Nnunet

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medreg.model import Exporter

BUILT_IN: Mapping[str, Exporter] = {"nnunet": Nnunet(), "monai": Monai()}
