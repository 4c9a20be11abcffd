"""The driver of the fuzzers: gives inputs to a reader and counts what becomes of them.

A reader either takes an input or refuses it by a `RestorebenchError`. Anything else escapes: another exception, a
warning, more than ten seconds, or a jump in memory. `corpus/KIND/` holds inputs that once escaped; they go first.
"""

from __future__ import annotations

import hashlib
import os
import random
import resource
import signal
import time
import traceback
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from restorebench.bench.errors import RestorebenchError

__all__ = ["CORPUS", "Tally", "fuzz"]

CORPUS = Path(__file__).parent / "corpus"
SECONDS = float(os.environ.get("RESTOREBENCH_FUZZ_SECONDS", "0"))
"""How long each fuzzer goes on after its usual number of inputs."""

MOST_SECONDS = 10
MOST_GROWTH = 700 << 20
"""Bytes by which one input may raise the peak of the process's memory."""

SENTENCE = 5_000
"""Characters of the longest message that is still a sentence."""


@dataclass
class Tally:
    """What became of the inputs."""

    kind: str
    tried: int = 0
    refused: int = 0
    escaped: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.kind}: {self.tried} tried, {self.refused} refused, {len(self.escaped)} escaped"


def fuzz(
    kind: str,
    mutated: Callable[[random.Random], bytes],
    read: Callable[[bytes], object],
    *,
    count: int,
    found: Path,
    seed: int = 0,
) -> Tally:
    """Read the corpus and then mutated inputs; count what becomes of them.

    Args:
        kind: of input; the name of its folder in the corpus.
        mutated: makes an input from random numbers.
        read: the reader.
        count: inputs besides the corpus.
        found: folder for inputs that escape.
        seed: of the first input; input n has seed + n, so that one can be made again alone.
    """
    tally = Tally(kind)
    for content in _inputs(kind, mutated, count, seed):
        tally.tried += 1
        problem = _outcome(read, content, tally)
        if problem is not None:
            place = found / kind / hashlib.sha256(content).hexdigest()[:12]
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
            tally.escaped.append(f"{place}: {problem}")
    return tally


def _inputs(kind: str, mutated: Callable[[random.Random], bytes], count: int, seed: int) -> Iterator[bytes]:
    yield from (path.read_bytes() for path in sorted((CORPUS / kind).glob("*")))
    end = time.monotonic() + SECONDS
    number = 0
    while number < count or time.monotonic() < end:
        yield mutated(random.Random(seed + number))  # noqa: S311 -- repeatable, not secret
        number += 1


def _outcome(read: Callable[[bytes], object], content: bytes, tally: Tally) -> str | None:
    """What is wrong with how an input was read; `None` if nothing is."""
    before = _peak()
    try:
        with _limited(MOST_SECONDS):
            read(content)
    except RestorebenchError as error:
        tally.refused += 1
        if not str(error).strip() or len(str(error)) > SENTENCE:
            return f"refused without a sentence: {str(error)[:200]!r} of {len(str(error))} characters"
    except (Exception, _TooSlowError) as error:  # noqa: BLE001 -- whatever it is, it is what is being looked for
        return f"{type(error).__name__}: {str(error)[:200]}\n{''.join(traceback.format_tb(error.__traceback__)[-3:])}"
    grown = _peak() - before
    return f"took {grown >> 20} MiB" if grown > MOST_GROWTH else None


class _TooSlowError(BaseException):
    """Not an `Exception`, which a reader might catch."""


@contextmanager
def _limited(seconds: int) -> Generator[None]:
    """End a block that takes too long."""

    def stop(_signal: int, _frame: object) -> None:
        raise _TooSlowError(f"took more than {seconds} seconds")

    previous = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)


def _peak() -> int:
    """Peak of the process's memory in bytes, on Linux."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
