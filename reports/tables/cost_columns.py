"""The columns of costs that a table shows: by default one of each kind, at one size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from ...bench.errors import UsageError, did_you_mean

__all__ = ["ALL", "chosen_heads"]

ALL = "all"

CONVENTION = "GMACs (all, "
"""Begins the counts that are complete; other conventions leave operators out."""

USUAL_SIZE = "256x256"
"""The size for which most papers count."""


def chosen_heads(costs: Sequence[Mapping[str, object]], asked: Sequence[str]) -> tuple[str, ...]:
    """Choose columns among the costs of models.

    By default: parameters, the complete count of multiply-accumulates, one latency and one memory, of each the one that
    most models have, at 256x256 pixels if possible, and at the size of the multiply-accumulates.

    Args:
        costs: by column, for each model.
        asked: names of columns; `all` for each one.

    Raises:
        UsageError: no model has one of the columns.

    >>> one = {"Params (M)": "1", "GMACs (all, 256x256)": "2", "GMACs (conv, 256x256)": "1", "ms (256x256, fp32)": "3"}
    >>> chosen_heads([one, {"GMACs (all, 64x64)": "1", **one}], ())
    ('Params (M)', 'GMACs (all, 256x256)', 'ms (256x256, fp32)')
    """
    counts = Counter(head for each in costs for head in each)
    known = tuple(counts)
    if list(asked) == [ALL]:
        return known
    for head in asked:
        if head not in counts:
            raise UsageError(f"No model has the cost {head!r}{did_you_mean(head, known)}")
    return tuple(asked) or _defaults(counts)


def _defaults(counts: Counter[str]) -> tuple[str, ...]:
    complete = [head for head in counts if head.startswith(CONVENTION)] or _of_kind(counts, "GMACs (")
    macs = _commonest(complete, counts)
    size = macs.removesuffix(")").rpartition(", ")[2].partition(" ")[0] if macs else ""
    found = [*_of_kind(counts, "Params"), macs]
    for kind in ("ms (", "MiB ("):
        heads = _of_kind(counts, kind)
        found.append(_commonest([head for head in heads if size and size in head] or heads, counts))
    return tuple(filter(None, found))


def _of_kind(counts: Counter[str], kind: str) -> list[str]:
    return [head for head in counts if head.startswith(kind)]


def _commonest(heads: Sequence[str], counts: Counter[str]) -> str:
    return max(heads, key=lambda head: (counts[head], USUAL_SIZE in head), default="")
