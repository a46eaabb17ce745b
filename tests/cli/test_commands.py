"""What people meet at the terminal: data on stdout, talk on stderr, exit codes, hints."""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from medreg.cli import main
from medreg.cli.parser import build, parse

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Terminal


def commands() -> dict[str, argparse.ArgumentParser]:
    actions = (a for a in build()._actions if isinstance(a, argparse._SubParsersAction))  # noqa: SLF001 - argparse lists commands nowhere else
    return {name: parser for action in actions for name, parser in action.choices.items()}


@pytest.mark.parametrize("command", sorted(commands()))
def test_every_command_explains_itself(capsys: pytest.CaptureFixture[str], command: str) -> None:
    with pytest.raises(SystemExit, match="0"):
        main([command, "--help"])
    told = capsys.readouterr().out
    assert "usage: medreg" in told
    assert "--json" in told
    assert all(one.help for one in commands()[command]._actions)  # noqa: SLF001 - as above
    name, *words = shlex.split(told.partition("\nexample\n")[2])
    assert (name, words[0]) == ("medreg", command)
    assert parse(words)


def test_list_and_show_know_the_first_datasets(medreg: Terminal) -> None:
    listed = medreg("list", "--json").data
    assert {"lits", "kits23", "msd_liver", "chaos_ct", "btcv"} <= {row["name"] for row in listed}
    card = medreg("show", "lits", "--json").data
    assert [label["label"] for label in card["labels"]] == ["liver", "liver_tumor"]
    assert card["next"] == "medreg fetch lits"


def test_a_list_of_nothing_prints_nothing(medreg: Terminal) -> None:
    typed = medreg("list", "no such word")
    assert (typed.code, typed.out) == (0, "")


def test_list_finds_by_organ_and_modality(medreg: Terminal) -> None:
    organ = {row["name"] for row in medreg("list", "--organ", "kidney", "--json").data}
    assert "kits23" in organ
    assert "msd_spleen" not in organ
    assert medreg("list", "--modality", "MR", "--organ", "spleen", "--json").data


def test_terms_name_the_deciding_claims(medreg: Terminal) -> None:
    typed = medreg("terms", "lits", "kits23", "--use", "commercial")
    assert typed.code == 1
    assert "unclear" in typed.out
    assert "blocked" in typed.out


def test_terms_tell_that_two_publish_the_same_scans(medreg: Terminal) -> None:
    typed = medreg("terms", "lits", "msd_liver", "kits23")
    assert "lits shows the same scans as msd_liver" in typed.out
    assert "note" not in medreg("terms", "lits", "kits23").out


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["show", "litts"], 3, "did you mean lits?"),
        (["list", "--organ", "livr"], 3, "did you mean liver?"),
        (["guide", "liver"], 3, "medreg list --organ liver"),
        (["terms", "kits"], 3, "did you mean"),
        (["convert", "lits"], 3, "medreg fetch lits"),
        (["fetch", "lits"], 4, "medreg fetch lits --from"),
        (["curate", "liver_ct"], 3, "recipe.yaml"),
        (["release", "nothing", "1.0.0"], 3, "nothing"),
        (["pull", "nothing@v1.0.0"], 3, "nothing"),
        (["terms", "lits", "--use", "fun"], 2, "commercial"),
        (["add-plugin", "My-CT"], 2, "snake_case"),
        (["add-plugin", "lits"], 2, "medreg show lits"),
        (["preview", "lits/volume-0"], 3, "medreg convert lits"),
        (["nonsense"], 2, "nonsense"),
    ],
)
def test_errors_say_what_to_type(medreg: Terminal, words: list[str], code: int, told: str) -> None:
    typed = medreg(*words)
    assert typed.code == code, typed.err
    assert told in typed.err
    assert "Traceback" not in typed.err
    assert not typed.out


def test_a_manual_download_names_every_step(medreg: Terminal) -> None:
    error = medreg("fetch", "lits", "--json")
    assert error.code == 4
    assert "Training_Batch1.zip" in error.data["error"]
    assert len(error.data["steps"]) >= 2
    assert "medreg fetch lits --from" in str(error.data)


def test_outside_a_registry_the_bundled_catalog_can_be_read(
    tmp_path: Path, medreg: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert medreg("list", "--json").data
    typed = medreg("fetch", "lits")
    assert typed.code == 3
    assert "medreg init" in typed.err


def test_a_plugin_can_add_a_command(medreg: Terminal) -> None:
    (medreg.root / "plugins" / "hello.py").write_text(
        '"""Greets."""\n'
        "from medreg import hookimpl\n\n\n"
        "@hookimpl\n"
        "def medreg_commands(commands):\n"
        '    hello = commands.add_parser("hello", help="greet the lab")\n'
        '    hello.set_defaults(run=lambda args: print("hello") or 0)\n',
        encoding="utf-8",
    )
    assert medreg("hello").out == "hello\n"


def test_doctor_names_a_broken_plugin_and_its_reason(medreg: Terminal) -> None:
    (medreg.root / "plugins" / "broken.py").write_text("import nowhere\n", encoding="utf-8")
    typed = medreg("doctor")
    assert typed.code == 1
    assert "broken.py" in typed.err
    assert "nowhere" in typed.err
    assert medreg("list").code == 0


def test_a_scaffold_is_written_once(medreg: Terminal) -> None:
    assert medreg("add-plugin", "my_ct", "--dry-run").code == 0
    assert not (medreg.root / "plugins" / "my_ct.py").exists()
    written = medreg("add-plugin", "my_ct", "--json").data["written"]
    assert all((medreg.root / path).is_file() for path in written)
    assert medreg("add-plugin", "my_ct").code == 2


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["list", "--help"]])
def test_help_imports_nothing_heavy(words: list[str]) -> None:
    code = (
        "import sys; from medreg.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'pydicom', 'nibabel', 'SimpleITK', 'dvc', 'rich', 'pydantic'}\n"
        "sys.exit(', '.join(sorted(heavy & set(sys.modules))) or 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_closed_pipe_is_no_error(medreg: Terminal) -> None:
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {sys.executable} -m medreg list | head -1"],
        capture_output=True,
        text=True,
        check=False,
        cwd=medreg.root,
    )
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr
