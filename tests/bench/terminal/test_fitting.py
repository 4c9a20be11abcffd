from __future__ import annotations

import io

import pytest
from restorebench.bench.terminal.display import new_table
from restorebench.bench.terminal.fitting import fit_columns
from rich.console import Console
from rich.table import Table

NUMBERS = ("PSNR (dB)", "SSIM", "95 % interval", "images")
ROWS = (
    ("NAFNet-nano derain + PDE", "29.4599", "0.8989", "-0.1234 to +0.5678", "1111", "better on most images"),
    ("Input", "13.4900", "0.3460", "-0.0001 to +0.0002", "1111", "no difference"),
)


def made() -> Table:
    table = new_table("model", *NUMBERS, "finding", right=NUMBERS)
    for row in ROWS:
        table.add_row(*row)
    return table


def drawn(table: Table, console: Console) -> str:
    with console.capture() as capture:
        console.print(table)
    return capture.get()


def console(width: int) -> Console:
    return Console(width=width, file=io.StringIO(), highlight=False, markup=False)


@pytest.mark.parametrize("width", [40, 60, 80, 100, 140])
def test_what_is_shown_is_whole_and_what_is_not_is_named(width: int) -> None:
    table = made()
    removed = fit_columns(table, console(width))
    text = drawn(table, console(width))
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
    for place, name in enumerate(NUMBERS, start=1):
        assert (ROWS[0][place] in text) == (name not in removed)
    words = text.split()
    assert {"NAFNet-nano", "derain", "PDE"} <= set(words)
    assert ("better" in words) == ("finding" not in removed)


def test_columns_go_from_the_right_and_those_to_keep_last() -> None:
    table = made()
    assert fit_columns(table, console(60)) == ["images", "finding"]
    table = made()
    assert fit_columns(table, console(60), keep=("finding", "95 % interval")) == ["SSIM", "images"]
    assert [str(column.header) for column in table.columns] == ["model", "PSNR (dB)", "95 % interval", "finding"]
    table = made()
    assert fit_columns(table, console(36), keep=("finding", "95 % interval")) == [*NUMBERS]


def test_a_table_that_fits_is_left_alone() -> None:
    table = made()
    assert fit_columns(table, console(200)) == []
    assert all(column.width is None for column in table.columns)


def test_the_first_column_stays_however_narrow_the_terminal() -> None:
    table = made()
    assert fit_columns(table, console(10)) == [*NUMBERS, "finding"]
    assert "Input" in drawn(table, console(20))


@pytest.mark.parametrize("width", range(30, 130, 5))
def test_no_word_of_a_heading_is_broken(width: int) -> None:
    names = ("images", "identity", "nafnet-nano-deblur", "difference", "95 % interval")
    table = new_table("metric", *names, "finding", right=names)
    table.add_row("PSNR", "7", "23.24", "25.69", "+2.456", "-2.494 to +9.341", "no difference seen")
    fit_columns(table, console(width))
    words = drawn(table, console(width)).split()
    shown = " ".join(str(column.header) for column in table.columns).split()
    assert set(shown) <= set(words)
