"""The key ``transform`` of a recipe: what becomes of voxels, which stay as they are without it."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    FiniteFloat,
    model_validator,
)

AXES = ({"R", "L"}, {"A", "P"}, {"S", "I"})


def _code(word: str) -> str:
    letters = word.upper()
    if len(letters) != len(AXES) or any(len(pair & {*letters}) != 1 for pair in AXES):
        raise ValueError("say where the three axes point to, as in RAS, LPS or PIR")
    return letters


def _three(value: Any) -> Any:
    return (value,) * 3 if isinstance(value, int | float) else value


def _rising(pair: tuple[float, float]) -> tuple[float, float]:
    if pair[0] >= pair[1]:
        raise ValueError("the lower limit comes first, as in [-160, 240]")
    return pair


Length = Annotated[float, Field(ge=0.05, le=100)]
Pair = Annotated[tuple[FiniteFloat, FiniteFloat], AfterValidator(_rising)]


class Transform(BaseModel):
    """What is done to every case of a set, in this order; what is left out is not done.

    1. *crop* to the ``body`` and to whatever the mask shows, with a *margin* in mm
    2. resample to *spacing*: mm from right to left, front to back, head to foot, or one number
       for all three. *images* are interpolated linearly or by cubic B-splines; *masks* take the
       nearest voxel, or, ``linear``, the label with the largest share
    3. *clip* values to a range, by channel, in the image's unit
    4. *cast* images to a type; integers are rounded to, and what does not fit is an error
    5. reorder axes so that they point to *orientation*

    The volume's center stays where it is, so that its edges move by less than half a voxel.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    crop: Literal["body"] | None = None
    margin: Annotated[FiniteFloat, Field(ge=0)] = 10.0
    spacing: Annotated[tuple[Length, Length, Length], BeforeValidator(_three)] | None = None
    images: Literal["linear", "bspline"] = "linear"
    masks: Literal["nearest", "linear"] = "nearest"
    clip: dict[str, Pair] | Pair | None = None
    cast: Literal["uint8", "int16", "uint16", "int32", "float32"] | None = None
    orientation: Annotated[str, AfterValidator(_code)] | None = None

    @model_validator(mode="after")
    def _asks(self) -> Self:
        if not self.spacing and {"images", "masks"} & self.model_fields_set:
            raise ValueError("images and masks say how to resample; name the spacing too")
        if not self.crop and "margin" in self.model_fields_set:
            raise ValueError("margin belongs to a crop; write crop: body too")
        if not any((self.crop, self.spacing, self.clip, self.cast, self.orientation)):
            raise ValueError("nothing is asked for: name crop, spacing, clip, cast or orientation")
        return self

    def clips(self, channel: str) -> tuple[float, float] | None:
        """Return the range of a channel's values; None where it has no limits."""
        return self.clip.get(channel) if isinstance(self.clip, dict) else self.clip

    def asked(self) -> dict[str, Any]:
        """Return what is asked for, as JSON has it, defaults included."""
        left_out = {
            *(() if self.spacing else ("images", "masks")),
            *(() if self.crop else ("margin",)),
        }
        return self.model_dump(mode="json", exclude_none=True, exclude=left_out)

    def text(self) -> str:
        """Return all of it in one line, in the order in which it is done.

        >>> Transform(spacing=1.5, clip=(-160, 240), orientation="lps").text()
        'resample to 1.5 x 1.5 x 1.5 mm (linear, masks nearest); clip to -160..240; axes LPS'
        """
        told = []
        if self.crop:
            told.append(f"crop to the {self.crop} and {self.margin:g} mm around it")
        if self.spacing:
            size = " x ".join(f"{mm:g}" for mm in self.spacing)
            told.append(f"resample to {size} mm ({self.images}, masks {self.masks})")
        if isinstance(self.clip, dict):
            told += [f"clip {name} to {a:g}..{b:g}" for name, (a, b) in sorted(self.clip.items())]
        elif self.clip:
            told.append(f"clip to {self.clip[0]:g}..{self.clip[1]:g}")
        if self.cast:
            told.append(f"cast images to {self.cast}")
        if self.orientation:
            told.append(f"axes {self.orientation}")
        return "; ".join(told)
