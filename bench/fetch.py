"""Time `medreg fetch` against s5cmd, rclone and curl, which neither hash nor record.

    python -m bench.fetch [--runs 3] [--objects 2000] [--gigabytes 2] [--bare] [--apart] [--json]

2,000 objects of 525 kB from SeaweedFS, and one file of 2 GB from nginx: whole commands, in turn
(a busy machine hits all alike), into a new folder each, medians of wall and CPU seconds. Each
begins on a machine that rested: memory and disk are as somebody finds them who types one command.
The objects bear their CRC-32, which AWS's tools store since 2025; `--bare` ones have an MD5 alone.
`medreg fetch` also records the files for DVC, which wants all bytes in its cache as well where the
file system cannot share them: `medreg stage fetch` is the same without that. What ends in `+ sums`
also computes the MD5 and SHA-256 of what it brought. `--apart` gives the server one core and the
client another. Needs weed, s5cmd, rclone, nginx and curl, else a part is left out. Never fails.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.config import Config
from botocore.session import Session
from tests.sources.servers import free_port, seaweed, started

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

OBJECT = 525_000  # bytes, of a CT slice
REST = 10  # seconds before each command
GOALS = {"s3": 0.9, "http": 0.95}
SUMS = " + sums"  # a rival that proves what it brought, as medreg does
SUM = 'find out -type f -print0 | xargs -0 -P 2 -n 50 sh -c \'md5sum "$@"; sha256sum "$@"\' sum'
PLUGIN = '''"""Bytes to time."""

from medreg import CT, Claim, Dataset, Http, Pairs, S3, hookimpl


@hookimpl
def medreg_datasets():
    yield Dataset(
        name="timed",
        title="Bytes to time",
        homepage="https://example.org/timed",
        licenses=(Claim("CC0-1.0", source="https://example.org/timed", rank="publisher"),),
        cite=(),
        modality=CT,
        source={source},
        layout=Pairs(image="{{case}}.nii", label="{{case}}_mask.nii"),
        labels={{1: "liver"}},
    )
'''
MEDREG = [sys.executable, "-m", "medreg"]


def registry(folder: Path, source: str) -> Path:
    """Make a plain registry that knows the dataset ``timed``."""
    subprocess.run([*MEDREG, "init", folder], check=True, capture_output=True)
    (folder / "plugins").mkdir(exist_ok=True)
    (folder / "plugins" / "timed.py").write_text(PLUGIN.format(source=source))
    subprocess.run([*MEDREG, "track", "timed"], check=True, capture_output=True, cwd=folder)
    return folder


def timed(command: Sequence[str | Path], cwd: Path) -> tuple[float, float, int]:
    """Return wall and CPU seconds of *command*, and the most bytes it and its children held."""
    high = 0
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    log = cwd / "said.txt"
    with (
        log.open("wb") as said,
        subprocess.Popen(command, cwd=cwd, stdout=said, stderr=said) as process,
    ):
        over = threading.Event()

        def watch() -> None:
            nonlocal high
            while not over.wait(0.05):
                high = max(high, resident(process.pid))

        watcher = threading.Thread(target=watch)
        watcher.start()
        code = process.wait()
        seconds = time.perf_counter() - start
        over.set()
        watcher.join()
    if code:
        raise RuntimeError(f"{command[0]} ended with {code}: {log.read_text()[-2000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, cpu, high


def resident(pid: int, parent: bytes = b"") -> int:
    """Return the most bytes that a process held, with what its children hold now.

    A child with the command of its *parent* is about to run another: that memory is not its own.
    """
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        status = Path(f"/proc/{pid}/status").read_text()
        threads = Path(f"/proc/{pid}/task").glob("*/children")
        children = [child for thread in threads for child in thread.read_text().split()]
    except OSError:
        return 0
    if command == parent:
        return 0
    high = next((int(row.split()[1]) for row in status.splitlines() if "VmHWM" in row), 0)
    return high * 1024 + sum(resident(int(child), command) for child in children)


def summed(command: Sequence[str | Path]) -> list[str]:
    """Return *command*, which fills the folder ``out``, and the two sums of each file there."""
    return ["sh", "-c", f"{shlex.join(map(str, command))} && {SUM}"]


def compared(
    rivals: Mapping[str, Callable[[Path], Sequence[str | Path]]],
    template: Path,
    place: Path,
    size: int,
    runs: int,
) -> dict[str, dict[str, float]]:
    """Run each command in a new copy of *template*, in turn; return medians by name."""
    alone = os.sched_getaffinity(0) == {0} and os.cpu_count() != 1
    apart = ["taskset", "-c", "1"] if alone else []
    seconds: dict[str, list[float]] = {name: [] for name in rivals}
    spent: dict[str, list[float]] = {name: [] for name in rivals}
    high = dict.fromkeys(rivals, 0)
    for number in range(runs):
        order = list(rivals) if number % 2 else list(rivals)[::-1]
        for name in order:
            here = place / "run"
            shutil.copytree(template, here, symlinks=True)
            os.sync()
            (here / "out").mkdir()
            time.sleep(REST)
            took, cpu, held = timed([*apart, *rivals[name](here)], here)
            seconds[name].append(took)
            spent[name].append(cpu)
            high[name] = max(high[name], held)
            emptied(here, place / f"{number}-{name}")
    return {
        name: {
            "seconds": statistics.median(took),
            "CPU seconds": statistics.median(spent[name]),
            "MB/s": size / 1e6 / statistics.median(took),
            "peak MB": high[name] / 1e6,
        }
        for name, took in seconds.items()
    }


def stored(url: str, count: int, *, bare: bool) -> None:
    """Store *count* objects as AWS's SDK does: each has an MD5, and a CRC-32 if not *bare*."""
    s3 = Session().create_client(
        "s3",
        region_name="us-east-1",
        endpoint_url=url,
        aws_access_key_id="AKAKAKAK",
        aws_secret_access_key="SKSKSKSK",  # noqa: S106  # of a server that this program started
        config=Config(request_checksum_calculation="when_required" if bare else "when_supported"),
    )
    s3.create_bucket(Bucket="public")
    seed = random.Random("bench")  # noqa: S311  # no secret
    for number in range(count):
        key = f"s{number % 20}/{number:05}.dcm"
        s3.put_object(Bucket="public", Key=key, Body=seed.randbytes(OBJECT))


def emptied(folder: Path, aside: Path) -> None:
    """Give back the room of every file in *folder*, but not its inode.

    ext4 looks at each inode that was freed within the last minutes before it makes a file, which
    would cost the next command more than the bytes.
    """
    for file in folder.rglob("*"):
        if file.is_file() and not file.is_symlink():
            file.chmod(0o644)
            os.truncate(file, 0)
    folder.rename(aside)


def objects(place: Path, count: int, runs: int, *, bare: bool) -> dict[str, dict[str, float]]:
    """Compare on many objects of an S3 bucket."""
    bin_ = Path(sys.executable).parent
    s5cmd, rclone = (
        shutil.which(n, path=f"{bin_}:{os.environ['PATH']}") for n in ("s5cmd", "rclone")
    )
    if not s5cmd or not rclone:
        raise RuntimeError("s5cmd or rclone is missing")
    with seaweed(place / "weed", volume_mb=512) as url:
        stored(url, count, bare=bare)
        template = registry(place / "registry", f'S3("public", base_url="{url}")')
        remote = f':s3,provider=Other,env_auth=false,endpoint="{url}":public'
        told = ["--no-sign-request", "--endpoint-url", url, "--numworkers", "16"]
        copy = [s5cmd, *told, "cp", "s3://public/*", "out/"]
        many = ["--transfers", "16", "--checkers", "16", "--config", "/dev/null"]
        return compared(
            {
                "s5cmd": lambda _: copy,
                f"s5cmd{SUMS}": lambda _: summed(copy),
                "rclone": lambda _: [rclone, "copy", *many, remote, "out"],
                "medreg fetch": lambda _: [*MEDREG, "fetch", "timed"],
                "medreg stage fetch": lambda _: [*MEDREG, "stage", "fetch", "timed"],
            },
            template,
            place,
            count * OBJECT,
            runs,
        )


NGINX = """
daemon off; master_process off; pid {0}/pid; {user} error_log {0}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off; sendfile on;
  client_body_temp_path {0}/t1; proxy_temp_path {0}/t2; fastcgi_temp_path {0}/t3;
  uwsgi_temp_path {0}/t4; scgi_temp_path {0}/t5;
  server {{ listen 127.0.0.1:{port}; root {0}/www; }}
}}
"""


@contextmanager
def nginx(folder: Path) -> Iterator[str]:
    """Serve ``www`` in *folder*."""
    binary = shutil.which("nginx")
    if not binary:
        raise RuntimeError("nginx is missing")
    port = free_port()
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(NGINX.format(folder, user=user, port=port))
    told = [binary, "-p", f"{folder}", "-e", f"{folder}/e.log", "-c", f"{folder}/nginx.conf"]
    url = f"http://127.0.0.1:{port}"
    with started(told, url):
        yield url


def one_file(place: Path, size: int, runs: int) -> dict[str, dict[str, float]]:
    """Compare on one large file of a web server."""
    curl = shutil.which("curl")
    if not curl:
        raise RuntimeError("curl is missing")
    (place / "www").mkdir()
    seed = random.Random("large")  # noqa: S311  # no secret
    with (place / "www" / "large.bin").open("wb") as stream:
        for _ in range(0, size, 1 << 20):
            stream.write(seed.randbytes(1 << 20))
    size = (place / "www" / "large.bin").stat().st_size
    with nginx(place) as root:
        url = f"{root}/large.bin"
        template = registry(place / "registry", f'Http(urls=("{url}",))')
        command = [curl, "-sS", "-o", "out/large.bin", url]
        return compared(
            {
                "curl": lambda _: command,
                f"curl{SUMS}": lambda _: summed(command),
                "medreg fetch": lambda _: [*MEDREG, "fetch", "timed"],
                "medreg stage fetch": lambda _: [*MEDREG, "stage", "fetch", "timed"],
            },
            template,
            place,
            size,
            runs,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--objects", type=int, default=2000)
    parser.add_argument("--gigabytes", type=float, default=2)
    parser.add_argument("--bare", action="store_true", help="objects without a stored CRC-32")
    parser.add_argument("--folder", help="where to work; needs four times the bytes")
    parser.add_argument("--apart", action="store_true", help="a core for server and client each")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    if args.apart and (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {0})  # the servers take it over
    found: dict[str, dict[str, dict[str, float]]] = {}
    parts: dict[str, Callable[[Path], dict[str, dict[str, float]]]] = {
        "s3": lambda place: objects(place, args.objects, args.runs, bare=args.bare),
        "http": lambda place: one_file(place, int(args.gigabytes * 1e9), args.runs),
    }
    for name, part in parts.items():
        with tempfile.TemporaryDirectory(dir=args.folder) as place:
            try:
                found[name] = part(Path(place))
            except (RuntimeError, OSError, subprocess.CalledProcessError) as error:
                print(f"{name}: not timed: {error}", file=sys.stderr)
    for rows in found.values():
        rivals = {name: row["seconds"] for name, row in rows.items() if "medreg" not in name}
        best = min(seconds for name, seconds in rivals.items() if not name.endswith(SUMS))
        equal = min(seconds for name, seconds in rivals.items() if name.endswith(SUMS))
        for row in rows.values():
            row["ratio"], row["ratio to equal work"] = (
                one / row["seconds"] for one in (best, equal)
            )
    if args.json:
        print(json.dumps(found, indent=1))
        return
    for name, rows in found.items():
        print(f"\n{name}: ratio to the faster rival, goal {GOALS[name]}; peak goal 150 MB")
        for rival, row in rows.items():
            print(
                f"  {rival:<20} {row['seconds']:6.2f} s  {row['CPU seconds']:6.2f} CPU s  "
                f"{row['MB/s']:6.0f} MB/s  peak {row['peak MB']:5.0f} MB  "
                f"ratio {row['ratio']:.2f}, {row['ratio to equal work']:.2f} to equal work"
            )


if __name__ == "__main__":
    main()
