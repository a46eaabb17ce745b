"""Kill medreg at random moments, two processes at a time, and damage its registry between.

    python -m bench.storm [--seed 1] [--kills 500] [--minutes 45] [--json] [--keep DIR]

Verbs run as processes of their own over one small registry. Half of them are killed at a random
time, half at a random change of a file; some alone, some with all they started. Each is run again
until it succeeds, by its own hints alone. Between them come mishaps (`bench.storm_mishaps`). After
it every release must verify, every object be what its name says, no temporary file and no lock be
left. A broken promise is printed with the words that were said, and the command ends with 1.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, fields
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from bench import storm_child, storm_lab, storm_mishaps, storm_promises
from bench.storm_damage import Harm, server
from bench.storm_lab import PATIENCE, Lab, Said
from bench.storm_proxy import proxy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.context import ForkServerProcess

VERBS = ("fetch", "convert", "curate", "release", "push", "pull", "evict", "reproduce")
EVERY = 12  # steps between two looks at all promises
SEED = 1
USUAL = 1.2  # seconds that a verb takes, until it was measured
LEAST = 20  # kills, however slow the machine is
CHANGES = 25  # changes of files that a verb makes, until they were counted


@dataclass(slots=True)
class Storm:
    """All that happened."""

    seed: int
    steps: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    together: Counter[str] = field(default_factory=Counter)  # of these, with all they started
    unharmed: Counter[str] = field(default_factory=Counter)  # ended before their kill
    resumed: Counter[str] = field(default_factory=Counter)
    mishaps: dict[str, Counter[str]] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    releases: int = 0
    broken: list[tuple[int, str, str]] = field(default_factory=list)  # step, promise, what was said
    seconds: float = 0.0

    def broke(self, promise: str, story: str) -> None:
        """Note that a promise was broken in this step."""
        self.broken.append((self.steps, promise, story))
        print(f"BROKEN at step {self.steps}: {promise}\n{story}\n", file=sys.stderr, flush=True)


@dataclass(slots=True)
class Usual:
    """What each verb usually takes: seconds, and changes of files."""

    seconds: dict[str, float] = field(default_factory=dict)
    changes: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Blow:
    """A process that runs, and when it will be killed."""

    arguments: Sequence[str]
    process: subprocess.Popen[str] | ForkServerProcess
    after: float  # seconds; 0: it kills itself at a change
    everything: bool
    log: Path

    def strike(self, began: float) -> Said:
        """Wait for the moment, kill, and return how it ended."""
        moment = max(0.0, began + (self.after or PATIENCE) - time.monotonic())
        if isinstance(self.process, subprocess.Popen):
            try:
                code = self.process.wait(moment)
            except subprocess.TimeoutExpired:
                self._kill()
                code = self.process.wait()
        else:
            self.process.join(moment)
            if self.process.exitcode is None:
                self._kill()
                self.process.join()
            code = self.process.exitcode or 0
        return Said(" ".join(self.arguments), code, self.log.read_text())

    def _kill(self) -> None:
        (os.killpg if self.everything else os.kill)(self.process.pid or 0, signal.SIGKILL)


def begin(lab: Lab, arguments: Sequence[str], usual: Usual, draw: Random, slot: int) -> Blow:
    """Start a verb, with a moment at which it will be killed."""
    verb, everything = arguments[0], draw.random() < 0.5  # noqa: PLR2004  # one half
    log = lab.folder / f"said-{slot}"
    log.write_text("")
    after = usual.seconds.get(verb, USUAL) * draw.uniform(0.2, 0.9)
    at = draw.randint(1, max(8, usual.changes.get(verb, CHANGES)))
    if draw.random() < 0.7:  # noqa: PLR2004  # most of a short run is its start
        process = storm_child.started(lab.root, arguments, log, at, everything=everything)
        return Blow(arguments, process, 0.0, everything, log)
    with log.open("w") as said:
        cold = subprocess.Popen(
            [sys.executable, "-m", "medreg", *arguments],
            cwd=lab.root,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
            text=True,
        )
    return Blow(arguments, cold, after, everything, log)


def kill_two(lab: Lab, whole: Storm, usual: Usual, draw: Random) -> None:
    """Run two verbs at a time, kill both, and run them again until they succeed."""
    asked = [storm_lab.command(lab, draw.choice(VERBS), draw) for _ in range(2)]
    began = time.monotonic()
    blows = [begin(lab, arguments, usual, draw, slot) for slot, arguments in enumerate(asked)]
    for blow in sorted(blows, key=lambda one: one.after or PATIENCE):
        verb = blow.arguments[0]
        said = blow.strike(began)
        if said.code == -signal.SIGKILL:
            whole.kills[verb] += 1
            whole.together[verb] += blow.everything
        else:
            whole.unharmed[verb] += 1
            usual.changes[verb] = storm_child.changes(blow.log) or CHANGES
            if said.broken or (said.code and "hint: " not in said.text):
                whole.broke(f"{said.command} ended with {said.code}", said.text)
    time.sleep(0.05)  # programs that outlived their parent end by themselves
    with ThreadPoolExecutor(2) as pool:
        for arguments, ended in zip(asked, pool.map(lambda a: _again(lab, a), asked), strict=True):
            said, story, seconds = ended
            if said.code:
                whole.broke(f"{arguments[0]} cannot be resumed", storm_promises.told(story))
            else:
                whole.resumed[arguments[0]] += 1
                if len(story) == 1:
                    usual.seconds[arguments[0]] = seconds


def _again(lab: Lab, arguments: Sequence[str]) -> tuple[Said, list[Said], float]:
    began = time.monotonic()
    said, story = storm_promises.mend(lab, arguments)
    return said, story, time.monotonic() - began


# --- between the kills ---------------------------------------------------------------------------


def look(lab: Lab, whole: Storm, *, last: bool = False) -> None:
    """Bring all up to date, and ask whether every promise holds."""
    for what, well, story in storm_promises.settled(lab):
        if not well:
            whole.broke(f"{what} does not succeed", story)
    lab.medreg("tiers")  # alone now: whoever comes next removes what the killed left
    for name, found in (
        ("temporary files are left", storm_promises.orphans(lab)),
        ("locks are left", storm_promises.locked(lab)),
        ("objects are not what their name says", storm_promises.wrong_objects(lab)),
    ):
        if found:
            whole.broke(name, "\n".join(found[:20]))
    if last:
        for tag, wrong in storm_promises.releases(lab):
            whole.releases += 1
            if wrong:
                whole.broke(f"{tag} does not verify", wrong)


def mishap(lab: Lab, whole: Storm, name: str, harm: Harm) -> None:
    """Let one mishap happen; count whether it was told, and repaired by what was said."""
    counts = whole.mishaps.setdefault(name, Counter(happened=0, told=0, repaired=0))
    began = time.monotonic()
    ended = storm_mishaps.MISHAPS[name](lab, harm)
    print(f"  {name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    if isinstance(ended, str):
        whole.skipped[name] = ended
        return
    counts["happened"] += 1
    counts["told"] += ended.told
    counts["repaired"] += ended.repaired
    if not (ended.told and ended.repaired):
        lacking = "told" if not ended.told else "repaired"
        whole.broke(f"{name} was not {lacking}", storm_promises.told(ended.story))


def storm(  # noqa: PLR0913, PLR0917  # what, how much of it
    lab: Lab,
    whole: Storm,
    kills: int,
    seconds: float,
    harm: Harm,
    mishaps: Sequence[str],
) -> None:
    """Kill until there were *kills*, or the *seconds* are over; spread the *mishaps* among them.

    A quarter of the time is for the last look, in which every release is verified.
    """
    began, usual = time.monotonic(), Usual()
    waiting = list(mishaps)
    harm.draw.shuffle(waiting)
    planned = len(waiting)
    while True:
        done = sum(whole.kills.values())
        spent = (time.monotonic() - began) / (0.75 * seconds)
        share = max(done / kills if kills else 1.0, spent)
        killing = done < kills and (spent < 1 or done < LEAST)
        if not killing and not waiting:
            break
        whole.steps += 1
        draw = Random(f"{whole.seed}/{whole.steps}")  # noqa: S311  # repeatable on purpose
        if killing:
            kill_two(lab, whole, usual, draw)
        while waiting and (planned - len(waiting)) < share * planned:
            mishap(lab, whole, waiting.pop(), harm)
        if whole.steps % EVERY == 0:
            look(lab, whole)
        so_far = f"{sum(whole.kills.values())} kills, {time.monotonic() - began:.0f} s"
        print(f"step {whole.steps}: {so_far}", file=sys.stderr, flush=True)
    look(lab, whole, last=True)
    whole.seconds = time.monotonic() - began


def report(whole: Storm) -> Iterator[str]:
    """Yield the lines of the report."""
    yield f"{'verb':<12} {'kills':>6} {'with all':>9} {'ended before':>13} {'resumed':>8}"
    for verb in VERBS:
        counted = (whole.kills, whole.together, whole.unharmed, whole.resumed)
        a, b, c, d = (counts[verb] for counts in counted)
        yield f"{verb:<12} {a:>6} {b:>9} {c:>13} {d:>8}"
    yield f"{'mishap':<28} {'happened':>9} {'told':>5} {'repaired':>9}"
    for name, counts in sorted(whole.mishaps.items()):
        happened, told, repaired = (counts[key] for key in ("happened", "told", "repaired"))
        yield f"{name:<28} {happened:>9} {told:>5} {repaired:>9}"
    for name, reason in sorted(whole.skipped.items()):
        yield f"{name:<28} skipped: {reason}"
    for step, promise, _ in whole.broken:
        yield f"BROKEN at step {step}: {promise}"
    yield (
        f"seed {whole.seed}, {whole.steps} steps, {sum(whole.kills.values())} kills, "
        f"{whole.releases} releases verified, {len(whole.broken)} promises broken, "
        f"{whole.seconds:.0f} s"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--minutes", type=float, default=60)
    known = ", ".join(storm_mishaps.MISHAPS)
    parser.add_argument("--mishap", nargs="*", metavar="NAME", help=f"only these of: {known}")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="make it here, and leave it")
    args = parser.parse_args()
    whole = Storm(args.seed)
    with ExitStack() as stack:
        temporary = tempfile.TemporaryDirectory(prefix="storm-", ignore_cleanup_errors=True)
        folder = args.keep or Path(stack.enter_context(temporary))
        storm_lab.settings(folder)
        front = None
        if behind := server(stack, folder):
            front = stack.enter_context(proxy(behind))
        lab = storm_lab.build(folder, front.url if front else "")
        harm = Harm(Random(f"{args.seed}/mishaps"), front)  # noqa: S311  # repeatable
        chosen = args.mishap if args.mishap is not None else list(storm_mishaps.MISHAPS)
        storm(lab, whole, args.kills, 60 * args.minutes, harm, chosen)
    found = {one.name: getattr(whole, one.name) for one in fields(whole)}  # asdict spoils a Counter
    print("\n".join(report(whole)), file=sys.stderr if args.json else sys.stdout)
    if args.json:
        print(json.dumps(found, indent=2))
    return 1 if whole.broken else 0


if __name__ == "__main__":
    sys.exit(main())
