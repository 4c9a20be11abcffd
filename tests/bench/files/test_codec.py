from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st
from restorebench.bench.contracts import JsonValue
from restorebench.bench.files.codec import decode, encode
from restorebench.bench.runs.run import cell_name


@dataclass(frozen=True)
class Inner:
    value: float | None
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outer:
    inner: Inner
    many: tuple[Inner, ...] = ()
    table: Mapping[str, Inner] = field(default_factory=dict)
    free: Mapping[str, JsonValue] = field(default_factory=dict)
    count: int = 0


inners = st.builds(Inner, st.none() | st.floats(allow_nan=False), st.lists(st.text()).map(tuple))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(
    st.builds(
        Outer,
        inners,
        st.lists(inners).map(tuple),
        st.dictionaries(st.text(), inners),
        st.dictionaries(st.text(), json_values),
        st.integers(),
    )
)
def test_what_is_encoded_is_decoded(outer: Outer):
    assert decode(Outer, encode(outer)) == outer


def test_unknown_keys_are_ignored_and_missing_ones_take_their_default():
    assert decode(Outer, {"inner": {"value": 1, "new": 2}, "newer": 3}) == Outer(Inner(1.0))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({}, "inner is missing"),
        ({"inner": {}}, "inner.value is missing"),
        ({"inner": []}, "inner is not an object"),
        ({"inner": {"value": 1}, "count": "two"}, "count is 'two', which is not int"),
        ({"inner": {"value": 1}, "many": {}}, "many is {}, which is not a list"),
    ],
)
def test_what_does_not_fit_is_named(value: JsonValue, message: str):
    with pytest.raises(ValueError, match=message):
        decode(Outer, value)


def test_infinity_survives_and_nothing_else_is_guessed():
    assert encode(Inner(math.inf)) == {"value": "inf", "names": []}
    with pytest.raises(TypeError, match="object has no JSON form"):
        encode(object())


def test_a_long_name_in_any_script_fits():
    assert len(cell_name("模" * 300).encode()) <= 255
    assert cell_name("模" * 300) != cell_name("模" * 301)


@given(st.text(min_size=1))
def test_every_name_has_a_folder_that_every_file_system_accepts(name: str):
    folder = cell_name(name)
    assert folder
    assert len(folder.encode()) <= 255
    assert not set(folder) & set('<>:"/\\|?*\0')
    assert folder not in {".", ".."}
    assert not folder.endswith((".", " "))
    assert folder.lower() not in {"con", "prn", "aux", "nul", "com1", "lpt9"}
