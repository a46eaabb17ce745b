"""A registry is found upward from the working folder, and wrong settings are named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from medreg.errors import DeclarationError, NotFound
from medreg.settings import Settings, find_root, load

if TYPE_CHECKING:
    from pathlib import Path


def registry(folder: Path, text: str = "[tool.medreg]\n") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text(text)
    return folder


def test_the_nearest_registry_upward_is_found(tmp_path: Path) -> None:
    registry(tmp_path)
    inner = registry(tmp_path / "a" / "inner")
    deep = inner / "b" / "c"
    deep.mkdir(parents=True)
    registry(deep.parent, '[project]\nname = "no registry"\n')
    assert find_root(deep) == inner
    assert find_root(tmp_path / "a") == tmp_path


def test_the_working_folder_and_the_environment_say_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = registry(tmp_path / "here"), registry(tmp_path / "there")
    monkeypatch.delenv("MEDREG_ROOT", raising=False)
    monkeypatch.chdir(here)
    assert find_root() == here
    monkeypatch.setenv("MEDREG_ROOT", str(there))
    assert find_root() == there
    assert find_root(here) == here


@pytest.mark.parametrize(
    "text", ["", "# see [tool.medreg]\n", "[tool]\nmedreg = 1\n", "[tool.a]\n"]
)
def test_elsewhere_there_is_no_registry(tmp_path: Path, text: str) -> None:
    registry(tmp_path, text)
    with pytest.raises(NotFound, match="not inside a registry") as raised:
        find_root(tmp_path)
    assert "medreg init" in raised.value.hint


def test_every_setting_has_a_default(tmp_path: Path) -> None:
    assert load(registry(tmp_path)) == Settings()
    assert Settings().workers >= 1


def test_settings_are_read(tmp_path: Path) -> None:
    text = '[tool.medreg]\nengine = "inline"\njobs = 3\n'
    settings = load(registry(tmp_path, text))
    assert (settings.engine, settings.workers) == ("inline", 3)


def test_files_of_a_cluster_are_named_from_the_registrys_root(tmp_path: Path) -> None:
    tls = "[tool.medreg.tls]\nca = 'ca.pem'\ncert = 'tls/cert.pem'\nkey = '/keys/key.pem'\n"
    text = f"[tool.medreg]\nengine = 'dask'\nscheduler = 'here.json'\n{tls}"
    settings = load(registry(tmp_path, text))
    assert settings.scheduler == str(tmp_path / "here.json")
    assert settings.tls == {
        "ca": str(tmp_path / "ca.pem"),
        "cert": str(tmp_path / "tls" / "cert.pem"),
        "key": "/keys/key.pem",
    }


def test_what_is_asked_for_stands_above_the_settings(tmp_path: Path) -> None:
    root = registry(tmp_path, "[tool.medreg]\nengine = 'inline'\njobs = 3\n")
    asked = load(root, {"engine": "dask", "scheduler": "tcp://127.0.0.1:8786"})
    assert (asked.engine, asked.jobs, asked.scheduler) == ("dask", 3, "tcp://127.0.0.1:8786")
    with pytest.raises(DeclarationError, match="not -2"):
        load(root, {"jobs": -2})


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("enginee = 'inline'", "no setting 'enginee'"),
        ("engine = 'rocket'", "inline, processes, dask or slurm, not 'rocket'"),
        ("engine = 'dask'\nscheduler = 'http://node:8786'", "tcp://HOST:PORT, tls://HOST:PORT"),
        ("engine = 'dask'\nscheduler = 'tcp://node'", "not 'tcp://node'"),
        ("appear_within = -1", "0 seconds or more, not -1"),
        ("appear_within = '1 min'", "appear_within is of type int"),
        ("engine = 3", "engine is of type str, not 3"),
        ("jobs = 'two'", "jobs is of type int, not 'two'"),
        ("jobs = true", "jobs is of type int, not True"),
        ("jobs = -1", "not -1"),
        ("engine = 'slurm'", "slurm needs a number of jobs"),
        ("[tool.medreg.tls]\nca = 'ca.pem'", "tls] is {'ca': 'ca.pem'}"),
        ("[tool.medreg.tls]\nca = 'a'\ncert = 'b'\nkey = 3", "'key': 3"),
        ("jobs =", "not valid TOML"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(DeclarationError, match=r"pyproject\.toml") as raised:
        load(registry(tmp_path, f"[tool.medreg]\n{line}\n"))
    assert message in raised.value.message
