"""`restorebench merge`: merge the shards of a job array into one run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from .common_options import with_verbosity
from .completers import complete_runs
from .output_folders import refuse_file_name

__all__ = ["merge"]


@with_verbosity
def merge(*parts: Annotated[Path, Parameter(completer=complete_runs)], out: Path, json: bool = False) -> int:
    """Merge run folders of the same cells: the shards of a job array, or parts of one plan from several machines.

    For example:
      restorebench run suite.toml --out results --shard 3/8    # once for each of 1/8 to 8/8, on any machine
      restorebench merge results/shards --out results
      restorebench merge from-one-host from-another --out results

    The parts are left unchanged and may be merged as they become available: runs already in OUT are included. For an
    image in several parts, the first successful record is kept.

    Exit code: 0, 1 if images failed or are missing, 2 for a usage error.

    Args:
        parts: Folders with run folders below them.
        out: Output folder of the merged runs.
        json: Print the summary as JSON.
    """
    from ..errors import UsageError
    from ..runs.merging import merge_runs
    from ..terminal.display import RunProgress
    from .summary import show_runs

    refuse_file_name(out)
    if not parts:
        raise UsageError("There is nothing to merge: name folders, such as results/shards.")
    merged = merge_runs(parts, out, RunProgress())
    runs = [run.by(each) for run in merged for each in run.protocols]
    show_runs(runs, out, json=json)
    return int(any(run.summary.failed or len(run.records) < run.info.selected for run in runs))
