"""`restorebench baseline`: save runs in a small file for `restorebench check`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from ..evaluation.completers import complete_protocols
from ..terminal.paths import shown_path, typed_path
from ..terminal.wording import counted
from .common_options import with_verbosity
from .completers import complete_runs

__all__ = ["baseline"]

baseline = App(
    name="baseline",
    help="Save a run as one small JSON file, suitable for version control, for `restorebench check`.\n\n"
    "For example:\n  restorebench baseline save restorebench-out/gopro/mine --out gopro.json",
    help_format="plaintext",
)


@baseline.command
@with_verbosity
def save(
    run: Annotated[Path, Parameter(completer=complete_runs)],
    *,
    out: Path,
    protocol: Annotated[
        list[str] | None, Parameter(name=["--protocol", "-p"], consume_multiple=True, completer=complete_protocols)
    ] = None,
) -> None:
    """Write per-image values and hashes of a run to one JSON file below 100 KB.

    For example:
      restorebench baseline save restorebench-out/gopro/mine --out baselines/gopro.json
      restorebench baseline save restorebench-out --out baseline.json

    Args:
        run: A run folder OUT/DATASET/MODEL, or a folder containing several, all saved in one file.
        out: Output file; an existing one is replaced.
        protocol: Protocols to save, as in y@1 or y (default: all of the run).
    """
    from ..errors import UsageError
    from ..terminal.display import note
    from ..verdict.baseline import write_baseline
    from ..verdict.checks import read_side

    if run.is_file():
        raise UsageError(f"{run} is a file: give a run folder OUT/DATASET/MODEL.")
    cells = read_side(run, "baseline", protocol or ())
    write_baseline(out, cells)
    by = {cell.protocol for cell in cells}
    contents = ", ".join(
        f"{cell.model} on {cell.dataset}{f' by {cell.protocol}' if len(by) > 1 else ''} "
        f"({counted(len(cell.images), 'image')})"
        for cell in cells
    )
    note(f"{shown_path(out)} contains {contents} in {out.stat().st_size / 1000:.0f} KB; commit it and run")
    note(f"restorebench check RUN --baseline {typed_path(out)}")
