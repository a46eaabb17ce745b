"""Long work says how far it is, whatever the command."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from medreg import api
from medreg.cli import main
from medreg.curate import decide as decided
from medreg.registry import Registry
from medreg.report import Silent
from medreg.tables import SelectionRow
from tests.person import introduce
from tests.stages.toy import Lab

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from medreg.curate.decide import Decision

RECIPE = "title: Both\ndatasets: [toy]\nlabels: [liver, liver_tumor]\nfolds: 2\n"
MADE = (("fetch", "toy"), ("convert", "toy"), ("check", "toy"), ("curate", "both"))
MASK = "registry/datasets/toy/converted/volume-{}/mask.nii.gz"
LONG = {  # what is typed, and the tasks that are told of; what takes away comes last
    "fetch toy": ("fetch toy", "record toy"),
    "convert toy": ("convert toy", "record toy"),
    "check toy": ("check toy", "record toy"),
    "curate both": ("decide both", "write both", "record both"),
    "curate both --dry-run": ("decide both",),
    "stage convert toy": ("convert toy",),
    "preview toy -n 2 --to {out}/sheet.png": ("draw",),
    "sample toy -n 2 --preview --to {out}/sample.png": ("draw",),
    "report both --out {out}/both.html": ("draw both",),
    "site --into {out}/site": ("site",),
    "check-plugin toy": ("try toy",),
    "add-plugin drafted --from {upstream} --dry-run": ("look",),
    "sources check toy": ("ask publishers",),
    "outdated toy": ("ask publishers",),
    "audit-split toy": ("audit-split",),
    f"compare {MASK.format(1)} {MASK.format(2)} --gate 0": ("compare",),
    f"fingerprint {MASK.format(1)}": ("fingerprints",),
    "validate {upstream}": ("reading headers", "reading pixels"),
    "model add net --weights {upstream}/net.pt --data both@v1.0.0": ("model net",),
    "push toy": ("push to local",),
    "tiers": ("ask tiers",),
    "status --remote": ("ask tiers",),
    "verify both": ("verify",),
    "pull both@v1.0.0": ("verify",),
    "reproduce both@v1.0.0 --from-raw --into {out}/again": ("convert toy", "write both"),
    "release both 1.1.0": ("verify", "push", "audit"),
    "evict both --keep local": ("prove local",),
}
ELSEWHERE = {  # long too; they want DICOM files, git-annex, or what other tiers hold
    *("adopt", "deidentify", "demo", "dicom2nifti", "export", "masks", "suv", "withdraw"),
}
QUICK = {  # they read tables, or wait for a person
    *("accept", "annotate", "cite", "diff", "doctor", "guide", "init", "inventory", "list", "log"),
    *("overlaps", "pin", "plan", "review", "serve", "show", "terms", "track", "where", "who"),
    "why",
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A registry of a released set."""
    folder = tmp_path_factory.mktemp("progress")
    root = folder / "lab"
    with pytest.MonkeyPatch.context() as patch:
        introduce(patch)
        api.init(root)
        patch.chdir(root)
        patch.delenv("MEDREG_ROOT", raising=False)
        made = Lab(Registry(root), folder / "upstream")
        made.declare({1: "liver", 2: "liver_tumor"})
        for case in ("1", "2", "10"):
            made.publish(case)
        (made.upstream / "net.pt").write_bytes(b"weights")
        recipe = root / "registry/sets/both/recipe.yaml"
        recipe.parent.mkdir(parents=True)
        recipe.write_text(RECIPE)
        for words in (*MADE, ("release", "both", "1.0.0")):
            assert main(words) == 0
        yield made


@pytest.mark.parametrize("typed", LONG)
def test_long_work_tells_of_itself(
    lab: Lab, typed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    class Heard(Silent):
        def start(self, task: str, *_: object, **__: object) -> None:
            told.append(task)

    monkeypatch.setattr("medreg.cli.progress.Lines", Heard)
    words = typed.format(out=tmp_path, upstream=lab.upstream).split()
    assert main(words) in {0, 1}
    assert {*LONG[typed]} <= {*told}, told


def test_what_curate_shows_was_decided_once_and_is_written(
    lab: Lab, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = decided.decide
    said: list[Decision] = []

    def counted(*words: Any) -> Decision:
        said.append(plain(*words))
        return said[-1]

    monkeypatch.setattr(decided, "decide", counted)
    assert main(["curate", "both", "--json"]) == 0
    (decision,) = said
    assert json.loads(capsys.readouterr().out)["funnel"] == list(decision.funnel)
    written = lab.registry.set("both").rows("selection.csv", SelectionRow)
    assert written == list(decision.selection)


def test_every_command_is_long_or_quick(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    commands = re.findall(r"(?m)^    ([a-z][a-z0-9-]*)(?: |$)", capsys.readouterr().out)
    long = {typed.split()[0] for typed in LONG} | ELSEWHERE
    assert long | QUICK == {*commands}
    assert not long & QUICK
