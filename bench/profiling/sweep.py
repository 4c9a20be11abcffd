"""Measure variants of models: time in interleaved rounds, memory in fresh processes, energy where a GPU says."""

from __future__ import annotations

import functools
import itertools
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..contracts import InferenceSettings, Precision
from ..errors import RestorationError, RestorebenchError, first_line
from ..machine.hardware import GpuLoad, Nvml
from ..machine.memory import available_bytes
from .cost import Largest, MeasuredVariant, Scaling, Variant, exponent
from .latency.load import CpuLoad
from .latency.measurement import Failure, measure_all
from .latency.timers import CpuTimer, CudaTimer, Timer, TorchCuda
from .latency.timing import Rules, Timing
from .memory.peaks import CpuMemory, GpuMemory, MemoryJob, run_job

if TYPE_CHECKING:
    from .profiled_model import ProfiledModel

__all__ = [
    "Sweep",
    "energy_per_call",
    "largest_fitting",
    "largest_image",
    "memory_of",
    "scaling_of",
    "time_variant",
    "variants",
]

ENERGY_SECONDS = 2.0
"""Duration of continuous work for one reading of the energy counter, which advances about every tenth of a second."""

STEP = 64
"""Pixels; the side of the largest image is a multiple of it."""

LARGEST_TRIED = 16384
"""Largest side that is tried, in pixels."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """Variants, device, threads and timing rules of a sweep."""

    variants: tuple[Variant, ...]
    device: str = "cpu"
    threads: int = 1
    rules: Rules = field(default_factory=Rules)

    def settings(self, variant: Variant) -> InferenceSettings:
        """The forward pass of a variant."""
        return InferenceSettings(
            device=self.device, precision=variant.precision, tile=variant.tile, channels_last=variant.channels_last
        )


def variants(
    sizes: Iterable[tuple[int, int]],
    batches: Iterable[int] = (1,),
    precisions: Iterable[Precision] = ("fp32",),
    *,
    channels_last: bool = False,
    compiled: bool = False,
    tile: int | None = None,
) -> tuple[Variant, ...]:
    """Every combination; the flags add variants to those without them."""
    layouts, forms = ((False, True) if flag else (False,) for flag in (channels_last, compiled))
    return tuple(
        Variant(*size, batch, precision, layout, form, tile)
        for size, batch, precision, layout, form in itertools.product(sizes, batches, precisions, layouts, forms)
    )


def time_variant(
    profiled_models: Sequence[ProfiledModel], variant: Variant, sweep: Sweep, nvml: Nvml | None
) -> dict[str, tuple[Timing | Failure, float | None]]:
    """Time and energy of one variant of every model, in interleaved rounds."""
    works, failures = _prepared(profiled_models, variant, sweep)
    timer: Timer = CpuTimer() if sweep.device == "cpu" else CudaTimer(TorchCuda(sweep.device))
    load = GpuLoad(nvml) if nvml is not None else CpuLoad()
    measured = {**failures, **measure_all(works, timer=timer, rules=sweep.rules, load=load)}
    return {
        name: (result, _energy(works[name], variant, sweep, nvml) if isinstance(result, Timing) else None)
        for name, result in measured.items()
    }


def _prepared(
    profiled_models: Sequence[ProfiledModel], variant: Variant, sweep: Sweep
) -> tuple[dict[str, Callable[[], object]], dict[str, Failure]]:
    import torch

    works: dict[str, Callable[[], object]] = {}
    failures: dict[str, Failure] = {}
    shape = (variant.batch, 3, variant.height, variant.width)
    for profiled in profiled_models:
        try:
            model = profiled.on(sweep.settings(variant), compiled=variant.compiled)
            images = torch.rand(shape, generator=torch.Generator().manual_seed(0)).to(model.device)
        except (RestorebenchError, RuntimeError) as error:
            failures[profiled.name] = Failure(first_line(error), isinstance(error, torch.OutOfMemoryError))
            continue
        works[profiled.name] = functools.partial(_call, model, images)
    return works, failures


def _call(model: Callable[..., object], images: object) -> object:
    """Run the model; turn what it cannot do, such as a kernel missing in half precision, into a RestorationError."""
    try:
        return model(images)
    except RuntimeError as error:
        raise RestorationError(first_line(error)) from error


def _energy(work: Callable[[], object], variant: Variant, sweep: Sweep, nvml: Nvml | None) -> float | None:
    if nvml is None:
        return None
    import torch

    return energy_per_call(work, nvml, functools.partial(torch.cuda.synchronize, sweep.device)) / variant.batch


def energy_per_call(
    work: Callable[[], object],
    nvml: Nvml,
    synchronize: Callable[[], None],
    *,
    seconds: float = ENERGY_SECONDS,
    clock: Callable[[], float] = time.perf_counter,
) -> float:
    """Joules of one call, idle power included: the energy counter before and after continuous work."""
    synchronize()
    calls, start, before = 0, clock(), nvml.joules()
    while calls == 0 or clock() - start < seconds:
        work()
        synchronize()
        calls += 1
    return (nvml.joules() - before) / calls


def job_of(profiled: ProfiledModel, variant: Variant, sweep: Sweep, *, limit: int = 0) -> MemoryJob | None:
    """The forward pass of a variant as a process of its own can do it; `None` for what no other process has."""
    if profiled.spec is None or variant.compiled:
        return None
    weights = "" if profiled.spec.path is None else str(profiled.spec.path)
    settings = sweep.settings(variant)
    name = str(profiled.spec)
    return MemoryJob(name, variant.height, variant.width, variant.batch, settings, sweep.threads, weights, limit)


def memory_of(profiled: ProfiledModel, variant: Variant, sweep: Sweep) -> GpuMemory | CpuMemory | Failure | None:
    """Peaks of one call in a fresh process."""
    job = job_of(profiled, variant, sweep)
    return None if job is None else run_job(job)


def scaling_of(cells: Sequence[MeasuredVariant]) -> tuple[Scaling, ...]:
    """Exponents of (stable) time and memory with pixels, for each group of cells that differ in size only."""
    groups: dict[str, list[MeasuredVariant]] = {}
    for cell in cells:
        label = cell.variant.label.partition(", ")[2]
        groups.setdefault(label, []).append(cell)
    found: list[Scaling] = []
    for label, members in groups.items():
        pixels = [member.variant.height * member.variant.width for member in members]
        times = [_stable_seconds(member) for member in members]
        memory = [_bytes(member) for member in members]
        slopes = [exponent(list(zip(pixels, values, strict=True))) for values in (times, memory)]
        if any(slope is not None for slope in slopes):
            found.append(Scaling(label, *slopes))
    return tuple(found)


def _stable_seconds(cell: MeasuredVariant) -> float:
    return cell.time.median if isinstance(cell.time, Timing) and cell.time.stable else 0.0


def _bytes(cell: MeasuredVariant) -> float:
    if isinstance(cell.memory, CpuMemory):
        return cell.memory.growth
    return cell.memory.allocated if isinstance(cell.memory, GpuMemory) else 0.0


def largest_fitting(outcome: Callable[[int], str], *, step: int = STEP, highest: int = LARGEST_TRIED) -> Largest:
    """The largest side for which `outcome` is `fits`: doubled until it does not, then bisected.

    Args:
        outcome: `fits`, or why an image of this side does not; must not fail itself.
        step: sides are multiples of it.
        highest: no side above this is tried.
    """
    probes: dict[str, str] = {}

    def fits(side: int) -> bool:
        probes[str(side)] = outcome(side)
        return probes[str(side)] == "fits"

    good, bad = 0, None
    side = step
    while bad is None and side <= highest:
        good, bad = (side, None) if fits(side) else (good, side)
        side *= 2
    while bad is not None and bad - good > step:
        middle = (good + bad) // 2 // step * step
        good, bad = (middle, bad) if fits(middle) else (good, middle)
    return Largest(good or None, step, probes)


def largest_image(profiled: ProfiledModel, sweep: Sweep, *, timeout: float) -> Largest | None:
    """The largest square image that one call takes; each attempt is a process that may die.

    On a CPU an attempt may take nine tenths of the memory that was available when the search began.

    Args:
        profiled: the model.
        sweep: device and threads; the first variant has precision, batch and tiles.
        timeout: seconds after which an image counts as too large.
    """
    limit = available_bytes() * 9 // 10 if sweep.device == "cpu" else 0
    first = sweep.variants[0]
    if job_of(profiled, first, sweep) is None:
        return None

    def outcome(side: int) -> str:
        variant = Variant(side, side, first.batch, first.precision, first.channels_last, tile=first.tile)
        job = job_of(profiled, variant, sweep, limit=limit)
        result = Failure("no process") if job is None else run_job(job, timeout=timeout)
        return result.reason if isinstance(result, Failure) else "fits"

    return largest_fitting(outcome)
