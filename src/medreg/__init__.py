"""medreg: a registry of medical imaging datasets, kept in git and DVC.

What a plugin needs is importable from here; and `load`, which a training script needs.
"""

from __future__ import annotations

TYPE_CHECKING = False  # so type checkers read it; `typing` takes 20 ms, in which Ctrl-C is loud
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from medreg.fixes import (
        CopyGeometry,
        DropCase,
        FlipAxis,
        Instances,
        JudgedSlices,
        Threshold,
    )
    from medreg.hooks import hookimpl
    from medreg.layouts import (
        Arrays,
        Bids,
        CocaXml,
        Decathlon,
        DicomSeg,
        DicomSeries,
        Images2d,
        LidcXml,
        NnunetRaw,
        Pairs,
        PerLabel,
        PetCt,
        PngStack,
        RtStruct,
        Video,
        WholeSlide,
    )
    from medreg.model import (
        ANY,
        CT,
        IGNORED,
        MR,
        PT,
        About,
        Case,
        Check,
        Claim,
        Clinical,
        Column,
        Dataset,
        Finding,
        Gate,
        Modality,
        Severity,
    )
    from medreg.sources import (
        S3,
        AzureSas,
        Box,
        DataLad,
        Derived,
        DicomWeb,
        Dimse,
        Dryad,
        Gcs,
        GitHub,
        GoogleDrive,
        Http,
        HuggingFace,
        Idc,
        Kaggle,
        Local,
        Manual,
        Parts,
        PhysioNet,
        Portal,
        Synapse,
        Synthetic,
        Tcia,
        Zenodo,
    )
    from medreg.versions.loaded import Loaded

__version__ = "0.1.0"


def load(release: str, start: Path | None = None) -> Loaded:
    """Return the cases of *release* (``"liver_ct@v1.2.0"``) that was pulled here, for training.

    See `medreg.versions.loaded.load`.
    """
    from medreg.versions.loaded import load as read

    return read(release, start)


__all__ = [
    "ANY",
    "CT",
    "IGNORED",
    "MR",
    "PT",
    "S3",
    "About",
    "Arrays",
    "AzureSas",
    "Bids",
    "Box",
    "Case",
    "Check",
    "Claim",
    "Clinical",
    "CocaXml",
    "Column",
    "CopyGeometry",
    "DataLad",
    "Dataset",
    "Decathlon",
    "Derived",
    "DicomSeg",
    "DicomSeries",
    "DicomWeb",
    "Dimse",
    "DropCase",
    "Dryad",
    "Finding",
    "FlipAxis",
    "Gate",
    "Gcs",
    "GitHub",
    "GoogleDrive",
    "Http",
    "HuggingFace",
    "Idc",
    "Images2d",
    "Instances",
    "JudgedSlices",
    "Kaggle",
    "LidcXml",
    "Local",
    "Manual",
    "Modality",
    "NnunetRaw",
    "Pairs",
    "Parts",
    "PerLabel",
    "PetCt",
    "PhysioNet",
    "PngStack",
    "Portal",
    "RtStruct",
    "Severity",
    "Synapse",
    "Synthetic",
    "Tcia",
    "Threshold",
    "Video",
    "WholeSlide",
    "Zenodo",
    "hookimpl",
    "load",
]

_HOMES = ("model", "layouts", "sources", "fixes", "hooks")  # where these names live


def __getattr__(name: str) -> Any:
    """Import a name of `__all__` when it is first used: a command that needs none starts sooner."""
    if name in __all__:
        from importlib import import_module

        for home in _HOMES:
            module = import_module(f"{__name__}.{home}")
            if hasattr(module, name):
                globals()[name] = getattr(module, name)
                return globals()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
