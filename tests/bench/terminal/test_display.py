from __future__ import annotations

import pytest
from restorebench.bench.terminal.display import new_table, note, print_table


def test_a_name_between_colons_is_no_emoji(capsys: pytest.CaptureFixture[str]):
    note("./net.py:Two: 3 images failed")
    table = new_table("Model")
    table.add_row("./net.py:Two: 3")
    print_table(table)
    printed = capsys.readouterr()
    assert "./net.py:Two: 3 images failed" in printed.err
    assert "./net.py:Two: 3" in printed.out
