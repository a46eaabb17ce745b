"""Add a plugin: proposed first and shown, written when somebody agreed."""

from __future__ import annotations

import difflib
import hashlib
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from medreg.errors import DeclarationError, Misuse, NotFound
from medreg.plugins import pins
from medreg.plugins.blanks import blanks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medreg.api.lab import Lab
    from medreg.versions.foreign import Brought


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What `add_plugin` would write: *files* by path from the registry's root.

    *cases* are the first five that its layout finds in a folder, with their files, of *found* in
    all; *notes* what a person should know. *pin* is for somebody else's plugin, *difference* what
    an update changes.
    """

    name: str
    files: Mapping[str, str]
    cases: Mapping[str, Sequence[str]] | None = None
    found: int | None = None
    notes: Sequence[str] = ()
    pin: pins.Pin | None = None
    difference: str = ""

    @property
    def blanks(self) -> Sequence[str]:
        """Where something is left to be filled in: ``plugins/my_ct.py, line 12: ...``."""
        return [
            f"{path}, line {number}: {line}"
            for path, text in self.files.items()
            for number, line in blanks(text)
        ]


def propose_plugin(
    lab: Lab, word: str = "", origin: str = "", *, update: bool = False, by: str = ""
) -> Proposal:
    """Return what adding *word* would write; touches nothing.

    *word* is the name of a new plugin, drafted from *origin* (a folder, ``croissant:FILE``,
    ``doi:...``, ``zenodo:N``, ``hf:OWNER/NAME``, ``idc:COLLECTION``) if there is one; or it is
    somebody else's plugin: a file, ``git+URL@REVISION#path``, or, to *update*, the name of one
    that was added so. *by* is who looked at it (git's user when empty).

    Raises `Misuse` for a name that is taken or is not snake_case, and what reading *origin* does.
    """
    from medreg.versions.foreign import is_foreign

    if not origin and (update or is_foreign(word)):
        return _foreign(lab, word, update=update, by=by)
    if not word and not origin:
        raise Misuse("which plugin?", hint="medreg add-plugin my_ct --from FOLDER")
    if not origin:
        from medreg.plugins.draft import scaffold

        files = scaffold(word)
        _refuse_taken(lab, word, files)
        return Proposal(name=word, files=files)
    return _drafted(lab, word, origin)


def add_plugin(lab: Lab, proposal: Proposal) -> Sequence[str]:
    """Write what was proposed; returns the paths, from the registry's root.

    Somebody else's plugin is loaded first: raises `DeclarationError`, naming its line, when it is
    broken, and writes nothing.
    """
    from medreg.files.atomic import write_bytes

    root = lab.registry.root
    files = {path: text.encode() for path, text in proposal.files.items()}
    if proposal.pin:
        _refuse_broken(lab, proposal)
        known = pins.read(root) | {proposal.name: proposal.pin}
        files = {pins.FILE: pins.written(known)} | files  # pinned before it can be run
    for path, data in files.items():
        write_bytes(root / path, data)
    return list(files)


def _drafted(lab: Lab, word: str, origin: str) -> Proposal:
    from medreg.plugins.draft import check_name, files, origins
    from medreg.plugins.draft.folder import Inferred

    if word:
        check_name(word)
    draft = origins.draft(origin, word, lab.vocabulary, lab.licenses)
    made = files(draft)
    _refuse_taken(lab, draft.name, made)
    if isinstance(draft, Inferred):
        return Proposal(
            name=draft.name, files=made, notes=draft.notes, cases=draft.first, found=draft.found
        )
    return Proposal(name=draft.name, files=made, notes=draft.notes)


def _refuse_taken(lab: Lab, name: str, files: Mapping[str, str]) -> None:
    if name in lab.plugins.datasets:
        raise Misuse(
            f"{name} exists already: {lab.plugins.datasets[name].file}", hint=f"medreg show {name}"
        )
    if name in lab.registry.sets():
        raise Misuse(f"{name} is a set, and no dataset may have its name", hint="medreg list")
    taken = [path for path in files if (lab.registry.root / path).exists()]
    if taken:
        raise Misuse(f"{taken[0]} exists already", hint="choose another name, or remove the file")


# --- somebody else's -----------------------------------------------------------------------------


def _foreign(lab: Lab, word: str, *, update: bool, by: str) -> Proposal:
    from medreg.api.work import today
    from medreg.versions import git

    root = lab.registry.root
    brought, known = _brought(root, word, update=update)
    if not brought.name.isidentifier() or brought.name != brought.name.lower():
        raise Misuse(f"a plugin's file is named in snake_case, not {brought.name}.py")
    path = f"plugins/{brought.name}.py"
    here = (root / path).read_bytes() if (root / path).is_file() else None
    if here is not None and not update:
        raise Misuse(
            f"{path} exists already", hint=f"medreg add-plugin {word} --update shows what changes"
        )
    pin = pins.Pin(
        name=brought.name,
        origin=brought.origin,
        revision=brought.revision,
        sha256=hashlib.sha256(brought.data).hexdigest(),
        date=today(),
        by=by.strip() or git.user(root),
    )
    before = _pinned_bytes(root, path, known, here) if update else None
    try:
        text = brought.data.decode()
    except UnicodeDecodeError as error:
        raise DeclarationError(f"{word} is not UTF-8 text: {error}") from None
    return Proposal(
        name=brought.name,
        files={path: text},
        pin=pin,
        difference=_difference(before, text, path) if before is not None else "",
    )


def _brought(root: Path, word: str, *, update: bool) -> tuple[Brought, pins.Pin | None]:
    """Bring the plugin, and its pin if it has one.

    To update: by name, from where it came; by its own file here, as it stands now.
    """
    from medreg.versions import foreign

    known = pins.read(root)
    own = Path(word).resolve()
    if update and own.parent == root / "plugins" and own.stem in known:
        pin = known[own.stem]
        edited = foreign.bring(str(own))
        return replace(edited, origin=pin.origin, revision=_edited(pin, edited.data)), pin
    if not update or foreign.is_foreign(word):
        brought = foreign.bring(word)
        return brought, known.get(brought.name)
    if word not in known:
        raise NotFound.named(
            "pinned plugin", word, list(known), hint="registry/plugins.csv lists those of others"
        )
    pin, where = known[word], pins.line(root, word)
    return foreign.bring(pin.origin, pin.revision.partition(" ")[0], where), pin


def _edited(pin: pins.Pin, data: bytes) -> str:
    if hashlib.sha256(data).hexdigest() == pin.sha256:
        return pin.revision
    return f"{pin.revision.removesuffix(' edited')} edited".strip()


def _pinned_bytes(root: Path, path: str, pin: pins.Pin | None, here: bytes | None) -> bytes | None:
    """Return the bytes that were pinned, from here or from git's history; else what is here."""
    from medreg.versions import foreign

    if pin:
        for data in (*([here] if here is not None else []), *foreign.committed(root, path)):
            if hashlib.sha256(data).hexdigest() == pin.sha256:
                return data
    return here


def _difference(before: bytes, after: str, path: str) -> str:
    lines = difflib.unified_diff(
        before.decode(errors="replace").splitlines(keepends=True),
        after.splitlines(keepends=True),
        f"{path} (pinned)",
        f"{path} (new)",
    )
    return "".join(lines)


def _refuse_broken(lab: Lab, proposal: Proposal) -> None:
    """Load the plugin from a folder of its own; raises `DeclarationError` with what is wrong."""
    from medreg.plugins import load

    ((path, text),) = proposal.files.items()
    with tempfile.TemporaryDirectory(prefix="medreg_plugin_") as scratch:
        folder = Path(scratch) / "plugins"
        folder.mkdir()
        file = folder / Path(path).name
        file.write_text(text, encoding="utf-8")
        found = load(folder)
        problem = next((p for p in found.problems if p.where == str(file)), None)
        if problem:
            raise DeclarationError(f"{path}, {problem.reason}", hint="tell its author")
        names = [name for name, one in found.datasets.items() if one.file == file]
    for name in names:
        other = lab.plugins.datasets.get(name)
        if other and other.home != "bundled" and other.file != lab.registry.root / path:
            raise Misuse(f"{path} declares {name}, as {other.file} does", hint="remove one of them")
        if name in lab.registry.sets():
            raise Misuse(f"{path} declares {name}, which is a set here", hint="medreg list")
