"""Values that a test knows to be there although their type says that they may be missing."""

from __future__ import annotations

from typing import TypeVar

__all__ = ["known"]

Value = TypeVar("Value")


def known(value: Value | None) -> Value:
    """Return the value; fail the test if it is `None`."""
    assert value is not None
    return value
