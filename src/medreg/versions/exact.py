"""Reproduce in the environment that a release locked: its libraries, by hash, and its medreg."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path
from typing import TYPE_CHECKING

import medreg
from medreg.errors import BytesDiffer, CannotHere, MedregError, NotFound
from medreg.files.atomic import machine_errors, write_bytes
from medreg.files.hashing import sha256_bytes
from medreg.files.lock import lock
from medreg.versions import clones, git, models, outs
from medreg.versions import releases as names
from medreg.versions.reproduce import Reproduction
from medreg.versions.tools import PROVENANCE, recorded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from medreg.registry import Registry

LOCK = "requirements.lock"
DONE = "environment.json"  # comes last: a killed installation is made again
KNOWN = frozenset(Reproduction.__dataclass_fields__)


def exact(
    registry: Registry, release: str, *, into: Path, words: Sequence[str] = ()
) -> Reproduction:
    """Bring *release* to *into* in the environment that it locked; every byte must be the same.

    *words* are further ones of ``medreg reproduce``. Raises `BytesDiffer` when bytes are others,
    `CannotHere` when the environment cannot be made here, and what that medreg raised.
    """
    name, version = names.split_release(registry.root, release)
    tag = names.tag_of(name, version)
    python = environment(registry, tag)
    command = ["reproduce", tag, "--into", str(into.absolute()), "--json", *words]
    done = _run([str(python), "-m", "medreg", *command, "--registry", str(registry.root)])
    if done.returncode:
        raise _as_raised(done)
    said = json.loads(done.stdout)
    found = Reproduction(**{key: value for key, value in said.items() if key in KNOWN})
    if found.result != "identical":
        raise BytesDiffer(
            f"{tag}: {found.result}, in the environment that it locked ({python})",
            hint=f"how it came: {into / 'reproduction.json'}",
        )
    return found


def environment(registry: Registry, tag: str) -> Path:
    """Return the interpreter of the environment that the release *tag* locked, made once."""
    asked = git.show(registry.root, tag, LOCK)
    tools = _tools(registry, tag)
    own = tools.get("medreg", medreg.__version__)
    base = _interpreter(tools.get("python", ""))
    key = sha256_bytes(asked + f"medreg {own} {base} {_source(own)}".encode())[:16]
    home = clones.home() / "environments" / key
    python = home / "bin" / "python"
    with lock(home.with_suffix(".lock"), f"environment of {tag}"), machine_errors(home):
        if not (home / DONE).is_file():
            shutil.rmtree(home, ignore_errors=True)
            _must(base, "-m", "venv", str(home))
            write_bytes(home / LOCK, asked)
            pip = (str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
            _must(*pip, "--no-compile", "--require-hashes", "-r", str(home / LOCK))
            if _source(own):
                _lend(home)
            else:
                _must(*pip, "--no-deps", f"medreg=={own}")
            content = {"release": tag, LOCK: sha256_bytes(asked), "medreg": own}
            write_bytes(home / DONE, json.dumps(content, indent=2, sort_keys=True).encode())
    return python


def _tools(registry: Registry, tag: str) -> Mapping[str, str]:
    where = outs.folder_at(registry, names.split(tag)[0], tag)
    try:
        return recorded(json.loads(models.table(registry, where, tag, PROVENANCE)))
    except NotFound:
        return {}  # a dataset's release names no tools: those that run now are as good as any


def _interpreter(version: str) -> str:
    """Return the Python of that *version*, as near as this machine has it."""
    minor = ".".join(version.split(".")[:2])
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    if minor in ("", here):
        return sys.executable
    found = shutil.which(f"python{minor}")
    if not found:
        raise CannotHere(
            f"the release was made with Python {version}, which is not installed",
            hint=f"install python{minor}, or leave --exact out: equal voxels need none of it",
        )
    return found


def _source(version: str) -> str:
    """Return where the running medreg lies, if it is of that *version*: no index is asked then."""
    return str(Path(medreg.__file__).parent) if version == medreg.__version__ else ""


def _lend(home: Path) -> None:
    """Let the environment use the medreg that runs: its code, and what it says of itself."""
    (site,) = home.glob("lib/python*/site-packages")
    write_bytes(site / "medreg.pth", f"{Path(medreg.__file__).parents[1]}\n".encode())
    own = distribution("medreg")
    for file in ("METADATA", "entry_points.txt"):
        text = own.read_text(file)
        if text is not None:
            write_bytes(site / f"medreg-{own.version}.dist-info" / file, text.encode())


def _must(*command: str) -> None:
    done = _run(command)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise CannotHere(
            f"the locked environment cannot be made here: {' '.join(said[-3:])}",
            hint="pip's own words above say what; PIP_INDEX_URL and PIP_FIND_LINKS name others",
        )


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME")}
    return subprocess.run(command, env=clean, capture_output=True, text=True, check=False)


def _as_raised(done: subprocess.CompletedProcess[str]) -> MedregError:
    """Return the error that another medreg ended with, by its exit code and words."""
    said = done.stderr.partition("error: ")[2].strip() or done.stderr.strip() or "it said nothing"
    message, _, hint = said.partition("hint: ")
    kinds = {kind.exit_code: kind for kind in _kinds(MedregError)}
    return kinds.get(done.returncode, MedregError)(message.strip(), hint=hint.strip())


def _kinds(kind: type[MedregError]) -> Iterator[type[MedregError]]:
    for one in kind.__subclasses__():
        yield from _kinds(one)
        yield one
