"""Results for model repositories on Hugging Face: `.eval_results/*.yaml` and the `model-index` of a model card.

References:
    Evaluation results, https://huggingface.co/docs/hub/eval-results, and the model card's metadata,
    https://github.com/huggingface/hub-docs/blob/main/modelcard.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...bench.contracts import JsonValue
from ...bench.errors import UsageError, did_you_mean
from ...bench.files.atomic import write_atomic
from ...bench.runs.run import Run, cell_name
from ..tables.markdown import escape_markdown
from ..tables.table import draw_table
from .exported import Exported, ExportedValue, exported_runs

__all__ = ["Benchmark", "parse_benchmarks", "write_hugging_face"]

README = "README.md"
RESULTS_FOLDER = ".eval_results"
MARK = "# Written by `restorebench export hf`; it may be replaced by it."
"""First line of the front matter, by which a later export knows its own file."""

TASK_TYPE = "image-to-image"
"""Task of restoration on the Hub, which has none for deblurring or deraining."""

SETTING = re.compile(r"(?P<dataset>[^.=\s]+)\.(?P<metric>[^.=\s]+)=(?P<id>[\w.-]+/[\w.-]+):(?P<task>\S+)")

Json = dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A task of a benchmark on the Hub, in which results of one data set and metric are listed."""

    dataset: str
    """Registered name: `gopro`."""

    metric: str
    id: str
    """Data set on the Hub: `owner/name`."""

    task: str
    """Task's `id` in that data set's `eval.yaml`."""


def parse_benchmarks(settings: Sequence[str]) -> tuple[Benchmark, ...]:
    """Read `gopro.psnr=owner/name:task` and the like, as typed by a person.

    Raises:
        UsageError: not of this form.

    >>> parse_benchmarks(["gopro.psnr=someone/gopro:psnr"])
    (Benchmark(dataset='gopro', metric='psnr', id='someone/gopro', task='psnr'),)
    """
    found: list[Benchmark] = []
    for setting in settings:
        match = SETTING.fullmatch(setting)
        if match is None:
            raise UsageError(
                f"--benchmark {setting!r} is not DATASET.METRIC=OWNER/NAME:TASK: write --benchmark "
                "gopro.psnr=someone/gopro:psnr, with the task's id in the eval.yaml of that data set on the Hub."
            )
        found.append(Benchmark(match["dataset"], match["metric"].lower(), match["id"], match["task"]))
    return tuple(found)


def write_hugging_face(
    runs: Sequence[Run], out: Path, benchmarks: Sequence[Benchmark] = (), source: str = ""
) -> tuple[list[Path], list[str]]:
    """Write the files of one model repository for each model, below `out/<model>`.

    Args:
        runs: by each protocol to export.
        out: output folder; created if missing.
        benchmarks: where results are listed; without any, there are no files in `.eval_results`.
        source: address of a page with the evidence, such as the report; `""` for none.

    Returns:
        The files, and a sentence for each metric that was left out.

    Raises:
        RunFolderError: a run is unfinished or has failed images.
        UsageError: two runs claim one result, a benchmark is of no run, or a model card of another origin is in the
            way.
        OSError: a file cannot be written.
    """
    exported = exported_runs(runs)
    _check_benchmarks(exported, benchmarks)
    by_model: dict[str, list[Exported]] = {}
    for each in exported:
        by_model.setdefault(each.run.model, []).append(each)
    folders = {model: out / cell_name(model) for model in by_model}
    for folder in folders.values():
        _refuse_foreign_card(folder / README)
    written: list[Path] = []
    for model, mine in by_model.items():
        files = _results_files(mine, benchmarks, source)
        for name, entries in files.items():
            path = folders[model] / RESULTS_FOLDER / name
            write_atomic(path, _yaml(entries))
            written.append(path)
        write_atomic(folders[model] / README, _card(mine, source))
        written.append(folders[model] / README)
    return written, [sentence for each in exported for sentence in each.left_out]


def _check_benchmarks(exported: Sequence[Exported], benchmarks: Sequence[Benchmark]) -> None:
    """Refuse a benchmark that no run has a value for, and one that two protocols of a model have a value for."""
    for benchmark in benchmarks:
        datasets = {each.run.info.dataset.name for each in exported}
        if benchmark.dataset not in datasets:
            raise UsageError(f"No run is on {benchmark.dataset!r}{did_you_mean(benchmark.dataset, datasets)}")
        here = [each for each in exported if each.run.info.dataset.name == benchmark.dataset]
        metrics = {value.facts.name for each in here for value in each.values}
        if benchmark.metric not in metrics:
            raise UsageError(
                f"No run on {benchmark.dataset} has a mean of {benchmark.metric!r}"
                f"{did_you_mean(benchmark.metric, metrics)}"
            )
        claimed: dict[str, Exported] = {}
        for each in here:
            if _value(each, benchmark.metric) is None:
                continue
            other = claimed.setdefault(each.run.model, each)
            if other is not each:
                raise UsageError(
                    f"{each.run.model} has {benchmark.metric} on {other.run.dataset} by {other.run.protocol} and on "
                    f"{each.run.dataset} by {each.run.protocol}, but the task {benchmark.task} of {benchmark.id} takes "
                    "one: choose a protocol with -p, or give fewer runs."
                )


def _refuse_foreign_card(path: Path) -> None:
    if path.exists() and MARK not in path.read_text(encoding="utf-8", errors="replace").splitlines()[:3]:
        raise UsageError(
            f"{path} was not written by `restorebench export hf`: give another folder with --out, and copy the "
            "model-index from there."
        )


def _value(exported: Exported, metric: str) -> ExportedValue | None:
    return next((value for value in exported.values if value.facts.name == metric), None)


def _results_files(
    exported: Sequence[Exported], benchmarks: Sequence[Benchmark], source: str
) -> dict[str, list[JsonValue]]:
    """The files of `.eval_results` of one model: their names, and the entries of each."""
    files: dict[str, list[JsonValue]] = {}
    for benchmark in benchmarks:
        for each in exported:
            value = _value(each, benchmark.metric)
            if each.run.info.dataset.name == benchmark.dataset and value is not None:
                name = f"{cell_name(benchmark.id.replace('/', '-'))}.yaml"
                files.setdefault(name, []).append(_result(each, value, benchmark, source))
    return files


def _result(exported: Exported, value: ExportedValue, benchmark: Benchmark, source: str) -> Json:
    """An entry of a file in `.eval_results`."""
    setup = f"{value.facts.title} by {exported.run.protocol} on {exported.images} images, measured with restorebench"
    entry: Json = {
        "dataset": {"id": benchmark.id, "task_id": benchmark.task},
        "value": value.mean,
        "date": exported.run.info.created,
    }
    if source:
        entry["source"] = {"url": source, "name": "restorebench"}
    return {**entry, "notes": "; ".join((setup, *value.caveats))}


def _card(exported: Sequence[Exported], source: str) -> str:
    """A model card: its metadata in front, and the table that people read."""
    title = exported[0].run.info.model.title or exported[0].run.model
    index: list[JsonValue] = [{"name": title, "results": _index_results(exported, source)}]
    table = draw_table([replace(each.run, trust={}) for each in exported], "markdown")
    return f"---\n{MARK}\n{_yaml({'model-index': index})}---\n\n# {escape_markdown(title)}\n\n{table}\n"


def _index_results(exported: Sequence[Exported], source: str) -> list[JsonValue]:
    """The results of a `model-index`: one for each data set, with the metrics of all protocols."""
    results: dict[str, list[Exported]] = {}
    for each in exported:
        results.setdefault(each.run.dataset, []).append(each)
    return [_index_result(same, source) for same in results.values()]


def _index_result(exported: Sequence[Exported], source: str) -> Json:
    first = exported[0]
    card, options = first.run.info.dataset, first.run.dataset.partition("[")[2].rstrip("]")
    dataset: Json = {"name": first.dataset_title, "type": card.name}
    if options:
        dataset["config"] = options
    result: Json = {
        "task": {"type": TASK_TYPE, "name": f"Image {card.task}"},
        "dataset": dataset,
        "metrics": [_index_metric(each, value) for each in exported for value in each.values],
    }
    if source:
        result["source"] = {"url": source, "name": "restorebench"}
    return result


def _index_metric(exported: Exported, value: ExportedValue) -> Json:
    """A metric of a `model-index`; its `config` is the protocol, without which the number means nothing."""
    arguments: Json = {"images": exported.images}
    summary = value.summary
    if summary.low is not None and summary.high is not None:
        arguments |= {"interval": [summary.low, summary.high], "level": summary.level}
    if value.caveats:
        arguments["caveats"] = list(value.caveats)
    return {
        "type": value.facts.name,
        "value": value.mean,
        "name": f"{value.facts.title} ({exported.run.protocol})",
        "config": exported.run.protocol,
        "args": arguments,
    }


def _yaml(value: Mapping[str, JsonValue] | Sequence[JsonValue]) -> str:
    import yaml

    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=120)
