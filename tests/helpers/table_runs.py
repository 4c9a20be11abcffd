"""Rows of tables, and what the command and a terminal show of them."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from restorebench.bench.cli import main
from rich.console import Console

from helpers.report_runs import FakeRun

__all__ = ["HOSTILE", "PRENET", "PRN_R", "drawn_on_terminal", "rows_of", "shown"]

PRENET = FakeRun(psnr=29.4599, ssim=0.8989, trained_on="Rain100H", official_quantiser="truncate", quantiser="truncate")
PRN_R = replace(PRENET, model="prn-r", title="PRN_r", psnr=27.4221, ssim=0.8734, weights="b" * 64)
HOSTILE = (
    "<script>alert(1)</script>",
    "</td><b>&amp;",
    "a_b&c%d",
    "x" * 200,
    "去模糊模型",
    r"\input{/etc/passwd}$^~#{",
    r"$x$ %\end{tabular}",
    "a|b*c*`d`",
)


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run `restorebench table` and return what it prints."""
    assert main(["table", *arguments]) == 0
    return capsys.readouterr().out


def rows_of(markdown: str) -> list[tuple[str, ...]]:
    """The cells of each line before the first number."""
    lines = [line for line in markdown.splitlines() if line.startswith("|")][2:]
    return [tuple(cell for cell in map(str.strip, line.strip("|").split("|")) if "." not in cell) for line in lines]


def drawn_on_terminal(tables: object, width: int) -> str:
    """Draw rich tables in colour and return the characters, escape sequences included."""
    assert isinstance(tables, list)
    console = Console(file=io.StringIO(), force_terminal=True, color_system="standard", width=width)
    for table in tables:
        console.print(table)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()
