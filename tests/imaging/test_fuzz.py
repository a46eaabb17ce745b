"""A sample of `make storm`: mutated files end as a value or a refusal, and the harness notices."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from bench.fuzz import FAILED, REFUSED, VALUE, attempted, made, reason_class, report, storm
from bench.fuzz_seeds import readers, seeds

from medreg.errors import MedregError
from medreg.imaging.masks.structures import Drawing
from medreg.volume import Volume

SAMPLE = 200


@pytest.mark.parametrize("kind", seeds())
def test_what_is_mutated_was_whole(kind: str) -> None:
    whole = seeds()[kind]
    assert whole.read(dict(whole.files)) is not None


def test_a_sample_ends_as_values_or_refusals() -> None:
    whole = storm(SAMPLE, seed=2026, workers=1)
    assert not whole.failures, "\n".join(report(whole))
    assert [one.index for one in whole.ended] == list(range(SAMPLE))
    assert {one.how for one in whole.ended} == {VALUE, REFUSED}


@pytest.mark.parametrize("kind", ["ct", "enhanced", "seg", "rtstruct", "lidc", "mha zlib", "nrrd"])
def test_a_file_that_is_cut_never_gives_another_value(kind: str) -> None:
    whole = seeds()[kind]
    expected = told(whole.read(dict(whole.files)))
    (name, *_), rng = sorted(whole.files), np.random.default_rng(8)
    data = whole.files[name]
    for at in [*rng.integers(len(data), size=60).tolist(), *range(len(data) - 9, len(data))]:
        try:
            found = whole.read(whole.files | {name: data[:at]})
        except MedregError:
            continue
        assert told(found) == expected, f"cut at {at}"


def told(value: Any) -> Any:
    """Return every voxel of what a reader returned."""
    if isinstance(value, Volume):
        return value.array.tobytes(), value.affine.tobytes()
    if isinstance(value, Drawing):
        return [(one.name, one.region.full(value.shape).tobytes()) for one in value.structures]
    return [told(volume) for _, volume in value]


def test_the_seed_decides() -> None:
    assert [made(5, index) for index in range(30)] == [made(5, index) for index in range(30)]
    assert made(5, 0) != made(6, 0)
    assert made(5, 0, "lidc")[0] == "lidc"


TRAPS = {
    "trap: error": "KeyError at fuzz_seeds.py",
    "trap: hang": "took more than 1 s",
    "trap: memory": "MemoryError",
    "trap: crash": "the process died (-6)",
}


@pytest.mark.parametrize("kind", TRAPS)
def test_the_harness_notices(kind: str) -> None:
    whole = storm(2, seed=1, only=kind, workers=1, limit=1.0)
    assert [one.how for one in whole.ended] == [FAILED, FAILED]
    assert all(TRAPS[kind] in one.reason for one in whole.ended)
    assert f"python -m bench.fuzz --seed 1 --only '{kind}' --at 1" in "\n".join(report(whole))


def test_every_trap_is_tried() -> None:
    assert {kind for kind, one in readers().items() if not one.share} == set(TRAPS)


def test_reasons_are_counted_without_names_and_numbers() -> None:
    one, other = "Refused: a/1.nii is truncated: 1,024 of 9", "Refused: 2.dcm is truncated: 7 of 8"
    assert reason_class(one) == reason_class(other) == "is truncated: of"


def test_one_can_be_read_again_alone() -> None:
    again = attempted(2026, 7)
    (before,) = (one for one in storm(8, seed=2026, workers=1).ended if one.index == 7)
    assert (again.kind, again.damage, again.how) == (before.kind, before.damage, before.how)
