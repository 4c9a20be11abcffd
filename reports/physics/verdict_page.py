"""Results page of the physics experiment: trainings, levels and differences with their uncertainty."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from ...bench.files.atomic import write_atomic
from ...bench.metrics.catalogue import CHEAP
from ...bench.metrics.registry import known_facts
from ...bench.training.results import Difference, Level, Results
from ...bench.training.study import IntervalOver
from .motion_lines import motion_lines

__all__ = ["verdict_lines", "write_verdict"]


def write_verdict(results: Results, path: Path) -> None:
    """Write the page as Markdown, atomically."""
    write_atomic(path, "\n".join(verdict_lines(results)) + "\n")


def verdict_lines(results: Results) -> Iterator[str]:
    """Generate the lines of the page."""
    yield f"# {results.experiment.title}"
    yield ""
    missing = len(results.experiment.seeds) - len(results.seeds)
    seeds = ", ".join(map(str, results.seeds))
    word = "Seed" if len(results.seeds) == 1 else "Seeds"
    yield f"{word} {seeds}{f'; {missing} not finished' if missing else ''}. {_setting(results)}"
    yield ""
    yield from _trained_on(results)
    yield "## Levels"
    yield ""
    yield "Means over images and seeds; ± is the standard deviation between seeds."
    yield ""
    yield from _levels(results.levels)
    yield ""
    yield "## Differences"
    yield ""
    over = results.experiment.interval
    yield (
        f"Paired by image and averaged over seeds. The 95 % interval is over {over} (images of one scene are grouped); "
        "the last column lists the mean of each seed. A difference counts, and is bold, if its interval excludes zero "
        "and every seed has its sign: three trainings are few."
    )
    yield ""
    yield from _differences(results.differences, over)
    if results.motions:
        yield from motion_lines(results.motions)


def _setting(results: Results) -> str:
    environment = results.environment
    device = environment.device_name or environment.cpu or environment.machine
    torch = environment.packages.get("torch", "?")
    return f"{device}, {environment.cpu_count} CPU cores, torch {torch}, commit {environment.commit or 'unknown'}."


def _trained_on(results: Results) -> Iterator[str]:
    yield "| trained | iterations | recipe | pairs |"
    yield "|---|--:|---|---|"
    rows: dict[tuple[str, ...], None] = {}
    for card in results.cards:
        pairs = ", ".join(f"{each.name} ({each.pairs})" for each in card.data)
        title = card.recipe.get("title") if isinstance(card.recipe, dict) else ""
        rows[card.model, str(card.iterations), str(title), pairs] = None
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


def _levels(levels: Sequence[Level]) -> Iterator[str]:
    titles = [known_facts(metric).title for metric in CHEAP]
    yield f"| task | data set | protocol | images | model | {' | '.join(titles)} |"
    yield f"|---|---|---|--:|---|{'--:|' * len(titles)}"

    def place(level: Level) -> tuple[str, str, str]:
        return level.task, level.dataset, level.model

    for _, group in groupby(sorted(levels, key=place), key=place):
        row = {level.metric: level for level in group}
        first = next(iter(row.values()))
        cells = [_value(row[metric]) if metric in row else "" for metric in CHEAP]
        head = (first.task, first.dataset, first.protocol, str(first.images), first.model)
        yield f"| {' | '.join([*head, *cells])} |"


def _value(level: Level) -> str:
    metric = known_facts(level.metric)
    spread = "" if level.spread is None else f" ± {level.spread:.{metric.finer}f}"
    return f"{level.mean:.{metric.digits}f}{spread}"


def _differences(differences: Sequence[Difference], over: IntervalOver) -> Iterator[str]:
    yield f"| task | data set | second minus first | metric | difference | 95 % over {over} | seeds |"
    yield "|---|---|---|---|--:|--:|---|"
    for each in differences:
        metric = known_facts(each.metric)
        digits = metric.finer
        interval = "" if each.low is None or each.high is None else f"{each.low:+.{digits}f} to {each.high:+.{digits}f}"
        seeds = ", ".join(f"{value:+.{digits}f}" for value in each.per_seed)
        names = f"{each.second} minus {each.first}"
        difference = f"{each.mean:+.{digits}f}"
        shown = f"**{difference}**" if each.counts else difference
        cells = (each.task, each.dataset, names, metric.title, shown, interval, seeds)
        yield f"| {' | '.join(cells)} |"
