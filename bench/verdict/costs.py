"""Cost gates: exact counts, memory within a tolerance, and latency measured in interleaved rounds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ..comparison.pairing import Measured
from ..errors import UsageError, few
from ..runs.costs import MACS, MEMORY, PARAMETERS
from .permitted_code import model_to_run
from .verdict import Gate, Outcome, Reason

if TYPE_CHECKING:
    from ..profiling.latency.measurement import Failure
    from ..profiling.latency.timing import Rules, Timing

__all__ = ["CostLimits", "LatencyMeter", "Remeasure", "cost_gates", "latency_gates", "time_in_turns", "unchecked_costs"]


@dataclass(frozen=True, slots=True)
class Remeasure:
    """Settings for timing both models now, in interleaved rounds; stored latencies are never compared."""

    sizes: tuple[tuple[int, int], ...] = ((256, 256),)
    """Image heights and widths, in pixels."""

    device: str = "cpu"
    code: tuple[str, ...] = ()
    """Models of the user's own that may be run; see `permitted_code.model_to_run`."""


@dataclass(frozen=True, slots=True)
class CostLimits:
    """Allowed growth of costs in a check."""

    memory_growth: float = 0.05
    """Allowed relative growth of peak memory; counts must not grow at all."""

    slowdown: float = 0.05
    """Allowed relative growth of the median latency."""

    remeasure: Remeasure | None = None
    ignored: bool = False
    """Whether costs that the profiler stored are not checked at all."""


def cost_gates(baseline: Measured, candidate: Measured, limits: CostLimits) -> list[Gate]:
    """Check parameters, multiply-accumulates and memory, as far as the profiler measured them on both sides.

    A candidate without any, whose baseline has some, gets one ambiguous gate.
    """
    checked = [] if limits.ignored else _checked(baseline)
    if checked and not candidate.cost:
        return [_missing_gate(baseline, candidate)]
    return [
        _memory_gate(baseline, candidate, name, limits.memory_growth)
        if name.startswith(MEMORY)
        else _count_gate(baseline, candidate, name)
        for name in checked
        if name in candidate.cost
    ]


def unchecked_costs(baseline: Measured, candidate: Measured, limits: CostLimits) -> str:
    """A sentence about costs of the baseline that the candidate, which has others, lacks; or `""`."""
    missing = [name for name in _checked(baseline) if name not in candidate.cost]
    if limits.ignored or not missing or not candidate.cost:
        return ""
    return f"{few(missing)} of the baseline was not checked: the candidate was not profiled in that way."


def _checked(baseline: Measured) -> list[str]:
    return [name for name in baseline.cost if name == PARAMETERS or name.startswith((MACS, MEMORY))]


def _missing_gate(baseline: Measured, candidate: Measured) -> Gate:
    sentence = (
        f"The baseline has costs, and the candidate has none: run `restorebench profile -m {candidate.model} --out OUT`"
        " as for the baseline, or leave costs out with --ignore-costs."
    )
    return Gate(*_where(baseline, candidate), "costs", Outcome.AMBIGUOUS, Reason.COST_MISSING, sentence)


def _count_gate(baseline: Measured, candidate: Measured, name: str) -> Gate:
    before, after = baseline.cost[name], candidate.cost[name]
    what = PARAMETERS if name == PARAMETERS else f"multiply-accumulates at {name.removeprefix(MACS)}"
    if after > before:
        outcome, reason = Outcome.FAIL, Reason.COST_INCREASED
        sentence = f"{after:,} {what}, {after - before:,} more than the baseline's {before:,}."
    elif after < before:
        outcome, reason = Outcome.PASS, Reason.COST_DECREASED
        sentence = f"{after:,} {what}, {before - after:,} fewer than the baseline's {before:,}."
    else:
        outcome, reason = Outcome.PASS, Reason.COST_EQUAL
        sentence = f"{after:,} {what}, as in the baseline."
    return Gate(*_where(baseline, candidate), name, outcome, reason, sentence, float(before), float(after))


def _memory_gate(baseline: Measured, candidate: Measured, name: str, allowed: float) -> Gate:
    before, after = baseline.cost[name], candidate.cost[name]
    grown = after > before * (1 + allowed)
    outcome, reason = (Outcome.FAIL, Reason.COST_INCREASED) if grown else (Outcome.PASS, Reason.COST_WITHIN_TOLERANCE)
    change = f"{after / before - 1:+.1%}" if before else "new"
    sizes = f"{after / 2**20:.1f} MiB, baseline {before / 2**20:.1f}"
    sentence = f"{name.removeprefix(MEMORY)}: {sizes} ({change}); allowed {allowed:+.1%}."
    return Gate(*_where(baseline, candidate), name, outcome, reason, sentence, float(before), float(after))


def _where(baseline: Measured, candidate: Measured) -> tuple[str, str, str]:
    """The model, data set and protocol of a gate."""
    return baseline.model, candidate.dataset, candidate.protocol


class LatencyMeter(Protocol):
    """A function that times models in interleaved rounds on this machine."""

    def __call__(
        self, models: Sequence[tuple[str, Path | None]], size: tuple[int, int], device: str
    ) -> list[Timing | Failure]:
        """Time each model.

        Args:
            models: names with options, and weights if available, which hardly affect times.
            size: height and width in pixels.
            device: `cpu`, `cuda` or `cuda:N`.
        """
        ...


def time_in_turns(
    models: Sequence[tuple[str, Path | None]], size: tuple[int, int], device: str, *, rules: Rules | None = None
) -> list[Timing | Failure]:
    """Time models with the profiler, as a `LatencyMeter`; `rules` set the precision."""
    from ..profiling.latency.timing import Rules
    from ..profiling.profiled_model import open_profiled_model
    from ..profiling.profiler import Request, profile_all
    from ..profiling.sweep import variants

    request = Request(variants([size]), device, rules=rules or Rules(), memory=False)
    costs = profile_all([open_profiled_model(name, weights) for name, weights in models], request)
    return [time for cost in costs if (time := cost.cells[0].time) is not None]


def latency_gates(
    baseline: Measured, candidate: Measured, limits: CostLimits, meter: LatencyMeter = time_in_turns
) -> list[Gate]:
    """Check whether the candidate became slower, by timing both models now in interleaved rounds.

    The interval of the ratio of the medians is derived from those of the medians and decides like that of a metric.

    Raises:
        UsageError: both sides are the same model, or one is code that may not be run.
    """
    asked = limits.remeasure
    if asked is None:
        return []
    if baseline.model == candidate.model:
        raise UsageError(
            f"--remeasure times two models in one process, but both sides are {candidate.model}: give the other "
            "version its own name, such as ./old.py:build."
        )
    models = [model_to_run(side, asked.code) for side in (baseline, candidate)]
    return [
        _latency_gate(baseline, candidate, f"latency {size[0]}x{size[1]}", meter(models, size, asked.device), limits)
        for size in asked.sizes
    ]


def _latency_gate(
    baseline: Measured, candidate: Measured, name: str, found: Sequence[Timing | Failure], limits: CostLimits
) -> Gate:
    from ..profiling.latency.timing import Timing

    before, after = found
    if not isinstance(before, Timing) or not isinstance(after, Timing):
        reasons = "; ".join(each.reason for each in found if not isinstance(each, Timing))
        sentence = f"{name}: a model could not be timed: {reasons}"
        return Gate(*_where(baseline, candidate), name, Outcome.AMBIGUOUS, Reason.COST_UNDECIDED, sentence)
    ratio, error = after.median / before.median - 1, math.hypot(before.error, after.error)
    low, high = (1 + ratio) * (1 - error) - 1, (1 + ratio) * (1 + error) - 1
    doubts = "; ".join(dict.fromkeys((*before.doubts, *after.doubts)))
    if high <= limits.slowdown:
        outcome, reason = Outcome.PASS, Reason.COST_WITHIN_TOLERANCE
    elif low > limits.slowdown and not doubts:
        outcome, reason = Outcome.FAIL, Reason.COST_INCREASED
    else:
        # Doubtful timings must not fail a candidate.
        outcome, reason = Outcome.AMBIGUOUS, Reason.COST_UNDECIDED
    times = f"{1000 * after.median:.2f} ms, baseline {1000 * before.median:.2f}"
    sentence = f"{name}: {times} ({ratio:+.1%}, 95 % interval {low:+.1%} to {high:+.1%}), interleaved on this machine; "
    sentence += f"allowed {limits.slowdown:+.1%}{f'; in doubt: {doubts}' if doubts else ''}."
    times = 1000 * before.median, 1000 * after.median
    return Gate(*_where(baseline, candidate), name, outcome, reason, sentence, *times)
