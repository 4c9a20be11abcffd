"""Sentences of a figure's caption: what is measured, what bars mean, and who is missing why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ...bench.terminal.wording import counted
from ..board.board import Column, Entry

__all__ = ["FEWEST_GROUPS", "interval", "interval_sentence", "left_out", "limits", "subject"]

FEWEST_GROUPS = 5
"""Groups of images without which no interval is drawn: it would span the figure and say nothing."""


def subject(column: Column, entries: Iterable[Entry]) -> str:
    """Data set, protocol and images of a figure.

    Where models were measured on different numbers of images, the range is given.
    """
    counts = {entry.measured_images[0] for entry in entries}
    few, many = (min(counts), max(counts)) if counts else (0, 0)
    images = counted(many, "image") if few == many else f"{few} to {many} images"
    return f"{column.title}, {column.protocol}, {images}."


def interval(entry: Entry, metric: str) -> tuple[float, float] | None:
    """Interval of a mean; `None` if it is unknown or rests on too few groups of images."""
    value = entry.values.get(metric)
    if value is None:
        return None
    summary = value.summary
    if summary.low is None or summary.high is None or summary.groups < FEWEST_GROUPS:
        return None
    return summary.low, summary.high


def interval_sentence(entries: Iterable[Entry], metric: str) -> list[str]:
    """What the bars mean, if a model has one."""
    levels = {entry.values[metric].summary.level for entry in entries if interval(entry, metric)}
    return [f"Bars: {max(levels) * 100:.0f} % intervals of the mean."] if levels else []


def limits(entries: Mapping[str, Entry]) -> list[str]:
    """One sentence about what keeps means from being compared with those of papers; none if nothing does.

    Args:
        entries: those that a figure shows, by the title of the model.
    """
    titles: dict[str, list[str]] = {}
    for title, entry in entries.items():
        for note in entry.notes:
            if not note.comparable:
                titles.setdefault(note.text, []).append(title)
    parts = [text if len(names) == len(entries) else f"{', '.join(names)} {text}" for text, names in titles.items()]
    return [f"Limits: {'; '.join(parts)}."] if parts else []


def left_out(reasons: Mapping[str, str]) -> list[str]:
    """One sentence about the models that a figure leaves out; none if it shows all.

    >>> left_out({"Input": "no cost measured", "Median": "no cost measured", "A": "PSNR is infinite"})
    ['Left out: Input, Median (no cost measured); A (PSNR is infinite).']
    """
    titles: dict[str, list[str]] = {}
    for title, reason in reasons.items():
        titles.setdefault(reason, []).append(title)
    parts = [f"{', '.join(names)} ({reason})" for reason, names in titles.items()]
    return [f"Left out: {'; '.join(parts)}."] if parts else []
