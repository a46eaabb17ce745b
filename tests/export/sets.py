"""A tiny set as `stages.write` leaves it: what the tests of exporters describe and read."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

from medreg.export.nnunet import image_path, mask_path
from medreg.model import CT, Claim, Dataset, Modality, SetCase, SetContent

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DATASETS = {
    name: Dataset(
        name=name,
        title=f"Scans of {name}",
        homepage=f"https://example.org/{name}",
        licenses=(Claim("CC-BY-4.0", source="its page", rank="publisher"),),
        cite=("doi:10.0/a",),
        modality=CT,
        source=SimpleNamespace(access="open"),
    )
    for name in ("a", "t")
}
LABELS = {"background": 0, "liver": 1, "spleen": 2}


def content(
    data: Path,
    *,
    modalities: Mapping[str, Modality] | None = None,
    ignore: int | None = None,
    regions: Mapping[str, tuple[int, ...]] | None = None,
) -> SetContent:
    """Return six training cases in three folds and one held-out case, below *data*."""
    channels = modalities or {"ct": CT}
    named = [("a", f"x-{n}", n % 3) for n in range(6)] + [("t", "y-0", None)]
    return SetContent(
        name="tiny",
        title="Tiny set",
        modalities=channels,
        labels=LABELS,
        ignore=ignore,
        cases=[_case(data, list(channels), *one) for one in named],
        license="a: CC-BY-4.0",
        references=("doi:10.0/a",),
        regions=regions or {},
        datasets={name: DATASETS[name] for name in ("a", "t")},
        colors={"liver": "#e84028", "spleen": "#a0e828"},
        codes={"liver": "10200004", "spleen": "78961009"},
    )


def _case(data: Path, channels: list[str], dataset: str, case: str, fold: int | None) -> SetCase:
    own, test = f"{dataset}__{case}", fold is None
    return SetCase(
        id=own,
        dataset=dataset,
        case=case,
        images={
            channel: data / image_path("tiny", own, index, test=test)
            for index, channel in enumerate(channels)
        },
        mask=data / mask_path("tiny", own, test=test),
        fold=fold,
    )


def write_volumes(made: SetContent) -> None:
    """Write small canonical volumes at the paths of *made*: a body, a liver and a spleen."""
    import numpy as np

    from medreg.imaging import nifti
    from medreg.volume import Volume

    affine = np.diag([1.5, 1.5, 2.5, 1.0])
    affine[:3, 3] = (-30.0, -28.0, 100.0)
    for number, case in enumerate(made.cases):
        noise = np.random.default_rng(number).integers(-20, 20, (40, 36, 28))
        image = np.full(noise.shape, -1000, dtype=np.int16)
        mask = np.zeros(noise.shape, dtype=np.uint8)
        image[4:36, 4:32] = (40 + noise)[4:36, 4:32]
        mask[8:18, 8:20, 8 + number % 3 : 20] = 1
        mask[24:30, 10:16, 10:18] = 2
        if made.ignore is not None and number % 2:
            mask[mask == 2] = 0
            mask[mask == 0] = made.ignore
        image[mask == 1] += 60
        image[mask == 2] += 90
        for path in case.images.values():
            path.parent.mkdir(parents=True, exist_ok=True)
            nifti.write(Volume(image, affine, "HU"), path)
        case.mask.parent.mkdir(parents=True, exist_ok=True)
        nifti.write(Volume(mask, affine, "label"), case.mask)
