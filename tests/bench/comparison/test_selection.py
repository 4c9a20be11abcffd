from __future__ import annotations

from pathlib import Path

import pytest
from helpers.paired_runs import join_protocols, write_paired_run
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


def test_runs_by_several_protocols_are_compared_by_each_that_they_share_or_by_the_chosen_ones(tmp_path: Path):
    for model, values in (("old", BASE), ("new", MOVED)):
        first = write_paired_run(tmp_path / "out", {"psnr": values}, model=model)
        others = ("y@1", "rgb@1") if model == "new" else ("y@1",)
        places = [(tmp_path / protocol, protocol) for protocol in others]
        join_protocols(
            first,
            *(write_paired_run(place, {"psnr": BASE}, model=model, protocol=protocol) for place, protocol in places),
        )
    for chosen, protocols in (([], ["gopro@1", "y@1"]), (["y"], ["y@1"])):
        compared = compare_pairs(select_sides(tmp_path / "out", ["old", "new"], chosen))
        assert [each.protocol for each in compared] == protocols
    with pytest.raises(UnknownNameError, match=r"did you mean gopro@1"):
        select_sides(tmp_path / "out", ["old", "new"], ["gropo@1"])
    with pytest.raises(UnknownNameError, match=r"Unknown protocol 'rgb@1': known are gopro@1, y@1"):
        select_sides(tmp_path / "out", ["new", "old"], ["rgb@1"])
