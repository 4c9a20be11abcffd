"""Fingerprints of copies that are known, as package data: pixels decoded, so a re-compressed PNG still matches."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources

from ...bench.files.codec import decode, parse_json

__all__ = ["KnownCopy", "known_copy"]


@dataclass(frozen=True, slots=True)
class KnownCopy:
    """What is known of one variant of a data set."""

    source: str
    """Where the copy came from."""

    pairs: dict[str, str]
    """Key to the first digits of the pair's pixel hash, see `bench.fingerprints`; not always all pairs."""


def known_copy(name: str, variant: str) -> KnownCopy | None:
    """The known copy of a data set in a variant, if there is one.

    >>> copy = known_copy("rain100h", "480x320")
    >>> len(copy.pairs), copy.source
    (100, 'kuijiang0802/MSPFN')
    """
    return _known_copies().get(f"{name} {variant}".rstrip())


@cache
def _known_copies() -> dict[str, KnownCopy]:
    text = (
        resources.files(__name__.rpartition(".copies.")[0])
        .joinpath("data/known_copies.json")
        .read_text(encoding="utf-8")
    )
    return decode(dict[str, KnownCopy], parse_json(text))
