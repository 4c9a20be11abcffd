"""Unique titles of the rows of a board."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...bench.contracts import FULL_IMAGE
from ...bench.runs.plan import plan_difference
from ...bench.runs.run import Run

__all__ = ["row_titles"]

RowRuns = Mapping[int, Run]
"""The runs of one row by column index."""


def row_titles(rows: Sequence[RowRuns]) -> list[str]:
    """Titles of the models with options and inference variant, and with further distinctions between equal ones."""
    titles = [_title(next(iter(row.values()))) for row in rows]
    named = list(titles)
    for title in {title for title in titles if titles.count(title) > 1}:
        places = [place for place, other in enumerate(titles) if other == title]
        models = {next(iter(rows[place].values())).model for place in places}
        for place in places if len(models) == len(places) else places[1:]:
            alone = len(models) == len(places)
            model = next(iter(rows[place].values())).model
            named[place] = f"{title} · {model if alone else _qualifier(rows[places[0]], rows[place])}"
    return named


def _title(run: Run) -> str:
    card, model = run.info.model, run.model
    options = f" {model[model.find('[') :]}" if "[" in model else ""
    parts = [part for part in card.variant.split(", ") if part not in ("", FULL_IMAGE, *_said_by(model))]
    variant = f" ({', '.join(parts)})" if parts else ""
    return f"{card.title or model}{options}{variant}"


def _said_by(model: str) -> list[str]:
    """Parts of an inference variant that the options of a model say already: `grid 256` of `[grid=256]`."""
    return [option.replace("=", " ", 1) for option in model.partition("[")[2].removesuffix("]").split(",")]


def _qualifier(first: RowRuns, row: RowRuns) -> str:
    """Difference of a later row of the same model from the first."""
    shared = next((index for index in row if index in first), None)
    mine = (row[shared] if shared is not None else next(iter(row.values()))).info
    other = (first[shared] if shared is not None else next(iter(first.values()))).info
    words: list[str] = []
    for line in plan_difference(other.plan, mine.plan):
        name, _, change = line.partition(": ")
        value = change.rpartition(" -> ")[2]
        if name == "listing_sha256":
            words.append(mine.copy.completeness or f"copy {value[:8]}")
        elif name == "weights_sha256":
            words.append(f"weights {value[:8]}")
        elif name.startswith("metric "):
            metric = name.removeprefix("metric ")
            words.append(_metric_difference(metric, value))
        elif name not in ("dataset", "protocol", "model"):
            words.append(f"{name} {value}")
    return ", ".join(words) or mine.created


def _metric_difference(metric: str, code: str) -> str:
    """In what the second run's metric differs: it was not measured, or by code with this digest, or as installed."""
    if code == "None":
        return f"without {metric}"
    return f"{metric} by code {code[:8]}" if code else f"{metric} as installed"
