"""Number-dependent wording in messages."""

from __future__ import annotations

__all__ = ["counted", "will_be_null"]


def counted(number: int, noun: str) -> str:
    """A count with its noun, plural unless the count is 1.

    >>> counted(1, "image"), counted(0, "image"), counted(2, "run")
    ('1 image', '0 images', '2 runs')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def will_be_null(metric: str, reason: str) -> str:
    """The sentence for a metric that cannot be computed, before a run.

    >>> will_be_null("LPIPS", "there are no weights.")
    'LPIPS will be null: there are no weights.'
    """
    return f"{metric} will be null: {reason}"
