"""Tokens of people's own tools, sent to one host only."""

from __future__ import annotations

import base64
import json
import os
from configparser import ConfigParser
from configparser import Error as ConfigError
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from requests import PreparedRequest
    from requests.auth import AuthBase


KEYRING = "medreg"  # the service's name in a keyring
NAMES = (  # as which tokens are looked for, in the environment and in a keyring
    *("DICOMWEB_TOKEN", "DRYAD_TOKEN", "GITHUB_TOKEN", "HF_TOKEN", "KAGGLE_KEY"),
    *("KAGGLE_USERNAME", "SYNAPSE_AUTH_TOKEN", "ZENODO_TOKEN"),
)


def bearer(token: str, base_url: str) -> AuthBase | None:
    """Return what sends *token* to the host of *base_url* and nowhere else; None without one."""
    return _header(f"Bearer {token}", base_url) if token else None


def _header(words: str, base_url: str) -> AuthBase:
    from requests.auth import AuthBase

    home = urlsplit(base_url).netloc

    class Header(AuthBase):
        def __call__(self, request: PreparedRequest) -> PreparedRequest:
            if urlsplit(request.url or "").netloc == home:
                request.headers["Authorization"] = words
            return request

    return Header()


def kaggle(base_url: str) -> AuthBase | None:
    """Return what sends Kaggle's key, as its own tools find it; None without one."""
    folder = Path(os.environ.get("KAGGLE_CONFIG_DIR") or "~/.kaggle").expanduser()
    user, key = from_environment("KAGGLE_USERNAME"), from_environment("KAGGLE_KEY")
    if not (user and key) and (folder / "kaggle.json").is_file():
        kept = json.loads((folder / "kaggle.json").read_bytes())
        user, key = str(kept.get("username", "")), str(kept.get("key", ""))
    words = base64.b64encode(f"{user}:{key}".encode()).decode()
    return _header(f"Basic {words}", base_url) if user and key else None


def synapse() -> str:
    """Return the token of ``SYNAPSE_AUTH_TOKEN`` or of ``~/.synapseConfig``."""
    token = from_environment("SYNAPSE_AUTH_TOKEN")
    file = Path("~/.synapseConfig").expanduser()
    if token or not file.is_file():
        return token
    kept = ConfigParser(interpolation=None)
    try:
        kept.read(file)
    except ConfigError:
        return ""
    found = (kept.get(s, "authtoken", fallback="") for s in ("default", "authentication"))
    return next(filter(None, found), "").strip()


def from_environment(name: str) -> str:
    """Return the environment variable *name*, what a keyring holds by that name, or nothing."""
    return os.environ.get(name, "").strip() or from_keyring(name)


def from_keyring(name: str) -> str:
    """Return what ``keyring set medreg NAME`` stored; nothing without the extra ``keyring``."""
    try:
        keyring = import_module("keyring")
        errors = import_module("keyring.errors")
    except ImportError:
        return ""
    try:
        return (keyring.get_password(KEYRING, name) or "").strip()
    except errors.KeyringError:  # locked, or this machine has none
        return ""


def hugging_face() -> str:
    """Return the token of ``HF_TOKEN`` or of the file that ``hf auth login`` writes."""
    home = os.environ.get("HF_HOME") or "~/.cache/huggingface"
    file = Path(os.environ.get("HF_TOKEN_PATH") or f"{home}/token").expanduser()
    token = from_environment("HF_TOKEN")
    return token or (file.read_text().strip() if file.is_file() else "")


def signed(region: str) -> AuthBase:
    """Return what signs requests to S3 with the keys that the AWS tools would use.

    Raises `ActionNeeded` when there are none.
    """
    from botocore.auth import S3SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.session import Session
    from requests.auth import AuthBase

    from medreg.errors import ActionNeeded

    keys = Session().get_credentials()
    if keys is None:
        raise ActionNeeded(
            "no AWS keys were found",
            steps=("aws configure, or: export AWS_PROFILE=NAME",),
        )

    class Signed(AuthBase):
        def __call__(self, request: PreparedRequest) -> PreparedRequest:
            asked = urlsplit(request.url or "")  # a signature knows a space as %20 alone
            request.url = asked._replace(query=asked.query.replace("+", "%20")).geturl()
            named = {n: v for n, v in request.headers.items() if n.lower().startswith("x-amz-")}
            plain = AWSRequest(request.method, request.url, headers=named)
            S3SigV4Auth(keys.get_frozen_credentials(), "s3", region).add_auth(plain)
            request.headers.update(dict(plain.headers.items()))
            return request

    return Signed()
