"""A real web server with faults, and a real S3 server (F037, F040, F044).

Every fault ends in success or in a named failure, never in wrong bytes.
"""

from __future__ import annotations

import base64
import hashlib
import random
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from medreg.errors import ActionNeeded, BytesDiffer, CannotHere, MedregError, NotFound, Transient
from medreg.sources import S3, Http
from tests.peers import program
from tests.sources.faulty import NGINX
from tests.sources.servers import free_port, seaweed, started
from tests.sources.test_publishers import no_logins

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sources.lab import Lab

__all__ = ["no_logins"]
pytestmark = [pytest.mark.peers, pytest.mark.usefixtures("no_logins")]

MODULES = Path("/usr/lib/nginx/modules")
BODY = random.Random("body").randbytes(6_000_000)  # noqa: S311  # no secret
SHA256 = f"sha256:{hashlib.sha256(BODY).hexdigest()}"
DROP = """
local tries, after = tonumber(ngx.var.tries), tonumber(ngx.var.after)
local sent = (ngx.ctx.sent or 0) + #(ngx.arg[1] or "")
if not ngx.ctx.count then
  ngx.ctx.count = ngx.shared.seen:incr(ngx.var.uri, 1, 0)
end
ngx.ctx.sent = sent
if ngx.ctx.count <= tries and sent >= after then return ngx.ERROR end
"""
FLIP = """
if ngx.arg[1] and #ngx.arg[1] > 10 and not ngx.ctx.done then
  ngx.ctx.done = true
  local s = ngx.arg[1]
  ngx.arg[1] = string.char(255 - s:byte(1)) .. s:sub(2)
end
"""
LATER = """
if ngx.shared.seen:incr(ngx.var.uri, 1, 0) <= tonumber(ngx.var.tries) then
  ngx.header["Retry-After"] = "0"
  return ngx.exit(tonumber(ngx.var.code))
end
"""
SITE = (
    NGINX
    + """
  lua_shared_dict seen 1m;
  server {{
    listen 127.0.0.1:{port};
    root {folder}/www;
    location /plain/ {{ }}
    location /no_ranges/ {{ max_ranges 0; }}
    location ~ ^/drop/(\\d+)/(\\d+)/(.*)$ {{
      set $after $1; set $tries $2; alias {folder}/www/plain/$3; sendfile off;
      output_buffers 2 128k; body_filter_by_lua_block {{ {drop} }}
    }}
    location ~ ^/later/(\\d+)/(\\d+)/(.*)$ {{
      set $code $1; set $tries $2; alias {folder}/www/plain/$3;
      access_by_lua_block {{ {later} }}
    }}
    location ~ ^/corrupt/(.*)$ {{
      alias {folder}/www/plain/$1; sendfile off; body_filter_by_lua_block {{ {flip} }}
    }}
    location ~ ^/etag/(.*)$ {{
      alias {folder}/www/plain/$1; etag off; add_header ETag '"$request_id"';
    }}
    location ~ ^/login/(.*)$ {{
      default_type text/html; return 200 "<!DOCTYPE html><html>log in</html>";
    }}
    location ~ ^/signed/(.*)$ {{
      secure_link $arg_md5,$arg_expires; secure_link_md5 "$secure_link_expires WORD";
      if ($secure_link != "1") {{ return 403; }}
      alias {folder}/www/plain/$1;
    }}
    location ~ ^/stall/(\\d+)/(.*)$ {{
      set $tries $1; set $name $2;
      content_by_lua_block {{
        if ngx.shared.seen:incr(ngx.var.uri, 1, 0) > tonumber(ngx.var.tries) then
          return ngx.exec("/plain/" .. ngx.var.name)
        end
        local f = io.open("{folder}/www/plain/" .. ngx.var.name, "rb")
        ngx.header["Content-Length"] = f:seek("end")
        f:seek("set")
        ngx.print(f:read(500000)); ngx.flush(true)
        f:close()
        ngx.sleep(60)
      }}
    }}
    location ~ ^/silent/ {{ content_by_lua_block {{ ngx.sleep(60) }} }}
    location ~ ^/short/(.*)$ {{
      content_by_lua_block {{
        local f = io.open("{folder}/www/plain/" .. ngx.var[1], "rb")
        ngx.header["Content-Length"] = 1000000
        ngx.print(f:read(1000000))
        f:close()
      }}
    }}
    location ~ ^/chunked/(.*)$ {{
      content_by_lua_block {{
        local f = io.open("{folder}/www/plain/" .. ngx.var[1], "rb")
        while true do
          local piece = f:read(65536)
          if not piece then break end
          ngx.print(piece); ngx.flush(true)
        end
        f:close()
      }}
    }}
  }}
  server {{
    listen 127.0.0.1:{tls} ssl; root {folder}/www;
    ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem;
  }}
}}
"""
)


@dataclass(frozen=True)
class Site:
    url: str
    tls: str
    certificate: str


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Start nginx, whose Lua breaks what it serves."""
    import os

    binary = program("nginx", "nginx-extras (Debian)")
    folder, port, tls = tmp_path_factory.mktemp("nginx"), free_port(), free_port()
    for name in ("plain", "no_ranges"):
        (folder / "www" / name).mkdir(parents=True)
        (folder / "www" / name / "scan.nii").write_bytes(BODY)
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1"),
            *("-addext", "subjectAltName=IP:127.0.0.1"),
            *("-days", "2", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"),
        ],
        check=True,
        capture_output=True,
    )
    user = "user root;" if os.geteuid() == 0 else ""
    text = SITE.format(
        folder=folder,
        modules=MODULES,
        port=port,
        tls=tls,
        drop=DROP,
        later=LATER,
        flip=FLIP,
        user=user,
    )
    (folder / "nginx.conf").write_text(text)
    command = [binary, "-p", str(folder), "-e", str(folder / "error.log")]
    url = f"http://127.0.0.1:{port}"
    with started([*command, "-c", str(folder / "nginx.conf")], f"{url}/plain/scan.nii"):
        yield Site(url, f"https://127.0.0.1:{tls}", str(folder / "cert.pem"))


@pytest.mark.parametrize(
    "path",
    [
        "plain/scan.nii",
        "no_ranges/scan.nii",
        "drop/1000000/4/scan.nii",
        "drop/4000000/2/scan.nii",
        "later/503/3/scan.nii",
        "later/429/3/scan.nii",
        "etag/scan.nii",
        "chunked/scan.nii",
    ],
)
@pytest.mark.parametrize("proved", ["proved", ""])
def test_faults_that_end_well(
    lab: Lab,
    nginx: Site,
    path: str,
    proved: str,
    naps: list[float],
) -> None:
    sums = {"scan.nii": SHA256} if proved else {}
    lab.fetch(Http({"scan.nii": f"{nginx.url}/{path}?{proved}"}, sums))
    assert lab.files() == {"scan.nii": BODY}


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("drop/500/99/scan.nii", Transient),
        ("later/503/99/scan.nii", Transient),
        ("corrupt/scan.nii", BytesDiffer),
        ("login/scan.nii", ActionNeeded),
        ("short/scan.nii", BytesDiffer),
        ("signed/scan.nii?md5=S3CR3T&expires=1", ActionNeeded),
        ("plain/absent.nii", NotFound),
    ],
)
def test_faults_that_have_a_name(
    lab: Lab, nginx: Site, path: str, error: type[MedregError], naps: list[float]
) -> None:
    with pytest.raises(error) as caught:
        lab.fetch(Http({"scan.nii": f"{nginx.url}/{path}"}, {"scan.nii": SHA256}))
    assert "S3CR3T" not in f"{caught.value} {caught.value.hint} {caught.value.steps}"
    assert lab.files() == {}
    good = Http(
        {"scan.nii": (f"{nginx.url}/{path}", f"{nginx.url}/plain/scan.nii")}, {"scan.nii": SHA256}
    )
    lab.fetch(good)
    assert lab.files() == {"scan.nii": BODY}


def test_a_signed_address_is_good_for_a_while(lab: Lab, nginx: Site) -> None:
    def signed(until: int) -> Http:
        digest = hashlib.md5(f"{until} WORD".encode(), usedforsecurity=False).digest()
        word = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        return Http({"scan.nii": f"{nginx.url}/signed/scan.nii?md5={word}&expires={until}"})

    expired, good = signed(int(time.time()) - 5), signed(int(time.time()) + 500)
    with pytest.raises(ActionNeeded, match="the link has expired") as caught:
        lab.fetch(expired)
    assert "md5=" not in f"{caught.value} {caught.value.hint} {caught.value.steps}"
    lab.fetch(good)
    assert lab.files() == {"scan.nii": BODY}
    assert lab.records["scan.nii"].source == f"{nginx.url}/signed/scan.nii"


@pytest.mark.parametrize("proved", [True, False])
def test_a_server_that_falls_silent(
    lab: Lab, nginx: Site, naps: list[float], monkeypatch: pytest.MonkeyPatch, *, proved: bool
) -> None:
    """It is asked anew when it stalls, and named when it always does."""
    monkeypatch.setattr("medreg.sources.transfer.TIMEOUT", (5, 0.3))
    sums = {"scan.nii": SHA256} if proved else {}
    tries = 2 + proved  # each case has stalls of its own
    lab.fetch(Http({"scan.nii": f"{nginx.url}/stall/{tries}/scan.nii"}, sums))
    assert lab.files() == {"scan.nii": BODY}
    with pytest.raises(Transient, match="silent"):
        lab.fetch(Http({"other.nii": f"{nginx.url}/silent/scan.nii"}))


def test_a_certificate_that_nobody_signed(lab: Lab, nginx: Site) -> None:
    with pytest.raises(CannotHere, match="not signed by anybody"):
        lab.fetch(Http({"scan.nii": f"{nginx.tls}/plain/scan.nii"}))


def test_a_certificate_that_this_machine_is_told_to_trust(
    lab: Lab, nginx: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", nginx.certificate)
    lab.fetch(Http({"scan.nii": f"{nginx.tls}/plain/scan.nii"}))
    assert lab.files() == {"scan.nii": BODY}


# --- SeaweedFS -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, bytes]]]:
    """Buckets ``public`` and ``private`` with 60 small objects and one of several parts."""
    import s3fs

    files = {f"data/s {n}/T1+{n}.nii": random.Random(n).randbytes(50_000) for n in range(60)}  # noqa: S311
    files["data/large.nii"] = random.Random("large").randbytes(18 << 20)  # noqa: S311
    with seaweed(tmp_path_factory.mktemp("s3") / "state") as url:
        there = s3fs.S3FileSystem(
            key="AKAKAKAK",
            secret="SKSKSKSK",  # noqa: S106  # made up
            client_kwargs={"endpoint_url": url, "region_name": "us-east-1"},
            skip_instance_cache=True,
        )
        for name in ("public", "private"):
            there.mkdir(name)
            for path, body in files.items():
                there.pipe_file(f"{name}/{path}", body, chunksize=5 << 20)
        yield url, files


def test_a_real_s3_service_for_anybody_and_with_keys(
    lab: Lab,
    bucket: tuple[str, dict[str, bytes]],
    monkeypatch: pytest.MonkeyPatch,
    naps: list[float],
) -> None:
    """F040: many small objects, and one whose ETag is no MD5."""
    url, files = bucket
    lab.fetch(S3("public", files=("data/**",), base_url=url))
    assert lab.files() == files
    assert lab.records["data/large.nii"].checksum == ""
    shutil.rmtree(lab.raw)
    lab.records.clear()
    with pytest.raises(ActionNeeded, match="is closed"):
        lab.fetch(S3("private", base_url=url))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKAKAKAK")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "SKWRONG")
    source = S3("private", anonymous=False, base_url=url)
    with pytest.raises(ActionNeeded) as caught:
        lab.fetch(source)
    assert "SKWRONG" not in str(caught.value)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "SKSKSKSK")
    lab.fetch(source)
    assert lab.files() == files
