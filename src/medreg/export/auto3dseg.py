"""Auto3DSeg's task: what ``AutoRunner(input="auto3dseg.yaml")`` reads, run from ``data/``.

Source: Project-MONAI/MONAI, monai/apps/auto3dseg/auto_runner.py (1.6.1): ``modality``,
``datalist`` and ``dataroot`` are needed; ``class_names`` with an index, and ``sigmoid``, are for
classes that overlap.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medreg.export.monai import FILE as DATALIST
from medreg.export.monai import Monai
from medreg.files.atomic import write_bytes
from medreg.model import Modality

if TYPE_CHECKING:
    from pathlib import Path

    from medreg.model import SetContent

FILE = "auto3dseg.yaml"


@dataclass(frozen=True, slots=True)
class Auto3dseg:
    """Writes ``auto3dseg.yaml``, and the ``datalist.json`` that it names."""

    name = "auto3dseg"

    def write(self, content: SetContent, into: Path) -> None:
        """Write both into *into* (the set's ``data/``)."""
        from ruamel.yaml import YAML

        Monai().write(content, into)
        text = io.StringIO()
        writer = YAML()
        writer.default_flow_style = False
        writer.dump(task(content), text)
        write_bytes(into / FILE, text.getvalue().encode())


def task(content: SetContent) -> dict[str, object]:
    """Return the task. Any modality but CT is normalized as MR is."""
    ct = set(content.modalities.values()) == {Modality.CT}
    names: list[object] = [name for name, value in content.labels.items() if value]
    if content.regions:
        names = [
            {"name": name, "index": list(content.regions.get(name, (value,)))}
            for name, value in content.labels.items()
            if value
        ]
    return {
        "name": content.name,
        "task": "segmentation",
        "modality": "CT" if ct else "MRI",
        "datalist": f"./{DATALIST}",
        "dataroot": ".",
        "num_fold": len(content.folds()),
        "class_names": names,
        **({"sigmoid": True} if content.regions else {}),
    }
