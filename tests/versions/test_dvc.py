"""DVC: recorded as DVC itself would, silent, and each of its errors is one of ours."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

import pytest
from dvc.exceptions import CheckoutError, DvcException
from dvc.lock import LockError

from medreg.errors import (
    ActionNeeded,
    CannotHere,
    DeclarationError,
    MedregError,
    Misuse,
    NotFound,
    Transient,
)
from medreg.versions import dvc, git, outs
from tests.versions.standin import fill, record, run

if TYPE_CHECKING:
    from medreg.registry import Registry

WRITE = "registry/sets/open_set/dvc.yaml:write"


def test_what_was_recorded_is_clean_to_dvc_and_is_not_run_again(
    lab: Registry, capfd: pytest.CaptureFixture[str]
) -> None:
    fill(lab.dataset("tiny").path, {"converted/case_0/ct.nii.gz": b"converted again"})
    record(lab, "tiny")
    record(lab, "open_set")
    assert capfd.readouterr() == ("", ""), "stdout is data, and DVC is no part of it"
    assert "up to date" in run("dvc", "status", cwd=lab.root)
    said = run("dvc", "repro", WRITE, cwd=lab.root)
    assert "Running stage" not in said
    staged = git.run(lab.root, "diff", "--cached", "--name-only").decode().split()
    assert staged == ["registry/datasets/tiny/dvc.lock"], "git status shows what changed"


def test_the_command_line_writes_the_same_lock(lab: Registry) -> None:
    fill(lab.set("open_set").path, {"data/dataset.json": b"changed"})
    record(lab, "open_set")
    lock = lab.set("open_set").path / "dvc.lock"
    ours = lock.read_bytes()
    run("git", "checkout", "HEAD", "--", str(lock), cwd=lab.root)
    assert lock.read_bytes() != ours
    run("dvc", "commit", "-f", "registry/sets/open_set/dvc.yaml", cwd=lab.root)
    assert lock.read_bytes() == ours


def test_an_edit_is_named_and_only_at_its_stage(lab: Registry) -> None:
    addresses = [outs.address(lab, "open_set", stage) for stage in ("decide", "write")]
    assert not dvc.status(lab, addresses)
    fill(lab.set("open_set").path, {"data/dataset.json": b"changed"})
    (changed,) = dvc.status(lab, addresses).items()
    assert changed == (WRITE, ["registry/sets/open_set/data"])


def test_a_lock_that_is_held_is_transient(lab: Registry) -> None:
    with dvc.repository(lab) as repo, repo.lock, pytest.raises(Transient):
        record(lab, "tiny")


def test_checkout_deletes_nothing_that_is_nowhere_else(lab: Registry) -> None:
    fill(lab.set("open_set").path, {"data/only_here.txt": b"my notes"})
    with pytest.raises(Misuse, match="only_here"):
        dvc.checkout(lab, [WRITE])
    dvc.checkout(lab, [WRITE], force=True)
    assert not (lab.set("open_set").path / "data" / "only_here.txt").exists()


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (LockError("busy"), Transient),
        (OSError(errno.ENOSPC, "No space left on device", "/x"), CannotHere),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), CannotHere),
        (PermissionError("Forbidden"), ActionNeeded),
        (type("NoCredentialsError", (Exception,), {})("none"), ActionNeeded),
        (type("EndpointConnectionError", (Exception,), {})("none"), Transient),
        (type("StageNotFound", (DvcException,), {})("x"), NotFound),
        (CheckoutError(["data"], {}), NotFound),
        (type("YAMLSyntaxError", (DvcException,), {})("dvc.yaml"), DeclarationError),
        (DvcException("whatever"), CannotHere),
    ],
)
def test_each_error_has_its_kind(error: Exception, kind: type[MedregError]) -> None:
    wrapped = DvcException("wrapped")
    wrapped.__cause__ = error
    for given in (error, wrapped):
        known = dvc.translate(given)
        assert type(known) is kind
        assert known is not None
        assert known.hint


def test_a_bug_is_a_bug() -> None:
    assert dvc.translate(ValueError("ours")) is None
