"""Number-dependent wording in messages."""

from __future__ import annotations

__all__ = ["counted"]


def counted(number: int, noun: str) -> str:
    """A count with its noun, plural unless the count is 1.

    >>> counted(1, "image"), counted(0, "image"), counted(2, "run")
    ('1 image', '0 images', '2 runs')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
