"""`restorebench table`: make paper-style tables from run folders."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from ..evaluation.completers import complete_datasets, complete_metrics, complete_protocols
from ..runs.trust import Trust
from .common_options import with_verbosity
from .completers import complete_runs

__all__ = ["table"]


@with_verbosity
def table(
    runs: Annotated[list[Path], Parameter(completer=complete_runs)],
    *,
    format: Literal["text", "markdown", "latex", "html", "csv", "json"] = "text",  # noqa: A002 -- the option's name
    protocol: Annotated[
        list[str] | None, Parameter(name=["--protocol", "-p"], consume_multiple=True, completer=complete_protocols)
    ] = None,
    metric: Annotated[list[str] | None, Parameter(consume_multiple=True, completer=complete_metrics)] = None,
    digits: Annotated[list[str] | None, Parameter(consume_multiple=True)] = None,
    style: Literal["models-as-rows", "models-as-columns"] = "models-as-rows",
    group: Literal["family", "year", "none"] = "family",
    cost: bool = False,
    cost_columns: Annotated[list[str] | None, Parameter(consume_multiple=True)] = None,
    published: Annotated[list[str] | None, Parameter(consume_multiple=True)] = None,
    bib: Path | None = None,
    by: str = "",
    slices: int | None = None,
    dataset: Annotated[list[str] | None, Parameter(name=["--dataset", "-d"], completer=complete_datasets)] = None,
    rerun: Annotated[list[Path] | None, Parameter(consume_multiple=True)] = None,
    trust: Trust | None = None,
    json: bool = False,
) -> None:
    r"""Make paper-style tables: best bold, second best underlined, published results in brackets.

    Footnotes list what limits comparability: partial data, tiles, other protocols.

    For example:
      restorebench table restorebench-out
      restorebench table gpu-box laptop --format latex --metric psnr ssim --digits ssim=4 --bib table.bib
      restorebench table restorebench-out --group year --format markdown
      restorebench table restorebench-out --published MPRNet Restormer --cost
      restorebench table restorebench-out --by brightness --metric psnr
      restorebench table submissions/*.zip --rerun restorebench-out -d gopro=/data/GoPro --trust re-scored
      restorebench table restorebench-out --format json | jq '.[] | select(.metric == "psnr")'

    Args:
        runs: Folders containing runs, at any depth, and archives written by `submit`. With an archive, --rerun or
            --trust, every result says whether it is claimed, re-scored from submitted images, or re-run.
        format: `text`, `markdown`, `latex` and `html` are for reading; `csv` and `json` contain everything.
        protocol: Protocols to show side by side, as in y@1 or y (default: all of the runs).
        metric: Metrics to show, in this order (default: all).
        digits: Decimals, as METRIC=DIGITS (default: as in papers, PSNR 2 and SSIM 3).
        style: Models as rows or as columns.
        group: Group models by family or by year, or rank all together.
        cost: Add columns for parameters, multiply-accumulates (all operators), latency and memory at one size, as far
            as they were measured.
        cost_columns: Add these costs instead, named as in tables: "GMACs (conv, 256x256)"; `all` for each one.
        published: Add rows for these published models, only with results of the same protocol; `all` for every one.
        bib: Write the papers and sources to this BibTeX file, and cite them in a LaTeX table.
        by: Show slices of each data set by an attribute of its images: brightness, gradient, blur, rain, extent or
            direction of a known motion, or a CSV file of key and value. What is computed from images is
            kept beside the runs.
        slices: Number of slices for --by, with as many images in each (default: 4).
        dataset: NAME=ROOT of a data set that --by does not find where it was measured, or to score submitted images
            again. Repeatable.
        rerun: Folders of runs that you made yourself, in addition to others.
        trust: Show only results of at least this trust: claimed, re-scored or re-run.
        json: The same as --format json.
    """
    from ...reports.tables.costs import find_costs
    from ...reports.tables.published_rows import published_elsewhere
    from ...reports.tables.table import TableOptions, draw_table
    from ..errors import UsageError
    from ..runs.run import find_runs
    from ..terminal.display import RunProgress, note, print_table, print_text
    from .sliced_runs import sliced_runs
    from .trusted_runs import trusted_runs

    if json and format not in {"text", "json"}:
        raise UsageError(f"--json and --format {format} contradict each other: give one.")
    chosen = "json" if json else format
    options = TableOptions(
        metric or (), digits or (), style, cost, cost_columns or (), published or (), bib, group, trust or "claimed"
    )
    if rerun or trust or any(path.is_file() for path in runs):
        if by:
            raise UsageError("--by is for folders of runs alone: leave out archives, --rerun and --trust.")
        found = trusted_runs(runs, rerun or (), dataset or (), protocol or ())
        drawn = draw_table(found, chosen, options)
    else:
        found = find_runs(*runs, protocols=protocol or ())
        drawn = draw_table(sliced_runs(found, by, slices, dataset or (), RunProgress()), chosen, options)
    if isinstance(drawn, str):
        print_text(drawn)
    else:
        for part in drawn:
            print_table(part)
    elsewhere = published_elsewhere(found) if published == ["all"] else ""
    if elsewhere:
        note(elsewhere)
    if cost and not find_costs(found):
        note("No cost was measured beside these runs: `restorebench profile` measures it.")
