"""`restorebench table`: paper-style tables from run folders."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

__all__ = ["table"]


def table(
    runs: list[Path],
    *,
    format: Literal["text", "markdown", "latex", "html", "csv", "json"] = "text",  # noqa: A002 -- the option's name
    metric: Annotated[list[str] | None, Parameter(consume_multiple=True)] = None,
    digits: Annotated[list[str] | None, Parameter(consume_multiple=True)] = None,
    style: Literal["models-as-rows", "models-as-columns"] = "models-as-rows",
    group: Literal["family", "year", "none"] = "family",
    cost: bool = False,
    published: Annotated[list[str] | None, Parameter(consume_multiple=True)] = None,
    bib: Path | None = None,
) -> None:
    r"""Paper-style tables: best bold, second best underlined, published numbers in brackets.

    What keeps a number from comparing (partial data, tiles, another protocol) stands under the table.

    For example:
      restorebench table restorebench-out
      restorebench table gpu-box laptop --format latex --metric psnr ssim --digits ssim=4 --bib table.bib
      restorebench table restorebench-out --group year --format markdown
      restorebench table restorebench-out --published MPRNet Restormer --cost
      restorebench table restorebench-out --format json | jq '.[] | select(.metric == "psnr")'

    Args:
        runs: Folders that hold runs, at any depth up to OUT/DATASET/MODEL.
        format: `text`, `markdown`, `latex` and `html` are for people; `csv` and `json` carry everything.
        metric: Only these metrics, in this order.
        digits: Digits after the point, as METRIC=DIGITS; PSNR 2 and SSIM 3 as papers print them.
        style: Models as rows or as columns.
        group: Models of one family or one year stand together, or all are in one ranking.
        cost: Parameters, multiply-accumulates and times beside the numbers, where they were measured.
        published: Rows for these published models, only with numbers by the same protocol; `all` for every one.
        bib: Write the papers and sources to this BibTeX file, and cite them in a LaTeX table.
    """
    from ...reports.tables.table import TableOptions, draw_table
    from ..runs.run import find_runs
    from ..terminal.display import print_table, print_text

    options = TableOptions(metric or (), digits or (), style, cost, published or (), bib, group)
    drawn = draw_table(find_runs(*runs), format, options)
    if isinstance(drawn, str):
        print_text(drawn)
    else:
        for part in drawn:
            print_table(part)
