"""Frames of enhanced multi-frame CT, MR and PET as slices (PS3.3 C.7.6.16).

What a frame does not say in a functional group of its own, all frames share.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from medreg.errors import Refused
from medreg.imaging import fields
from medreg.imaging.attributes import WANTED, of_dataset
from medreg.imaging.dicom import read_dataset
from medreg.imaging.guard import refuse_huge, refusing
from medreg.imaging.headers import ENHANCED, class_name, class_of, header
from medreg.model import PT

if TYPE_CHECKING:
    from pydicom import Dataset

    from medreg.imaging.attributes import Attributes, Kind
    from medreg.imaging.headers import Header
    from medreg.model import Tree

SHARED, PER_FRAME = 0x52009229, 0x52009230
REAL_WORLD = 0x00409096  # Real World Value Mapping
GROUPS = (  # functional group sequences that say something of a slice
    0x00189114,  # MR Echo
    0x00189117,  # MR Diffusion
    0x00189118,  # Cardiac Synchronization
    0x00189226,  # MR Image Frame Type
    0x00189329,  # CT Image Frame Type
    0x00189751,  # PET Frame Type
    0x00209111,  # Frame Content
    0x00209113,  # Plane Position
    0x00209116,  # Plane Orientation
    0x00289110,  # Pixel Measures
    0x00289145,  # Pixel Value Transformation
    REAL_WORLD,
    0x2005140F,  # private to Philips: what a single-frame file would have said
)
DIRECTION = 0x00189076  # MR Diffusion Gradient Direction, within MR Diffusion
UNITS = 0x004008EA  # Measurement Units Code, within Real World Value Mapping
IN_GROUPS: dict[int, tuple[str, Kind]] = {
    0x00089007: ("ImageType", "text"),  # FrameType, which has its four values
    0x00189074: ("FrameAcquisitionDateTime", "text"),
    0x00189082: ("EchoTime", "double"),  # EffectiveEchoTime
    0x00189087: ("DiffusionBValue", "double"),
    0x00189089: ("DiffusionGradientOrientation", "double"),
    0x00200032: ("ImagePositionPatient", "number"),
    0x00200037: ("ImageOrientationPatient", "number"),
    0x00209128: ("TemporalPositionIndex", "number"),
    0x00209153: ("NominalCardiacTriggerDelayTime", "double"),
    0x00280030: ("PixelSpacing", "number"),
    0x00281052: ("RescaleIntercept", "number"),
    0x00281053: ("RescaleSlope", "number"),
    0x00281054: ("RescaleType", "text"),
    0x00409224: ("RealWorldValueIntercept", "double"),
    0x00409225: ("RealWorldValueSlope", "double"),
    0x2005100E: ("PhilipsScaleSlope", "float"),
}
CODE_VALUE = 0x00080100
UCUM = {"Bq/ml": "BQML", "{SUVbw}g/ml": "GML", "g/ml{SUVbw}": "GML"}  # CID 84 and 85


def frames(tree: Tree, path: str) -> list[Header]:
    """Return every frame of the multi-frame file *path*; raises `Refused` naming the frame."""
    dataset = read_dataset(tree, path, only=[*WANTED, SHARED, PER_FRAME], pixels=False)
    with refusing(path, "DICOM"):
        said = of_dataset(dataset, WANTED)
        modality = ENHANCED[class_of(said)]
        if fields.text(said, "Modality") != modality:
            raise Refused(
                f"{path} has Modality {fields.text(said, 'Modality') or '(none)'}, "
                f"but is {class_name(class_of(said))}"
            )
        groups = dataset[PER_FRAME].value if PER_FRAME in dataset else []
        count = int(said.get("NumberOfFrames", (1,))[0])
        if len(groups) != count or not groups:
            raise Refused(f"{path} describes {len(groups)} of its {count} frames")
        refuse_huge(path, *fields.plane(said, path), count)
        shared = dataset[SHARED].value if SHARED in dataset else []
        common = {**said, **(_flat(shared[0]) if shared else {})}
        return [
            header(_of_frame({**common, **_flat(group)}, modality), path, modality, None, number)
            for number, group in enumerate(groups)
        ]


def _of_frame(said: dict[str, Any], modality: str) -> Attributes:
    """Return *said* with PET's unit and scale, which its Real World Value Mapping alone knows."""
    if modality == PT and "Units" not in said and said.get("RealWorldUnits") in UCUM:
        said["Units"] = (UCUM[said["RealWorldUnits"]],)
        said["RescaleSlope"] = said.get("RealWorldValueSlope", ())
        said["RescaleIntercept"] = said.get("RealWorldValueIntercept", (0.0,))
    return said


def _flat(group: Dataset) -> dict[str, Any]:
    """Return the attributes of every functional group of one frame, or of all."""
    found: dict[str, Any] = {}
    for tag in GROUPS:
        for item in _items(group, tag)[:1]:
            found |= of_dataset(item, IN_GROUPS)
            for inner in _items(item, DIRECTION)[:1]:
                found |= of_dataset(inner, IN_GROUPS)
            for code in _items(item, UNITS)[:1]:
                found["RealWorldUnits"] = str(code[CODE_VALUE].value)
    return found


def _items(dataset: Dataset, tag: int) -> list[Dataset]:
    if tag not in dataset or dataset[tag].VR != "SQ":
        return []
    return list(dataset[tag].value or [])


def with_real_world(said: Attributes, tree: Tree, path: str) -> Attributes:
    """Return *said* with slope and intercept of the file's own Real World Value Mapping."""
    dataset = read_dataset(tree, path, only=[REAL_WORLD], pixels=False)
    with refusing(path, "DICOM"):
        return {**said, **_flat(dataset)}
