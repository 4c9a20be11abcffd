"""`restorebench run`: evaluate models on data sets; the same command resumes."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ..suite import RunOptions, read_suite

__all__ = ["run"]


def run(
    suite: Path | None = None,
    *,
    options: Annotated[RunOptions | None, Parameter(name="*")] = None,
    redo_missing: bool = False,
    json: bool = False,
) -> int:
    """Evaluate models on data sets. Run the same command again to resume.

    For example:
      restorebench run -m prenet=prenet.pth -d rain100h=/data/Rain100H
      restorebench run -m dmphn=weights -m ./mine.py:build -d gopro=/data/GoPro
      restorebench run -m 'irsde-derain[sampler=ode]=ir.pth' -d rain100h=R -p irsde
      restorebench run suite.toml --limit 10

    Exit code: 0, 1 if images failed, 2 for a usage error.

    Args:
        suite: TOML file with any of the options below (models and datasets are lists); options given here win.
        options: The options.
        redo_missing: Also do images again that lack a metric, for instance LPIPS after `restorebench fetch lpips-alex`.
        json: Print the summary as JSON.
    """
    from ..cell import Control
    from ..display import RunProgress
    from ..matrix import run_matrix
    from .summary import show_runs

    given = options or RunOptions()
    told = given if suite is None else given.over(read_suite(suite))
    control = Control(
        limit=told.limit,
        save_images=told.save_images or "worst",
        redo="missing" if redo_missing else "failed",
        workers=told.workers,
        progress=RunProgress(),
        command=shlex.join(["restorebench", *sys.argv[1:]]),
    )
    outcome = run_matrix(told, control)
    show_runs(outcome.runs, outcome.out, json=json)
    return outcome.exit_code
