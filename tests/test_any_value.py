"""Masks that count instances, and names with a pattern: said once, converted to one label."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from medreg import plugins
from medreg.errors import DeclarationError
from medreg.imaging.masks.merge import by_name
from medreg.imaging.masks.rules import Rules
from medreg.imaging.masks.structures import Drawing, Region, Structure
from medreg.model import ANY, IGNORED, Case
from medreg.plugins import bundled
from medreg.volume import Volume

if TYPE_CHECKING:
    from collections.abc import Sequence

FOUND = plugins.load(bundled() / "plugins")


@dataclass(frozen=True)
class Held:
    """A mask in memory."""

    array: np.ndarray[tuple[int, ...], np.dtype[np.generic]]
    members: Sequence[str] = ("mask.nii",)

    def read(self) -> Volume:
        return Volume(self.array, np.eye(4), "label")


@pytest.mark.parametrize("name", ["nlstseg", "lndb", "cad_pe", "ribfrac"])
def test_every_instance_is_the_one_label(name: str) -> None:
    dataset = FOUND.get(name).dataset
    assert list(dataset.labels) == [ANY]
    label = dataset.labels[ANY]
    assert dataset.raw_labels == {1: label}
    image = Held(np.zeros((2, 2, 1)))
    counted = np.array([[[0], [1]], [[7], [3000]]], np.int16)
    case = dataset.with_values(Case(id="1", images={"ct": image}, mask=Held(counted)))
    assert case.mask is not None
    assert case.mask.read().array.tolist() == [[[0], [1]], [[1], [1]]]
    assert case.mask.members == ("mask.nii",)


@pytest.mark.parametrize("wrong", [-1.0, 0.5])
def test_what_is_no_instance_is_left_for_the_converter_to_refuse(wrong: float) -> None:
    dataset = FOUND.get("cad_pe").dataset
    held = Held(np.array([[[0.0], [wrong]]]))
    case = dataset.with_values(Case(id="1", images={"ct": held}, mask=held))
    assert case.mask is not None
    assert case.mask.read().array.tolist() == [[[0.0], [wrong]]]


def test_any_value_stands_alone() -> None:
    with pytest.raises(DeclarationError, match="lists ANY"):
        replace(FOUND.get("cad_pe").dataset, labels={ANY: "pulmonary_embolus", 255: IGNORED})


def test_a_pattern_names_as_many_structures_as_there_are() -> None:
    dataset = FOUND.get("crlm").dataset
    value = dataset.raw_values["Tumor_*"]
    assert dataset.raw_labels[value] == "liver_tumor"
    box = np.ones((1, 1, 1), np.bool_)
    names = ("Liver", "Tumor_1", "Tumor_57", "Hepatic", "Portal", "Liver Remnant")
    drawn = tuple(
        Structure(name=name, number=number, region=Region((number - 1, 0, 0), box))
        for number, name in enumerate(names, 1)
    )
    volume = by_name(Drawing(drawn, (6, 1, 1), np.eye(4)), dataset.raw_values, Rules(), "a.dcm")
    assert volume.array.ravel().tolist() == [1, value, value, 2, 3, 0]
