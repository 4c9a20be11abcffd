"""The tree drawn in bench/errors.py, and the words that messages share."""

from __future__ import annotations

import re

import pytest
from helpers.optional import known
from restorebench.bench import errors


def test_the_drawn_tree_is_the_tree_of_classes():
    drawn: dict[str, str] = {}
    above: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"    (?P<lines>[│├└─ ]*)(?P<name>\w+Error) {2,}\S", line)
        if found:
            depth = len(found["lines"]) // 4
            above[depth:] = [found["name"]]
            drawn[found["name"]] = above[depth - 1] if depth else "Exception"
    classes = {
        name: value for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, Exception)
    }
    assert drawn == {name: known(kind.__base__).__name__ for name, kind in classes.items()}


def test_the_descriptions_of_the_drawn_tree_stand_in_one_column():
    lines = [line for line in (errors.__doc__ or "").splitlines() if re.search(r"\w+Error {2,}", line)]
    assert {known(re.search(r"Error +", line)).end() for line in lines} == {37}


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("  one\ntwo"), "one"),
        (ValueError(""), "ValueError"),
        (RuntimeError("one"), "one"),
    ],
)
def test_first_line(error: Exception, line: str):
    assert errors.first_line(error) == line


def test_few():
    assert errors.few([]) == ""
    assert errors.few(["a", "b", "c"]) == "a, b, c"
    assert errors.few(iter("abcd"), 2) == "a, b and 2 more"
