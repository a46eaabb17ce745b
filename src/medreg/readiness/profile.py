"""The thresholds of the checks, as one value.

The defaults were calibrated on 17 public CT series. Somebody whose scans are different says what
differs, in Python (`dataclasses.replace(CT, slices=20)`) or as a mapping (`overridden`), which is
what a TOML file holds.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

from medreg.errors import DeclarationError, NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a series is held to: lengths in mm, angles in degrees, shares of voxels from 0 to 1."""

    name: str = "ct"
    modality: str = "CT"
    hounsfield: bool = True  # values are HU, and checked as such
    air_fail: float = 0.001  # share of voxels in [-1100, -900]; fails if nothing is below -500
    air_warn: float = 0.01
    air_told: float = 0.05  # a crop with less air than this has no peak to judge
    air_off: float = 50.0  # HU between the peak of air and -1000
    soft_fail: float = 0.01  # share of voxels in [-100, 100]
    soft_warn: float = 0.05
    lost: float = 0.4  # share of voxels below -1100; outside a circle lie 0.215 of a square
    highest: float = 4096.0  # HU that 99.9 % of the voxels stay below
    bits_stored: int = 12
    pixel: float = 2.0  # in-plane spacing above this is coarse
    same: float = 1e-4  # relative difference that rounding explains
    gap: float = 1.01  # distance between slices, in slice thicknesses
    slices: int = 50  # unique positions
    uneven: float = 0.01  # of the median gap: more is a warning,
    irregular: float = 0.10  # and more than this fails
    tilt: float = 0.1
    parallel: float = 1e-3  # between direction cosines
    sampled: int = 24  # slices whose pixels are read

    def overridden(self, changes: Mapping[str, object], where: str) -> Profile:
        """Return this profile with *changes*; *where* names their file in errors.

        Raises `DeclarationError` for a threshold that does not exist or is of the wrong type.

        >>> CT.overridden({"slices": 20}, "here").slices
        20
        """
        known = {f.name: type(getattr(self, f.name)) for f in fields(self)}
        for key, value in changes.items():
            if key not in known:
                raise DeclarationError(
                    f"{where}: a profile has no threshold {key!r}",
                    hint=f"known: {', '.join(known)}",
                )
            wanted = (int, float) if known[key] is float else (known[key],)
            if type(value) not in wanted:
                raise DeclarationError(
                    f"{where}: {key} is of type {known[key].__name__}, not {value!r}"
                )
        return replace(self, **changes)  # type: ignore[arg-type]  # each type was compared above


CT = Profile()
MR = Profile(name="mr", modality="MR", hounsfield=False, slices=20)
PET = Profile(name="pet", modality="PT", hounsfield=False, slices=20, pixel=6.0)
BUILT_IN = {profile.name: profile for profile in (CT, MR, PET)}


def of(modality: str, changes: Mapping[str, object], where: str) -> Profile:
    """Return the built-in profile of a *modality* (``CT``, ``MR``, ``PT``) with *changes*."""
    base = next((p for p in BUILT_IN.values() if p.modality == modality), CT)
    return base.overridden(changes, where)


def named(name: str) -> Profile:
    """Return the built-in profile *name*, or the one that the TOML file *name* describes.

    Such a file holds thresholds, and ``base = "mr"`` where it does not start from ``ct``.
    """
    import tomllib
    from pathlib import Path

    if name in BUILT_IN:
        return BUILT_IN[name]
    file = Path(name)
    if not file.is_file():
        raise NotFound.named(
            "profile", name, list(BUILT_IN), hint="ct, mr, pet, a dataset or a TOML file"
        )
    try:
        changes = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DeclarationError(f"{file} is not valid TOML: {error}") from None
    return _from_file(changes, file)


def _from_file(changes: dict[str, object], file: Path) -> Profile:
    base = changes.pop("base", "ct")
    if base not in BUILT_IN:
        raise DeclarationError(f"{file}: base is {base!r}", hint=f"one of {', '.join(BUILT_IN)}")
    return BUILT_IN[str(base)].overridden({"name": file.stem, **changes}, str(file))
