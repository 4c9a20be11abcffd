"""Official lists of the pairs in a complete copy, as package data.

`data/lists.json` contains, per split, each sequence or scene with ranges of its frame numbers: `1-100,103`. The lists
come from GOPRO_Large's folders and from `RealBlur_{J,R}_test_list.txt` (both list the same 980 pairs).
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Literal

from ...bench.files.codec import decode, parse_json

__all__ = ["SplitName", "official_keys"]

SplitName = Literal["gopro test", "gopro train", "realblur test"]
"""A split with an official list of pairs."""

DIGITS = {"gopro test": 6, "gopro train": 6, "realblur test": 1}
"""Digits of frame numbers: GoPro's have leading zeros, RealBlur's do not."""


@cache
def official_keys(split: SplitName) -> frozenset[str]:
    """Keys of all pairs in a split.

    >>> len(official_keys("gopro test")), len(official_keys("realblur test"))
    (1111, 980)
    >>> "GOPR0384_11_00/000001" in official_keys("gopro test")
    True
    """
    text = resources.files(__name__.rpartition(".copies.")[0]).joinpath("data/lists.json").read_text(encoding="utf-8")
    folders = decode(dict[str, dict[str, str]], parse_json(text))[split]
    return frozenset(
        f"{folder}/{number:0{DIGITS[split]}}" for folder, runs in folders.items() for number in _numbers(runs)
    )


def _numbers(runs: str) -> list[int]:
    """Expand ranges such as `1-3,7`."""
    numbers: list[int] = []
    for run in runs.split(","):
        first, _, last = run.partition("-")
        numbers.extend(range(int(first), int(last or first) + 1))
    return numbers
