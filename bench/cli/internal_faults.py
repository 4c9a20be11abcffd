"""Internal faults: exceptions that no command expects, which are bugs of this program and not answers about a model."""

from __future__ import annotations

import os
import tempfile
import traceback
from pathlib import Path

from ..terminal.display import error, print_traceback
from ..terminal.tracebacks import innermost_own_frame
from ..terminal.verbosity import verbosity

__all__ = ["INTERNAL_FAULT", "TRACEBACK_VARIABLE", "report_fault"]

INTERNAL_FAULT = 70
"""Exit code of an internal fault, EX_SOFTWARE of sysexits.h: no command gives it for anything else."""

TRACEBACK_VARIABLE = "RESTOREBENCH_TRACEBACK"
"""Environment variable that prints the traceback instead of keeping it in a file, unless it is empty or `0`."""


def report_fault(fault: Exception) -> int:
    """Report an escaped exception in one sentence, keep its traceback, and return the exit code."""
    account = "".join(traceback.format_exception(fault))
    asked = verbosity().verbose or os.environ.get(TRACEBACK_VARIABLE, "0") not in {"", "0"}
    kept = None if asked else _kept(account)
    if kept is None:
        print_traceback(account)
    where = "the traceback is above" if kept is None else f"the traceback is in {kept}"
    lines = str(fault).strip().splitlines()
    said = f"{type(fault).__name__}: {lines[0]}" if lines else type(fault).__name__
    frame = innermost_own_frame(fault)
    place = f", in {Path(frame.filename).name} line {frame.lineno}" if frame else ""
    error(
        f"internal fault ({said}{place}). This is a bug in restorebench and says nothing about your models or data; "
        f"{where}: please report it in restorebench's issue tracker, with the command that you ran."
    )
    return INTERNAL_FAULT


def _kept(account: str) -> Path | None:
    """Write a traceback to a new file among the system's temporary files; `None` if that is not possible."""
    try:
        handle, name = tempfile.mkstemp(prefix="restorebench-traceback-", suffix=".txt", text=True)
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(account)
    except OSError:
        return None
    return Path(name)
