"""Fabricated LIDC XML is read back as the mask that it was written from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from medreg import CT, Dataset, LidcXml, Local
from medreg.files.archive import RawTree
from medreg.testing import listing, miniature

if TYPE_CHECKING:
    from pathlib import Path

FILES = "p1/s1/1-{01..20}.dcm\np1/s1/069.xml\np2/s2/1-{01..20}.dcm\np2/s2/070.xml\n"


def test_an_outline_is_read_as_the_mask_that_it_surrounds(tmp_path: Path) -> None:
    dataset = Dataset(
        name="lidc",
        title="",
        homepage="",
        licenses=(),
        cite=(),
        modality=CT,
        source=Local(str(tmp_path)),
        layout=LidcXml(image="{patient}/{case}/*.dcm", label="{patient}/{case}/*.xml"),
        labels={"nodule": "lung_nodule"},
    )
    miniature(dataset, listing(FILES), tmp_path, shape=(60, 60, 20))
    with RawTree(tmp_path) as tree:
        cases = list(dataset.find(tree))
        assert [(case.id, case.patient) for case in cases] == [("s1", "p1"), ("s2", "p2")]
        for case in cases:
            assert case.mask is not None
            mask = case.mask.read()
            inside = np.argwhere(mask.array == 1)
            distance = inside - inside.mean(axis=0)
            assert set(np.unique(mask.array)) == {0, 1}
            assert len(inside) > 3
            assert np.abs(distance).max() < 3  # the ball that stands for what no phantom has
