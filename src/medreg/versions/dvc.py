"""What medreg asks of DVC, in this process: 0.3 s for the first call, some 10 ms for each further.

A DVC command of its own costs 0.5 s and turns every failure into exit code 1 or 255.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medreg.errors import (
    ActionNeeded,
    CannotHere,
    DeclarationError,
    MedregError,
    Misuse,
    NotFound,
    Transient,
    aside,
)
from medreg.files.atomic import FULL, machine_error, whole_file
from medreg.versions import beside, git, orphans, outs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dvc.repo import Repo

    from medreg.registry import Registry
    from medreg.versions.hashed import Hashed

CONNECTIONS = 128  # botocore keeps 10, and DVC has no option for it (docs: 4.7 s for 10.7 s)

AWS_FILES = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")

# - checksums only where a server needs them: a store that answers a ranged GET with the checksum
#   of the whole object makes a lone file of 50 to 100 MB unreadable (botocore >= 1.36)
# - no statistics sent, no look for updates
ENVIRONMENT = {
    "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
    "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
    "DVC_NO_ANALYTICS": "1",
    "FSSPEC_S3": json.dumps({"config_kwargs": {"max_pool_connections": CONNECTIONS}}),
}


def environment() -> dict[str, str]:
    """Return the environment for a DVC process of its own: ours, and this interpreter's bin."""
    programs = str(Path(sys.executable).parent)
    return {**ENVIRONMENT, **os.environ, "PATH": f"{programs}:{os.environ.get('PATH', '')}"}


@contextmanager
def repository(registry: Registry) -> Iterator[Repo]:
    """Open the registry's DVC repository, silently; DVC's errors become ours."""
    for key, value in ENVIRONMENT.items():
        os.environ.setdefault(key, value)
    from dvc.repo import Repo  # sets DVC's loggers up, so it comes before they are silenced

    _widen_pool()
    places = {tier: {"url": url} for tier, url in beside.elsewhere(registry.root).items()}
    known = {"remote": places} if places else None
    with (
        _translated(registry.root / ".dvc"),
        _silent(),
        _own_aws_config(),
        Repo(str(registry.root), config=known) as repo,
        orphans.mended(registry.lock("dvc-objects"), lambda: orphans.sweep(repo)),
    ):
        yield repo


def _widen_pool() -> None:
    from fsspec.config import conf  # the environment is read once, maybe before we came

    conf.setdefault("s3", {}).setdefault("config_kwargs", {}).setdefault(
        "max_pool_connections", CONNECTIONS
    )


@contextmanager
def _own_aws_config() -> Iterator[None]:
    """Take back what dvc-s3 sets for good: one registry's file would serve every other one."""
    before = {name: os.environ.get(name) for name in AWS_FILES}
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)


@contextmanager
def _silent() -> Iterator[None]:
    """Keep DVC's log lines and bars away: stdout is data, and we say ourselves what failed."""
    loggers = [logging.getLogger(name) for name in DVC]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


# --- what is asked -----------------------------------------------------------------------------


def record(registry: Registry, addresses: Sequence[str], hashed: Hashed | None = None) -> None:
    """Write what the stages at *addresses* made to ``dvc.lock`` and the cache.

    This is ``dvc commit -f`` without its run-cache, for stages that ran in this process: afterwards
    ``dvc status`` is clean and ``dvc repro`` does nothing. Of their folders, what git is to hold is
    put into its index, so that ``git status`` shows it. What is *hashed* is not read to be hashed.
    """
    with repository(registry) as repo, repo.lock:
        if hashed and hashed.files:
            hashed.tell(repo)
        for address in addresses:
            stage = _stage(repo, registry, address)
            stage.save(run_cache=False)
            stage.commit()
            _write_lock(
                repo, (registry.root / address.partition(":")[0]).with_suffix(".lock"), stage
            )
    for where in sorted({address.rpartition("/")[0] for address in addresses}):
        held = [out.path for out in outs.recorded_at(registry, where) if not out.cached]
        beside = [f"{where}/{file}" for file in (".gitignore", "dvc.lock", "dvc.yaml")]
        git.stage(registry.root, [*held, *beside])


def _write_lock(repo: Repo, lock: Path, stage: Any) -> None:
    """Put *stage* into ``dvc.lock``, whole or not at all: DVC writes over the file itself."""
    from dvc.dvcfile import Lockfile

    with whole_file(lock) as part:
        part.write_bytes(lock.read_bytes() if lock.is_file() else b"")
        Lockfile(repo, str(part)).dump_stages([stage])


def _stage(repo: Repo, registry: Registry, address: str) -> Any:
    """Load one stage, and no other ``dvc.yaml`` of the registry."""
    file, _, name = address.partition(":")
    return repo.stage.load_one(str(registry.root / file), name)


def status(registry: Registry, addresses: Sequence[str]) -> dict[str, list[str]]:
    """Return what changed since it was recorded, by address; reads no other ``dvc.yaml``."""
    changed = {}
    with repository(registry) as repo, repo.lock:
        for address in addresses:
            found = _stage(repo, registry, address).status(check_updates=True)
            names = sorted({name for entry in found.values() for name in _names(entry)})
            if names:
                changed[address] = names
    return changed


def _names(entries: Sequence[Any]) -> Iterator[str]:
    for entry in entries:
        if isinstance(entry, str):
            yield entry
        else:
            for group in entry.values():
                yield from group if isinstance(group, dict) else ()


def checkout(registry: Registry, addresses: Sequence[str], *, force: bool = False) -> None:
    """Make the workspace hold what is recorded at *addresses*, from the cache.

    Raises `Misuse` rather than delete what DVC holds nowhere, unless *force*.
    """
    with repository(registry) as repo:
        for address in addresses:
            _sweep(registry, address)
        if addresses:  # of no target, DVC would take every one
            repo.checkout(targets=[f"{registry.root}/{one}" for one in addresses], force=force)


def _sweep(registry: Registry, address: str) -> None:
    """Delete the temporaries of a DVC that was killed while it checked out; it refuses them."""
    where, _, stage = address.partition("/dvc.yaml")
    for out in outs.recorded_at(registry, where, stage=stage.lstrip(":")):
        for path in (registry.root / out.path).rglob(".*.tmp"):
            path.unlink()


def default_tier(repo: Repo) -> str:
    """Return the tier that is meant when none is named; raises `Misuse` when there is none."""
    name = repo.config["core"].get("remote")
    if not name:
        raise Misuse("this registry has no default tier", hint="dvc remote default local")
    return str(name)


def tiers(repo: Repo) -> Mapping[str, Mapping[str, Any]]:
    """Return the configuration of every tier by name, the default one first."""
    first = repo.config["core"].get("remote")
    known = repo.config["remote"]
    return {name: known[name] for name in sorted(known, key=lambda name: (name != first, name))}


# --- errors ------------------------------------------------------------------------------------

RESTORE = "correct that file, or bring the last commit's back: git restore FILE"
KINDS: Mapping[str, tuple[type[MedregError], str]] = {
    "LockError": (Transient, "another DVC is at work here: wait until it ends, then try again"),
    "FileIsBusyError": (Transient, "wait until the other DVC ends, then try again"),
    "NoCredentialsError": (ActionNeeded, "log in to the tier, or see: dvc remote modify --help"),
    "PartialCredentialsError": (ActionNeeded, "log in to the tier: key and secret are both needed"),
    "ProfileNotFound": (ActionNeeded, "write the profile: aws configure --profile NAME"),
    "PermissionError": (ActionNeeded, "the tier says no: log in, or ask its owner"),
    "EndpointConnectionError": (Transient, "look at the network, then try again"),
    "ConnectTimeoutError": (Transient, "look at the network, then try again"),
    "ReadTimeoutError": (Transient, "look at the network, then try again"),
    "ConnectionError": (Transient, "look at the network, then try again"),
    "NotDvcRepoError": (NotFound, "make a registry with: medreg init FOLDER"),
    "StageFileDoesNotExistError": (NotFound, "medreg track NAME, or medreg curate NAME"),
    "StageNotFound": (NotFound, "medreg track writes dvc.yaml anew"),
    "MissingDataSource": (NotFound, "run the stage that makes it"),
    "OutputDoesNotExistError": (NotFound, "run the stage that makes it"),
    "CheckoutError": (NotFound, "medreg pull NAME brings what is missing"),
    "ConfirmRemoveError": (Misuse, "move your files away; DVC holds them nowhere"),
    "NoRemoteError": (Misuse, "dvc remote list shows the tiers"),
    "RemoteNotFoundError": (Misuse, "dvc remote list shows the tiers"),
    "RemoteConfigError": (Misuse, "dvc remote list shows the tiers"),
    "RemoteMissingDepsError": (CannotHere, "install DVC's plugin for this kind of remote"),
    "ConfigError": (DeclarationError, "correct .dvc/config or .dvc/config.local"),
    "EncodingError": (DeclarationError, RESTORE),
    "YAMLSyntaxError": (DeclarationError, RESTORE),
    "YAMLFileCorruptedError": (DeclarationError, RESTORE),
    "YAMLValidationError": (DeclarationError, RESTORE),
}


HERE = Path(".dvc")
DVC = ("dvc", "dvc_data", "dvc_objects", "dvc_s3")

# DVC has no class of its own for this one, only its words.
UNSAVED, FORCE = "Can't remove the following unsaved files", "Use `--force` to force."


@contextmanager
def _translated(place: Path) -> Iterator[None]:
    try:
        yield
    except MedregError:
        raise
    except Exception as error:
        known = translate(error, place)
        if known is None:
            raise
        raise known from error


def translate(error: BaseException, place: Path = HERE) -> MedregError | None:
    """Return our error for one of DVC, its storage libraries or the machine; None for a bug.

    *place* is where it worked, for an error that names no file.
    """
    known = next((ours for cause in _causes(error) if (ours := _kind(cause, place))), None)
    if known is None and type(error).__module__.partition(".")[0] in DVC:
        return CannotHere(f"DVC failed: {_words(error)}", hint="dvc doctor")
    return known


def _kind(error: BaseException, place: Path) -> MedregError | None:
    if isinstance(error, MedregError):
        return error
    if UNSAVED in str(error):
        files = str(error).partition(FORCE)[2].strip().splitlines()
        return Misuse(
            f"files that DVC holds nowhere are in the way: {' '.join(files)}",
            hint=f"{aside(files)}; then run the same command again",
        )
    if isinstance(error, OSError) and (error.errno in FULL or error.filename):
        machine = machine_error(error, place)
        if machine:
            return machine
    names = [kind.__name__ for kind in type(error).__mro__ if kind.__name__ in KINDS]
    if not names:
        return None
    ours, hint = KINDS[names[0]]
    return ours(_words(error), hint=hint)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _words(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
