from __future__ import annotations

from pathlib import Path

import pytest
from helpers.fake_clock import QUICK, FakeClock, timed
from restorebench.bench.profiling.latency.load import CpuLoad, CpuTimes, cpu_times
from restorebench.bench.profiling.latency.measurement import measure
from restorebench.bench.profiling.latency.timers import CpuTimer


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
