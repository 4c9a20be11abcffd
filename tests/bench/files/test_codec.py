from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from restorebench.bench.contracts import JsonValue
from restorebench.bench.files.codec import decode, encode, parse_json


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
    kind: Literal["round", "square"] = "round"
    sides: Mapping[Literal["left", "right"], int] = field(default_factory=dict)


INFINITE = ("inner.value", "many.*.value", "table.*.value")

# Short texts and collections: a nested value of any size would exhaust what hypothesis may generate.
words = st.text(max_size=8)
inners = st.builds(Inner, st.none() | st.floats(allow_nan=False), st.lists(words, max_size=3).map(tuple))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)


def outers(free: st.SearchStrategy[Mapping[str, JsonValue]]) -> st.SearchStrategy[Outer]:
    """Outer values of which the table without a schema is drawn from `free`."""
    return st.builds(
        Outer,
        inners,
        st.lists(inners, max_size=3).map(tuple),
        st.dictionaries(words, inners, max_size=3),
        free,
        st.integers(-(2**63), 2**63 - 1),
    )


@given(outers(st.dictionaries(words, json_values, max_size=3)))
def test_what_is_encoded_is_decoded(outer: Outer):
    assert decode(Outer, encode(outer), infinite=INFINITE) == outer


@given(outers(st.just({})))
def test_what_is_encoded_is_strict_json(outer: Outer):
    text = json.dumps(encode(outer), allow_nan=False, ensure_ascii=False)
    assert decode(Outer, parse_json(text.encode()), infinite=INFINITE) == outer


def test_unknown_keys_are_ignored_and_missing_ones_take_their_default():
    assert decode(Outer, {"inner": {"value": 1, "new": 2}, "newer": 3}) == Outer(Inner(1.0))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "^expected a table, got a list$"),
        ({}, "^inner is missing$"),
        ({"inner": {}}, r"^inner\.value is missing$"),
        ({"inner": []}, "^inner: expected a table, got a list$"),
        ({"inner": {"value": "1"}}, r"^inner\.value: expected a number or null, got a text$"),
        ({"inner": {"value": "inf"}}, r"^inner\.value: expected a number or null, got a text$"),
        ({"inner": {"value": True}}, r"^inner\.value: expected a number or null, got true or false$"),
        ({"inner": {"value": 10**400}}, r"^inner\.value: number out of range$"),
        ({"inner": {"value": 1}, "count": "two"}, "^count: expected an integer, got a text$"),
        ({"inner": {"value": 1}, "count": 1.5}, "^count: expected an integer, got a number$"),
        ({"inner": {"value": 1}, "many": {}}, "^many: expected a list, got a table$"),
        ({"inner": {"value": 1}, "many": [{"value": 1}, {}]}, r"^many\[1\]\.value is missing$"),
        ({"inner": {"value": 1}, "kind": "squar"}, r"^kind: unknown value 'squar': did you mean square\?$"),
        ({"inner": {"value": 1}, "sides": {"rigth": 1}}, r"^sides: unknown key 'rigth': did you mean right\?$"),
    ],
)
def test_what_does_not_fit_is_named(value: JsonValue, message: str):
    with pytest.raises(ValueError, match=message):
        decode(Outer, value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Expecting value"),
        ("[1", "delimiter"),
        (b"\xff", "utf-8"),
        ('{"a": {"b": 1, "c": 2, "b": 1}}', "the key 'b' is there twice"),
        ('{"a": NaN}', "NaN is no number that JSON has"),
        ("[-Infinity]", "-Infinity is no number that JSON has"),
        ('{"a": [0, 1e999]}', r"^a\[1\]: inf is no finite number$"),
        ('{"a": 1%s}' % ("0" * 400), "^a: an integer is too large$"),
        ('{"a": 1%s}' % ("0" * 5000), "digits"),
        (r'{"a": "\ud800"}', r"^a: '\\ud800' is not valid Unicode$"),
        (r'{"\udc00": 1}', "is not valid Unicode$"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 50_000, "nested too deeply"),
        ("[" * 500 + "]" * 500, None),
    ],
)
def test_odd_json_is_a_value_error_that_says_where(text: str | bytes, message: str | None):
    if message is None:
        parse_json(text)
        return
    with pytest.raises(ValueError, match=message):
        parse_json(text)


@given(st.binary() | st.text())
def test_whatever_is_read_is_a_value_or_a_value_error(content: str | bytes):
    try:
        parse_json(content)
    except ValueError as error:
        assert str(error)  # noqa: PT017 -- either is right


def test_infinity_survives_where_it_may_stand_and_nan_nowhere():
    assert encode(Inner(math.inf)) == {"value": "inf", "names": []}
    assert encode(Inner(np.float64(1.5))) == {"value": 1.5, "names": []}
    with pytest.raises(TypeError, match="object has no JSON form"):
        encode(object())
    with pytest.raises(ValueError, match="NaN cannot be stored"):
        encode(Inner(math.nan))
