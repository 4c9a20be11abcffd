from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from restorebench.bench.errors import UsageError
from restorebench.bench.slices.slicing import slice_at, slice_images

VALUES = st.dictionaries(st.text(max_size=4), st.floats(-1e6, 1e6), min_size=2, max_size=60)


@given(VALUES, st.integers(2, 6))
def test_every_image_is_in_one_slice_and_equal_values_are_together(values: dict[str, float], count: int):
    if len(set(values.values())) < 2:
        return
    try:
        slices = slice_images(values, count)
    except UsageError:  # nearly all images are equal, so that quantiles do not separate the others
        return
    assert sorted(key for each in slices for key in each.keys) == sorted(values)
    assert len(slices) <= count
    for lower, higher in pairwise(slices):
        assert max(values[key] for key in lower.keys) < min(values[key] for key in higher.keys)


def test_slices_of_distinct_values_are_equally_large():
    slices = slice_images({f"{index}": float(index) for index in range(100)}, 4, digits=0)
    assert [(each.label, len(each.keys)) for each in slices] == [
        ("0 to 24", 25),
        ("25 to 49", 25),
        ("50 to 74", 25),
        ("75 to 99", 25),
    ]


def test_categories_are_slices():
    slices = slice_images({"a": "night", "b": "day", "c": "night"})
    assert [(each.label, each.keys) for each in slices] == [("day", ("b",)), ("night", ("a", "c"))]


def test_one_value_and_too_many_categories_are_refused():
    with pytest.raises(UsageError, match="nothing to slice"):
        slice_images({"a": 1.0, "b": 1.0})
    with pytest.raises(UsageError, match="21 categories"):
        slice_images({str(index): f"name {index}" for index in range(21)})


@given(VALUES, st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=4, unique=True).map(sorted))
def test_parts_between_edges_hold_every_image_once_and_nothing_beyond_their_edges(
    values: dict[str, float], edges: list[float]
):
    parts = slice_at(values, edges)
    assert sorted(key for each in parts for key in each.keys) == sorted(values)
    for part in parts:
        below = {sum(edge <= values[key] for edge in edges) for key in part.keys}
        assert len(below) == 1


def test_an_image_at_an_edge_is_above_it_and_categories_and_empty_parts_are_left_out():
    values: dict[str, float | str] = {"a": 15.0, "b": 14.9, "c": 45.0, "d": "night"}
    parts = slice_at(values, (15, 30, 44), digits=0)
    assert [(each.label, each.keys) for each in parts] == [
        ("below 15", ("b",)),
        ("15 to 30", ("a",)),
        ("44 and more", ("c",)),
    ]
