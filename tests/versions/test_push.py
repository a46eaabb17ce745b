"""Tiers: what is pushed arrives, what must not be shared stays, and lies are found out."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from medreg.errors import BytesDiffer, Misuse, NotFound, Transient
from medreg.files.lock import lock
from medreg.report import Outcome
from medreg.versions import dvc, objects, outs
from medreg.versions.cases import bring_cases, obtainer
from medreg.versions.pull import pull
from medreg.versions.push import audit, push
from medreg.versions.tiers import hazards, overview, tiers
from tests.versions.standin import add_dataset, objects_of, run, stored

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from medreg.registry import Registry


def store(registry: Registry, tier: str) -> Path:
    return registry.root.parent / f"{registry.root.name}-{'store' if tier == 'local' else tier}"


def file_of(registry: Registry, tier: str, md5: str) -> Path:
    return store(registry, tier) / "files" / "md5" / md5[:2] / md5[2:]


def an_image(registry: Registry, name: str = "open_set") -> str:
    return next(m for m, path in objects_of(registry, name).items() if path.endswith(".nii.gz"))


def test_a_push_moves_each_object_once_and_then_nothing(lab: Registry) -> None:
    first = push(lab, "open_set")
    assert {answer.outcome for answer in first.answers} == {Outcome.WRITTEN}
    assert stored(store(lab, "local")) == objects_of(lab, "open_set").keys()
    assert {answer.outcome for answer in push(lab, "open_set").answers} == {Outcome.KEPT}
    assert "up to date" in run("dvc", "push", "registry/sets/open_set/dvc.yaml", cwd=lab.root)


def test_a_hole_under_a_list_is_found_and_repaired(lab: Registry) -> None:
    push(lab, "open_set")
    md5 = an_image(lab)
    file_of(lab, "local", md5).unlink()
    said = run("dvc", "push", "registry/sets/open_set/dvc.yaml:write", cwd=lab.root)
    assert "up to date" in said, "plain DVC does not see the hole"

    (hole,) = audit(lab, "open_set")
    assert (hole.tier, hole.piece.md5, hole.problem) == ("local", md5, "missing")
    assert {answer.outcome for answer in push(lab, "open_set").answers} == {Outcome.REPAIRED}
    assert not audit(lab, "open_set")


@pytest.mark.parametrize("with_cache", [True, False])
def test_a_truncated_object_is_found(lab: Registry, with_cache: bool) -> None:  # noqa: FBT001  # a parameter
    push(lab, "open_set")
    file = file_of(lab, "local", an_image(lab))
    file.chmod(0o644)
    file.write_bytes(file.read_bytes()[:-1])
    if not with_cache:
        with dvc.repository(lab) as repo:
            for md5 in objects_of(lab, "open_set"):
                if not md5.endswith(".dir"):
                    objects.cached(repo, md5).unlink()
    (hole,) = audit(lab, "open_set")
    assert "bytes" in hole.problem


def test_a_corrupt_object_is_refused(lab: Registry, clone: Callable[[Registry], Registry]) -> None:
    push(lab, "open_set")
    file = file_of(lab, "local", an_image(lab))
    good = file.read_bytes()
    file.chmod(0o644)
    file.write_bytes(b"\0" * len(good))
    elsewhere = clone(lab)
    said = run("dvc", "pull", "registry/sets/open_set/dvc.yaml", cwd=elsewhere.root, code=1)
    assert "ERROR" in said, "verify true makes plain DVC refuse it too"
    assert not (elsewhere.set("open_set").path / "data").exists()
    with pytest.raises(BytesDiffer, match="other bytes"):
        pull(elsewhere, "open_set")
    file.write_bytes(good)
    assert pull(elsewhere, "open_set") == 4


def test_a_poisoned_cache_spreads_no_further(lab: Registry) -> None:
    md5 = an_image(lab)
    with dvc.repository(lab) as repo:
        file = objects.cached(repo, md5)
    file.chmod(0o644)
    file.write_bytes(b"evil")
    file.chmod(0o444)  # DVC now trusts it
    with pytest.raises(BytesDiffer, match="the cache held other bytes"):
        push(lab, "open_set")
    assert md5 not in stored(store(lab, "local"))
    dvc.record(lab, [outs.address(lab, "open_set", "write")])  # the workspace still has them
    push(lab, "open_set")
    assert not audit(lab, "open_set")


@pytest.mark.parametrize("arguments", [(), ("-r", "local")])
def test_plain_dvc_cannot_leak_what_is_restricted(
    lab: Registry, arguments: tuple[str, ...]
) -> None:
    run("dvc", "push", *arguments, cwd=lab.root)
    shared = objects_of(lab, "tiny").keys() | objects_of(lab, "open_set").keys()
    assert stored(store(lab, "local")) == shared


def test_a_restricted_set_goes_to_its_own_tier_whatever_is_asked(lab: Registry) -> None:
    push(lab, "mixed_set", tier="local")
    assert not stored(store(lab, "local"))
    assert stored(store(lab, "restricted")) == objects_of(lab, "mixed_set").keys()
    tables = {"selection.csv", "splits.json", "manifest.csv", "SHA256SUMS"}
    names = {path.rpartition("/")[2] for path in objects_of(lab, "mixed_set").values()}
    assert tables <= names


def test_one_case_is_brought_without_the_others(
    lab: Registry, clone: Callable[[Registry], Registry]
) -> None:
    push(lab, "tiny")
    elsewhere = clone(lab)
    obtainer(elsewhere)([("tiny", "case_1")])
    converted = elsewhere.dataset("tiny").path / "converted"
    assert {file.relative_to(converted).as_posix() for file in converted.rglob("*.*")} == {
        "case_1/ct.nii.gz",
        "case_1/case.json",
    }
    cache = stored(elsewhere.root / ".dvc" / "cache")
    assert len(cache) == 3, "two files and the list"
    with pytest.raises(NotFound, match="case_9"):
        bring_cases(elsewhere, "tiny", ["case_9"])


def test_two_sets_do_not_bring_the_cases_of_one_dataset_at_a_time(
    lab: Registry, clone: Callable[[Registry], Registry]
) -> None:
    """Both would write one temporary: killed in the middle, the other's file was cut short."""
    push(lab, "tiny")
    elsewhere = clone(lab)
    with lock(elsewhere.lock("tiny"), "pull cases of tiny"), pytest.raises(Transient, match="busy"):
        obtainer(elsewhere)([("tiny", "case_1")])
    assert not (elsewhere.dataset("tiny").path / "converted").exists()
    obtainer(elsewhere)([("tiny", "case_1")])
    assert (elsewhere.dataset("tiny").path / "converted/case_1/ct.nii.gz").is_file()


def test_a_broken_neighbor_disturbs_nobody(lab: Registry) -> None:
    folder = lab.dataset("neighbor").path
    folder.mkdir()
    (folder / "dvc.yaml").write_text("stages: [this is: not: YAML")
    add_dataset(lab, "later")
    push(lab, "later")
    assert not audit(lab, "later")
    (lab.set("open_set").path / "data" / "dataset.json").unlink()
    assert pull(lab, "open_set") == 4


def test_an_unknown_tier_is_named(lab: Registry) -> None:
    with pytest.raises(Misuse, match="'cloud'"):
        push(lab, "open_set", tier="cloud")


def test_what_endangers_data_is_named(lab: Registry) -> None:
    assert not hazards(lab)
    run("dvc", "remote", "add", "cloud", "s3://bucket/x", cwd=lab.root)
    run("dvc", "config", "cache.type", "hardlink,copy", cwd=lab.root)
    assert [hazard.split()[0] for hazard in hazards(lab)] == ["tier", "cache.type"]
    assert [(t.name, t.default, t.verified) for t in tiers(lab)] == [
        ("local", True, True),
        ("cloud", False, False),
        ("restricted", False, True),
    ]


def test_the_overview_says_what_lies_where(lab: Registry) -> None:
    push(lab, "open_set")
    missing = {held.path: held.missing for held in overview(lab)}
    assert missing["registry/sets/open_set/data"] == 0
    assert missing["registry/datasets/tiny/raw"] == 1, "the list alone is missed, nothing is below"


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_pull_heals_a_poisoned_cache(lab: Registry, elsewhere: bool) -> None:  # noqa: FBT001  # a parameter
    push(lab, "open_set")
    with dvc.repository(lab) as repo:
        file = objects.cached(repo, an_image(lab))
    file.chmod(0o644)
    file.write_bytes(b"evil")
    file.chmod(0o444)
    shutil.rmtree(lab.set("open_set").path / "data")
    assert pull(lab, "open_set", into=lab.root.parent / "into" if elsewhere else None) == 4
