"""Fingerprints of known copies, as package data: hashes of decoded pixels, unaffected by recompression."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources

from ...bench.files.codec import decode, parse_json

__all__ = ["KnownCopy", "known_copy"]


@dataclass(frozen=True, slots=True)
class KnownCopy:
    """A known copy of one variant of a data set."""

    source: str
    """Origin of the copy."""

    pairs: dict[str, str]
    """Key to the first digits of the pair's pixel hash, see `bench.files.fingerprints`; may omit pairs."""


def known_copy(name: str, variant: str) -> KnownCopy | None:
    """Look up the known copy of a variant of a data set; `None` if there is none.

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
