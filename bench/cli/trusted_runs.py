"""Runs as `table` and `leaderboard` read them, with the trust in every result."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..runs.run import Run

__all__ = ["trusted_runs"]


def trusted_runs(
    sources: Sequence[Path], rerun: Sequence[Path], datasets: Sequence[str], protocols: Sequence[str]
) -> list[Run]:
    """Read run folders and archives, scoring submitted images again where their data set is given.

    Args:
        sources: folders and archives, as typed by a person.
        rerun: folders of runs of one's own.
        datasets: NAME=ROOT.
        protocols: only runs by these; all if none is named.

    Raises:
        RunFolderError: a folder holds no run, an archive is damaged, or its images give other values.
        UsageError: an option has no meaning.
    """
    from ...reports.submitted_runs import submitted_runs
    from ..runs.measured_dataset import dataset_roots
    from ..runs.run import select_protocols
    from ..terminal.display import RunProgress

    found = submitted_runs(sources, rerun, dataset_roots(datasets), RunProgress())
    return select_protocols(found, protocols)
