"""Output of `restorebench profile`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..contracts import JsonValue
from ..profiling.cost import Cost, MeasuredVariant
from ..profiling.latency.measurement import Failure
from ..profiling.latency.timing import Timing
from ..profiling.macs.records import MacCount
from ..profiling.memory.peaks import CpuMemory, GpuMemory
from ..registry.specs import PROGRAM
from ..terminal.display import hint, new_table, note, print_json, print_lines, print_table
from ..terminal.paths import shown_path
from ..terminal.wording import counted

if TYPE_CHECKING:
    from ...baselines.published_costs import PublishedCost
    from ..profiling.macs.published import PublishedCheck
    from ..profiling.profiled_model import ProfiledModel

__all__ = ["plot_tree", "show_costs", "show_fvcore", "show_published", "show_trees"]

GIGA, MEGA, MEBI = 1e9, 1e6, 1 << 20
MACS = ("GMACs: all", "conv+linear+matmul", "conv", "of all: FFT", "other")


def show_costs(costs: Sequence[Cost], *, json: bool = False, unstable: bool = False) -> None:
    """Print one table of all models, followed by caveats.

    Args:
        costs: a model each.
        json: whether to print JSON instead.
        unstable: whether an unstable latency is printed, marked, in place of the word alone.
    """
    if json:
        print_json([cost.to_json() for cost in costs])
        return
    measured = any(cost.cells for cost in costs)
    timing = ("latency (ms)", "p5 - p95 (ms)", "images/s", "peak memory (MiB)") if measured else ()
    joules = ("J/image",) if any(cell.joules is not None for cost in costs for cell in cost.cells) else ()
    columns = ("Model", "Variant", "Params (M)", *MACS, *timing, *joules)
    table = new_table(*columns, title=_where(costs), right=columns[2:])
    for cost in costs:
        for count in cost.counts:
            cells = [cell for cell in cost.cells if (cell.variant.height, cell.variant.width) == _size(count)]
            for cell in cells or [None]:
                label = f"{count.height}x{count.width}" if cell is None else cell.variant.label
                energy = (_energy(cell),) if cell is not None and joules else ()
                shown = () if cell is None else (*_measured(cell, unstable=unstable), *energy)
                table.add_row(cost.model, label, f"{cost.params / MEGA:.3f}", *_macs(count), *shown)
    print_table(table, keep=(MACS[0], *timing[:2]))
    for cost in costs:
        _qualify(cost)
    if names := [cost.model for cost in costs if cost.weights == "random"]:
        hint(f"{', '.join(names)}: random weights, which do not affect MACs and memory.")


def _where(costs: Sequence[Cost]) -> str | None:
    """The device of the measurements; `None` if nothing ran."""
    devices = dict.fromkeys(cell.device for cost in costs for cell in cost.cells)
    hardware = next((cost.hardware for cost in costs if cost.hardware), None)
    if not devices or hardware is None:
        return None
    gpu, cpu = hardware.gpu, hardware.cpu
    name = gpu.name if gpu else cpu.model
    threads = "" if gpu else f", {counted(cpu.threads, 'thread')}{' on as many pinned cores' if cpu.pinned else ''}"
    return f"On {', '.join(devices)}: {name}{threads}"


def _size(count: MacCount) -> tuple[int, int]:
    return count.height, count.width


def _macs(count: MacCount) -> tuple[str, ...]:
    bound = ">=" if count.unknown else ""
    others = sum(count.macs.get(category, 0.0) for category in ("normalisation", "resampling", "elementwise"))
    totals = (count.total(), count.total("conv+linear+matmul"), count.total("conv"), count.macs.get("fft", 0.0), others)
    return tuple(f"{bound}{value / GIGA:.3f}" for value in totals)


def _measured(cell: MeasuredVariant, *, unstable: bool) -> tuple[str, str, str, str]:
    return (*_time(cell.time, unstable=unstable), _rate(cell), _memory(cell.memory))


def _time(time: Timing | Failure | None, *, unstable: bool) -> tuple[str, str]:
    if time is None:
        return "-", "-"
    if isinstance(time, Failure):
        return ("out of memory" if time.out_of_memory else "failed"), "-"
    spread = f"{time.p5 * 1e3:.1f} - {time.p95 * 1e3:.1f}"
    median = f"{time.median * 1e3:.1f}"
    if not time.stable:
        median = f"{median} (unstable)" if unstable else "unstable"
    return median, spread


def _rate(cell: MeasuredVariant) -> str:
    rate = cell.images_per_second
    return "-" if rate is None else f"{rate:.2f}"


def _memory(memory: GpuMemory | CpuMemory | Failure | None) -> str:
    if memory is None:
        return "-"
    if isinstance(memory, Failure):
        return "out of memory" if memory.out_of_memory else "failed"
    if isinstance(memory, CpuMemory):
        return f"{memory.growth / MEBI:.0f} growth"
    process = "" if memory.process is None else f", process {memory.process / MEBI:.0f}"
    return f"{memory.allocated / MEBI:.0f} allocated, reserved {memory.reserved / MEBI:.0f}{process}"


def _energy(cell: MeasuredVariant) -> str:
    return "-" if cell.joules is None else f"{cell.joules:.2f}"


def _qualify(cost: Cost) -> None:
    """Print caveats and remarks about the numbers of a model."""
    for count in cost.counts:
        size = f"{cost.model} at {count.height}x{count.width}"
        for line in _count_remarks(count):
            note(f"{size}: {line}")
    for cell in cost.cells:
        for line in _cell_remarks(cell):
            note(f"{cost.model}, {cell.variant.label}: {line}")
    for scaling in cost.scaling:
        parts = [("time", scaling.time), ("memory", scaling.memory)]
        growth = " and ".join(f"{name} grows as pixels^{slope:.2f}" for name, slope in parts if slope is not None)
        note(f"{cost.model}, {scaling.of}: {growth}.")
    if cost.largest is not None:
        side = cost.largest.side
        found = "no image fits" if side is None else f"the largest square image that fits is {side}x{side} pixels"
        limits = [why for why in cost.largest.probes.values() if why != "fits"]
        note(f"{cost.model}: {found} (steps of {cost.largest.step}); larger: {limits[-1] if limits else 'not tried'}")
    if cost.model.startswith(PROGRAM) and cost.cells:
        note(f"{cost.model}: every call starts the program, which the time includes; memory is that of its processes.")


def _count_remarks(count: MacCount) -> list[str]:
    remarks: list[str] = []
    if count.unknown:
        remarks.append(f"the totals are lower bounds, since the cost of {', '.join(count.unknown)} is unknown.")
    if count.repeats is not None:
        step = sum(count.repeats.macs.values()) / GIGA
        remarks.append(f"`{count.repeats.module}` runs {count.repeats.times} times, {step:.3f} GMACs (all) per step.")
    for group, macs in count.groups.items():
        base = count.total() - macs
        share = f" = {macs / base:.2%} of the base's {base / GIGA:.3f}" if base else ""
        remarks.append(f"{group} takes {macs / GIGA:.4f} GMACs (all){share}.")
    if count.tile is not None:
        remarks.append(f"counted as executed, in {count.passes} tiles of {count.tile} pixels.")
    elif count.passes > 1:
        remarks.append(f"counted as executed, in {count.passes} forward passes of the network.")
    if count.reason:
        remarks.append(f"counted in a real forward pass, since the meta device failed ({count.reason}).")
    if count.check is not None and not count.check.agrees:
        seen = f"{count.check.macs / GIGA:.3f} GMACs of products, restorebench {count.check.ours / GIGA:.3f}"
        remarks.append(f"{count.check.counter} disagrees by {count.check.difference:+.1%}: it counts {seen}.")
    return remarks


def _cell_remarks(cell: MeasuredVariant) -> list[str]:
    remarks: list[str] = []
    if isinstance(cell.time, Failure):
        remarks.append(cell.time.reason)
    if isinstance(cell.time, Timing):
        if cell.time.doubts:
            remarks.append(f"unstable, median {cell.time.median * 1e3:.1f} ms: {'; '.join(cell.time.doubts)}.")
        if cell.time.outliers:
            slowest = f"the slowest took {cell.time.slowest * 1e3:.1f} ms"
            remarks.append(f"includes {cell.time.outliers} outliers in {len(cell.time.samples)} calls; {slowest}.")
        remarks += [f"{text}." for text in cell.time.notes]
    if isinstance(cell.memory, Failure):
        remarks.append(f"memory: {cell.memory.reason}")
    return remarks


def show_trees(costs: Sequence[Cost], depth: int) -> None:
    """Print the module tree of each model at its first size."""
    from ..profiling.macs.tree import module_tree, tree_lines

    for cost in costs:
        print_lines(tree_lines(module_tree(cost.counts[0], cost.model), depth=depth))


def plot_tree(costs: Sequence[Cost], depth: int | None, plot: Path) -> None:
    """Plot the module tree of the first model."""
    from ..profiling.macs.tree import draw_plot

    draw_plot(costs[0].counts[0], costs[0].model, plot, depth=2 if depth is None else depth)
    hint(f"plot: {shown_path(plot)}")


def show_fvcore(profiled_models: Sequence[ProfiledModel], costs: Sequence[Cost]) -> None:
    """Print fvcore's counts of the same networks, and the operators it skips."""
    from ..profiling.fvcore_check import fvcore_count

    for profiled, cost in zip(profiled_models, costs, strict=True):
        for count in cost.counts:
            found = fvcore_count(profiled, count)
            if isinstance(found, str):
                note(found)
                continue
            size = f"{cost.model} at {count.height}x{count.width}"
            products = f"{found.check.macs / GIGA:.3f} of them products (restorebench: {found.check.ours / GIGA:.3f})"
            skipped = ", ".join(f"{name} x{calls}" for name, calls in found.skipped.items()) or "nothing"
            note(f"{size}: fvcore counts {found.macs / GIGA:.3f} GMACs, {products}; it skips {skipped}.")


def show_published(*, json: bool = False) -> int:
    """Print every published figure with the matching count, or as unexplained."""
    from ...baselines.published_costs import PUBLISHED_COSTS
    from ..contracts import InferenceSettings
    from ..profiling.macs.published import compare_published
    from ..profiling.profiled_model import open_profiled_model

    counts: dict[str, MacCount] = {}
    for row in PUBLISHED_COSTS:
        if row.model not in counts:
            counts[row.model] = open_profiled_model(row.model).count((256, 256), InferenceSettings())
    compared = [
        (row, compare_published(row.gmacs * GIGA, counts[row.model], row.convention, per_step=row.per_step))
        for row in PUBLISHED_COSTS
    ]
    if json:
        print_json([_as_json(row, found) for row, found in compared])
        return 0
    columns = ("Model", "Params (M)", "Published", "Counted", "Difference", "Convention", "Source", "Remark")
    table = new_table(*columns, title="GMACs for one 256x256 image", right=columns[1:5])
    for row, found in compared:
        params = sum(module.params for module in counts[row.model].modules) / MEGA
        name = f"{row.model}, one step" if row.per_step else row.model
        convention = found.convention if found.explained else f"unexplained (nearest: {found.convention})"
        figures = (f"{params:.3f}", f"{row.gmacs:g}", f"{found.counted / GIGA:.3f}", f"{found.difference:+.2%}")
        table.add_row(name, *figures, convention, row.source, row.remark)
    print_table(table)
    return 0


def _as_json(row: PublishedCost, found: PublishedCheck) -> JsonValue:
    return {
        "model": row.model,
        "published_gmacs": row.gmacs,
        "counted_gmacs": found.counted / GIGA,
        "difference": found.difference,
        "convention": found.convention,
        "explained": found.explained,
        "per_step": row.per_step,
        "source": row.source,
        "remark": row.remark,
    }
