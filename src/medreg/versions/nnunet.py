"""Make nnU-Net's fingerprint of reproduced data again, and compare it with the recorded one."""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medreg.errors import CannotHere, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = "nnUNetv2_extract_fingerprint"
TOLERANCE = 1e-4  # relative: sums of floats, in another order


def installed() -> str | None:
    """Return nnU-Net's program, beside this Python or on the path; None without it."""
    beside = str(Path(sys.executable).parent)
    return shutil.which(PROGRAM, path=f"{beside}{os.pathsep}{os.environ.get('PATH', '')}")


def fingerprint(data: Path) -> Any:
    """Return nnU-Net's fingerprint of the set whose ``data/`` is *data*; raises `CannotHere`."""
    program = installed()
    if program is None:
        raise CannotHere("nnU-Net is not installed", hint="pip install nnunetv2")
    sets = sorted(data.glob("Dataset[0-9][0-9][0-9]_*"))
    if not sets:
        raise NotFound(f"{data} holds no dataset of nnU-Net", hint="export: [nnunet] in the recipe")
    number = sets[0].name[7:10]
    with tempfile.TemporaryDirectory(prefix="medreg_nnunet_") as scratch:
        folders = {"nnUNet_preprocessed": "preprocessed", "nnUNet_results": "results"}
        env = {key: f"{scratch}/{folder}" for key, folder in folders.items()}
        done = subprocess.run(
            [program, "-d", number, "-np", "2"],
            env={**os.environ, "nnUNet_raw": str(data.resolve()), **env},
            capture_output=True,
            text=True,
            check=False,
        )
        made = Path(scratch) / "preprocessed" / sets[0].name / "dataset_fingerprint.json"
        if not made.is_file():
            said = " ".join(done.stderr.split())[-300:]
            raise CannotHere(f"{PROGRAM} failed: {said}", hint="its own words above say why")
        return json.loads(made.read_bytes())


def differing(recorded: Any, found: Any, where: str = "") -> Iterator[str]:
    """Yield where two fingerprints differ by more than rounding."""
    if isinstance(recorded, dict) and isinstance(found, dict):
        for key in sorted({*recorded, *found}):
            yield from differing(recorded.get(key), found.get(key), f"{where}/{key}")
    elif isinstance(recorded, list) and isinstance(found, list) and len(recorded) == len(found):
        for index, (one, other) in enumerate(zip(recorded, found, strict=True)):
            yield from differing(one, other, f"{where}/{index}")
    elif isinstance(recorded, int | float) and isinstance(found, int | float):
        if not math.isclose(recorded, found, rel_tol=TOLERANCE, abs_tol=1e-9):
            yield f"{where}: {found}, not {recorded}"
    elif recorded != found:
        yield f"{where}: {found!r}, not {recorded!r}"
