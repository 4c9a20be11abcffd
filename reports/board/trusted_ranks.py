"""Best and second best among the values that are trusted enough, for a filter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ...bench.runs.trust import Trust, at_least
from .board import Board, Entry, rank_entries

__all__ = ["Place", "trusted_ranks"]

Place = tuple[int, int, str]
"""Row and column of a board, and a metric."""


def trusted_ranks(board: Board, trust: Trust) -> Mapping[Place, int]:
    """Rank the values of at least this trust as `build_board` ranks all: 1 for the best, 2 for the second best."""
    drafts = [{index: _trusted(entry, trust) for index, entry in row.entries.items()} for row in board.rows]
    kept = [{index: entry for index, entry in draft.items() if entry.values} for draft in drafts]
    for index, column in enumerate(board.columns):
        for metric in column.metrics.values():
            rank_entries(kept, index, metric)
    return {
        (place, index, name): value.rank
        for place, draft in enumerate(kept)
        for index, entry in draft.items()
        for name, value in entry.values.items()
        if value.rank
    }


def _trusted(entry: Entry, trust: Trust) -> Entry:
    """An entry without the values that are trusted less, and without their ranks."""
    return replace(
        entry,
        values={
            name: replace(value, rank=0)
            for name, value in entry.values.items()
            if at_least(value.trust or "claimed", trust)
        },
    )
