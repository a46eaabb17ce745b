"""What people type to fetch, and what they are told when it cannot be (F030, F031, F039)."""

from __future__ import annotations

import io
import json
import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from tests.sources.servers import free_port
from tests.sources.test_part import PAIRS, Registry, medreg
from tests.sources.test_publishers import no_logins

if TYPE_CHECKING:
    from tests.sources.website import Server

__all__ = ["medreg", "no_logins"]
pytestmark = pytest.mark.usefixtures("naps", "no_logins", "known_to_git")


def declare(medreg: Registry, name: str, *urls: str, more: str = "") -> None:
    """Write one more plugin, whose files lie at *urls*."""
    medreg.declare(f"Http({urls!r})", f"{PAIRS}, {more}" if more else PAIRS)
    file = medreg.root / "plugins" / "some.py"
    text = file.read_text().replace('"some"', f'"{name}"').replace("Dataset, ", "Dataset, Gate, ")
    file.unlink()
    (medreg.root / "plugins" / f"{name}.py").write_text(text)


@pytest.fixture
def three(medreg: Registry, server: Server) -> Registry:
    """A registry with ``one`` and ``two``, which are there, and ``lost``, which is not."""
    declare(medreg, "one", server.put("a.nii", b"one"))
    declare(medreg, "two", server.put("b.nii", b"two"))
    declare(medreg, "lost", f"{server.url}/c.nii")
    return medreg


def fetched(medreg: Registry) -> list[str]:
    found = medreg.root.glob("registry/datasets/*/raw/*")
    return sorted(path.name for path in found)


def test_what_stops_one_dataset_does_not_stop_the_next(three: Registry) -> None:
    code, out, err = three("fetch", "one", "lost", "two")
    assert code == 3
    assert fetched(three) == ["a.nii", "b.nii"]
    assert [line for line in out.splitlines() if "  fetch  " in line] == [
        "one  fetch  1 fetched",
        "two  fetch  1 fetched",
        "lost  fetch  stopped",
    ]
    assert "error: lost: " in err
    assert "next: medreg convert one two" in err


def test_what_stopped_is_data_as_well(three: Registry) -> None:
    code, out, err = three("fetch", "one", "lost", "--json")
    told = {one["name"]: one for one in json.loads(out)}
    assert (code, err) == (3, "")
    assert [one["outcome"] for one in told["one"]["answers"]] == ["fetched"]
    assert told["lost"]["exit"] == 3
    assert "404" in told["lost"]["error"]


def test_a_misspelt_name_is_told_before_anything_moves(three: Registry, server: Server) -> None:
    code, _, err = three("fetch", "one", "twoo")
    assert code == 3
    assert "did you mean two?" in err
    assert server.requests == []


def test_options_may_stand_between_names(three: Registry) -> None:
    assert list(three.data("fetch", "one", "--dry-run", "two")) == ["one", "two"]
    assert [one["dataset"] for one in three.data("sources", "check", "--json", "one")] == ["one"]
    code, _, err = three("fetch", "one", "--nonsense", "two")
    assert (code, "unrecognized arguments: --nonsense" in err) == (2, True)


def test_a_file_that_is_gone_comes_with_what_to_type(three: Registry) -> None:
    _, _, err = three("fetch", "lost")
    assert err.count("error: lost: ") == 1
    assert "medreg sources check lost" in err
    assert "medreg fetch lost --url ADDRESS" in err


def steps(err: str) -> list[str]:
    return [line.strip()[3:] for line in err.splitlines() if line.startswith("  ")]


def test_a_wrong_password_ends_with_the_same_command(medreg: Registry, server: Server) -> None:
    declare(medreg, "closed", server.put("a.nii", b"one", login="Basic none"))
    code, _, err = medreg("fetch", "closed")
    assert code == 4
    assert steps(err)[-1] == "medreg fetch closed"


def test_a_gate_ends_with_the_same_command(medreg: Registry, server: Server) -> None:
    declare(medreg, "gated", server.put("a.nii", b"one"), more='gate=Gate(kind="agreement")')
    code, _, err = medreg("fetch", "gated")
    assert code == 4
    assert steps(err)[-2:] == ["medreg accept gated", "medreg fetch gated"]
    assert "error: gated is behind a gate" in err
    assert "hint: " not in err
    assert "first: medreg accept gated" in medreg("fetch", "gated", "--dry-run")[1]
    assert medreg("accept", "gated", "--yes")[0] == 0
    assert "agreement, accepted" in medreg("fetch", "gated", "--dry-run")[1]
    assert medreg("fetch", "gated")[0] == 0


def test_a_portal_is_not_fetched_from_a_folder(medreg: Registry) -> None:
    for name in ("idc", "stanford_aimi"):  # without a gate, and with one that nobody can open
        code, _, err = medreg("fetch", name)
        assert code == 4
        assert f"error: {name} is a portal" in err
        assert "medreg add-plugin NAME --from" in err
        assert "medreg accept" not in err
        assert "medreg fetch" not in err


NONSENSE = [
    ("--limit -1", 2, "'-1' is no number of 1 or more"),
    ("--sample 0", 2, "'0' is no number of 1 or more"),
    ("--jobs -1", 2, "'-1' is no number of 0 or more"),
    ("--jobs many", 2, "'many' is no number"),
    ("--bandwidth 0", 2, "'0' is no bandwidth"),
    ("--cases nobody", 3, "--cases nobody"),
    ("--cases a* --cases nobody", 3, "--cases nobody"),
    ("--where x=1", 2, "--where asks the index of IDC"),
    ("--where x=1 --dry-run", 2, "--where asks the index of IDC"),
    ("--url nonsense", 2, "not 'nonsense'"),
    ("--url http://[", 2, "not 'http://['"),
    ("--url -", 2, "none came"),
]


def test_words_that_make_no_sense_are_named(
    three: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    for words, code, told in NONSENSE:
        typed = three("fetch", "one", *words.split())
        assert typed[0] == code, words
        assert told in typed[2]
        assert "hint: " in typed[2]
        assert fetched(three) == []


def test_what_is_no_address_is_told_without_its_secrets(three: Registry) -> None:
    _, _, err = three("fetch", "one", "--url", "https//me:word@host/a?sig=SECRET")
    assert "not 'host/a'" in err


def test_a_plan_counts_what_is_still_to_come(
    three: Registry, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(three, "one", server.put("a.nii", b"one"), server.put("d.nii", b"x" * 2_000_000))
    assert three("fetch", "one", "--cases", "a*")[0] == 0
    plan = three.data("fetch", "one", "--dry-run", "--bandwidth", "1M")["one"]
    assert (plan["size"], plan["to_come"], plan["seconds"]) == (2_000_003, 2_000_000, 2.0)
    told = three("fetch", "one", "--dry-run", "--bandwidth", "1M")[1]
    assert "2.0 MB to come of 2.0 MB" in told
    assert "2 s at 1M" in told
    used = shutil.disk_usage(three.root)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: used._replace(free=500_000))
    assert "500 kB free: 1.5 MB too little" in three("fetch", "one", "--dry-run")[1]


def test_a_plan_says_that_an_address_tells_no_size(three: Registry) -> None:
    assert "medreg sources check lost" in three("fetch", "lost", "--dry-run")[1]


def test_a_publisher_that_does_not_answer_has_not_moved_on(medreg: Registry) -> None:
    declare(medreg, "silent", f"http://127.0.0.1:{free_port()}/a.nii")
    code, out, err = medreg("outdated", "silent", "lits")
    assert (code, out) == (0, "")
    assert "no publisher has another version" not in err
    assert "medreg sources check silent" in err
    assert "by hand: lits" in err
    code, out, _ = medreg("sources", "check", "silent")
    assert code == 1
    assert "unreachable" in out
    assert "the connection failed" in out


def test_doctor_tells_the_rest_where_tiers_cannot_be_read(medreg: Registry) -> None:
    (medreg.root / ".dvc" / "config").write_text("nonsense\n")
    code, out, err = medreg("doctor")
    assert code == 1
    assert "plugins" in out
    assert "problem: .dvc: " in err
