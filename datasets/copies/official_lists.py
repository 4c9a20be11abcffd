"""The official lists of pairs, as package data: which keys a complete copy has.

`data/lists.json` holds, per split, each sequence or scene with the runs of its frame numbers: `1-100,103`. The lists
are those of GOPRO_Large's folders and of `RealBlur_{J,R}_test_list.txt` (both name the same 980 pairs).
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Literal

from ...bench.files.codec import decode, parse_json

__all__ = ["SplitName", "official_keys"]

SplitName = Literal["gopro test", "gopro train", "realblur test"]
"""A split whose pairs are known by name."""

DIGITS = {"gopro test": 6, "gopro train": 6, "realblur test": 1}
"""GoPro's frame numbers have leading zeros, RealBlur's have none."""


@cache
def official_keys(split: SplitName) -> frozenset[str]:
    """Every key of a split.

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
    """The numbers of `1-3,7`."""
    numbers: list[int] = []
    for run in runs.split(","):
        first, _, last = run.partition("-")
        numbers.extend(range(int(first), int(last or first) + 1))
    return numbers
