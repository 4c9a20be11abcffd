from __future__ import annotations

import pytest
from helpers.fake_gpu import FakeGpu, on_gpu
from restorebench.bench.profiling.latency.timers import FLUSH_BYTES


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
