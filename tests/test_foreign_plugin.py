"""Somebody else's plugin: shown, asked about, pinned, refused when its bytes change; bad input."""

from __future__ import annotations

import hashlib
import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import opened
from tests.test_plugins import SOUND

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Terminal

THEIRS = SOUND.replace(
    '"""A small dataset of this test."""',
    '"""Theirs: CT of ten phantoms, with masks of the liver and of its tumors."""',
)


@pytest.fixture
def medreg(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    known_to_git: None,
) -> Terminal:
    return opened(tmp_path / "lab", capsys, monkeypatch)


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    file = tmp_path / "elsewhere" / "mine.py"
    file.parent.mkdir()
    file.write_text(THEIRS, encoding="utf-8")
    return file


@pytest.fixture
def repository(tmp_path: Path, known_to_git: None) -> Path:
    folder = tmp_path / "theirs"
    (folder / "plugins").mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    commit(folder, THEIRS, "v1.0")
    commit(folder, THEIRS.replace('"Mine"', '"Newer"'), "v1.1")
    return folder


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit(folder: Path, text: str, tag: str) -> None:
    (folder / "plugins/mine.py").write_text(text, encoding="utf-8")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", tag)
    git(folder, "tag", tag)


def pins(root: Path) -> list[str]:
    return (root / "registry/plugins.csv").read_text(encoding="utf-8").splitlines()


def test_a_file_is_shown_and_waits_for_a_person(medreg: Terminal, theirs: Path) -> None:
    typed = medreg("add-plugin", str(theirs))
    assert typed.code == 4
    assert "MINE = Dataset(" in typed.err
    assert "--yes" in typed.err
    assert not (medreg.root / "plugins/mine.py").exists()
    assert medreg("add-plugin", str(theirs), "--dry-run").code == 0
    assert not (medreg.root / "registry/plugins.csv").exists()


def test_a_file_is_pinned_and_refused_when_its_bytes_change(medreg: Terminal, theirs: Path) -> None:
    told = medreg("add-plugin", str(theirs), "--yes", "--by", "Ada", "--json").data
    digest = hashlib.sha256(theirs.read_bytes()).hexdigest()
    assert told["pin"]["sha256"] == digest
    assert pins(medreg.root)[0] == "name,origin,revision,sha256,date,by"
    assert digest in pins(medreg.root)[1]
    assert medreg("show", "mine").code == 0

    copy = medreg.root / "plugins/mine.py"
    copy.write_text(copy.read_text() + "print('ran')\n", encoding="utf-8")
    typed = medreg("fetch", "mine")
    assert (typed.code, "ran" in typed.out) == (5, False)
    assert "--update" in typed.err
    assert "Ada" in typed.err
    doctor = medreg("doctor")
    assert doctor.code == 1
    assert "not the plugin that Ada looked at" in doctor.err
    assert medreg("check-plugin", "mine").code == 5

    asked = medreg("add-plugin", "plugins/mine.py", "--update")
    assert asked.code == 4
    assert "print('ran')" in asked.err
    assert medreg("add-plugin", "plugins/mine.py", "--update", "--yes").code == 0
    assert medreg("show", "mine").code == 0
    assert str(theirs) in pins(medreg.root)[1]


def test_a_git_url_is_pinned_at_its_commit_and_updated(medreg: Terminal, repository: Path) -> None:
    url = f"git+file://{repository}"
    assert medreg("add-plugin", f"{url}@v1.0#plugins/mine.py", "--yes").code == 0
    first = git(repository, "rev-parse", "v1.0")
    assert first in pins(medreg.root)[1]
    assert medreg("add-plugin", f"{url}@v1.1#plugins/mine.py").code == 2
    shown = medreg("add-plugin", f"{url}@v1.1#plugins/mine.py", "--update", "--yes")
    assert shown.code == 0
    assert '-    title="Mine",' in shown.err
    assert '+    title="Newer",' in shown.err
    assert git(repository, "rev-parse", "v1.1") in pins(medreg.root)[1]
    copy = medreg.root / "plugins/mine.py"
    copy.write_text("print('edited')\n", encoding="utf-8")
    assert medreg("add-plugin", "mine", "--update", "--yes").code == 0, "as pinned, again"
    assert '"Newer"' in copy.read_text(encoding="utf-8")
    branch = f"{url}@{first}#plugins/mine.py"
    assert medreg("add-plugin", branch, "--update", "--yes").code == 0
    assert '"Mine"' in copy.read_text(encoding="utf-8")


def test_a_broken_plugin_of_others_is_not_taken(medreg: Terminal, theirs: Path) -> None:
    theirs.write_text(THEIRS + "\nraise ValueError('no')\n", encoding="utf-8")
    typed = medreg("add-plugin", str(theirs), "--yes")
    assert typed.code == 2
    assert "plugins/mine.py, line " in typed.err
    assert not (medreg.root / "plugins/mine.py").exists()
    assert not (medreg.root / "registry/plugins.csv").exists()


def test_check_plugin_takes_a_file_of_anywhere(medreg: Terminal, theirs: Path) -> None:
    typed = medreg("check-plugin", str(theirs), "--json")
    answers = {one["question"]: one["verdict"] for one in typed.data["mine"]}
    assert typed.code == 1
    assert answers["licensed"] == "PASS"
    assert answers["shows_where_its_files_lie"] == "FAIL"
    listing = theirs.with_name("mine.txt")
    paths = (f"{kind}/c{n}_{kind}.nii.gz" for n in (1, 2, 3) for kind in ("ct", "mask"))
    listing.write_text("# source: made up, 2026-11\n" + "\n".join(paths), encoding="utf-8")
    typed = medreg("check-plugin", str(theirs))
    assert typed.code == 0, typed.out
    assert "PASS  goes from raw to checked" in typed.out


def test_check_plugin_asks_a_bundled_dataset_what_ci_asks(medreg: Terminal) -> None:
    from medreg.plugins import audit
    from medreg.testing import trial

    answers = medreg("check-plugin", "lits", "--json").data["lits"]
    asked = [question.__name__ for question in (*audit.QUESTIONS, *trial.QUESTIONS)]
    assert [one["question"] for one in answers] == asked
    assert {one["verdict"] for one in answers} == {"PASS"}


# --- bad input ----------------------------------------------------------------------------------

LISTED = "# source: made up, 2026-11\nmine/c1_ct.nii.gz\nmine/c2_ct.nii.gz\nmine/c3_ct.nii.gz\n"
CYCLE = """\
a: {a}
b: {b}
relation: contains
confidence: proved
evidence: [{{source: here, date: 2026-11, says: it does}}]
"""


def plugin(root: Path, old: str, new: str) -> str:
    assert old in SOUND
    (root / "plugins/mine.py").write_text(SOUND.replace(old, new), encoding="utf-8")
    (root / "tests/listings").mkdir(parents=True)
    (root / "tests/listings/mine.txt").write_text(LISTED, encoding="utf-8")
    return "check-plugin mine"


def unknown_license(root: Path) -> tuple[str, int, list[str]]:
    words = plugin(root, '"CC0-1.0"', '"CC-MADE-UP"')
    return words, 1, ["plugins/mine.py, line 11", "CC-MADE-UP", "registry/terms.csv"]


def unknown_label(root: Path) -> tuple[str, int, list[str]]:
    words = plugin(root, '1: "liver"', '1: "livr"')
    return words, 1, ["plugins/mine.py, line 16", "'livr'", "did you mean liver?"]


def layout_of_nothing(root: Path) -> tuple[str, int, list[str]]:
    words = plugin(root, "{case}_ct.nii.gz", "{case}_portal.nii.gz")
    return words, 1, ["plugins/mine.py, line 15", "no file matches **/{case}_portal.nii.gz"]


def cyclic_overlap(root: Path) -> tuple[str, int, list[str]]:
    for a, b in (("lits", "btcv"), ("btcv", "lits")):
        text = CYCLE.format(a=a, b=b)
        (root / f"registry/overlaps/{a}__{b}.yaml").write_text(text, encoding="utf-8")
    return "overlaps", 2, ["lits__btcv.yaml, line 3", "btcv__lits.yaml, line 3", "contains"]


def croissant_without_a_file(root: Path) -> tuple[str, int, list[str]]:
    from tests.test_add_plugin import CROISSANT

    first = {"@type": "cr:FileObject", "@id": "gone.zip", "name": "gone.zip"}
    text = json.dumps(CROISSANT | {"distribution": [first]}, indent=1)
    (root / "croissant.json").write_text(text, encoding="utf-8")
    line = 1 + next(n for n, text in enumerate(text.splitlines()) if '"gone.zip"' in text)
    words = "add-plugin --from croissant:croissant.json"
    return words, 2, [f"croissant.json, line {line}", "'gone.zip' has no contentUrl"]


def croissant_without_a_distribution(root: Path) -> tuple[str, int, list[str]]:
    from tests.test_add_plugin import CROISSANT

    text = json.dumps({k: v for k, v in CROISSANT.items() if k != "distribution"}, indent=1)
    (root / "croissant.json").write_text(text, encoding="utf-8")
    words = "add-plugin --from croissant:croissant.json"
    return words, 2, ["croissant.json, line ", "distribution is missing"]


def git_url_that_moved(root: Path) -> tuple[str, int, list[str]]:
    gone = f"git+file://{root}/gone#plugins/mine.py"
    row = f"mine,{gone},{'a' * 40},{'b' * 64},2026-11-20,Ada\n"
    table = "name,origin,revision,sha256,date,by\n"
    (root / "registry/plugins.csv").write_text(table + row, encoding="utf-8")
    return "add-plugin mine --update", 3, ["registry/plugins.csv, line 2", "has moved", "/gone"]


def a_broken_table_of_pins(root: Path) -> tuple[str, int, list[str]]:
    table = "name,origin,revision,sha256,date,by\nmine,there,,nonsense,2026-11-20,Ada\n"
    (root / "registry/plugins.csv").write_text(table, encoding="utf-8")
    (root / "plugins/mine.py").write_text(SOUND, encoding="utf-8")
    return "show mine", 2, ["registry/plugins.csv, line 2", "no sha256"]


@pytest.mark.parametrize(
    "wrong",
    [
        unknown_license,
        unknown_label,
        layout_of_nothing,
        cyclic_overlap,
        croissant_without_a_file,
        croissant_without_a_distribution,
        git_url_that_moved,
        a_broken_table_of_pins,
    ],
)
def test_bad_input_is_named_with_file_and_line(
    medreg: Terminal, wrong: Callable[[Path], tuple[str, int, list[str]]]
) -> None:
    words, code, told = wrong(medreg.root)
    typed = medreg(*words.split())
    assert typed.code == code, typed.err + typed.out
    for part in told:
        assert part in typed.err + typed.out, part
    assert "Traceback" not in typed.err


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("git+file://{there}#plugins/mine.py", "names no revision"),
        ("git+file://{there}@v9#plugins/mine.py", "no revision 'v9'"),
        ("git+file://{there}@v1.0#plugins/other.py", "it has plugins/mine.py"),
        ("git+file://{there}_moved@v1.0#plugins/mine.py", "has moved"),
        ("git+ext::sh -c true@v1.0#plugins/mine.py", "no git address"),
        ("elsewhere/absent.py", "no file"),
    ],
)
def test_a_wrong_address_says_what_is_gone(
    medreg: Terminal, repository: Path, address: str, told: str
) -> None:
    typed = medreg("add-plugin", address.format(there=repository), "--yes")
    assert typed.code in (2, 3)
    assert told in typed.err
    assert not (medreg.root / "registry/plugins.csv").exists()
