"""Feed mutated files to every reader: each must end as a value or as a named refusal.

    python -m bench.fuzz [--count 5000] [--seed 3] [--only KIND] [--at INDEX]

Every file is made from the seed and its index alone, read in a child process that may take one
gigabyte more and a limited time, and counted by kind. A traceback, a crash, a hang, a refusal for
want of memory, or an error of the machine is a failure: it is printed with the words that make it
again, and the command ends with 1. Kinds: `bench.fuzz_seeds`; damage: `bench.fuzz_mutations`.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import resource
import select
import subprocess
import sys
import threading
import time
import traceback
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.fuzz_seeds import Files

ROOT = Path(__file__).resolve().parents[1]
SEED = 3
MEMORY = 1 << 30  # bytes that the reading of one small file may take
SECONDS = 30.0  # for one file, with the start of a decoder on a busy machine
START = 120.0  # seconds for the start of a child
SHOWN = 5  # reasons of a kind
HUNGRY = re.compile(r"MemoryError|bad_alloc|(?i:(to|not) allocate )")  # a refusal that took all
VALUE, REFUSED, FAILED = "value", "refused", "failed"


@dataclass(frozen=True, slots=True)
class Ended:
    """How the reading of one mutated file ended."""

    index: int
    kind: str
    damage: str
    how: str
    reason: str = ""  # of a refusal, without names and numbers; of a failure, what happened
    seconds: float = 0.0
    memory: int = 0  # bytes taken at most, above what the process held
    decoder: int = 0  # bytes of the largest process for codecs so far


@dataclass(slots=True)
class Storm:
    """All that was read."""

    seed: int
    only: str
    ended: list[Ended] = field(default_factory=list)

    @property
    def failures(self) -> list[Ended]:
        """What neither a value nor a refusal came of."""
        return [one for one in self.ended if one.how == FAILED]


# --- one file ----------------------------------------------------------------------------------


def made(seed: int, index: int, only: str = "") -> tuple[str, Files, str]:
    """Return the kind, the files and the damage of the mutated input *index*."""
    import numpy as np

    from bench.fuzz_mutations import mutated
    from bench.fuzz_seeds import readers

    rng = np.random.default_rng([seed, index])
    kinds = readers()
    shares = np.array([one.share for one in kinds.values()], np.float64)
    kind = only or str(rng.choice([*kinds], p=shares / shares.sum()))
    files = dict(kinds[kind].files)
    others = [data for one in kinds.values() for data in one.files.values()]
    names = sorted(name for name in files if name.startswith(kinds[kind].among))
    done = []
    for name in rng.permutation(names)[: 1 + int(rng.random() < 0.2)]:  # noqa: PLR2004 - of ten
        files[name], changes = mutated(files[name], others[rng.integers(len(others))], rng)
        done.append(f"{name}: {', '.join(changes)}")
    if len(files) > 1 and rng.random() < 0.1:  # noqa: PLR2004 - of ten
        one, other = (str(name) for name in rng.choice([*files], 2, replace=False))
        files[one] = files[other]
        done.append(f"{one} is {other}")
    return kind, files, "; ".join(done)


def attempted(seed: int, index: int, only: str = "") -> Ended:
    """Read the mutated input *index* in this process."""
    from bench.fuzz_seeds import readers
    from medreg.errors import MedregError

    kind, files, damage = made(seed, index, only)
    _forget_peak()
    before, start = _memory("VmRSS"), time.perf_counter()
    how, reason = VALUE, ""
    try:
        readers()[kind].read(files)
    except MedregError as error:
        how, reason = REFUSED, f"{type(error).__name__}: {error}"
        if type(error) is MedregError or HUNGRY.search(str(error)):
            how = FAILED
    except Exception as error:  # noqa: BLE001 - which is what is looked for
        where = traceback.extract_tb(error.__traceback__)[-1]
        at = f"{Path(where.filename).name}:{where.lineno}"
        how, reason = FAILED, f"{type(error).__name__} at {at}: {error}"[:300]
    seconds, memory = time.perf_counter() - start, _memory("VmHWM") - before
    decoder = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    if how != FAILED and max(memory, decoder) > MEMORY:
        how, reason = FAILED, f"took {max(memory, decoder) >> 20:,} MB"
    return Ended(index, kind, damage, how, reason, seconds, memory, decoder)


def _forget_peak() -> None:
    with contextlib.suppress(OSError):  # where the kernel lacks it, peaks are of the process
        Path("/proc/self/clear_refs").write_text("5")


def _memory(name: str) -> int:
    said = Path("/proc/self/status").read_text()
    return int(re.findall(rf"{name}:\s*(\d+) kB", said)[0]) * 1024


# --- many files, in children -------------------------------------------------------------------


def storm(
    count: int, seed: int = SEED, only: str = "", workers: int = 2, limit: float = SECONDS
) -> Storm:
    """Read *count* mutated inputs; the result depends on *seed* and *only* alone."""
    whole, indexes, lock = Storm(seed, only), iter(range(count)), threading.Lock()

    def work() -> None:
        child: _Child | None = None
        while True:
            with lock:
                index = next(indexes, None)
            if index is None:
                break
            child = child if child is not None and child.is_alive else _Child(seed, only)
            one = child.ask(index, limit)
            with lock:
                whole.ended.append(one)
        if child is not None:
            child.end()

    with ThreadPoolExecutor(workers) as pool:
        for done in [pool.submit(work) for _ in range(workers)]:
            done.result()
    whole.ended.sort(key=lambda one: one.index)
    return whole


class _Child:
    """A process that reads one input after the other."""

    def __init__(self, seed: int, only: str) -> None:
        self._seed, self._only = seed, only
        words = ["--seed", str(seed), "--only", only, "--serve"]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.fuzz", *words],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"},
        )
        self.is_alive = True
        if not self._line(START):
            self.end()
            raise RuntimeError("the child that reads did not start: try --at 0")

    def ask(self, index: int, limit: float) -> Ended:
        if self._process.stdin is None:
            raise RuntimeError("no pipe")
        start = time.perf_counter()
        self._process.stdin.write(f"{index}\n")
        self._process.stdin.flush()
        line = self._line(limit)
        if line:
            return Ended(**json.loads(line))
        seconds = time.perf_counter() - start
        hung = line is None
        code = self._process.poll() if hung else self._process.wait()
        self.end()
        kind, _, damage = made(self._seed, index, self._only)
        reason = f"took more than {limit:g} s" if hung else f"the process died ({code})"
        return Ended(index, kind, damage, FAILED, reason, seconds)

    def _line(self, limit: float) -> str | None:
        """Return a line, an empty one at the end, or None when *limit* has passed."""
        if self._process.stdout is None:
            raise RuntimeError("no pipe")
        ready, _, _ = select.select([self._process.stdout], [], [], limit)
        return self._process.stdout.readline() if ready else None

    def end(self) -> None:
        self.is_alive = False
        self._process.kill()
        self._process.communicate()


def _serve(seed: int, only: str) -> None:
    """Answer the indexes that come in with what became of them; libraries' chatter goes nowhere."""
    from bench.fuzz_seeds import readers

    readers()
    with os.fdopen(os.dup(1), "w") as answers, Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (_memory("VmSize") + MEMORY, hard))
        print("ready", file=answers, flush=True)
        for line in sys.stdin:
            ended = attempted(seed, int(line), only)
            print(json.dumps(asdict(ended)), file=answers, flush=True)


# --- the report --------------------------------------------------------------------------------


def reason_class(reason: str) -> str:
    """Return the words of *reason* that are the same for all files of its class."""
    said = re.sub(r"\(.*", "", reason.removeprefix("Refused: "))
    said = re.sub(r"\S*\.(dcm|nii|gz|xml|png|hdr|img|mha|mhd|nrrd|raw|zip)\S*", "", said)
    said = re.sub(r"'[^']*'?|\"[^\"]*\"?|[-+]?\d[\d.,e+]*|[^\x20-\x7e]+", "", said)
    return " ".join(said.split()[:7]).strip(" :;,") or "(only values)"


def report(whole: Storm) -> Iterator[str]:
    """Yield the lines of the report."""
    for kind in sorted({one.kind for one in whole.ended}):
        of_kind = [one for one in whole.ended if one.kind == kind]
        yield f"{kind:<16} {_counts(of_kind)}"
        reasons = Counter(reason_class(one.reason) for one in of_kind if one.how == REFUSED)
        for reason, count in reasons.most_common(SHOWN):
            yield f"{count:>9} x {reason}"
        rest = sum(reasons.values()) - sum(n for _, n in reasons.most_common(SHOWN))
        if rest:
            yield f"{rest:>9} x {len(reasons) - SHOWN} other reasons"
    for one in whole.failures:
        yield f"FAILED {one.kind} ({one.damage}): {one.reason}"
        yield f"       {_again(whole, one)}"
    if whole.ended:
        hungry = max(whole.ended, key=lambda one: one.memory)
        slow = max(whole.ended, key=lambda one: one.seconds)
        decoder = max(one.decoder for one in whole.ended)
        yield f"most memory {hungry.memory >> 20} MB: {_again(whole, hungry)}"
        yield f"largest decoder process {decoder >> 20} MB"
        yield f"slowest {slow.seconds:.1f} s: {_again(whole, slow)}"
    yield f"seed {whole.seed}, {len(whole.ended):,} mutated files: {_counts(whole.ended)}"


def _counts(ended: Sequence[Ended]) -> str:
    how = Counter(one.how for one in ended)
    return f"{how[VALUE]:>5} values {how[REFUSED]:>5} refused {how[FAILED]:>3} failed"


def _again(whole: Storm, one: Ended) -> str:
    only = f" --only {one.kind!r}" if whole.only else ""
    return f"python -m bench.fuzz --seed {whole.seed}{only} --at {one.index}  ({one.kind})"


def _replay(seed: int, index: int, only: str) -> dict[str, Any]:
    """Read one input again, with its traceback."""
    from bench.fuzz_seeds import readers

    kind, files, damage = made(seed, index, only)
    print(f"{kind}: {damage}")
    return {kind: readers()[kind].read(files)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--only", metavar="KIND", default="")
    parser.add_argument("--at", type=int, metavar="INDEX", help="read one, in this process")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.only:
        from bench.fuzz_seeds import readers

        if args.only not in readers():
            parser.error(f"no kind {args.only!r}, but {', '.join(readers())}")
    if args.serve:
        _serve(args.seed, args.only)
        return 0
    if args.at is not None:
        print(_replay(args.seed, args.at, args.only))
        return 0
    whole = storm(args.count, args.seed, args.only, args.processes)
    print("\n".join(report(whole)))
    return 1 if whole.failures else 0


if __name__ == "__main__":
    sys.exit(main())
