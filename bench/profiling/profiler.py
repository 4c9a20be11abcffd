"""Profile models: MACs, latency, memory, and the environment of the measurement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ..contracts import InferenceSettings
from ..errors import UsageError
from ..machine.environment import current_environment
from ..machine.git import git_output
from ..machine.gpu_locks import gpu_name, hold_alone
from ..machine.hardware import cpu_facts, gpu_facts, open_nvml, pinned
from ..registry.registry import is_user_file
from ..terminal.progress import Progress, Silent
from .cost import Cost, Hardware, Largest, MeasuredVariant, Variant, write_cost
from .latency.timing import Rules
from .macs.records import MacCount
from .profiled_model import ProfiledModel, open_profiled_model
from .sweep import Sweep, largest_image, memory_of, scaling_of, time_variant, variants

if TYPE_CHECKING:
    from ..contracts import Precision
    from ..models.inference import Restorer

__all__ = ["Request", "profile", "profile_all"]


@dataclass(frozen=True, slots=True)
class Request:
    """What to measure; the same for every model."""

    variants: tuple[Variant, ...]
    device: str = "cpu"
    threads: int = 0
    """torch threads on the CPU; 0 for torch's default."""

    rules: Rules = field(default_factory=Rules)
    latency: bool = True
    memory: bool = True
    largest_seconds: float = 0.0
    """Search for the largest image that fits, each attempt taking at most so long; 0 does not search."""

    command: str = ""

    def check(self) -> None:
        """Refuse what cannot be measured.

        Raises:
            UsageError: a device that is not here, an arithmetic that it does not have, sizes that make no sense.
        """
        from ..models.inference import pick_device

        kind = pick_device(self.device).type
        for variant in self.variants:
            if min(variant.height, variant.width, variant.batch) < 1:
                raise UsageError(f"{variant.label} holds no pixel: sizes and batches must be at least 1.")
            if variant.precision == "tf32" and kind != "cuda":
                raise UsageError("The precision tf32 exists on CUDA devices only: use --precision fp32 on the CPU.")
        if not self.variants:
            raise UsageError("No size was given: write --size HEIGHTxWIDTH.")


def profile(
    model: str | Restorer,
    *,
    weights: str | Path | None = None,
    sizes: Iterable[tuple[int, int]] = ((256, 256),),
    batches: Iterable[int] = (1,),
    precisions: Iterable[Precision] = ("fp32",),
    device: str = "cpu",
    latency: bool = True,
    memory: bool = True,
    rules: Rules | None = None,
    out: str | Path | None = None,
) -> Cost:
    """Measure the cost of a model: multiply-accumulates, latency and memory.

    Args:
        model: a name (see `load_model`) or a `Restorer`. Weights are not needed.
        weights: a checkpoint, for a model given by name.
        sizes: heights and widths in pixels.
        batches: images in a call.
        precisions: `fp32`, `tf32`, `fp16` or `bf16`.
        device: `cpu`, `cuda` or `cuda:N`; MACs are counted without it.
        latency: whether to time calls.
        memory: whether to measure memory, in fresh processes; not possible for a `Restorer`.
        rules: how exactly to time.
        out: writes `out/cost/<model>.json`, beside run folders.

    Raises:
        UsageError: an unknown name or option, or a device that is not here.
        CheckpointError: weights that cannot be loaded.

    >>> cost = profile("nafnet-nano", latency=False, memory=False)
    >>> f"{cost.macs['conv, 256x256'] / 1e9:.3f} GMACs, {cost.params / 1e6:.2f} M parameters"
    '1.031 GMACs, 0.29 M parameters'
    """
    request = Request(
        variants(sizes, batches, precisions), device, rules=rules or Rules(), latency=latency, memory=memory
    )
    (cost,) = profile_all([open_profiled_model(model, weights)], request)
    if out is not None:
        write_cost(cost, Path(out))
    return cost


def profile_all(
    profiled_models: Sequence[ProfiledModel], request: Request, progress: Progress | None = None
) -> list[Cost]:
    """Profile several models against each other.

    Every model is measured alike and, variant by variant, in interleaved rounds. A variant that fails or runs
    out of memory is a cell that says so.

    Raises:
        UsageError: see `Request.check`; or latency is asked for on a GPU that is at work.
        RestorationError: a network that cannot even be counted.
    """
    request.check()
    progress = progress or Silent()
    threads = request.threads or _default_threads()
    sweep = Sweep(request.variants, request.device, threads, request.rules)
    progress.start(", ".join(profiled.name for profiled in profiled_models), _steps(profiled_models, request), 0)
    try:
        counts = [_counts(profiled, request, progress) for profiled in profiled_models]
        with hold_alone(gpu_name(request.device) if request.latency else None):
            cells, hardware = _measure(profiled_models, request, sweep, progress)
        largest = [_largest(profiled, request, sweep, progress) for profiled in profiled_models]
    finally:
        progress.finish()
    return [
        _cost(profiled, request, counts=counts[index], cells=cells[index], largest=largest[index], hardware=hardware)
        for index, profiled in enumerate(profiled_models)
    ]


def _default_threads() -> int:
    import torch

    return torch.get_num_threads()


def _steps(profiled_models: Sequence[ProfiledModel], request: Request) -> int:
    """Number of progress steps."""
    sizes, count = len(_sizes(request)), len(request.variants)
    each = sizes + count * (request.latency + request.memory) + bool(request.largest_seconds)
    return each * len(profiled_models)


def _sizes(request: Request) -> list[tuple[int, int]]:
    return list(dict.fromkeys((variant.height, variant.width) for variant in request.variants))


def _counts(profiled: ProfiledModel, request: Request, progress: Progress) -> tuple[MacCount, ...]:
    settings = InferenceSettings(device=request.device, tile=request.variants[0].tile)
    found: list[MacCount] = []
    for size in _sizes(request):
        found.append(profiled.count(size, settings))
        progress.advance()
    return tuple(found)


def _measure(
    profiled_models: Sequence[ProfiledModel], request: Request, sweep: Sweep, progress: Progress
) -> tuple[list[tuple[MeasuredVariant, ...]], Hardware | None]:
    """The measurements of each model, and the machine; no machine if nothing was measured."""
    if not (request.latency or request.memory):
        return [() for _ in profiled_models], None
    nvml = open_nvml(request.device) if request.device.startswith("cuda") else None
    rows: list[list[MeasuredVariant]] = [[] for _ in profiled_models]
    with pinned(sweep.threads) as bound:
        cpu = cpu_facts(sweep.threads, pinned=bound)
        before = None if nvml is None else nvml.state()
        for variant in request.variants:
            times = time_variant(profiled_models, variant, sweep, nvml) if request.latency else {}
            for _ in times:
                progress.advance()
            for row, profiled in zip(rows, profiled_models, strict=True):
                memory = memory_of(profiled, variant, sweep) if request.memory else None
                row.append(MeasuredVariant(variant, request.device, *times.get(profiled.name, (None, None)), memory))
                if request.memory:
                    progress.advance()
    gpu = gpu_facts(request.device, nvml) if request.device.startswith("cuda") else None
    return [tuple(row) for row in rows], Hardware(cpu, gpu, before, None if nvml is None else nvml.state())


def _largest(profiled: ProfiledModel, request: Request, sweep: Sweep, progress: Progress) -> Largest | None:
    if not request.largest_seconds:
        return None
    found = largest_image(profiled, sweep, timeout=request.largest_seconds)
    progress.advance()
    return found


def _cost(
    profiled: ProfiledModel,
    request: Request,
    *,
    counts: tuple[MacCount, ...],
    cells: tuple[MeasuredVariant, ...],
    largest: Largest | None,
    hardware: Hardware | None,
) -> Cost:
    return Cost(
        model=profiled.name,
        title=profiled.card.title,
        weights=profiled.weights,
        params=sum(module.params for module in counts[0].modules),
        counts=counts,
        cells=cells,
        scaling=scaling_of(cells),
        largest=largest,
        rules=request.rules,
        hardware=hardware,
        environment=current_environment(request.device).with_tf32(
            on=any(variant.precision == "tf32" for variant in request.variants)
        ),
        model_commit=_file_commit(profiled),
        command=request.command,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _file_commit(profiled: ProfiledModel) -> str:
    """Commit of the user's model file."""
    if profiled.spec is None or not is_user_file(profiled.spec.name):
        return ""
    path = Path(profiled.spec.name.rpartition(":")[0] or profiled.spec.name)
    head = git_output(path.parent, "log", "-1", "--format=%h", "--", path.name) or ""
    return f"{head}-dirty" if head and git_output(path.parent, "status", "--porcelain", "--", path.name) else head
