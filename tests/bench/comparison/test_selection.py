from __future__ import annotations

from pathlib import Path

import pytest
from helpers.paired_runs import write_paired_run
from helpers.two_sides import BASE, MOVED, two
from restorebench.bench.comparison.comparison import compare_pairs
from restorebench.bench.comparison.selection import select_sides
from restorebench.bench.errors import IncomparableError, UnknownNameError, UsageError


def test_a_side_is_a_name_or_a_folder(tmp_path: Path):
    old, new = two(tmp_path, BASE, MOVED)
    moved = new.rename(tmp_path / "elsewhere")
    sides = select_sides(tmp_path, ["old", str(moved)])
    assert [next(iter(side.values())).label for side in sides] == ["old", "new"]
    same = select_sides(tmp_path, [str(old), str(old.parent)])
    assert [next(iter(side.values())).label for side in same] == ["old", str(old.parent)]


def test_wrong_sides_are_said_in_a_sentence(tmp_path: Path):
    two(tmp_path, BASE, MOVED)
    with pytest.raises(UnknownNameError, match="did you mean old"):
        select_sides(tmp_path, ["new", "olf"])
    with pytest.raises(UsageError, match="named twice"):
        select_sides(tmp_path, ["new", "new"])
    write_paired_run(tmp_path, {"psnr": BASE}, model="elsewhere", dataset="hide")
    with pytest.raises(IncomparableError, match=r"new: gopro by gopro@1; elsewhere: hide by gopro@1"):
        compare_pairs(select_sides(tmp_path, ["new", "elsewhere"]))
