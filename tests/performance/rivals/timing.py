"""The median latency of one network by other timers; they are to agree, and none is the faster one."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator

import torch
from restorebench.bench.profiling.latency.measurement import measure
from restorebench.bench.profiling.latency.timing import Rules
from restorebench.bench.profiling.profiled_model import open_profiled_model
from torch.utils.benchmark import Timer

from .contest import Row, absent, is_installed, library
from .turns import Ratio, middle

ROOM = "latency"
NETWORK = "nafnet-nano"
SIDE = 256
TURNS = 5

Timed = Callable[[Callable[[], object], float], float]
"""A work and about how many seconds to spend on it, to the median of its seconds."""


def rows(scale: float) -> Iterator[Row]:
    """Every timer has a turn in each round, on the same calls; the ratio is that of the medians."""
    network, image = open_profiled_model(NETWORK).network(), torch.rand(1, 3, SIDE, SIDE)
    task = f"{NETWORK} at {SIDE}x{SIDE}, p50"
    timers: dict[str, Timed] = {"restorebench": by_profiler, "torch.utils.benchmark": by_torch}
    if is_installed("optimum_benchmark", "transformers", "hydra", "flatten_dict", "colorlog"):
        timers["optimum-benchmark"] = by_optimum

    def work() -> object:
        with torch.inference_mode():
            return network(image)

    turns = TURNS if scale >= 1 else 2
    found = [{name: timer(work, 1.5 * scale) for name, timer in timers.items()} for _ in range(turns)]
    ours = statistics.median(each["restorebench"] for each in found)
    for name in list(timers)[1:]:
        ratio: Ratio = middle([each[name] / each["restorebench"] for each in found])
        theirs = statistics.median(each[name] for each in found)
        note = "its latency tracker, in a loop" if name == "optimum-benchmark" else ""
        yield Row(ROOM, task, name, note, 1000 * ours, 1000 * theirs, ratio, "wall")
    if "optimum-benchmark" not in timers:
        rival = absent("optimum-benchmark", "optimum-benchmark")
        yield Row(ROOM, task, rival.name, rival.note)


def by_profiler(work: Callable[[], object], seconds: float) -> float:
    """The profiler's median, with its warm-up."""
    return measure(work, rules=Rules(seconds=seconds, warmup_seconds=seconds / 2)).median


def by_torch(work: Callable[[], object], seconds: float) -> float:
    """The median of torch.utils.benchmark."""
    timer = Timer("work()", globals={"work": work}, num_threads=torch.get_num_threads())
    return timer.blocked_autorange(min_run_time=seconds).median


def by_optimum(work: Callable[[], object], seconds: float) -> float:
    """The p50 of its per-call tracker, after two calls."""
    trackers = library("optimum_benchmark.trackers.latency")
    tracker = trackers.LatencyTracker(device="cpu", backend="pytorch")
    end, calls = time.perf_counter() + seconds, []
    for _ in range(2):
        work()
    while len(calls) < 10 or time.perf_counter() < end:
        with tracker.track():
            work()
        calls.extend(tracker.get_latency().values)
    return float(trackers.Latency.from_values(calls, unit="s").p50)
