"""The memory that this process may still take."""

from __future__ import annotations

from pathlib import Path

__all__ = ["available_bytes"]

MEMINFO = Path("/proc/meminfo")
GROUP = Path("/sys/fs/cgroup")
"""Where a container finds its own limits (cgroup v2)."""


def available_bytes(meminfo: Path = MEMINFO, group: Path = GROUP) -> int:
    """Memory available without swapping, in bytes (Linux); 0 if unknown.

    Args:
        meminfo: of the machine.
        group: files with the limit of a container and what it uses.
    """
    if not meminfo.is_file():
        return 0
    lines = dict(line.split(":", 1) for line in meminfo.read_text(encoding="utf-8").splitlines() if ":" in line)
    machine = int(lines.get("MemAvailable", "0").split()[0]) * 1024
    limit, used = (_number(group / name) for name in ("memory.max", "memory.current"))
    return machine if limit is None or used is None else max(0, min(machine, limit - used))


def _number(file: Path) -> int | None:
    """The number in a file; `None` if there is none, or no limit."""
    try:
        text = file.read_text(encoding="ascii").strip()
    except OSError:
        return None
    return int(text) if text.isdecimal() else None
