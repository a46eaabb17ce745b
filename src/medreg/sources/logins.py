"""Which logins of people's own tools are here, and which of them work; none is ever shown."""

from __future__ import annotations

import netrc
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from medreg.errors import ActionNeeded, MedregError
from medreg.sources import tokens
from medreg.sources.patience import hurried
from medreg.sources.web import connected

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from requests.auth import AuthBase


@dataclass(frozen=True, slots=True)
class Login:
    """A *service*, where its login is looked for, and whether it works."""

    service: str
    place: str
    state: str  # works, refused, found (and not tried), none, unknown
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Service:
    name: str
    place: str
    base: str
    path: str  # answers who asks; empty where a service has no such answer
    auth: Callable[[str], AuthBase | None]


def _token(variable: str) -> Callable[[str], AuthBase | None]:
    return lambda base: tokens.bearer(tokens.from_environment(variable), base)


SERVICES = (
    _Service("dryad", "DRYAD_TOKEN", "https://datadryad.org", "", _token("DRYAD_TOKEN")),
    _Service("github", "GITHUB_TOKEN", "https://api.github.com", "/user", _token("GITHUB_TOKEN")),
    _Service(
        "huggingface",
        "HF_TOKEN, or hf auth login",
        "https://huggingface.co",
        "/api/whoami-v2",
        lambda base: tokens.bearer(tokens.hugging_face(), base),
    ),
    _Service(
        "kaggle",
        "KAGGLE_USERNAME and KAGGLE_KEY, or ~/.kaggle/kaggle.json",
        "https://www.kaggle.com",
        "/api/v1/competitions/list",
        tokens.kaggle,
    ),
    _Service(
        "synapse",
        "SYNAPSE_AUTH_TOKEN, or ~/.synapseConfig",
        "https://repo-prod.prod.sagebase.org",
        "/repo/v1/userProfile",
        lambda base: tokens.bearer(tokens.synapse(), base),
    ),
    _Service(
        "zenodo",
        "ZENODO_TOKEN",
        "https://zenodo.org",
        "/api/deposit/depositions",
        _token("ZENODO_TOKEN"),
    ),
)


def logins(bases: Mapping[str, str] | None = None) -> Sequence[Login]:
    """Try every login that is found; *bases* puts other servers in the place of services."""
    found = [_tried(service, (bases or {}).get(service.name, service.base)) for service in SERVICES]
    return sorted([*found, _aws(), _keyring(), _netrc()], key=lambda login: login.service)


def _tried(service: _Service, base: str) -> Login:
    try:
        auth = service.auth(base)
    except (OSError, ValueError) as error:
        return Login(service.name, service.place, "refused", f"unreadable: {type(error).__name__}")
    if auth is None:
        return Login(service.name, service.place, "none")
    if not service.path:
        return Login(service.name, service.place, "found", "the service cannot be asked")
    try:
        with hurried(), connected(auth) as web:
            web.ask(f"{base}{service.path}")
    except ActionNeeded:
        return Login(service.name, service.place, "refused", "the service does not take it")
    except MedregError as failure:
        return Login(service.name, service.place, "unknown", failure.message.splitlines()[0])
    return Login(service.name, service.place, "works")


def _aws() -> Login:
    from botocore.exceptions import BotoCoreError
    from botocore.session import Session

    place = "AWS_PROFILE, ~/.aws"
    if not any(name.startswith("AWS_") for name in os.environ) and not (
        Path("~/.aws").expanduser().is_dir()
    ):
        return Login("aws", place, "none")
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")  # no question to the network
    try:
        keys = Session().get_credentials()
    except BotoCoreError as error:
        return Login("aws", place, "refused", type(error).__name__)
    return Login("aws", place, "found" if keys else "none")


def _keyring() -> Login:
    from importlib.util import find_spec

    place = f"keyring set {tokens.KEYRING} NAME"
    if find_spec("keyring") is None:
        return Login("keyring", place, "none", "pip install 'medreg[keyring]'")
    held = [name for name in tokens.NAMES if tokens.from_keyring(name)]
    if not held:
        return Login("keyring", place, "none")
    return Login("keyring", place, "found", f"for {', '.join(held)}")


def _netrc() -> Login:
    file = Path(os.environ.get("NETRC") or "~/.netrc").expanduser()
    if not file.is_file():
        return Login("netrc", "~/.netrc", "none")
    try:
        hosts = sorted(netrc.netrc(file).hosts)
    except (OSError, netrc.NetrcParseError):
        return Login("netrc", "~/.netrc", "refused", "it cannot be read")
    open_to = file.stat().st_mode & 0o077
    reason = f"for {', '.join(hosts)}" + ("; others may read it: chmod 600" if open_to else "")
    return Login("netrc", "~/.netrc", "found", reason)
