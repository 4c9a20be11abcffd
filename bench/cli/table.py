"""`restorebench table`: paper-style tables from run folders."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

__all__ = ["table"]


def table(
    runs: list[Path],
    *,
    format: Literal["text", "markdown", "latex", "csv", "json"] = "text",  # noqa: A002 -- the option's name
    metric: Annotated[list[str] | None, Parameter(consume_multiple=True)] = None,
    digits: Annotated[list[str] | None, Parameter(consume_multiple=True)] = None,
) -> None:
    r"""Paper-style tables: best bold, second best underlined, published numbers in brackets.

    What keeps a number from comparing (partial data, tiles, another protocol) stands under the table.

    For example:
      restorebench table restorebench-out
      restorebench table gpu-box laptop --format latex --metric psnr ssim --digits ssim=4
      restorebench table restorebench-out --format json | jq '.[] | select(.metric == "psnr")'

    Args:
        runs: Folders that hold runs, at any depth up to OUT/DATASET/MODEL.
        format: `text`, `markdown` and `latex` are for people; `csv` and `json` carry everything.
        metric: Only these metrics, in this order.
        digits: Digits after the point, as METRIC=DIGITS; PSNR 2 and SSIM 3 as papers print them.
    """
    from ...reports.tables import draw_table
    from ..display import print_table, print_text
    from ..runs import find_runs

    drawn = draw_table(find_runs(*runs), format, metrics=metric or (), digits=digits or ())
    if isinstance(drawn, str):
        print_text(drawn)
    else:
        for part in drawn:
            print_table(part)
