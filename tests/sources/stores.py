"""Filled stores: buckets of SeaweedFS, a container of Azurite, a repository of git-annex."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import requests

from tests.peers import program
from tests.person import PERSON
from tests.sources.servers import free_port, started

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from s3fs import S3FileSystem

KEY, SECRET = "AKAKAKAK", "SKSKSKSK"  # made up, as `seaweed` knows them


def store(url: str, bucket: str, files: Mapping[str, bytes], checksum: str = "") -> S3FileSystem:
    """Put *files* into a *bucket* of SeaweedFS; return what may do more there.

    Each is stored with its MD5 as ETag, and with a *checksum* of AWS's kinds (``"CRC32"``) if any.
    """
    import s3fs

    there = s3fs.S3FileSystem(
        key=KEY,
        secret=SECRET,
        client_kwargs={"endpoint_url": url, "region_name": "us-east-1"},
        skip_instance_cache=True,
        use_listings_cache=False,
        version_aware=True,
        config_kwargs={"request_checksum_calculation": "when_required"},
    )
    if not there.exists(bucket):
        there.mkdir(bucket)
    for path, body in files.items():
        more = {"ChecksumAlgorithm": checksum} if checksum else {}
        there.pipe_file(f"{bucket}/{path}", body, chunksize=5 << 20, **more)
    return there


# --- Azurite -------------------------------------------------------------------------------------

ACCOUNT = "devstoreaccount1"  # with the key that Azurite's documentation prints for everybody
PRINTED = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
VERSION, LATER, EARLIER = "2018-11-09", "2099-01-01T00:00:00Z", "2020-01-01T00:00:00Z"


@dataclass(frozen=True)
class Container:
    """A container of Azurite at *url*."""

    url: str

    def signature(self, rights: str = "rl", expiry: str = LATER) -> str:
        """Return the query that opens it to somebody with these *rights* until *expiry*."""
        resource = f"/blob/{ACCOUNT}/{self.url.rpartition('/')[2]}"
        told = [rights, "", expiry, resource, "", "", "", VERSION, "c", *[""] * 6]
        return _signed("\n".join(told), sv=VERSION, se=expiry, sr="c", sp=rights)

    def put(self, name: str, body: bytes) -> None:
        """Store a blob."""
        address = f"{self.url}/{quote(name)}?{self.signature('rwdlc')}"
        kind = {"x-ms-blob-type": "BlockBlob"}
        requests.put(address, data=body, headers=kind, timeout=30).raise_for_status()


def _signed(text: str, **query: str) -> str:
    key = base64.b64decode(PRINTED)
    signature = base64.b64encode(hmac.new(key, text.encode(), hashlib.sha256).digest())
    return urlencode({**query, "sig": signature.decode()})


@contextmanager
def azurite(folder: Path, files: Mapping[str, bytes]) -> Iterator[Container]:
    """Start Azurite with *files* in a container."""
    binary = program("azurite-blob", "azurite (npm)")
    port = free_port()
    command = [binary, "--location", str(folder), "--blobHost", "127.0.0.1", "--blobPort"]
    command += [str(port), "--silent", "--skipApiVersionCheck", "--disableTelemetry"]
    account = f"http://127.0.0.1:{port}/{ACCOUNT}"
    with started(command, account, seconds=60):
        told = [ACCOUNT, "rwdlac", "b", "sco", "", LATER, "", "", VERSION, ""]
        all_of_it = {"sv": VERSION, "se": LATER, "ss": "b", "srt": "sco", "sp": "rwdlac"}
        may = _signed("\n".join(told), **all_of_it)
        made = requests.put(f"{account}/scans?restype=container&{may}", timeout=30)
        made.raise_for_status()
        container = Container(f"{account}/scans")
        for name, body in files.items():
            container.put(name, body)
        yield container


# --- git-annex -----------------------------------------------------------------------------------

LOOPBACK = '[annex "security"]\n allowed-ip-addresses = 127.0.0.1 ::1\n'


@dataclass(frozen=True)
class Annex:
    """A repository of git-annex in *folder*; *home* is whose settings it has."""

    folder: Path
    home: Path

    def run(self, *words: str) -> str:
        """Run a command there."""
        annex = Path(program("git-annex", "git-annex (PyPI)")).parent
        keys = {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET}
        env = {**os.environ, **PERSON, **keys, "HOME": str(self.home)}
        env["PATH"] = f"{annex}{os.pathsep}{env['PATH']}"
        told = subprocess.run(
            words, cwd=self.folder, env=env, check=False, capture_output=True, text=True
        )
        assert told.returncode == 0, f"{words}: {told.stderr}"
        return told.stdout

    def publish(self, tag: str, files: Mapping[str, bytes]) -> None:
        """Commit *files*, the ``.nii`` among them as annexed, and *tag* the commit."""
        if not (self.folder / ".git").exists():
            self.folder.mkdir(parents=True)
            (self.home / ".gitconfig").write_text(LOOPBACK)
            self.run("git", "init", "--quiet", "--initial-branch=master")
            self.run("git", "annex", "init", "--quiet")
            self.run("git", "config", "annex.largefiles", "include=*.nii")
        for path, body in files.items():
            file = self.folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(body)
        self.run("git", "annex", "add", "--quiet", ".")
        self.run("git", "commit", "--quiet", "-m", tag)
        self.run("git", "tag", tag)
        self.run("git", "update-server-info")

    def export(self, port: int, public: str, prefix: str = "ds000001/") -> None:
        """Export the snapshot to the bucket ``public`` of SeaweedFS at *port*, as OpenNeuro does.

        A clone gets the content from the address *public*, for which nobody needs a key.
        """
        self.run(
            *("git", "annex", "initremote", "s3-PUBLIC", "type=S3", "encryption=none"),
            *("exporttree=yes", "versioning=yes", "bucket=public", f"fileprefix={prefix}"),
            *("host=127.0.0.1", f"port={port}", "protocol=http", "requeststyle=path"),
            *("signature=v2", "public=no", f"publicurl={public}/public", "autoenable=true"),
        )
        self.run("git", "annex", "export", "master", "--to", "s3-PUBLIC")
        self.run("git", "annex", "drop", "--force", "--quiet", ".")
        self.run("git", "update-server-info")
