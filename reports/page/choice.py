"""What a gallery says of the choice of its images: over which models it was made, and whose worst it shows."""

from __future__ import annotations

from typing import cast

from ...bench.metrics.metric import MetricFacts
from ...bench.terminal.wording import counted
from ..board.board import Board
from .payload import Json

__all__ = ["choice_sentence", "selection_titles"]

NAMED = 4
"""Models that a sentence names; of more, it gives the number and those that are left out."""


def choice_sentence(board: Board, column: int, gallery: Json) -> str:
    """Say over which models and images a gallery was chosen, and whose restored images its cards show."""
    judges = cast("list[int]", gallery["judges"])
    metric = _metric(board, column)
    among = counted(cast("int", gallery["images"]), "image")
    over = f"the {metric.title} of {_names(board, column, judges)}"
    if len(judges) > 1:
        over = f"the mean {metric.title} of {_names(board, column, judges)}"
    lead = board.rows[cast("int", gallery["lead"])].title
    return f"Chosen among {among} by {over}. Restored images on the cards are by {lead}."


def selection_titles(board: Board, column: int, gallery: Json) -> dict[str, str]:
    """Titles of the selections to show, by name; of few images, one selection has all of them."""
    judges = cast("list[int]", gallery["judges"])
    metric = _metric(board, column)
    mean = f"mean {metric.title}" if len(judges) > 1 else f"{metric.title} of {board.rows[judges[0]].title}"
    low, high = ("lowest", "highest") if metric.higher_is_better else ("highest", "lowest")
    chosen = cast("dict[str, list[int]]", gallery["selections"])
    missing = cast("dict[str, list[str]]", gallery["missing"])
    images = cast("int", gallery["images"])
    kept = "Not chosen, but kept: shown for want of the others"
    if len(chosen.get("worst", ())) + len(missing.get("worst", ())) == images:
        whole = f"All {counted(images, 'image')}, {low} {mean} first" if images > 1 else "The only image"
        return {"worst": whole, "kept": kept}
    return {
        "worst": f"Worst: {low} {mean}",
        "best": f"Best: {high} {mean}",
        "median": f"Median: {mean} in the middle",
        "disputed": f"Most disputed: the {metric.title} of the models differs most",
        "random": "Random: drawn without regard to any number",
        "kept": kept,
    }


def _metric(board: Board, column: int) -> MetricFacts:
    return next(iter(board.columns[column].metrics.values()))


def _names(board: Board, column: int, judges: list[int]) -> str:
    names = [board.rows[row].title for row in judges]
    if len(names) <= NAMED:
        return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
    others = [row.title for place, row in enumerate(board.rows) if column in row.entries and place not in judges]
    left_out = f", all but {', '.join(others)}" if others else ""
    return f"{len(names)} models{left_out}"
