from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from helpers.report_runs import write_run
from helpers.table_runs import PRENET, drawn_on_terminal
from restorebench.bench.runs.run import find_runs
from restorebench.reports.tables.sheet import NumberCell, Sheet, SheetColumn, SheetRow
from restorebench.reports.tables.table import TableOptions, draw_table
from restorebench.reports.tables.text import render_text
from rich.console import Console


def test_best_is_bold_and_second_underlined_on_a_terminal(two: Path):
    text = drawn_on_terminal(draw_table(find_runs(two), "text"), 120)
    assert "\x1b[1m29.46\x1b[0m" in text
    assert "\x1b[4m27.42\x1b[0m" in text


def test_a_table_too_wide_for_the_terminal_becomes_one_per_data_set(two: Path, monkeypatch: pytest.MonkeyPatch):
    write_run(two, replace(PRENET, dataset="gopro", images=10))
    runs = find_runs(two)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "200")
    assert len(draw_table(runs, "text")) == 1
    monkeypatch.setenv("COLUMNS", "60")
    tables = draw_table(runs, "text")
    assert len(tables) == 2
    assert "29.46" in drawn_on_terminal(tables, 60)


def test_costs_are_a_table_of_their_own_on_a_narrow_terminal(two: Path, monkeypatch: pytest.MonkeyPatch):
    (two / "cost").mkdir()
    (two / "cost" / "prenet.json").write_text('{"params": 168963, "macs": {"all, 256x256": 66.25e9}}')
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "60")
    results, costs = draw_table(find_runs(two), "text", TableOptions(cost=True))
    assert "66.25" not in drawn_on_terminal([results], 60)
    assert "66.25" in drawn_on_terminal([costs], 60)
    assert "29.46" not in drawn_on_terminal([costs], 60)


ADDRESS = "https://example.org/" + "/".join(["folder"] * 8)


@pytest.mark.parametrize("columns", [60, 100, 200])
def test_notes_take_the_screens_width_and_not_that_of_a_narrow_table(columns: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", str(columns))
    rows = (SheetRow("A", "", (NumberCell("1"),)),)
    sheet = Sheet((SheetColumn("D", "", ("M",)),), rows, (("†", f"published by others: {ADDRESS}"),))
    console = Console(width=columns, color_system=None)
    with console.capture() as capture:
        console.print(render_text(sheet))
    lines = [line.rstrip() for line in capture.get().splitlines()]
    assert max(map(len, lines)) <= columns
    if columns > len(ADDRESS):
        assert any(ADDRESS in line for line in lines)  # on one line, to be clicked
    assert ADDRESS in "".join(lines)


def test_notes_in_a_file_are_not_broken():
    sheet = Sheet((), (), (("†", f"published by others: {ADDRESS}"),))
    assert str(render_text(sheet).caption) == f"† published by others: {ADDRESS}"
