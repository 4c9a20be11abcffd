from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from restorebench.bench.contracts import UInt8Image
from restorebench.bench.runs.pictures import (
    BEST,
    WORST,
    PictureKeeper,
    PictureSifter,
    Ranking,
    SaveImages,
    picture_path,
)


def picture() -> UInt8Image:
    return np.zeros((2, 2, 3), np.uint8)


def refuse() -> UInt8Image:
    pytest.fail("a picture was made that nobody keeps")


VALUES = st.lists(st.floats(allow_nan=False), unique=True, max_size=30)


@given(VALUES)
def test_a_ranking_holds_the_worst_and_the_best_whatever_the_order(values: list[float]):
    ranking, dropped = Ranking(), set[str]()
    for index, value in enumerate(values):
        held, pushed = ranking.admit(str(index), value)
        keys = ranking.keys()
        assert held == (str(index) in keys)
        assert not keys & {*pushed}
        dropped |= {*pushed}
    ordered = sorted(range(len(values)), key=values.__getitem__)
    assert ranking.keys() == {str(index) for index in (*ordered[:WORST], *ordered[-BEST:])}
    assert not ranking.keys() & dropped


def test_the_worst_and_the_best_are_files_and_others_are_gone(tmp_path: Path):
    keeper = PictureKeeper(tmp_path, "worst", ())
    for index in range(20):
        keeper.offer(f"s/{index:02d}", float(index * 7 % 20), picture)
    kept = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.png")}
    ranked = sorted(range(20), key=lambda index: index * 7 % 20)
    assert kept == {f"s/{index:02d}.png" for index in (*ranked[:WORST], *ranked[-BEST:])}
    assert keeper.kept(["s/00", "nothing"]) == ["s/00"]


def test_a_picture_of_the_middle_is_not_made_and_one_of_an_earlier_run_is_removed(tmp_path: Path):
    keeper = PictureKeeper(tmp_path, "worst", ())
    for index in range(WORST + BEST):
        keeper.offer(f"{index}", float(index), picture)
    middle = picture_path(tmp_path, "middle")
    middle.touch()
    later = PictureKeeper(tmp_path, "worst", ())
    for index in range(WORST + BEST):
        later.offer(f"{index}", float(index), picture)
    later.offer("middle", WORST - 0.5, refuse)
    assert not middle.exists()


@pytest.mark.parametrize(("which", "value"), [("none", 1.0), ("worst", None)])
def test_what_is_not_asked_for_or_has_no_value_is_not_kept(tmp_path: Path, which: SaveImages, value: float | None):
    PictureKeeper(tmp_path, which, ()).offer("key", value, refuse)
    sifter = PictureSifter(which)
    sifter.offer("key", value, refuse)
    assert sifter.take("key") is None
    assert not list(tmp_path.iterdir())


def test_all_keeps_all_even_without_a_value(tmp_path: Path):
    PictureKeeper(tmp_path, "all", ()).offer("a/b", None, picture)
    assert picture_path(tmp_path, "a/b").is_file()


@given(VALUES)
def test_parts_of_the_images_hold_every_picture_that_the_whole_wants(values: list[float]):
    whole, parts = Ranking(), (PictureSifter("worst"), PictureSifter("worst"))
    for index, value in enumerate(values):
        whole.admit(str(index), value)
        parts[index % 2].offer(str(index), value, picture)
    wanted = whole.keys()
    assert all(parts[int(key) % 2].take(key) is not None for key in wanted)


def test_a_held_picture_is_handed_over_once():
    sifter = PictureSifter("all")
    sifter.offer("key", 1.0, picture)
    assert sifter.take("key") is not None
    assert sifter.take("key") is None
