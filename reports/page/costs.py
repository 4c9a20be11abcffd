"""Costs on a page: two columns of the leaderboard with a switch, and a table of everything measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ...bench.runs.costs import CONVENTION
from ..board.board import Board
from ..tables.costs import ModelCost, cost_cells, cost_texts

__all__ = ["BoardCosts", "board_costs", "cost_table"]


@dataclass(frozen=True, slots=True)
class BoardCosts:
    """Parameters and multiply-accumulates of the models of a board, as texts."""

    heads: tuple[str, ...]
    counts: tuple[str, ...]
    """The heads that are counts of multiply-accumulates, of which one is shown at a time, the first one at first."""

    rows: tuple[tuple[str, ...], ...]
    """Texts of each row in the order of the heads, `""` for what was not measured."""


def board_costs(board: Board, costs: Mapping[str, ModelCost]) -> BoardCosts:
    """Choose the costs that stand in the leaderboard; complete counts of multiply-accumulates come first."""
    known = [costs.get(row.model, ModelCost()) for row in board.rows]
    texts = [cost_texts(replace(cost, latency={}, memory={})) for cost in known]
    order = sorted(dict.fromkeys(name for cost in known for name in cost.macs), key=lambda name: not _complete(name))
    counts = tuple(next(iter(cost_texts(ModelCost(macs={name: 0.0})))) for name in order)
    heads = (*dict.fromkeys(head for text in texts for head in text if head not in counts), *counts)
    return BoardCosts(heads, counts, tuple(tuple(text.get(head, "") for head in heads) for text in texts))


def cost_table(board: Board, costs: Mapping[str, ModelCost]) -> tuple[tuple[str, ...], list[tuple[str, Sequence[str]]]]:
    """Make the heads, and per model its title and the texts of all its costs; models without any are left out."""
    cells = [(row.title, cost_cells(costs.get(row.model))) for row in board.rows]
    shown = [(title, {head: cell.marked for head, cell in each.items()}) for title, each in cells]
    heads = tuple(dict.fromkeys(head for _, texts in shown for head in texts))
    return heads, [(title, [texts.get(head, "") for head in heads]) for title, texts in shown if texts]


def _complete(name: str) -> bool:
    return name.startswith(CONVENTION)
