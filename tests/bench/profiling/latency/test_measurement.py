from __future__ import annotations

import itertools
import time
from collections.abc import Callable

import numpy as np
import pytest
from helpers.fake_clock import QUICK, FakeClock, measured, timed
from restorebench.bench.errors import OutOfMemoryError, RestorationError
from restorebench.bench.profiling.latency.measurement import Failure, measure, measure_all
from restorebench.bench.profiling.latency.timers import CpuTimer
from restorebench.bench.profiling.latency.timing import Rules, Timing


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
