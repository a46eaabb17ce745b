"""A job to fetch into, DICOM to hand over, and a web server with faults."""

from __future__ import annotations

import hashlib
import re
import threading
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from medreg.model import FetchJob
from medreg.report import Silent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from medreg.model import FileRecord, Source
    from medreg.report import Answer


@dataclass
class Lab:
    """A registry's folders, and what was fetched into them so far."""

    root: Path
    records: dict[str, FileRecord] = field(default_factory=dict)
    given: Path | None = None

    @property
    def raw(self) -> Path:
        return self.root / "registry" / "datasets" / "some" / "raw"

    @property
    def scratch(self) -> Path:
        return self.root / ".medreg" / "fetch" / "some"

    def job(self) -> FetchJob:
        return FetchJob(
            into=self.raw,
            scratch=self.scratch,
            given=self.given,
            known=dict(self.records),
            today="2026-11-20",
            progress=Silent(),
        )

    def fetch(self, source: Source) -> dict[str, Answer]:
        """Fetch as the stage does: records are kept only when all went well."""
        done = list(source.fetch(self.job()))
        self.records.update({record.path: record for record, _ in done})
        for path, record in self.records.items():
            data = (self.raw / path).read_bytes()
            assert (record.size, record.sha256) == (len(data), hashlib.sha256(data).hexdigest())
        return {answer.item: answer for _, answer in done}

    def outcomes(self, source: Source) -> dict[str, str]:
        return {path: str(answer.outcome) for path, answer in self.fetch(source).items()}

    def files(self) -> dict[str, bytes]:
        """Everything below raw, hidden or not."""
        found = (path for path in sorted(self.raw.rglob("*")) if path.is_file())
        return {path.relative_to(self.raw).as_posix(): path.read_bytes() for path in found}


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    root = tmp_path / "lab"
    root.mkdir()
    (root / "pyproject.toml").write_text("[tool.medreg]\n")
    return Lab(root)


@pytest.fixture
def downloads(tmp_path: Path) -> Path:
    folder = tmp_path / "Downloads"
    folder.mkdir()
    return folder


def write_dicom(file: Path, series: int, instance: int, *, preamble: bool = True) -> Path:
    """Write a small but valid DICOM file of series 1.2.3.*series*."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import CTImageStorage, ImplicitVRLittleEndian

    header = Dataset()
    header.SOPClassUID = CTImageStorage
    header.SOPInstanceUID = f"1.2.3.{series}.{instance}"
    header.SeriesInstanceUID = f"1.2.3.{series}"
    header.Modality = "CT"
    header.file_meta = FileMetaDataset()
    header.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    header.file_meta.MediaStorageSOPClassUID = CTImageStorage
    header.file_meta.MediaStorageSOPInstanceUID = header.SOPInstanceUID
    file.parent.mkdir(parents=True, exist_ok=True)
    if preamble:
        header.save_as(file, enforce_file_format=True)
    else:
        del header.file_meta
        header.save_as(file, implicit_vr=True, little_endian=True)
    return file


# --- a web server ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Resource:
    """What the server has at one path, and how it behaves there."""

    body: bytes = b""
    etag: str | None = '"one"'
    modified: str | None = None
    ranges: bool = True
    content_type: str = "application/octet-stream"
    statuses: tuple[tuple[int, dict[str, str]], ...] = ()  # answered first, one per request
    cut: int | None = None  # bytes of body that each answer gives before it breaks off
    chunked: bool = False  # no Content-Length
    encoding: str = ""
    pause: float = 0.0  # seconds between pieces of 64 kB
    login: str = ""  # the Authorization header that is wanted
    location: str = ""
    shift: int = 0  # answers Range requests this many bytes too late


@dataclass
class Server:
    """A web server on the loopback; *requests* collects (path, Range) of what was asked."""

    url: str
    resources: dict[str, Resource] = field(default_factory=dict)
    requests: list[tuple[str, str]] = field(default_factory=list)
    served: int = 0
    _asked: dict[str, int] = field(default_factory=dict)

    def put(self, path: str, body: bytes = b"", **behavior: Any) -> str:
        self.resources[path] = Resource(body, **behavior)
        self._asked.pop(path, None)
        return f"{self.url}/{path}"

    def change(self, path: str, **behavior: Any) -> None:
        self.resources[path] = replace(self.resources[path], **behavior)

    def times_asked(self, path: str) -> int:
        self._asked[path] = self._asked.get(path, 0) + 1
        return self._asked[path]


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

        def do_GET(self) -> None:
            path = self.path.partition("?")[0].lstrip("/")
            asked = self.headers.get("Range", "")
            server.requests.append((self.path.lstrip("/"), asked))
            resource = server.resources.get(path)
            if resource is None:
                return self._empty(404)
            times = server.times_asked(path)
            if times <= len(resource.statuses):
                return self._empty(*resource.statuses[times - 1])
            if resource.login and self.headers.get("Authorization") != resource.login:
                return self._empty(401)
            if resource.location:
                return self._empty(302, {"Location": resource.location})
            return self._send(resource, asked)

        def _empty(self, status: int, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _send(self, resource: Resource, asked: str) -> None:
            body, start = resource.body, 0
            match = re.fullmatch(r"bytes=(\d+)-", asked)
            condition = self.headers.get("If-Range")
            if match and resource.ranges and condition in (None, resource.etag, resource.modified):
                start = int(match[1]) + resource.shift
                if start >= len(body):
                    return self._empty(416, {"Content-Range": f"bytes */{len(body)}"})
            self.send_response(206 if start else 200)
            if start:
                content_range = f"bytes {start}-{len(body) - 1}/{len(body)}"
                self.send_header("Content-Range", content_range)
            self.send_header("Content-Type", resource.content_type)
            if resource.etag:
                self.send_header("ETag", resource.etag)
            if resource.modified:
                self.send_header("Last-Modified", resource.modified)
            if resource.encoding:
                self.send_header("Content-Encoding", resource.encoding)
            if resource.chunked:
                self.send_header("Transfer-Encoding", "chunked")
            else:
                self.send_header("Content-Length", str(len(body) - start))
            self.end_headers()
            return self._pour(resource, body[start:])

        def _pour(self, resource: Resource, body: bytes) -> None:
            import time

            whole = resource.cut is None or len(body) <= resource.cut
            body = body[: resource.cut]
            for at in range(0, len(body), 1 << 16):
                piece = body[at : at + (1 << 16)]
                if resource.chunked:
                    self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
                else:
                    self.wfile.write(piece)
                server.served += len(piece)
                time.sleep(resource.pause)
            if whole and resource.chunked:
                self.wfile.write(b"0\r\n\r\n")
            if not whole:
                self.close_connection = True

    return Handler


@pytest.fixture
def server() -> Iterator[Server]:
    found = Server("")
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), _handler(found))
    httpd.handle_error = lambda *_: None  # type: ignore[method-assign]  # clients that are killed
    found.url = f"http://127.0.0.1:{httpd.server_address[1]}"
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield found
    httpd.shutdown()
    thread.join()
    httpd.server_close()


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that downloads would have waited."""
    slept: list[float] = []
    record: Callable[[float], None] = slept.append
    monkeypatch.setattr("medreg.sources.transfer._sleep", record)
    return slept
