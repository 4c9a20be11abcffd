"""How busy a GPU is while it restores, with copies that overlap the network and without, and how fast it trains.

    python tests/performance/gpu.py [--part busy|training|all] [--seconds 8] [--out gpu.json]
    python tests/performance/gpu.py --docs gpu.json       writes its tables into docs/explanation/gpu.md

Networks have random weights and images are made up. `busy` is the share of the time in which some kernel ran, from
a trace of torch's profiler, and the driver's own reading of it (NVML), which is coarser. Without a GPU nothing is
measured. The aim is at least 95 % with nafnet-width64 at 1280x720, and 80 % with nafnet-nano.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import gc
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Self, cast

import numpy as np
import torch
from restorebench.bench.contracts import InferenceSettings, Precision, QuantiserName, UInt8Image
from restorebench.bench.evaluation.pipeline import Pipeline
from restorebench.bench.models.inference import Restorer
from restorebench.bench.models.loading import open_model
from restorebench.bench.models.overlap import overlap_of
from restorebench.bench.protocols.protocol import get_protocol
from restorebench.bench.registry.specs import parse_spec
from restorebench.bench.terminal.progress import Silent
from restorebench.bench.training.recipe import Arithmetic, DataSource, Recipe, read_recipe
from restorebench.bench.training.trainer import train

SIZE = (720, 1280)
SYNCHRONISED = 50
"""Iterations between two looks at the loss, for which the host waits."""

DOCS = Path(__file__).parents[2] / "docs" / "explanation" / "gpu.md"
AIMS = {"nafnet-width64": 0.95, "nafnet-nano": 0.80}


@dataclass(frozen=True)
class Variant:
    """A way to restore."""

    model: str
    overlap: bool = True
    precision: Precision = "fp32"
    channels_last: bool = False
    compiled: bool = False
    rule: QuantiserName | None = "half-even"
    scored: bool = False
    """Whether the last stage measures PSNR and SSIM of each image."""

    @property
    def label(self) -> str:
        """As the table has it."""
        said = [self.precision, "channels_last" * self.channels_last, "compiled" * self.compiled]
        return ", ".join(filter(None, said))


BUSY = (
    Variant("nafnet-nano", overlap=False),
    Variant("nafnet-nano"),
    Variant("nafnet-width64", overlap=False),
    Variant("nafnet-width64"),
    Variant("nafnet-nano", scored=True),
    Variant("nafnet-width64", scored=True),
    Variant("nafnet-nano", rule=None),
    Variant("nafnet-nano", channels_last=True),
    Variant("nafnet-nano", precision="bf16"),
    Variant("nafnet-nano", precision="bf16", channels_last=True),
    Variant("nafnet-width64", channels_last=True),
    Variant("nafnet-width64", precision="tf32"),
    Variant("nafnet-width64", precision="bf16"),
    Variant("nafnet-width64", precision="bf16", channels_last=True),
    Variant("nafnet-nano", compiled=True),
)


@dataclass(frozen=True)
class Training:
    """A way to train."""

    precision: Arithmetic = "fp32"
    channels_last: bool = False
    compiled: bool = False
    batch: int = 8

    @property
    def label(self) -> str:
        """As the table has it."""
        said = [self.precision, "channels_last" * self.channels_last, "compiled" * self.compiled]
        return ", ".join(filter(None, said))


TRAININGS = (
    Training(),
    Training("bf16"),
    Training(channels_last=True),
    Training(batch=64),
    Training("bf16", channels_last=True, batch=64),
    Training(compiled=True),
    Training("bf16", channels_last=True, compiled=True, batch=64),
)


@dataclass
class Report:
    """What was measured, on what."""

    machine: dict[str, str]
    busy: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    training: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


class Nvml:
    """Samples the share of the time in which the driver saw kernels."""

    def __init__(self) -> None:
        import pynvml  # pyright: ignore[reportMissingImports] -- the optional extra [gpu]

        self._library = cast("Any", pynvml)
        self._library.nvmlInit()
        uuid = str(torch.cuda.get_device_properties(0).uuid)
        name = uuid if uuid.startswith("GPU-") else f"GPU-{uuid}"
        self._handle = self._library.nvmlDeviceGetHandleByUUID(name)
        self._samples: list[tuple[float, int]] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._ended.wait(0.05):
            share = int(self._library.nvmlDeviceGetUtilizationRates(self._handle).gpu)
            self._samples.append((time.perf_counter(), share))

    @property
    def share(self) -> float | None:
        """The mean, without the first second, of which the reading may still be of what was before."""
        after = self._samples[0][0] + 1 if self._samples else 0.0
        shares = [share / 100 for at, share in self._samples if at > after]
        return statistics.fmean(shares) if shares else None


def pictures(count: int) -> list[UInt8Image]:
    """Noise on a gradient, 1280x720."""
    height, width = SIZE
    gradient = np.linspace(20, 200, width)[None, :, None].repeat(height, 0).repeat(3, 2)
    made: list[UInt8Image] = []
    for seed in range(count):
        noise = np.random.default_rng(seed).normal(0, 12, gradient.shape)
        made.append(np.clip(gradient + noise, 0, 255).astype(np.uint8))
    return made


def restorer_of(variant: Variant) -> Restorer:
    """The variant's network with random weights."""
    torch.manual_seed(0)
    loaded = open_model(parse_spec(variant.model), weights="random")
    network = loaded.network
    if variant.compiled:
        network = cast("torch.nn.Module", torch.compile(network))
    settings = InferenceSettings(device="cuda", precision=variant.precision, channels_last=variant.channels_last)
    return Restorer(network, loaded.card, settings)


def restoring(restorer: Restorer, variant: Variant) -> Callable[[Sequence[UInt8Image]], Iterator[int]]:
    """The three stages of an evaluation, of which the first has the image and the last scores it only if asked to."""
    overlap = overlap_of(restorer) if variant.overlap else None
    scorer = get_protocol("rgb@1").prepare() if variant.scored else None

    def load(image: UInt8Image) -> Any:
        return image, None if overlap is None else overlap.upload(image)

    def restore(image: UInt8Image, loaded: Any) -> Any:
        if overlap is None:
            return restorer.restore(image, "a").image
        return overlap.restore(image, "a", loaded[1], variant.rule)[0]

    def finish(image: UInt8Image, loaded: Any, restored: Any) -> int:
        del loaded
        made = restored if overlap is None else restored.image()
        if scorer is not None:
            scorer.score(made, image)
        return made.nbytes

    return lambda images: Pipeline(load, restore, finish, workers=8).run(images)


def busy(variant: Variant, images: list[UInt8Image], seconds: float) -> dict[str, Any]:
    """Images a second, and how busy the GPU was."""
    restorer = restorer_of(variant)
    run = restoring(restorer, variant)
    began = time.perf_counter()
    list(run(images[:3]))
    torch.cuda.synchronize()
    warm_up = time.perf_counter() - began
    began = time.perf_counter()
    list(run(list(islice(cycle(images), 4))))
    one = (time.perf_counter() - began) / 4
    count = max(8, int(seconds / one))
    shared, nvml = None, None
    try:
        nvml = Nvml()
    except Exception as error:  # noqa: BLE001 -- the trace says it too
        say(f"no NVML: {error}")
    torch.cuda.reset_peak_memory_stats()
    began = time.perf_counter()
    if nvml is None:
        list(run(list(islice(cycle(images), count))))
    else:
        with nvml:
            list(run(list(islice(cycle(images), count))))
        shared = nvml.share
    spent = time.perf_counter() - began
    traced = trace_share(lambda: list(run(list(islice(cycle(images), min(count, max(12, int(1.5 / one))))))))
    return {
        **asdict(variant),
        "images_per_second": count / spent,
        "images": count,
        "nvml": shared,
        "trace": traced,
        "warm_up_seconds": warm_up,
        "peak_mib": torch.cuda.max_memory_allocated() / (1 << 20),
    }


def trace_share(work: Callable[[], object]) -> float | None:
    """The share of the time between the first kernel and the last in which one ran, from torch's profiler."""
    from torch.profiler import ProfilerActivity, profile

    try:
        with profile(activities=[ProfilerActivity.CUDA]) as profiler:
            work()
            torch.cuda.synchronize()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "trace.json"
            profiler.export_chrome_trace(str(path))
            events = json.loads(path.read_text())["traceEvents"]
    except Exception as error:  # noqa: BLE001 -- NVML says it too
        say(f"no trace: {type(error).__name__}: {error}")
        return None
    spans = sorted((float(e["ts"]), float(e["ts"]) + float(e["dur"])) for e in events if e.get("cat") == "kernel")
    return share_of(spans)


def share_of(spans: Sequence[tuple[float, float]]) -> float | None:
    """How much of the time from the first to the last is inside one or more of the spans, which are in order.

    >>> share_of([(0.0, 2.0), (1.0, 3.0), (4.0, 5.0), (4.0, 10.0)])
    0.9
    """
    if not spans:
        return None
    inside, until = 0.0, spans[0][0]
    for start, end in spans:
        inside += max(0.0, end - max(start, until))
        until = max(until, end)
    return inside / (until - spans[0][0])


class Stop(Exception):  # noqa: N818 -- nothing went wrong
    """The time is over."""


class Limited(Silent):
    """Ends a training after some seconds; the clock is read when the host has waited for the device."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.done = 0
        self.stamps: list[tuple[int, float]] = []

    def advance(self) -> None:
        """Count an iteration."""
        self.done += 1
        if self.done % SYNCHRONISED == 0:
            self.stamps.append((self.done, time.perf_counter()))
            if len(self.stamps) > 2 and self.stamps[-1][1] - self.stamps[1][1] > self.seconds:
                raise Stop

    @property
    def rate(self) -> float:
        """Iterations a second, without the first ones."""
        (first, began), (last, ended) = self.stamps[1], self.stamps[-1]
        return (last - first) / (ended - began)


def trained(way: Training, seconds: float, device: str = "cuda") -> dict[str, Any]:
    """Iterations a second of the recipe nano-blur."""
    recipe: Recipe = read_recipe(
        "nano-blur", precision=way.precision, channels_last=way.channels_last, compiled=way.compiled
    )
    recipe = replace(
        recipe,
        data=(DataSource("photographs-train[task=blur,count=160]"),),
        stages=(replace(recipe.stages[0], iterations=1_000_000),),
        validation=None,
        save_every=1_000_000,
        log_every=SYNCHRONISED,
        batch=way.batch,
        workers=max(2, min(8, len(os.sched_getaffinity(0)) - 2)),
    )
    progress = Limited(seconds)
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        with contextlib.suppress(Stop):
            train(recipe, folder, device=device, progress=progress)
        with (Path(folder) / "log.csv").open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    return {
        **asdict(way),
        "device": device,
        "iterations_per_second": progress.rate,
        "patches_per_second": progress.rate * way.batch,
        "waiting": statistics.fmean(float(row["waiting"]) for row in rows[2:] or rows),
        "start_seconds": progress.stamps[1][1] - began,
        "last_loss": float(rows[-1]["loss"]),
    }


def machine() -> dict[str, str]:
    """What the numbers belong to."""
    from restorebench.bench.machine.hardware import gpu_facts, open_nvml

    facts = gpu_facts("cuda", open_nvml("cuda"))
    return {
        "gpu": facts.name,
        "driver": facts.driver,
        "cuda": facts.cuda,
        "cudnn": facts.cudnn,
        "torch": torch.__version__,
        "cores": str(len(os.sched_getaffinity(0))),
    }


def measure(report: Report, arguments: argparse.Namespace) -> None:
    """Fill the report, row by row; a row that fails is one that says why."""

    def row(rows: list[dict[str, Any]], facts: dict[str, Any], work: Callable[[], dict[str, Any]]) -> None:
        try:
            rows.append(work())
        except Exception as error:  # noqa: BLE001 -- the other rows are worth having
            rows.append({**facts, "failed": f"{type(error).__name__}: {str(error)[:300]}"})
        say(json.dumps(rows[-1]))
        gc.collect()
        torch.cuda.empty_cache()
        if arguments.out is not None:
            arguments.out.write_text(json.dumps(asdict(report), indent=1) + "\n")

    if arguments.part in ("busy", "all"):
        images = pictures(12)
        for variant in BUSY:
            row(report.busy, asdict(variant), lambda variant=variant: busy(variant, images, arguments.seconds))
    if arguments.part in ("training", "all"):
        for way in TRAININGS:
            row(report.training, asdict(way), lambda way=way: trained(way, arguments.seconds))


def percent(value: float | None) -> str:
    """A share, or a dash."""
    return "-" if value is None else f"{value:.0%}"


def tables(report: Report) -> str:
    """Both tables in Markdown."""
    facts = report.machine
    software = f"CUDA {facts['cuda']}, cuDNN {facts['cudnn']}, torch {facts['torch']}"
    lines = [f"{facts['gpu']}, driver {facts['driver']}, {software}, {facts['cores']} cores:", ""]
    if report.busy:
        lines += [
            "| network | arithmetic | copies | images/s | busy, trace | busy, NVML |",
            "|---|---|---|---|---|---|",
        ]
    for each in report.busy:
        label = Variant(**{name: each[name] for name in Variant.__dataclass_fields__}).label
        copies = "overlap" if each["overlap"] else "wait"
        copies += "" if each["rule"] or not each["overlap"] else ", float"
        copies += ", scored" if each["scored"] else ""
        values = (
            f"failed: {each['failed']} | |"
            if "failed" in each
            else f"{each['images_per_second']:.1f} | {percent(each['trace'])} | {percent(each['nvml'])}"
        )
        lines.append(f"| {each['model']} | {label} | {copies} | {values} |")
    if report.training:
        lines += ["", "| training | batch | iterations/s | patches/s | waiting for data | in 10 minutes |"]
        lines += ["|---|---|---|---|---|---|"]
    for each in report.training:
        label = Training(**{name: each[name] for name in Training.__dataclass_fields__}).label
        values = (
            f"failed: {each['failed']} | | |"
            if "failed" in each
            else f"{each['iterations_per_second']:.1f} | {each['patches_per_second']:.0f} | {each['waiting']:.0%} | "
            f"{600 * each['iterations_per_second']:,.0f} iterations"
        )
        lines.append(f"| {label} | {each['batch']} | {values} |")
    return "\n".join(lines)


def write_docs(path: Path) -> None:
    """Replace what stands between the two marks of the page."""
    report = Report(**json.loads(path.read_text(encoding="utf-8")))
    before, rest = DOCS.read_text().split("<!-- measured -->\n", 1)
    after = rest.split("<!-- end of measured -->", 1)[1]
    DOCS.write_text(f"{before}<!-- measured -->\n\n{tables(report)}\n\n<!-- end of measured -->{after}")


def missed(report: Report) -> list[str]:
    """The aims that were not reached."""
    found: list[str] = []
    for each in report.busy:
        plain = each["overlap"] and each["precision"] == "fp32" and not each["channels_last"] and not each["compiled"]
        aim, reached = AIMS[each["model"]], each.get("trace") or each.get("nvml")
        if plain and each["rule"] and not each["scored"] and reached is not None and reached < aim:
            found.append(f"{each['model']} keeps the GPU {reached:.0%} busy, and should {aim:.0%}")
    return found


def main() -> int:
    """Measure and print; 1 if an aim is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=("busy", "training", "all"), default="all")
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--docs", type=Path)
    arguments = parser.parse_args()
    if arguments.docs is not None:
        write_docs(arguments.docs)
        return 0
    if not torch.cuda.is_available():
        say("torch finds no GPU here: nothing to measure.")
        return 0
    report = Report(machine())
    measure(report, arguments)
    say(tables(report))
    for sentence in missed(report):
        say(f"MISSED: {sentence}.")
    return int(bool(missed(report)))


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
