from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from restorebench.bench.files.natural_order import natural_order

KEYS = st.text(alphabet="ab/-_.0129", max_size=12)


def test_numbers_count_by_value_wherever_they_stand():
    wanted = ["1.png", "2.png", "10.png", "scene2/9", "scene2/10", "scene10/1"]
    shuffled = [wanted[index] for index in (4, 2, 0, 5, 1, 3)]
    assert sorted(shuffled, key=natural_order) == wanted


def test_zeros_in_front_of_a_number_only_break_ties():
    assert sorted(["010", "9", "10", "0010", "11"], key=natural_order) == ["9", "0010", "010", "10", "11"]


@given(st.lists(st.integers(0, 10**9), unique=True), st.sampled_from(["", "seq", "a1/b"]))
def test_names_that_differ_in_a_number_are_in_its_order(numbers: list[int], prefix: str):
    names = [f"{prefix}-{number}.png" for number in numbers]
    assert sorted(names, key=natural_order) == [f"{prefix}-{number}.png" for number in sorted(numbers)]


@given(st.lists(KEYS, unique=True).flatmap(lambda keys: st.tuples(st.just(keys), st.permutations(keys))))
def test_the_order_is_total_whatever_it_starts_from(both: tuple[list[str], list[str]]):
    keys, shuffled = both
    assert sorted(keys, key=natural_order) == sorted(shuffled, key=natural_order)
    assert len({natural_order(key) for key in keys}) == len(keys)
