"""The registry that the storm goes over: two datasets, two sets, three tiers and a git remote."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bench.storm_child import started

if TYPE_CHECKING:
    from random import Random

ROOT = Path(__file__).resolve().parents[1]
DATASETS, SETS = ("toy", "ward"), ("toys", "mixed")
RESTRICTED = ("ward", "mixed")
SHAPE = (64, 64, 32)
MOST = 6  # cases of a dataset: a verb shall take a second or two
KEY, SECRET = "AKAKAKAK", "SKSKSKSK"
PATIENCE = 120.0  # seconds for one verb on a busy machine
CLOUD = """\
['remote "cloud"']
    url = s3://lab/storm
    verify = true
    configpath = aws.cfg
    endpointurl = {url}
    region = us-east-1
"""
SETTINGS = '[tool.medreg]\nengine = "inline"\n'


@dataclass(frozen=True, slots=True)
class Said:
    """How a program ended, and what it said."""

    command: str
    code: int
    text: str

    @property
    def broken(self) -> bool:
        """Tell whether it ended as medreg never may."""
        return "Traceback (most" in self.text or self.code not in {*range(8), -9}


@dataclass(slots=True)
class Lab:
    """A registry below *folder*, beside its tiers, its publisher and its git remote."""

    folder: Path
    cloud: str  # URL of the S3 server behind the fault proxy; empty without one
    cases: dict[str, int] = field(default_factory=dict)
    edits: int = 0

    @property
    def root(self) -> Path:
        """The registry."""
        return self.folder / "lab"

    @property
    def stores(self) -> list[Path]:
        """The tiers that are folders."""
        return [self.folder / "lab-store", self.folder / "lab-restricted"]

    def run(self, *command: str) -> Said:
        """Run a program in the registry to its end."""
        done = subprocess.run(
            command,
            cwd=self.root,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
            stdin=subprocess.DEVNULL,
        )
        return Said(" ".join(command), done.returncode, done.stdout + done.stderr)

    def medreg(self, *arguments: str) -> Said:
        """Run one verb of medreg to its end."""
        log = self.folder / f"ran-{threading.get_ident()}"
        process = started(self.root, arguments, log)
        process.join(PATIENCE)
        if process.exitcode is None:
            process.kill()
            process.join()
        return Said(f"medreg {' '.join(arguments)}", process.exitcode or 0, log.read_text())

    def tags(self) -> list[str]:
        """Return every release, by name and version: dates lie after a clock has jumped."""
        listed = self.run("git", "tag", "--sort=version:refname").text.split()
        return [tag for tag in listed if "@v" in tag]

    def next_version(self, name: str) -> str:
        """Return the version that the next release of *name* may have, whatever changed."""
        made = [int(tag.split("@v")[1].split(".")[0]) for tag in self.tags() if f"{name}@" in tag]
        return f"{max(made, default=0) + 1}.0.0"

    def publish(self, name: str) -> None:
        """Let the publisher offer one more case of dataset *name*."""
        import nibabel
        import numpy as np

        case = self.cases[name] = self.cases.get(name, 0) + 1
        draw = np.random.default_rng([DATASETS.index(name), case])
        x, y, _ = np.indices(SHAPE)
        inside = ((x - 31) / 26) ** 2 + ((y - 31) / 24) ** 2 < 1
        image = np.where(inside, 40 + draw.integers(-20, 20, SHAPE), -1000).astype(np.int16)
        mask = np.zeros(SHAPE, np.uint8)
        mask[20:40, 20:40, 5 + case : 28] = 1
        folder = self.folder / "upstream" / name
        folder.mkdir(parents=True, exist_ok=True)
        for kind, array in (("volume", image), ("segmentation", mask)):
            file = folder / f"{kind}-{case}.nii.gz"
            nibabel.save(nibabel.Nifti1Image(array, np.diag([-2.0, 2.0, 3.0, 1.0])), file)

    def edit(self, name: str) -> None:
        """Give the recipe of set *name* another title."""
        self.edits += 1
        self._recipe(name, f"{name} {self.edits}")

    def _recipe(self, name: str, title: str) -> None:
        datasets = ["toy"] if name == "toys" else list(DATASETS)
        said = {"title": title, "datasets": datasets, "labels": ["liver"], "folds": 2}
        file = self.root / "registry" / "sets" / name / "recipe.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(f"{key}: {json.dumps(value)}\n" for key, value in said.items()))


def settings(folder: Path) -> None:
    """Let nothing of this machine's git, DVC or AWS settings count."""
    home = folder / "home"
    home.mkdir(parents=True)
    (home / "gitconfig").write_text("[user]\n  name = A. Tester\n  email = tester@example.org\n")
    os.environ |= {
        "HOME": str(home),
        "GIT_CONFIG_GLOBAL": str(home / "gitconfig"),
        "GIT_CONFIG_SYSTEM": os.devnull,
        "DVC_SITE_CACHE_DIR": str(home / "site"),
        "DVC_NO_ANALYTICS": "1",
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    for name in ("MEDREG_DEBUG", "MEDREG_REGISTRY"):
        os.environ.pop(name, None)


def build(folder: Path, cloud: str) -> Lab:
    """Make the registry, release both sets once, and push them to every tier."""
    from tests.versions.real import plugin

    lab = Lab(folder, cloud)
    lab.root.mkdir()
    _done(lab.medreg("init", "."))
    (lab.root / "pyproject.toml").write_text(SETTINGS)
    (lab.root / ".dvc" / "aws.cfg").write_text(
        "[default]\nrequest_checksum_calculation = when_required\n"
        "response_checksum_validation = when_required\nretry_mode = standard\nmax_attempts = 3\n"
    )
    _done(lab.run("git", "init", "--bare", "--quiet", str(folder / "origin.git")))
    _done(lab.run("git", "remote", "add", "origin", str(folder / "origin.git")))
    if cloud:
        with (lab.root / ".dvc" / "config").open("a") as config:
            config.write(CLOUD.format(url=cloud))
    for name in DATASETS:
        lab.publish(name)
        lab.publish(name)
        text = plugin(name, restricted=name in RESTRICTED)
        (lab.root / "plugins" / f"{name}.py").write_text(text)
        for verb in ("track", "fetch", "convert", "check"):
            _done(lab.medreg(verb, name))
    _done(lab.run("git", "add", "--all"))
    _done(lab.run("git", "commit", "--quiet", "-m", "the lab"))
    for name in SETS:
        lab.edit(name)
        _done(lab.medreg("curate", name))
        _done(lab.medreg("release", name, "1.0.0"))
    for name in (*DATASETS, *SETS):
        for tier in tiers(lab, name):
            _done(lab.medreg("push", name, "--tier", tier))
    return lab


def _done(said: Said) -> None:
    """Raise when a step of making the lab failed."""
    if said.code:
        message = f"the lab could not be made: {said.command} -> {said.code}\n{said.text}"
        raise RuntimeError(message)


def tiers(lab: Lab, name: str) -> list[str]:
    """Return the tiers that may hold *name*."""
    if name in RESTRICTED:
        return ["restricted"]
    return ["local", *(["cloud"] if lab.cloud else [])]


# --- what a verb is asked, and what there is for it to do ----------------------------------------


def command(lab: Lab, verb: str, rng: Random) -> list[str]:  # noqa: PLR0911  # one each
    """Return the arguments of *verb*, after making sure that there is work for it."""
    dataset, name = rng.choice(DATASETS), rng.choice(SETS)
    either = rng.choice((dataset, name))
    match verb:
        case "fetch":
            if lab.cases[dataset] < MOST and rng.random() < 0.4:  # noqa: PLR2004  # now and then
                lab.publish(dataset)
            drop(lab.root / "registry" / "datasets" / dataset / "raw", rng)
            return ["fetch", dataset]
        case "convert":
            drop(lab.root / "registry" / "datasets" / dataset / "converted", rng)
            return ["convert", dataset]
        case "curate":
            lab.edit(name)
            return ["curate", name]
        case "release":
            return ["release", name, lab.next_version(name)]
        case "push":
            tier = rng.choice(tiers(lab, either))
            dig(lab, rng)
            return ["push", either, "--tier", tier]
        case "pull":
            drop(lab.root / "registry" / place(either), rng)
            return ["pull", either]
        case "evict":
            return ["evict", either, "--keep", tiers(lab, either)[0]]
        case _:
            into = lab.folder / "out" / f"{rng.randrange(4)}"
            shutil.rmtree(into, ignore_errors=True)
            how = ["--from-raw"] if rng.random() < 0.3 else []  # noqa: PLR2004  # now and then
            return ["reproduce", rng.choice(lab.tags()), "--into", str(into), *how]


def place(name: str) -> str:
    """Return where the files of *name* lie, below ``registry/``."""
    return f"datasets/{name}/converted" if name in DATASETS else f"sets/{name}/data"


def drop(folder: Path, rng: Random) -> None:
    """Lose something below *folder*: a file, or a folder with all it holds."""
    entries = sorted(folder.rglob("*"))
    if entries:
        entry = rng.choice(entries)
        with suppress(FileNotFoundError):
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


def dig(lab: Lab, rng: Random) -> None:
    """Lose two objects of the local tier that the cache has: a hole under an existing ``.dir``."""
    store = lab.stores[0] / "files" / "md5"
    cache = lab.root / ".dvc" / "cache" / "files" / "md5"
    held = sorted(file for file in store.rglob("*") if (cache / file.relative_to(store)).is_file())
    for file in rng.sample(held, min(2, len(held))):
        file.unlink()


# --- what the tool said to type ------------------------------------------------------------------

WORD = r"[^\s,;:()']+"
TYPED = re.compile(
    rf"medreg (?:pull|push|curate|convert|fetch|check|track|evict) (?:{WORD}@v)?{WORD}"
    rf"(?: --(?:tier|into) {WORD})?"
    rf"|medreg release {WORD} \d+\.\d+\.\d+"
    r"|git fetch --tags --force|git restore(?: --\S+)* [^\s,;]+"
    rf"|dvc remote modify {WORD} verify true|dvc config cache\.type \S+|remove /?{WORD}"
    r'|mv [^";]+ "\$\(mktemp -d [^)]+\)"'
)


def hints(said: Said) -> list[str]:
    """Return the commands that the hints of what was *said* name, in their order."""
    found = re.findall(r"^hint: .*(?:\n(?!\n).*)*", said.text, re.MULTILINE)
    typed = [match for hint in found for match in TYPED.findall(" ".join(hint.split()))]
    return [one for one in typed if "NAME" not in one]
