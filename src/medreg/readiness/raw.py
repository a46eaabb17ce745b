"""Values of DICOM elements, converted once: the slices of a series say nearly the same."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydicom import Dataset

LONGEST = 256  # bytes of a value that is worth remembering
AMBIGUOUS = "PixelPaddingValue"  # its VR depends on other elements (PS3.5 annex A)


def get(dataset: Dataset, keyword: str) -> Any:
    """Return what ``dataset.get(keyword)`` does, but faster for what was seen before."""
    from pydicom.datadict import tag_for_keyword

    tag = tag_for_keyword(keyword)
    if tag is None or tag not in dataset:
        return None
    raw: Any = dataset.get_item(tag)
    value = raw.value
    if not isinstance(value, bytes) or len(value) > LONGEST or keyword == AMBIGUOUS:
        return dataset.get(keyword)
    if not hasattr(raw, "is_implicit_VR"):  # converted already
        return value
    return _converted(int(tag), raw.VR, value, raw.is_implicit_VR, raw.is_little_endian)


@lru_cache(maxsize=8192)
def _converted(tag: int, vr: str | None, value: bytes, *form: bool) -> Any:
    from pydicom.dataelem import RawDataElement, convert_raw_data_element
    from pydicom.tag import Tag

    implicit, little = form
    return convert_raw_data_element(
        RawDataElement(Tag(tag), vr, len(value), value, 0, implicit, little)
    ).value
