from __future__ import annotations

from pathlib import Path

from restorebench.bench.machine.memory import available_bytes


def test_available_memory_is_read(tmp_path: Path):
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal:  100 kB\nMemAvailable:    60 kB\n")
    assert available_bytes(meminfo, tmp_path) == 60 * 1024
    assert available_bytes(tmp_path / "nothing", tmp_path) == 0


def test_a_container_may_take_no_more_than_its_limit_leaves(tmp_path: Path):
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemAvailable:    60 kB\n")
    (tmp_path / "memory.current").write_text("5120\n")
    (tmp_path / "memory.max").write_text("15360\n")
    assert available_bytes(meminfo, tmp_path) == 10 * 1024
    (tmp_path / "memory.max").write_text("4096\n")
    assert available_bytes(meminfo, tmp_path) == 0
    (tmp_path / "memory.max").write_text("max\n")
    assert available_bytes(meminfo, tmp_path) == 60 * 1024
