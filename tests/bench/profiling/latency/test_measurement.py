from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from restorebench.bench.errors import OutOfMemoryError, RestorationError
from restorebench.bench.profiling.latency.load import CpuLoad, CpuTimes, cpu_times
from restorebench.bench.profiling.latency.measurement import Failure, measure, measure_all
from restorebench.bench.profiling.latency.timers import FLUSH_BYTES, CpuTimer, CudaTimer, Event
from restorebench.bench.profiling.latency.timing import Rules, Timing, doubts, median_error, outliers, quantile

QUICK = Rules(seconds=2, warmup_seconds=1)


class FakeClock:
    """Time that passes only when something says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def spend(self, seconds: float) -> None:
        self.now += seconds


def timed(clock: FakeClock, seconds: Iterator[float] | float) -> Callable[[], None]:
    """Work that takes known times."""
    durations: Iterator[float] = itertools.repeat(seconds) if isinstance(seconds, float | int) else seconds
    return lambda: clock.spend(next(durations))


def measured(clock: FakeClock, work: Callable[[], None], rules: Rules = QUICK) -> Timing:
    return measure(work, timer=CpuTimer(clock), rules=rules, clock=clock)


# --- statistics


def test_quantiles_are_numpy_s():
    samples = sorted(np.random.default_rng(0).exponential(size=101).tolist())
    for fraction in (0.05, 0.5, 0.95, 0.99):
        assert quantile(samples, fraction) == pytest.approx(np.quantile(samples, fraction))


def test_the_interval_of_the_median_covers_it_as_often_as_it_says():
    """A bimodal, skewed distribution, for which a normal interval would be wrong."""
    generator = np.random.default_rng(1)
    true_median, covered = np.log(2), 0
    for _ in range(400):
        samples = generator.exponential(size=60)
        half = median_error(samples.tolist()) * np.median(samples)
        ordered = np.sort(samples)
        lower, upper = ordered[int(30 - 0.98 * 60**0.5) - 1], ordered[int(np.ceil(30 + 0.98 * 60**0.5))]
        assert half == pytest.approx((upper - lower) / 2)
        covered += lower <= true_median <= upper
    assert 0.93 <= covered / 400 <= 1


def test_the_error_shrinks_with_more_samples():
    generator = np.random.default_rng(2)
    few, many = (median_error(generator.normal(1, 0.1, count).tolist()) for count in (20, 2000))
    assert few > 5 * many
    assert median_error([1.0] * 5) == float("inf")


def test_outliers_are_counted_beyond_the_outer_fence():
    samples = [1.0, 1.1, 0.9, 1.05, 0.95] * 4
    assert outliers(samples) == 0
    assert outliers([*samples, 5.0, 0.01]) == 2


@pytest.mark.parametrize(
    ("samples", "phrase"),
    [
        ([1.0] * 4, "too few samples: 4 of at least 10"),
        ([1.0, 1.4] * 10, "calls do not repeat"),
        ([1.0] * 20 + [1.2] * 20, r"drift: the last third took \+20%"),
        ([1.0, 1.04, 0.96, 1.08, 0.92] * 2, r"known to \d+\.\d% only"),
    ],
)
def test_doubtful_samples_say_why(samples: list[float], phrase: str):
    import re

    assert any(re.search(phrase, doubt) for doubt in doubts(samples, Rules()))


def test_good_samples_raise_no_doubt():
    assert doubts([1.0, 1.01, 0.99] * 10, Rules(error=0.02)) == ()


# --- the loop, with a clock of its own


def test_a_steady_callable_is_measured_exactly_and_stops_early():
    clock = FakeClock()
    timing = measured(clock, timed(clock, 0.05))
    assert timing.stable
    assert timing.median == timing.p95 == pytest.approx(0.05)
    assert len(timing.samples) == 10
    assert timing.error == pytest.approx(0)
    assert clock.now - 100 < 1


def test_the_cold_start_is_not_a_sample():
    clock = FakeClock()
    cold = itertools.chain([5.0, 0.5, 0.3, 0.2], itertools.repeat(0.05))
    timing = measured(clock, timed(clock, cold), Rules(seconds=2, warmup_seconds=20))
    assert timing.stable
    assert timing.first_call == pytest.approx(5.0)
    assert timing.slowest == pytest.approx(0.05)
    assert timing.warmup_calls > 4


def test_a_first_call_that_compiles_for_a_minute_leaves_time_to_warm_up():
    clock = FakeClock()
    timing = measured(clock, timed(clock, itertools.chain([60.0], itertools.repeat(0.05))))
    assert timing.stable
    assert timing.first_call == pytest.approx(60.0)


def test_a_warm_up_that_never_settles_is_said():
    clock = FakeClock()
    timing = measured(clock, timed(clock, (0.05 * 1.2**index for index in itertools.count())))
    assert not timing.stable
    assert "the warm-up did not settle" in timing.doubts


def test_slow_calls_end_when_the_time_is_up_and_say_too_few():
    clock = FakeClock()
    timing = measured(clock, timed(clock, 1.5))
    assert not timing.stable
    assert "too few samples: 2 of at least 10" in " ".join(timing.doubts)


def test_outliers_are_kept_and_shown():
    clock = FakeClock()
    pattern = itertools.chain([0.05] * 7, itertools.cycle([0.05] * 9 + [0.4]))
    timing = measured(clock, timed(clock, pattern), Rules(minimum=40))
    assert timing.median == pytest.approx(0.05)
    assert timing.slowest == pytest.approx(0.4)
    assert timing.outliers == sum(sample > 0.1 for sample in timing.samples) > 0


def test_short_calls_share_a_turn():
    clock, calls = FakeClock(), []

    def work() -> None:
        calls.append(1)
        clock.spend(0.001)

    timing = measure(work, timer=CpuTimer(clock), rules=QUICK, clock=clock)
    assert len(timing.samples) == 100  # one block of a tenth of a second


def test_models_take_turns_and_the_order_turns():
    clock, order = FakeClock(), []

    def work(name: str) -> Callable[[], None]:
        def call() -> None:
            order.append(name)
            clock.spend(0.2)

        return call

    timings = measure_all({name: work(name) for name in "abc"}, timer=CpuTimer(clock), rules=QUICK, clock=clock)
    assert all(isinstance(timing, Timing) for timing in timings.values())
    rounds = "".join(order)[3 * 7 :]
    assert rounds.startswith("abcbcacab")
    counts = {name: rounds.count(name) for name in "abc"}
    assert len(set(counts.values())) == 1


def test_drift_of_the_machine_hits_all_alike():
    """The machine slows down by half midway; alternating, both models see it and their ratio survives."""
    clock = FakeClock()

    def work(base: float) -> Callable[[], None]:
        return lambda: clock.spend(base * (1.0 if clock.now < 110 else 2.0))

    rules = Rules(seconds=10, minimum=60, error=0.001)
    timings = measure_all({"a": work(0.1), "b": work(0.2)}, timer=CpuTimer(clock), rules=rules, clock=clock)
    a, b = timings["a"], timings["b"]
    assert isinstance(a, Timing)
    assert isinstance(b, Timing)
    assert not a.stable
    assert not b.stable
    assert np.mean(b.samples) / np.mean(a.samples) == pytest.approx(2, rel=0.1)


def test_one_that_runs_out_of_memory_stops_no_other():
    clock = FakeClock()
    left = itertools.count()

    def greedy() -> None:
        if next(left) > 8:
            raise OutOfMemoryError("Out of memory at 64x64")
        clock.spend(0.05)

    def broken() -> None:
        raise RestorationError("The network returned a list")

    works = {"greedy": greedy, "broken": broken, "fine": timed(clock, 0.05)}
    timings = measure_all(works, timer=CpuTimer(clock), rules=QUICK, clock=clock)
    assert timings["greedy"] == Failure("Out of memory at 64x64", out_of_memory=True)
    assert timings["broken"] == Failure("The network returned a list")
    fine = timings["fine"]
    assert isinstance(fine, Timing)
    assert fine.stable
    assert list(timings) == ["greedy", "broken", "fine"]
    with pytest.raises(OutOfMemoryError, match="64x64"):
        measured(clock, greedy)


# --- other work on the machine


def test_the_work_of_others_is_a_doubt():
    times = iter([CpuTimes(0, 0, 0), CpuTimes(10, 25, 10)])
    load = CpuLoad(lambda: next(times))
    clock = FakeClock()
    timing = measure(timed(clock, 0.05), timer=CpuTimer(clock), rules=QUICK, load=load, clock=clock)
    assert timing.doubts == ("other processes used 1.5 cores meanwhile",)


@pytest.mark.parametrize("after", [CpuTimes(10, 10.5, 10), None])
def test_a_quiet_machine_and_one_that_does_not_say_are_no_doubt(after: CpuTimes | None):
    times = iter([CpuTimes(0, 0, 0), after])
    load = CpuLoad(lambda: next(times))
    load.begin()
    assert load.end() == ()


def test_the_machine_s_processor_times_are_read(tmp_path: Path):
    stat = tmp_path / "stat"
    stat.write_text("cpu  100 10 40 1000 50 5 5 40 7 0\ncpu0 1 1 1 1\n")
    import os

    found = cpu_times(stat)
    assert found is not None
    assert found.machine == 200 / os.sysconf("SC_CLK_TCK")
    assert cpu_times(tmp_path / "nothing") is None


# --- a GPU, simulated


class FakeEvent:
    def __init__(self, gpu: FakeGpu) -> None:
        self.gpu = gpu
        self.at = 0.0

    def record(self) -> None:
        self.gpu.host.spend(self.gpu.queue_cost)
        self.at = self.gpu.run(0.0) * self.gpu.event_scale

    def elapsed_time(self, end: Event, /) -> float:
        assert isinstance(end, FakeEvent)
        return (end.at - self.at) * 1000


class FakeGpu:
    """A device with a queue: work starts when the host has queued it and the work before it is done."""

    def __init__(self, *, queue_cost: float = 1e-6, event_scale: float = 1.0) -> None:
        self.host = FakeClock()
        self.free_at = 0.0
        self.queue_cost = queue_cost
        self.event_scale = event_scale
        self.flushes = 0
        self.cached = False

    def run(self, seconds: float) -> float:
        self.free_at = max(self.free_at, self.host.now) + seconds
        return self.free_at

    def event(self) -> FakeEvent:
        return FakeEvent(self)

    def synchronize(self) -> None:
        self.host.now = max(self.host.now, self.free_at)

    def occupy(self, seconds: float) -> None:
        self.run(seconds)

    def flush(self) -> None:
        self.flushes += 1
        self.cached = False
        self.run(1e-4)

    def kernel(self, seconds: float, queueing: float = 1e-5) -> Callable[[], None]:
        """A model's call; a tenth faster if its data are in the cache."""

        def call() -> None:
            self.host.spend(queueing)
            self.run(seconds * (0.95 if self.cached else 1.0))
            self.cached = True

        return call


def on_gpu(gpu: FakeGpu, work: Callable[[], None]) -> Timing:
    return measure(work, timer=CudaTimer(gpu, gpu.host), rules=QUICK, clock=gpu.host)


def test_events_time_the_device_and_the_cache_does_not_flatter():
    gpu = FakeGpu()
    timing = on_gpu(gpu, gpu.kernel(0.02))
    assert timing.stable
    assert timing.notes == ()
    assert timing.median == pytest.approx(0.02, rel=1e-3)
    assert timing.wall == pytest.approx(0.019, rel=1e-2)  # by the wall clock, with a warm cache
    assert gpu.flushes == len(timing.samples) + timing.warmup_calls


def test_the_queue_is_kept_full_for_calls_that_are_slow_to_queue():
    """Without the occupied device the second kernel of a call would wait for the host, between the two events."""
    gpu = FakeGpu()

    def call() -> None:
        for _ in range(10):
            gpu.host.spend(1e-4)
            gpu.run(2e-5)

    timing = on_gpu(gpu, call)
    assert timing.median == pytest.approx(10 * 2e-5, rel=0.02)
    assert any("bound by the host" in note for note in timing.notes)
    assert timing.wall == pytest.approx(1e-3, rel=0.1)  # what a single image really takes


def test_events_that_contradict_the_wall_clock_are_a_doubt():
    gpu = FakeGpu(event_scale=1.5)
    timing = on_gpu(gpu, gpu.kernel(0.02))
    assert not timing.stable
    assert "the events of a block say more time than went by" in timing.doubts


def test_a_clock_that_says_less_than_the_wall_is_a_doubt():
    gpu = FakeGpu(event_scale=0.5)
    timing = on_gpu(gpu, gpu.kernel(0.02))
    assert "events and the wall clock disagree by more than a tenth" in timing.doubts


def test_the_buffer_is_larger_than_any_cache():
    assert FLUSH_BYTES >= 4 * 60 * 2**20


# --- real time, with bounds that a busy machine keeps


def test_sleeping_is_measured_as_long_as_it_is():
    timing = measure(lambda: time.sleep(0.02), rules=Rules(seconds=1, warmup_seconds=0.5))
    assert min(timing.samples) >= 0.02
    assert timing.p5 < 0.2
    assert timing.wall >= 0.02


def test_a_busy_loop_is_measured_as_long_as_it_is():
    def busy() -> None:
        end = time.perf_counter() + 0.005
        while time.perf_counter() < end:
            pass

    timing = measure(busy, rules=Rules(seconds=1, warmup_seconds=0.5))
    assert min(timing.samples) >= 0.005
    assert timing.p5 < 0.1
