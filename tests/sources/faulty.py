"""nginx before any server, which breaks what that one answers: real faults for every kind."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import requests

from tests.peers import program
from tests.sources.servers import free_port, started

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODULES = "/usr/lib/nginx/modules"
PAGE = "<!DOCTYPE html><html><body>Please log in</body></html>"
ASKED = """
local told = ngx.shared.told
local fault = told:get("fault") or ""
if fault == "no ranges" then
  ngx.req.clear_header("Range")
  ngx.req.clear_header("If-Range")
end
if fault == "stalled" and told:incr("left", -1) >= 0 then
  return ngx.exec("@stalled")
end
local at_once = {["429"] = 1, ["503"] = 1, silent = 1, closed = 1, page = 1}
if not at_once[fault] or told:incr("left", -1) < 0 then return end
if fault == "silent" then ngx.sleep(30) return ngx.exit(503) end
if fault == "closed" then return ngx.exit(403) end
if fault == "page" then
  ngx.header.content_type = "text/html"
  ngx.print("PAGE")
  return ngx.exit(200)
end
ngx.header["Retry-After"] = "0"
return ngx.exit(tonumber(fault))
""".replace("PAGE", PAGE)
HEADERS = """
local told = ngx.shared.told
local fault = told:get("fault") or ""
local late = {dropped = 1, truncated = 1, corrupted = 1, etag = 1, ["no ranges"] = 1,
  ["late page"] = 1, expired = 1}
local size, kind = tonumber(ngx.header.content_length), ngx.header.content_type or ""
local large = size and size > 10000
if not size then large = not (kind:find("json") or kind:find("xml") or kind:find("html")) end
if not late[fault] or not large or ngx.status >= 300 then return end
if fault == "etag" then ngx.header.ETag = '"' .. ngx.var.request_id .. '"' end
if fault == "no ranges" then ngx.header["Accept-Ranges"] = nil end
if told:incr("left", -1) < 0 then return end
ngx.ctx.fault, ngx.ctx.sent = fault, 0
if fault == "truncated" then
  ngx.ctx.most = size and math.floor(size / 2) or 5000
  if size then ngx.header.content_length = ngx.ctx.most end
end
if fault == "late page" or fault == "expired" then
  ngx.header.content_length, ngx.header.content_encoding = nil, nil
  ngx.header.content_type = "text/html"
end
if fault == "expired" then ngx.status = 403 end
"""
BODY = """
local ctx, chunk = ngx.ctx, ngx.arg[1] or ""
if not ctx.fault then return end
local sent = ctx.sent
ctx.sent = sent + #chunk
local breaks = {dropped = 1, etag = 1, ["no ranges"] = 1}
if breaks[ctx.fault] and ctx.sent > 15000 then return ngx.ERROR end
if ctx.fault == "corrupted" and sent == 0 and #chunk > 0 then
  local at = math.ceil(#chunk / 2)
  ngx.arg[1] = chunk:sub(1, at - 1) .. string.char(255 - chunk:byte(at)) .. chunk:sub(at + 1)
end
if ctx.fault == "truncated" then ngx.arg[1] = chunk:sub(1, math.max(0, ctx.most - sent)) end
if ctx.fault == "late page" or ctx.fault == "expired" then
  ngx.arg[1] = sent == 0 and #chunk > 0 and "PAGE" or ""
end
""".replace("PAGE", PAGE)
# How a configuration begins, of nginx with Lua that keeps all it writes in a folder of the test.
NGINX = """
daemon off; master_process off; pid {folder}/pid; {user}
load_module {modules}/ndk_http_module.so;
load_module {modules}/ngx_http_lua_module.so;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
"""
CONFIG = (
    NGINX
    + """
  lua_shared_dict told 1m; client_max_body_size 0;
  server {{
    listen 127.0.0.1:{here};
    listen 127.0.0.1:{tls} ssl;
    ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem;
    proxy_http_version 1.1; proxy_buffering off; proxy_read_timeout 60s;
    proxy_set_header Host $http_host; proxy_set_header Connection "";
    location = /.fault {{
      content_by_lua_block {{
        ngx.shared.told:set("fault", ngx.unescape_uri(ngx.var.arg_name or ""))
        ngx.shared.told:set("left", tonumber(ngx.var.arg_times))
        ngx.say("told")
      }}
    }}
    location @stalled {{
      proxy_pass http://127.0.0.1:{there}; proxy_buffering on;
      limit_rate 1; limit_rate_after 15k;
    }}
    location / {{
      access_by_lua_block {{ {asked} }}
      proxy_pass http://127.0.0.1:{there};
      header_filter_by_lua_block {{ {headers} }}
      body_filter_by_lua_block {{ {body} }}
    }}
  }}
}}
"""
)


@dataclass(frozen=True)
class Faulty:
    """The ports *here*, and *tls* with a certificate that nobody signed, lead to a server."""

    here: int
    tls: int
    authority: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.here}"

    def tell(self, fault: str = "", times: int = 0) -> None:
        """Have a *fault* so many *times*; none from now on without one."""
        told = {"name": fault, "times": str(times)}
        requests.get(f"{self.url}/.fault", params=told, timeout=10).raise_for_status()


@contextmanager
def faulty(there: int, folder: Path) -> Iterator[Faulty]:
    """Start nginx before the server at the port *there*; its state lies in *folder*."""
    binary = program("nginx", "nginx-extras (Debian)")
    folder.mkdir(parents=True)
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1"),
            *("-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"),
            *("-keyout", folder / "key.pem", "-out", folder / "cert.pem"),
        ],
        check=True,
        capture_output=True,
    )
    made = Faulty(free_port(), free_port(), folder / "cert.pem")
    text = CONFIG.format(
        folder=folder,
        modules=MODULES,
        user="user root;" if os.geteuid() == 0 else "",
        here=made.here,
        tls=made.tls,
        there=there,
        asked=ASKED,
        headers=HEADERS,
        body=BODY,
    )
    (folder / "nginx.conf").write_text(text)
    command = [binary, "-p", str(folder), "-e", str(folder / "error.log")]
    with started([*command, "-c", str(folder / "nginx.conf")], f"{made.url}/.fault?times=0"):
        yield made
