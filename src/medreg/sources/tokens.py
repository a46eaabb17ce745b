"""Tokens of people's own tools, sent to one host only."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from requests import PreparedRequest
    from requests.auth import AuthBase


def bearer(token: str, base_url: str) -> AuthBase | None:
    """Return what sends *token* to the host of *base_url* and nowhere else; None without one."""
    from requests.auth import AuthBase

    home = urlsplit(base_url).netloc

    class Bearer(AuthBase):
        def __call__(self, request: PreparedRequest) -> PreparedRequest:
            if urlsplit(request.url or "").netloc == home:
                request.headers["Authorization"] = f"Bearer {token}"
            return request

    return Bearer() if token else None


def from_environment(name: str) -> str:
    """Return the environment variable *name*, or nothing."""
    return os.environ.get(name, "").strip()


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
            plain = AWSRequest(request.method, request.url)
            S3SigV4Auth(keys.get_frozen_credentials(), "s3", region).add_auth(plain)
            request.headers.update(dict(plain.headers.items()))
            return request

    return Signed()
