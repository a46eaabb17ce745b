"""Make a registry: a folder that git and DVC keep, and that needs nothing but medreg.

Everything is written once and never overwritten: what a person changed afterwards is theirs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg import plugins
from medreg.errors import Misuse
from medreg.files.atomic import machine_errors, write_bytes
from medreg.versions import git

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

SETTINGS = """\
# The settings of this registry. This table marks its root.
[tool.medreg]
engine = "processes"  # or "inline"; on a cluster "dask" or "slurm"
jobs = 0              # worker processes, 0 is one per core; or jobs of Slurm
# scheduler = "tcp://..."  # or a file: Dask's; without it dask uses this machine alone
# queue = "..."            # Slurm's
# appear_within = 60       # seconds that a shared folder may take to show a worker's file
# signed_tags = true  # trust a release only when its tag is signed
# [tool.medreg.tls]   # of a cluster
# ca = "ca.pem"
# cert = "cert.pem"
# key = "key.pem"
# [tool.medreg.budgets]
# local = 2000        # GB; a push after which this tier would hold more is refused
"""

# Tiers are DVC remotes. `verify` is not DVC's default: without it a damaged object is believed.
# Hard links and symlinks are left out: writing through one changes the cache for good.
CONFIG = """\
[core]
    analytics = false
    check_update = false
    autostage = true
    remote = local
[cache]
    type = "reflink,copy"
['remote "local"']
    url = ../../{name}-store
    verify = true
['remote "restricted"']
    url = ../../{name}-restricted
    verify = true
"""

# For S3 tiers: `configpath = aws.cfg`. Some servers answer a part of an object with the checksum
# of the whole, which makes a lone file of 50 to 100 MB unreadable.
AWS = """\
[default]
request_checksum_calculation = when_required
response_checksum_validation = when_required
"""

README = """\
# {name}

A registry of medical imaging datasets, kept in git and DVC by medreg.

```console
$ medreg list                         # what there is
$ medreg track lits                   # make a dataset part of this registry
$ medreg fetch lits --from ~/Downloads && medreg convert lits && medreg check lits
$ medreg curate liver_ct              # assemble registry/sets/liver_ct/recipe.yaml
$ medreg release liver_ct 1.0.0       # an immutable version; medreg pull brings it back
```

A recipe names datasets, one label vocabulary and what to do where a label was never annotated:

```yaml
title: Liver and its tumors in abdominal CT
datasets: [lits, msd_liver]
channels: [ct]
labels: [liver, liver_tumor]
missing: ignore
folds: 5
use: research
```

Bytes go to the tiers in `.dvc/config`: `local` and `restricted` are folders beside this one. A
shared store is added with plain DVC:

```console
$ dvc remote add cloud s3://BUCKET/PREFIX
$ dvc remote modify cloud verify true
$ dvc remote modify cloud configpath aws.cfg
```
"""

TEXTS: Mapping[str, str] = {
    ".dvc/config": CONFIG,
    ".dvc/.gitignore": "/config.local\n/tmp\n/cache\n",
    ".dvc/aws.cfg": AWS,
    ".dvcignore": "# What DVC need not look at\n.medreg\n__pycache__\n*.part\n",
    ".gitattributes": "# Bytes are what is released: no line-end conversion\n* -text\n",
    ".gitignore": ".medreg/\n__pycache__/\n*.part\n",
    "README.md": README,
    "dvc.yaml": "artifacts: {{}}\n",
    "plugins/.gitkeep": "",
    "pyproject.toml": SETTINGS,
    "registry/datasets/.gitkeep": "",
    "registry/models/.gitkeep": "",
    "registry/overlaps/.gitkeep": "",
    "registry/sets/.gitkeep": "",
}
FACTS = (
    "requirements.lock",
    "registry/vocabulary.csv",
    "registry/terms.csv",
    "registry/tissues.csv",
    "registry/references.csv",
    "registry/overlaps",
    "registry/compositions",
)


def init(root: Path) -> Sequence[str]:
    """Make *root* a registry, commit it, and return the files that were made.

    Running it again changes nothing. Raises `ActionNeeded` when git does not know who commits,
    and `Misuse` for a place that can be no folder.
    """
    with machine_errors(root):
        try:
            root.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, FileNotFoundError, NotADirectoryError) as error:
            raise Misuse(
                f"{root} cannot be a folder: {error.strerror}", hint="medreg init NEW_FOLDER"
            ) from None
    root = root.resolve()
    git.need_identity(root)
    if not (root / ".git").exists():  # its own, even inside another: tags name its releases
        git.run(root, "init", "--quiet", "--initial-branch=main")
    wanted = {path: text.format(name=root.name).encode() for path, text in TEXTS.items()}
    wanted |= _facts(plugins.bundled())
    made = [path for path in sorted(wanted) if not (root / path).exists()]
    for path in made:
        write_bytes(root / path, wanted[path])
    ours = sorted(
        wanted.keys() - git.tracked(root, sorted(wanted))
    )  # a kill came before its commit
    git.commit(root, ours, f"Make the registry {root.name}")
    return made


def _facts(seed: Path) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for name in FACTS:
        path = seed / name
        files = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
        found |= {file.relative_to(seed).as_posix(): file.read_bytes() for file in files}
    return found
