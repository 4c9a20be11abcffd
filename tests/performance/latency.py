"""The profiler's latency beside torch.utils.benchmark, and its spread over repetitions.

Both time the same calls, in turns. On a quiet machine their medians agree within 3 %, and three repetitions of the
profiler's lie within 2 % of each other; what spoke against the last of them is printed with every row.

    python tests/performance/latency.py [MODEL ...] [--size 256x256] [--device cpu] [--precision fp32]
"""

from __future__ import annotations

import argparse
import functools
import statistics
import time
from collections.abc import Callable

import torch
from restorebench.bench.cli.profile import parse_size
from restorebench.bench.contracts import InferenceSettings
from restorebench.bench.machine.hardware import GpuLoad, open_nvml, pinned
from restorebench.bench.profiling.latency.load import CpuLoad
from restorebench.bench.profiling.latency.measurement import measure
from restorebench.bench.profiling.latency.timers import CpuTimer, CudaTimer, TorchCuda
from restorebench.bench.profiling.latency.timing import Rules, Timing
from restorebench.bench.profiling.profiled_model import open_profiled_model
from restorebench.bench.terminal.display import new_table, print_table
from torch.utils.benchmark import Timer

DEFAULT = ("sleep of 20 ms", "nafnet-nano", "restormer-nano")
REPEATS = 3


def work_of(name: str, size: tuple[int, int], settings: InferenceSettings) -> Callable[[], object]:
    """A call of a model, or a call of known duration."""
    if name == "sleep of 20 ms":
        return functools.partial(time.sleep, 0.02)
    model = open_profiled_model(name).on(settings)
    return functools.partial(model, torch.rand(1, 3, *size).to(model.device))


def profiled(work: Callable[[], object], device: str, rules: Rules) -> Timing:
    """The profiler's timing."""
    if device == "cpu":
        return measure(work, timer=CpuTimer(), rules=rules, load=CpuLoad())
    nvml = open_nvml(device)
    return measure(work, timer=CudaTimer(TorchCuda(device)), rules=rules, load=None if nvml is None else GpuLoad(nvml))


def peer(work: Callable[[], object], seconds: float, threads: int) -> float:
    """The median of torch.utils.benchmark."""
    timer = Timer("work()", globals={"work": work}, num_threads=threads)
    return timer.blocked_autorange(min_run_time=seconds).median


def row(name: str, work: Callable[[], object], options: argparse.Namespace) -> tuple[str, ...]:
    """Both medians, their ratio and the profiler's spread."""
    rules = Rules(seconds=options.seconds)
    turns = [
        (profiled(work, options.device, rules), peer(work, options.seconds, options.threads)) for _ in range(REPEATS)
    ]
    ours, theirs = [timing.median for timing, _ in turns], [seconds for _, seconds in turns]
    ratio = statistics.median(mine / other for mine, other in zip(ours, theirs, strict=True))
    spread = (max(ours) - min(ours)) / statistics.median(ours)
    doubts = "; ".join(turns[-1][0].doubts)
    figures = (f"{statistics.median(values) * 1e3:.2f}" for values in (ours, theirs))
    return (name, *figures, f"{ratio:.3f}", f"{spread:.1%}", doubts or "none")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", default=DEFAULT)
    parser.add_argument("--size", type=parse_size, default=(256, 256))
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", default="fp32")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=5.0)
    options = parser.parse_args()
    settings = InferenceSettings(device=options.device, precision=options.precision)
    size = "x".join(map(str, options.size))
    title = f"One image of {size}, {options.device}, {options.precision}, {options.threads} threads, ms"
    columns = ("Call", "Profiler", "torch.utils.benchmark", "Ratio", f"Spread of {REPEATS}", "Doubts")
    table = new_table(*columns, title=title, right=columns[1:5])
    with pinned(options.threads):
        for name in options.models:
            table.add_row(*row(name, work_of(name, options.size, settings), options))
    print_table(table)


if __name__ == "__main__":
    main()
