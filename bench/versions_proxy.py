"""A proxy on the loopback that is far away: every byte sent to its target comes later.

    python -m bench.versions_proxy TARGET_PORT [--milliseconds 30]

Prints its own port. The delay is of one direction, so of every round trip; it narrows nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


async def _later(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float
) -> None:
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def send() -> None:
        while True:
            due, data = await queue.get()
            await asyncio.sleep(due - loop.time())
            if not data:
                break
            writer.write(data)
            await writer.drain()
        writer.close()

    sender = asyncio.create_task(send())
    try:
        while data := await reader.read(1 << 18):
            queue.put_nowait((loop.time() + seconds, data))
    except ConnectionError:
        pass
    queue.put_nowait((loop.time() + seconds, b""))
    try:
        await sender
    except ConnectionError:
        writer.close()


async def _accept(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int, seconds: float
) -> None:
    there, away = await asyncio.open_connection("127.0.0.1", port)
    await asyncio.gather(_later(reader, away, seconds), _later(there, writer, 0))


async def serve(port: int, seconds: float) -> None:
    told = partial(_accept, port=port, seconds=seconds)
    server = await asyncio.start_server(told, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def delayed(url: str, milliseconds: float = 30) -> Iterator[str]:
    """Run the proxy before *url*, in a process of its own; yield its address."""
    port = url.rpartition(":")[2]
    command = [sys.executable, "-m", "bench.versions_proxy", port]
    with subprocess.Popen(
        [*command, "--milliseconds", str(milliseconds)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=dict(os.environ),
    ) as process:
        try:
            told = process.stdout.readline() if process.stdout else ""
            yield f"http://127.0.0.1:{told.strip()}"
        finally:
            process.kill()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("--milliseconds", type=float, default=30)
    args = parser.parse_args()
    asyncio.run(serve(args.port, args.milliseconds / 1000))


if __name__ == "__main__":
    main()
