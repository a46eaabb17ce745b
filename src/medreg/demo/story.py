"""The eight steps of the demo. Each can be run again, and then finds nothing to do."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from medreg import api
from medreg.demo.fabricate import PATHS, fabricate
from medreg.errors import ActionNeeded, BytesDiffer, CannotHere, MedregError
from medreg.files.atomic import write_bytes
from medreg.report import Outcome
from medreg.versions import git

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from medreg.report import Progress, StageReport

SET = "demo_abdomen"
TAG = f"{SET}@v1.0.0"
HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Step:
    """What one step did: *changed* is false when everything was there already."""

    name: str
    what: str
    result: str
    seconds: float
    changed: bool


def tell(folder: Path, progress: Progress) -> Iterator[Step]:
    """Tell the story in *folder*, step by step; raises what any verb raises."""
    story = _Story(folder.resolve(), progress)
    steps: Sequence[tuple[str, Callable[[], tuple[str, str, bool]]]] = (
        ("fabricate", story.fabricate),
        ("fetch", story.fetch),
        ("convert", story.convert),
        ("check", story.check),
        ("curate", story.curate),
        ("release", story.release),
        ("pull", story.pull),
        ("reproduce", story.reproduce),
    )
    for name, step in steps:
        began = time.monotonic()
        what, result, changed = step()
        yield Step(name, what, result, time.monotonic() - began, changed)


class _Story:
    """Where things lie; every method is one step."""

    def __init__(self, folder: Path, progress: Progress) -> None:
        self.downloads = folder / "downloads"
        self.root = folder / "registry"
        self.elsewhere = folder / "elsewhere"
        self.reproduced = folder / "reproduced"
        self.picture = folder / "preview.png"
        self.progress = progress

    @property
    def lab(self) -> api.Lab:
        return api.open_lab(self.root)

    def fabricate(self) -> tuple[str, str, bool]:
        """Make the registry, its recipe, and what seven publishers would offer."""
        _introduce(self.root)
        api.init(self.root)
        _once(self.root / "plugins/demo.py", HERE / "plugin.py")
        _once(self.root / f"registry/sets/{SET}/recipe.yaml", HERE / "recipe.yaml")
        files, size, made = fabricate(self.lab.plugins, self.downloads)
        what = f"{len(PATHS)} datasets in their publishers' layouts"
        return what, f"{files} files, {size / 1e6:.0f} MB", made

    def fetch(self) -> tuple[str, str, bool]:
        """Take what lies in the downloads, packing loose DICOM series."""
        reports = [
            api.fetch(self.lab, name, given=self.downloads / name, progress=self.progress)
            for name in PATHS
        ]
        return "zip, tar, folders; each DICOM series packed", _tally(reports), _changed(reports)

    def convert(self) -> tuple[str, str, bool]:
        """Convert every case."""
        reports = [api.convert(self.lab, name, progress=self.progress) for name in PATHS]
        return "DICOM CT, MR, PET, SEG, PNG -> canonical NIfTI", _tally(reports), _changed(reports)

    def check(self) -> tuple[str, str, bool]:
        """Measure and question every case."""
        reports = [api.check(self.lab, name, progress=self.progress) for name in PATHS]
        found = sum(len(api.findings(self.lab, name)) for name in PATHS)
        result = f"{_tally(reports)}, {found} finding{'s' * (found != 1)}"
        return "geometry, labels, values, body, sides", result, _changed(reports)

    def curate(self) -> tuple[str, str, bool]:
        """Decide about every candidate, and write the set."""
        report = api.curate(self.lab, SET, progress=self.progress)
        decision = api.decide(self.lab, SET)
        steps = Counter(row.step for row in decision.selection if row.step)
        left = ", ".join(f"{count} {step}" for step, count in steps.items())
        what = f"{SET}: {len(decision.selection)} in; out: {left}"
        self._draw()
        return what, f"{len(decision.kept)} scans", report.changed

    def release(self) -> tuple[str, str, bool]:
        """Release the set, and push what it is made from."""
        made = api.release(self.lab, SET, "1.0.0", progress=self.progress)
        pushed = api.push(self.lab, list(PATHS), progress=self.progress)
        changed = made.changed or _changed(pushed)
        return (
            TAG,
            f"manifest sha256:{made.manifest[:8]}…{made.manifest[-2:]} in tier local",
            changed,
        )

    def pull(self) -> tuple[str, str, bool]:
        """Bring the set to another folder with nothing but git and DVC, and prove every byte."""
        fresh = not (self.elsewhere / ".git").is_dir()
        if fresh:
            _run("git", "clone", "--quiet", str(self.root), str(self.elsewhere))
        folder = self.elsewhere / "registry/sets" / SET
        if not _whole(folder):
            _run("dvc", "pull", "--quiet", f"registry/sets/{SET}/dvc.yaml", cwd=self.elsewhere)
            fresh = True
        files = api.verify(folder, folder / "manifest.csv")
        return "a clone elsewhere, plain dvc pull of the set", f"{files} files identical", fresh

    def reproduce(self) -> tuple[str, str, bool]:
        """Throw the converted data away, and rebuild the released set from raw."""
        if (self.reproduced / "reproduction.json").is_file() and _whole(self.reproduced):
            return "rebuilt from raw before", "identical", False
        for name in PATHS:
            shutil.rmtree(self.root / "registry/datasets" / name / "converted")
        found = api.reproduce(
            self.lab, TAG, into=self.reproduced, from_raw=True, progress=self.progress
        )
        for name in PATHS:
            _run("dvc", "checkout", "--quiet", f"registry/datasets/{name}/dvc.yaml", cwd=self.root)
        return "converted data deleted, rebuilt from raw", found.result, True

    def _draw(self) -> None:
        if not self.picture.is_file():
            api.preview(self.lab, "demo_btcv/img0003", self.picture)


def _introduce(root: Path) -> None:
    """Give the demo's registry an author of its own where git knows nobody: a fresh machine."""
    root.mkdir(parents=True, exist_ok=True)
    try:
        git.need_identity(root)
    except ActionNeeded:
        git.run(root, "init", "--quiet", "--initial-branch=main")
        git.run(root, "config", "user.name", "medreg demo")
        git.run(root, "config", "user.email", "demo@example.org")


def _once(target: Path, source: Path) -> None:
    """Put a file of the demo into its registry, unless a person has made it theirs."""
    if not target.exists():
        write_bytes(target, source.read_bytes())


def _whole(folder: Path) -> bool:
    try:
        api.verify(folder, folder / "manifest.csv")
    except BytesDiffer:
        return False
    return True


def _changed(reports: Sequence[StageReport]) -> bool:
    return any(report.changed for report in reports)


def _tally(reports: Sequence[StageReport]) -> str:
    counts = Counter(answer.outcome for report in reports for answer in report.answers)
    return ", ".join(f"{counts[outcome]} {outcome}" for outcome in Outcome if counts[outcome])


def _run(program: str, *words: str, cwd: Path | None = None) -> None:
    from medreg.versions.dvc import environment

    found = shutil.which(program, path=f"{Path(sys.executable).parent}:{environment()['PATH']}")
    if found is None:
        raise CannotHere(f"{program} is not installed", hint=f"apt install {program}")
    done = subprocess.run(
        [found, *words], cwd=cwd, env=environment(), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise MedregError(f"{program} {' '.join(words)} failed: {done.stderr.strip()}")
