"""The options that find datasets: of `medreg list` and `medreg plan`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from medreg.model import Modality
from medreg.model.about import AnnotatedBy, Region, Tag
from medreg.model.datasets import Annotation

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence

    from medreg.catalog import Filters

ACCESS = ("open", "registration", "agreement", "application", "manual", "generated", "portal")
USES = ("research", "train", "commercial", "share-data", "share-labels", "share-weights")
LEVELS = ("1", "2", "3")


def add_filters(command: ArgumentParser) -> None:
    """Add the filters; each can be given several times."""
    find = command.add_argument_group(
        "find", "each may be repeated; all of --has, --tag, --use must hold, one of each other"
    )
    _add(find, "--modality", [str(one) for one in Modality], "by DICOM's word", str.upper)
    _add(find, "--region", get_args(Region), "whole-body, abdomen, chest, ...", _spaced)
    _add(find, "--annotated", get_args(Annotation), "segmentation, class, boxes, ...")
    by = [word for word in get_args(AnnotatedBy) if word]
    _add(find, "--annotated-by", by, "experts, a-model, reports, ...", _spaced)
    _add(find, "--use", USES, "only where this use is allowed")
    _add(find, "--access", ACCESS, "open, registration, agreement, ...")
    _add(find, "--tag", get_args(Tag), "oncology, benchmark, start, ...", _spaced)
    _add(find, "--host", None, "zenodo, idc, tcia, huggingface, ...")
    _add(find, "--has", None, "masks of exactly this label, or of a part of it")
    _add(find, "--level", LEVELS, "1 to start with, 2 open benchmarks, 3 gated or large")
    find.add_argument("--min-scans", type=int, default=0, metavar="N", help="N scans at least")


def filters(args: Namespace, **more: Any) -> Filters:
    """Return the filters that *args* ask for, and *more* of them."""
    from dataclasses import fields

    from medreg.catalog import Filters

    given = {field.name: getattr(args, field.name, None) for field in fields(Filters)}
    plain = {name: tuple(v) if isinstance(v, list) else v for name, v in given.items() if v}
    return Filters(**{**plain, **more})


def _spaced(text: str) -> str:
    """Take ``whole-body`` and ``whole_body`` for ``whole body``."""
    return text.replace("-", " ").replace("_", " ").lower()


def _add(
    group: Any, option: str, choices: Sequence[str] | None, help_text: str, kind: Any = str
) -> None:
    group.add_argument(
        option,
        action="append",
        type=kind,
        choices=choices,
        metavar="WORD",
        help=help_text,
    )
