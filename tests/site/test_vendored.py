"""What others wrote and the site ships is what they published, and asks nobody for anything."""

from __future__ import annotations

import hashlib
import re
from importlib.resources import files

VENDOR = files("medreg.catalog.site").joinpath("vendor")
NOTED = (  # hosts that comments of shaders name
    *("www.aclockworkberry.com", "bgolus.medium.com", "en.wikipedia.org", "github.com"),
    *("gamedev.stackexchange.com", "math.stackexchange.com", "stackoverflow.com"),
    "webglfundamentals.org",
)


def test_niivue_is_the_file_that_is_recorded() -> None:
    said = VENDOR.joinpath("LICENSE.txt").read_text(encoding="utf-8")
    (recorded,) = re.findall(r"sha256 +([0-9a-f]{64})", said)
    data = VENDOR.joinpath("niivue.umd.js").read_bytes()
    assert hashlib.sha256(data).hexdigest() == recorded
    assert "BSD 2-Clause License" in said
    assert [one.name for one in sorted(VENDOR.iterdir(), key=lambda one: one.name)] == [
        "LICENSE.txt",
        "niivue.umd.js",
    ]


def test_it_names_no_host_but_in_comments() -> None:
    text = VENDOR.joinpath("niivue.umd.js").read_text(encoding="utf-8")
    assert set(re.findall(r"(?:https?|wss?)://([\w.-]+)", text)) <= set(NOTED)
    for word in ("new Worker", "WebSocket", "sendBeacon", "EventSource", "document.cookie"):
        assert word not in text
