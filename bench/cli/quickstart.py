"""`restorebench quickstart`: run the embedded demonstration."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from ..evaluation.completers import complete_metrics
from .common_options import with_verbosity
from .output_folders import refuse_file_name

if TYPE_CHECKING:
    from ..runs.run import Run

__all__ = ["quickstart"]

STUDIES = {
    "quickstart-blur": (
        "identity",
        "unsharp",
        "wiener",
        "richardson-lucy",
        "nafnet-nano-deblur",
        "nafnet-nano-deblur+pde",
    ),
    "quickstart-rain": (
        "identity",
        "median",
        "tv",
        "nafnet-nano-derain",
        "nafnet-nano-derain+pde",
        "irsde-nano-derain",
        "opir-nano-all[task=rain]",
    ),
    "quickstart-snow": (
        "identity",
        "median",
        "tv",
        "nafnet-nano-desnow",
        "nafnet-nano-desnow+pde",
        "opir-nano-all[task=snow]",
    ),
    "quickstart-haze": (
        "identity",
        "dark-channel",
        "nafnet-nano-dehaze",
        "nafnet-nano-dehaze+pde",
        "opir-nano-all[task=haze]",
    ),
}
"""Data set to the models evaluated on it."""


@with_verbosity
def quickstart(
    *,
    metric: Annotated[tuple[str, ...], Parameter(name="--metric", completer=complete_metrics)] = (),
    out: Path = Path("restorebench-quickstart"),
    json: bool = False,
) -> int:
    """Evaluate small models on embedded photographs and make a report: no download, no GPU, about a minute.

    The photographs come with scikit-image. Motion blur, rain, snow and haze are synthetic, of the kind used to train
    the learned networks on other photographs. This demonstrates the harness only: the results say nothing about the
    methods on real data, and every table says so.

    For example:
      restorebench quickstart
      restorebench quickstart --out /tmp/demo

    Exit code: 0, 1 if images failed.

    Args:
        metric: Metric to add to those of the protocol: ./file.py:METRIC, or a registered name. Repeatable.
        out: Output folder of the runs and the report.
        json: Print the means as JSON.
    """
    from ...reports.page.page import write_report
    from ..evaluation.cell import Control
    from ..evaluation.matrix import run_matrix
    from ..evaluation.options import RunOptions
    from ..runs.run import find_runs
    from ..terminal.display import RunProgress, note, print_text
    from ..terminal.paths import shown_path, typed_command
    from .summary import show_problems, show_runs

    refuse_file_name(out)
    progress = RunProgress()
    asked = [word for name in metric for word in ("--metric", name)]
    command = typed_command(["restorebench", "quickstart", *asked, "--out", str(out)])
    control = Control(save_images="all", progress=progress, command=command)
    runs: list[Run] = []
    failed = 0
    for dataset, models in STUDIES.items():
        options = RunOptions(models=models, datasets=(dataset,), metrics=metric, out=str(out))
        outcome = run_matrix(options, control)
        if not json:
            show_runs(outcome.runs, out, quiet=True)
        runs += outcome.runs
        failed = max(failed, outcome.exit_code)
    show_problems(runs, out, progress.noted)
    page = write_report(find_runs(out), out / "report")
    note("This is a demonstration of the harness on synthetic data, not an evaluation of the methods.")
    if json:
        show_runs(runs, out, json=True)
    say = note if json else print_text
    say(f"The report is at {shown_path(page)}")
    return failed
