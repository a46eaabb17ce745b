"""Plugins are found in three homes; a broken one is named and skipped; what decides bytes is told.

What every bundled dataset must answer is asked in test_audit.py.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

import pytest

from medreg import plugins
from medreg.errors import DeclarationError, Misuse, NotFound
from medreg.plugins import audit
from medreg.plugins.draft import scaffold
from medreg.vocabulary import Vocabulary

ROOT = Path(__file__).resolve().parents[1]
VOCABULARY = Vocabulary.parse((ROOT / "registry/vocabulary.csv").read_text(encoding="utf-8"))

SOUND = '''"""A small dataset of this test."""
from medreg.hooks import hookimpl
from medreg.layouts import Pairs
from medreg.model import CT, Claim, Dataset
from medreg.sources import Local

MINE = Dataset(
    name="mine",
    title="Mine",
    homepage="https://example.org",
    licenses=(Claim("CC0-1.0", "https://example.org", date="2026-11"),),
    cite=("https://example.org",),
    modality=CT,
    source=Local("mine"),
    layout=Pairs(image="**/{case}_ct.nii.gz", label="**/{case}_mask.nii.gz"),
    labels={1: "liver", 2: "liver_tumor"},
)


@hookimpl
def medreg_datasets():
    yield MINE
'''


def write(folder: Path, **sources: str) -> Path:
    """Write plugin files, by stem, into *folder*."""
    folder.mkdir(exist_ok=True)
    for stem, source in sources.items():
        (folder / f"{stem}.py").write_text(source, encoding="utf-8")
    return folder


@pytest.fixture
def seed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in for the bundled seed: a folder of its own, with no plugins yet."""
    folder = tmp_path / "seed"
    write(folder).joinpath("plugins").mkdir()
    monkeypatch.setattr("medreg.plugins.find.bundled", lambda: folder)
    return folder / "plugins"


@pytest.fixture
def installed(distribution: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Install the sample distribution, whose second entry point is broken."""
    monkeypatch.syspath_prepend(str(distribution))
    monkeypatch.delitem(sys.modules, "medreg_sample", raising=False)
    return distribution


# --- homes --------------------------------------------------------------------------------------


def test_the_registry_stands_above_bundled_plugins_and_the_shadow_is_reported(
    tmp_path: Path, seed: Path
) -> None:
    write(seed, mine=SOUND, other=SOUND.replace("mine", "other"))
    own = write(tmp_path / "plugins", mine=SOUND.replace('"Mine"', '"Ours"'))
    found = plugins.load(own)
    assert found.get("mine").dataset.title == "Ours"
    assert {name: one.home for name, one in found.datasets.items()} == {
        "mine": "registry",
        "other": "bundled",
    }
    (shadow,) = found.shadowed
    assert shadow == plugins.Shadowed("mine", own / "mine.py", seed / "mine.py", differs=True)
    assert found.problems == ()


def test_a_dataset_shadows_a_bundled_one_of_another_file(tmp_path: Path, seed: Path) -> None:
    write(seed, family=SOUND.replace('"Mine"', '"Theirs"'))
    found = plugins.load(write(tmp_path / "plugins", mine=SOUND))
    assert found.get("mine").home == "registry"
    assert found.clashes == {}


def test_a_registry_that_is_the_seed_shadows_nothing() -> None:
    found = plugins.load(plugins.bundled() / "plugins")
    assert found.shadowed == ()
    assert {one.home for one in found.datasets.values()} == {"registry"}


def test_without_a_registry_the_bundled_plugins_are_there(seed: Path) -> None:
    write(seed, mine=SOUND)
    assert plugins.load(None).get("mine").home == "bundled"
    assert plugins.load(seed.parent / "no_such_folder").get("mine").home == "bundled"


@pytest.mark.usefixtures("seed")
def test_an_installed_package_offers_all_four_things(installed: Path) -> None:
    found = plugins.load(None)
    assert found.get("sample_ct").home == "installed"
    assert found.get("sample_ct").file == installed / "medreg_sample/__init__.py"
    assert [check.name for check in found.checks] == ["metal"]
    assert [exporter.name for exporter in found.exporters] == ["plain_list"]
    parser = argparse.ArgumentParser()
    for implementation in found.manager.hook.medreg_commands.get_hookimpls():
        implementation.function(parser.add_subparsers())
    assert parser.parse_args(["hello"]).run(None) == 0


@pytest.mark.usefixtures("installed", "seed")
def test_a_broken_entry_point_is_named_and_skipped() -> None:
    (problem,) = plugins.load(None).problems
    assert problem.where == "medreg_sample_absent of medreg-sample 1.0"
    assert "No module named 'medreg_sample_absent'" in problem.reason


def test_two_plugins_with_one_name_name_both_files(
    installed: Path, tmp_path: Path, seed: Path
) -> None:
    write(seed, good=SOUND)
    own = write(tmp_path / "plugins", mine=SOUND.replace("mine", "sample_ct"))
    found = plugins.load(own)
    with pytest.raises(DeclarationError) as caught:
        found.get("sample_ct")
    assert str(own / "mine.py") in caught.value.message
    assert str(installed / "medreg_sample/__init__.py") in caught.value.message
    assert "sample_ct" not in found.datasets
    assert found.get("mine").home == "bundled"


def test_an_unknown_dataset_is_not_found_with_the_nearest_name(tmp_path: Path, seed: Path) -> None:
    write(seed, mine=SOUND)
    with pytest.raises(NotFound, match="no dataset named 'mime'") as caught:
        plugins.load(tmp_path).get("mime")
    assert caught.value.hint == "did you mean mine?"


@pytest.mark.parametrize(
    ("off", "left"),
    [("mine", ["other"]), ("mine, other", []), ("all", []), ("", ["mine", "other"])],
)
def test_plugins_can_be_switched_off(
    seed: Path, monkeypatch: pytest.MonkeyPatch, off: str, left: list[str]
) -> None:
    write(seed, mine=SOUND, other=SOUND.replace("mine", "other"))
    monkeypatch.setenv("MEDREG_DISABLE_PLUGINS", off)
    assert list(plugins.load(None).datasets) == left


# --- broken plugins -----------------------------------------------------------------------------

BROKEN = {
    "import_error": ("import no_such_module\n", "line 1: ModuleNotFoundError: No module named"),
    "syntax_error": ("def broken(:\n", "line 1: invalid syntax"),
    "exits": ("import sys\nsys.exit(3)\n", "line 2: SystemExit: 3"),
    "hook_raises": (
        SOUND.replace("    yield MINE", "    yield MINE\n    raise ValueError('nothing here')"),
        "ValueError: nothing here",
    ),
    "wrong_type": (SOUND.replace("yield MINE", "yield 'mine'"), "yields Dataset values, not str"),
    "returns_none": (SOUND.replace("    yield MINE", "    pass"), "medreg_datasets returned None"),
    "misspelt_hook": (
        SOUND.replace("medreg_datasets", "medreg_dataset"),
        "no hook named 'medreg_dataset'; did you mean medreg_datasets?",
    ),
    "unmarked_hook": (SOUND.replace("@hookimpl\n", ""), "not marked with @hookimpl"),
    "no_hook": ('"""Nothing."""\n', "it fills no hook"),
    "extra_argument": (
        SOUND.replace("medreg_datasets()", "medreg_datasets(registry)"),
        "registry",
    ),
    "bad_name": (
        SOUND.replace('name="mine"', 'name="Mine-CT"'),
        "a dataset is named in snake_case, not 'Mine-CT'",
    ),
    "twice": (SOUND + "    yield MINE\n", "it declares mine twice"),
    "bad_pattern": (SOUND.replace("{case}_ct", "{case_ct"), "is no pattern"),
    "bad_check": (
        SOUND + "\n\n@hookimpl\ndef medreg_checks():\n    yield 3\n",
        "medreg_checks yields Check values, not int",
    ),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_plugin_is_named_with_its_reason_and_the_others_work(
    kind: str, tmp_path: Path, seed: Path
) -> None:
    source, reason = BROKEN[kind]
    write(seed, sound=SOUND.replace("mine", "sound"))
    own = write(tmp_path / "plugins", **{kind: source})
    found = plugins.load(own)
    (problem,) = found.problems
    assert problem.where == str(own / f"{kind}.py")
    assert reason in problem.reason
    assert list(found.datasets) == ["sound"]
    assert not any("registry:" in name for name, _ in found.manager.list_name_plugin())
    with pytest.raises(DeclarationError, match="was skipped"):
        found.get(kind)


def test_a_broken_own_copy_still_hides_the_bundled_one(tmp_path: Path, seed: Path) -> None:
    write(seed, mine=SOUND)
    found = plugins.load(write(tmp_path / "plugins", mine="import no_such_module\n"))
    assert "mine" not in found.datasets


# --- loading ------------------------------------------------------------------------------------


def test_an_edit_within_the_same_second_is_seen(tmp_path: Path, seed: Path) -> None:
    own = write(tmp_path / "plugins", mine=SOUND)
    file = own / "mine.py"
    before = plugins.load(own).get("mine")
    stamp = file.stat()
    file.write_text(SOUND.replace('"Mine"', '"Ours"'), encoding="utf-8")
    os.utime(file, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    after = plugins.load(own).get("mine")
    assert (before.dataset.title, after.dataset.title) == ("Mine", "Ours")
    assert before.digest != after.digest
    assert not list(tmp_path.rglob("*.pyc"))
    assert seed.is_dir()


def test_sys_path_is_left_alone_and_files_with_one_stem_stay_apart(
    tmp_path: Path, seed: Path
) -> None:
    write(seed, shared=SOUND)
    path = list(sys.path)
    own = write(tmp_path / "plugins", mine=SOUND.replace("mine", "ours"))
    plugins.load(own)
    assert sys.path == path
    assert "shared" not in sys.modules


def test_loading_every_bundled_plugin_imports_nothing_heavy() -> None:
    program = (
        "import sys\n"
        "from medreg.plugins import load\n"
        "assert load(None).datasets\n"
        "heavy = {'numpy', 'pydicom', 'nibabel', 'SimpleITK', 'PIL', 'dvc', 'rich', 'pydantic'}\n"
        "print(*sorted(heavy & set(sys.modules)))\n"
    )
    run = [sys.executable, "-c", program]
    done = subprocess.run(run, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_an_installed_package_is_listed_shown_and_checked(distribution: Path) -> None:
    def medreg(*words: str) -> subprocess.CompletedProcess[str]:
        run = [sys.executable, "-m", "medreg", *words]
        env = os.environ | {"PYTHONPATH": str(distribution)}
        cwd = distribution.parent
        return subprocess.run(run, cwd=cwd, env=env, capture_output=True, text=True, check=False)

    assert "sample_ct" in medreg("list").stdout
    assert "Sample" in medreg("show", "sample_ct").stdout
    doctor = medreg("doctor")
    assert "medreg_sample_absent of medreg-sample 1.0" in doctor.stderr + doctor.stdout
    checked = medreg("check-plugin", "sample_ct")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "PASS  goes from raw to checked" in checked.stdout


# --- what decides bytes -------------------------------------------------------------------------

OWN_LAYOUT = '''"""A dataset with a layout of its own."""
from collections.abc import Iterator
from dataclasses import dataclass

from medreg.hooks import hookimpl
from medreg.layouts import Pairs
from medreg.model import CT, Case, Claim, Dataset, Tree
from medreg.sources import Local

SUFFIX = "_ct"


def trimmed(name):
    """Trim a name."""
    return name.removesuffix(SUFFIX)


@dataclass(frozen=True)
class Odd:
    """Say what is odd."""

    inner: Pairs

    def cases(self, tree: Tree) -> Iterator[Case]:
        """Yield every case."""
        # no comment decides bytes
        for case in self.inner.cases(tree):
            yield case if trimmed(case.id) else case


MINE = Dataset(
    name="mine",
    title="Mine",
    homepage="https://example.org",
    licenses=(Claim("CC0-1.0", "https://example.org", date="2026-11"),),
    cite=("https://example.org",),
    modality=CT,
    source=Local("mine"),
    layout=Odd(Pairs(image="**/{case}_ct.nii.gz")),
    labels={1: "liver"},
)


@hookimpl
def medreg_datasets():
    yield MINE
'''


def described(folder: Path, source: str) -> dict[str, object]:
    found = plugins.load(write(folder, mine=source))
    assert found.problems == ()
    return plugins.describe(found.get("mine").dataset, VOCABULARY)


@pytest.mark.usefixtures("seed")
@pytest.mark.parametrize(
    ("base", "old", "new"),
    [
        (SOUND, '"""A small', '"""Another'),
        (SOUND, 'title="Mine"', 'title="Ours"'),
        (SOUND, 'homepage="https://example.org"', 'homepage="https://example.com"'),
        (SOUND, 'cite=("https://example.org",)', 'cite=("doi:10.1000/1",)'),
        (SOUND, "CC0-1.0", "CC-BY-4.0"),
        (SOUND, "labels={1", "cases=3,\n    labels={1"),
        (SOUND, '{1: "liver", 2: "liver_tumor"}', '{2: "liver_tumor", 1: "liver"}'),
        (OWN_LAYOUT, '"""Say what is odd."""', '"""Say it otherwise."""'),
        (OWN_LAYOUT, '        """Yield every case."""\n', ""),
        (OWN_LAYOUT, "# no comment decides", "# still no comment decides"),
        (OWN_LAYOUT, "(self, tree: Tree)", "(\n        self,\n        tree: Tree,\n    )"),
        (OWN_LAYOUT, 'cite=("https://example.org",)', 'cite=("doi:10.1000/1",)'),
        (OWN_LAYOUT, '"""Trim a name."""', '"""Trim it."""'),
    ],
)
def test_prose_and_formatting_decide_no_bytes(
    tmp_path: Path, base: str, old: str, new: str
) -> None:
    assert old in base
    folder = tmp_path / "plugins"
    assert described(folder, base) == described(folder, base.replace(old, new))


@pytest.mark.usefixtures("seed")
@pytest.mark.parametrize(
    ("base", "old", "new", "key"),
    [
        (SOUND, "{case}_ct.nii.gz", "{case}_ct.nii", "layout"),
        (SOUND, '2: "liver_tumor"', '2: "spleen"', "labels"),
        (SOUND, '2: "liver_tumor"', '3: "liver_tumor"', "labels"),
        (SOUND, 'Local("mine")', 'Local("ours")', "source"),
        (SOUND, "labels={1", 'patients="each case",\n    labels={1', "patients"),
        (SOUND, "modality=CT", 'modality={"portal": CT}', "modalities"),
        (OWN_LAYOUT, "if trimmed(case.id)", "if not trimmed(case.id)", "code"),
        (OWN_LAYOUT, "name.removesuffix", "name.removeprefix", "code"),
        (OWN_LAYOUT, '"_ct"', '"_mr"', "code"),
    ],
)
def test_what_decides_bytes_changes_its_own_part(
    tmp_path: Path, base: str, old: str, new: str, key: str
) -> None:
    assert old in base
    folder = tmp_path / "plugins"
    before, after = described(folder, base), described(folder, base.replace(old, new))
    assert {k for k in before if before[k] != after[k]} == {key}


@pytest.mark.usefixtures("seed")
def test_the_source_of_a_fix_decides_nothing_and_its_cases_do(tmp_path: Path) -> None:
    folder = tmp_path / "plugins"
    base = SOUND.replace("labels={1", "fixes=(DropCase('7', source='here'),),\n    labels={1")
    base = base.replace("import hookimpl\n", "import hookimpl\nfrom medreg.fixes import DropCase\n")
    assert described(folder, base) == described(folder, base.replace("'here'", "'there'"))
    assert described(folder, base) != described(folder, base.replace("'7'", "'8'"))


@pytest.mark.usefixtures("seed")
def test_labels_are_described_with_their_resolved_rows(tmp_path: Path) -> None:
    told = described(tmp_path / "plugins", SOUND)
    assert told["labels"] == {
        "1": {
            "name": "liver",
            "code": "10200004",
            "side": "",
            "kind": "anatomy",
            "part_of": [],
        },
        "2": {
            "name": "liver_tumor",
            "code": "108369006",
            "side": "",
            "kind": "abnormality",
            "part_of": ["liver"],
        },
    }
    assert told["code"] == ""


@pytest.mark.usefixtures("seed")
def test_a_label_outside_the_vocabulary_cannot_be_declared(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="mine: 'livr' is no label") as caught:
        described(tmp_path / "plugins", SOUND.replace('1: "liver"', '1: "livr"'))
    assert caught.value.hint == "did you mean liver?"


def test_every_bundled_dataset_can_be_described() -> None:
    found = plugins.load(None)
    told = [plugins.describe(one.dataset, VOCABULARY) for one in found.datasets.values()]
    assert len(told) == len(found.datasets)
    own = {one["dataset"] for one in told if one["code"]}
    assert own == {
        name
        for name, declared in found.datasets.items()
        if any(  # a layout of the plugin's own
            type(declared.dataset.layout).__module__.startswith("medreg_plugin_")
            for _ in (declared,)
        )
    }


# --- the scaffold -------------------------------------------------------------------------------


def test_a_scaffold_becomes_a_complete_plugin_by_filling_in_what_it_marks(
    tmp_path: Path, seed: Path
) -> None:
    files = scaffold("my_ct")
    for path, text in files.items():
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    facts = audit.Facts(VOCABULARY, audit_terms())
    draft = plugins.load(tmp_path / "plugins")
    assert draft.problems == ()
    failures = audit.findings(draft.get("my_ct"), facts)
    assert any("FIXME" in failure for failure in failures)

    source = files["plugins/my_ct.py"]
    for old, new in {
        "FIXME: what a colleague should know of it, in two sentences.": "Portal venous CT of our "
        "hospital's liver clinic, annotated by two of our radiologists in 2025.",
        "FIXME: who allowed it": "ethics vote 17/2025",
        "FIXME: when, as 2026-11": "2025-06",
        "FIXME: the folder that holds imagesTr and labelsTr": "/data/my_ct",
        "FIXME: a name in registry/vocabulary.csv": "liver",
    }.items():
        assert old in source
        source = source.replace(old, new)
    (tmp_path / "plugins/my_ct.py").write_text(source, encoding="utf-8")
    filled = plugins.load(tmp_path / "plugins").get("my_ct")
    assert audit.findings(filled, facts) == []
    assert seed.is_dir()


def audit_terms() -> dict[str, audit.License]:
    from medreg import terms

    return terms.parse((ROOT / "registry/terms.csv").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["My-CT", "my ct", "2ct", "_ct", "", "../ct"])
def test_a_scaffold_needs_a_name_in_snake_case(name: str) -> None:
    with pytest.raises(Misuse, match="snake_case"):
        scaffold(name)
