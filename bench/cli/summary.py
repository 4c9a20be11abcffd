"""Summary tables of `run`, `score`, `merge` and `quickstart`."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from ..contracts import JsonValue
from ..files.codec import encode
from ..metrics.metric import MetricFacts
from ..runs.run import Run
from ..runs.summary import MetricSummary
from ..terminal.display import hint, new_table, note, print_json, print_table
from ..terminal.paths import typed_path
from ..terminal.wording import counted, will_be_null

__all__ = ["show_problems", "show_runs"]


def show_runs(
    runs: Sequence[Run], out: Path, *, json: bool = False, quiet: bool = False, said: Collection[str] = ()
) -> None:
    """Print the means of runs and, unless `quiet`, any problems and the next commands.

    Args:
        runs: a row each.
        out: the folder that the next commands name.
        json: whether to print JSON instead.
        quiet: whether to print the means alone.
        said: messages shown during the runs, which are not repeated.
    """
    if json:
        print_json([_as_json(run) for run in runs])
        return
    if not runs:
        return
    shown = {name: facts for run in reversed(runs) for name, facts in run.metric_facts.items()}
    names = list(dict.fromkeys(metric for run in runs for metric in run.info.protocol.metrics))
    headings = [shown[name].heading for name in names]
    table = new_table("model", "data set", "protocol", "images", *headings, right=["images", *headings])
    for run in runs:
        summary = run.summary
        cells = [_cell(shown[name], summary.metrics.get(name)) for name in names]
        table.add_row(run.model, _dataset(run), run.protocol, _images(run), *cells)
    print_table(table)
    if not quiet:
        show_problems(runs, out, said)


def show_problems(runs: Sequence[Run], out: Path, said: Collection[str] = ()) -> None:
    """Print what was wrong with runs, each problem once, and the next commands; `said` as in `show_runs`."""
    everyone = dict.fromkeys(run.model for run in runs)
    for message, models in _problems(runs, said).items():
        names = dict.fromkeys(models)
        shared = len(names) > 1 and names == everyone
        note(message if shared else f"{', '.join(names)}: {message}")
    folder = typed_path(out)
    hint(f"Next:\n  restorebench table {folder}\n  restorebench report {folder}")


def _as_json(run: Run) -> JsonValue:
    return {
        "path": str(run.path),
        "model": run.model,
        "dataset": run.dataset,
        "variant": run.info.copy.variant,
        "protocol": run.protocol,
        "summary": encode(run.summary),
        "metrics": {name: encode(facts) for name, facts in run.metric_facts.items()},
    }


def _cell(facts: MetricFacts, summary: MetricSummary | None) -> str:
    if summary is None or summary.mean is None:
        return "-"
    return "inf" if math.isinf(summary.mean) else f"{summary.mean:.{facts.digits}f}"


def _dataset(run: Run) -> str:
    copy = run.info.copy
    marks = [mark for mark in (copy.variant, copy.completeness, _demonstration(run)) if mark]
    return f"{run.info.dataset.title} ({', '.join(marks)})" if marks else run.info.dataset.title


def _demonstration(run: Run) -> str:
    return "demonstration" if run.info.dataset.demonstration else ""


def _images(run: Run) -> str:
    good = run.summary.images - run.summary.failed
    return str(good) if good == run.summary.selected else f"{good} of {run.summary.selected}"


def _problems(runs: Sequence[Run], said: Collection[str]) -> dict[str, list[str]]:
    """Map each problem to its models, so that problems of several models are printed once."""
    problems: dict[str, list[str]] = {}
    for run in runs:
        for message in _problems_of(run, said):
            problems.setdefault(message, []).append(run.model)
    return problems


def _problems_of(run: Run, said: Collection[str]) -> Iterator[str]:
    summary, facts = run.summary, run.metric_facts
    failed = [record for record in run.records if record.status == "failed"]
    if failed:
        yield f"{counted(summary.failed, 'image')} failed, the first is {failed[0].key}: {failed[0].reason}"
    for metric, reason in summary.nulls.items():
        if will_be_null(facts[metric].title, reason) not in said:
            yield f"{facts[metric].title} is missing: {reason}"
    for metric, values in summary.metrics.items():
        if values.infinite:
            images = counted(values.infinite, "image")
            yield f"{facts[metric].title} is infinite for {images}: identical to the target."
    for metric, spread in summary.seed_spread.items():
        seeds = run.info.plan.settings.get("samples")
        moved = f"{spread:.{facts[metric].finer}f}"
        yield f"{facts[metric].title} is averaged over {seeds} seeds; standard deviation of their means: {moved}."
    for what, number in Counter(what for record in run.records for what in record.read_as).items():
        yield f"{counted(number, 'restored image')} of {len(run.records)} read as: {what}."
    yield from run.info.findings
    yield from (f"{run.info.dataset.title}: {warning}" for warning in run.info.copy.warnings)
