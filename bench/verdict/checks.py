"""The regression check of a candidate against a baseline, cell by cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..comparison.comparison import compare_sides
from ..comparison.pairing import Measured, measured, pair_images
from ..comparison.selection import model_cells, runs_below
from ..errors import UnknownNameError, UsageError
from ..metrics.registry import known_facts
from ..registry.specs import parse_spec
from ..runs.run import Run, named_protocols
from ..statistics.bootstrap import LEVEL
from .baseline import is_baseline, read_baseline
from .budget import BudgetItem, budget_gates
from .costs import CostLimits, cost_gates, latency_gates, unchecked_costs
from .gates import failure_gate, metric_gate
from .identity import identity_gate
from .tolerances import allowed_drop
from .verdict import Gate, Verdict

__all__ = ["check", "read_side"]


def check(
    candidate: Run | str | Path,
    baseline: Run | str | Path | None = None,
    *,
    protocols: Sequence[str] = (),
    budget: Sequence[BudgetItem] = (),
    max_drop: Mapping[str, float] | None = None,
    metrics: Sequence[str] = (),
    identical: bool = False,
    intersect: bool = False,
    other_model: bool = False,
    level: float = LEVEL,
    seed: int = 0,
    cost: CostLimits | None = None,
) -> Verdict:
    """Check whether a candidate is worse than a baseline by more than the tolerance.

    This is a non-inferiority test on paired per-image differences: the gate of a metric fails if the interval of the
    mean drop lies above the tolerance, passes if it ends at or below it, and is ambiguous if it contains it.

    Args:
        candidate: a run, a folder of runs, or a baseline file.
        baseline: the same; data sets are matched by name, and protocols too. Without one, only the budget is checked.
        protocols: check only by these, `y@1` or `y`; by default by all of the baseline.
        budget: absolute limits, from `parse_budget`.
        max_drop: `psnr`, or `gopro:psnr` for one data set, to the allowed drop; by default 0.1 dB PSNR, 0.001 SSIM,
            0.002 LPIPS. A metric without a default is checked only if listed here.
        metrics: metrics to check; by default all with a tolerance.
        identical: also require restored images with identical pixels.
        intersect: check only the images and data sets that both have, and add a note.
        other_model: allow a baseline of another model, and add a note. With `cost.remeasure` it is always allowed,
            because two models that are timed in turns have two names.
        level: confidence level of the intervals. A gate whose true drop equals the tolerance fails with probability
            (1 - level) / 2.
        seed: seed of the resampling.
        cost: limits of memory and latency, and whether to time both models now.

    Raises:
        IncomparableError: the protocols, pixels or images differ.
        RunFolderError: a folder or file cannot be used.
        UnknownNameError: a side was not measured by one of the protocols.
        UsageError: there is no baseline, no run for one of its data sets or by one of its protocols, only one of
            another model, or nothing to check.

    References:
        Schuirmann 1987 for decisions by intervals; the interval is that of `bench.statistics.bootstrap`.
    """
    before = [] if baseline is None else read_side(baseline, "baseline", protocols)
    after = read_side(candidate, "candidate", protocols)
    limits = budget_gates(after, budget)
    if baseline is None:
        if not limits:
            raise UsageError("There is nothing to check: give --baseline, or limits with --budget.")
        return Verdict(_title(after), "a budget", tuple(limits), (), level)
    options = _Options(
        max_drop or {},
        metrics,
        identical=identical,
        intersect=intersect,
        level=level,
        seed=seed,
        cost=cost or CostLimits(),
    )
    options.refuse_unknown((*before, *after))
    gates = limits
    notes: list[str] = []
    timed: set[tuple[str, str]] = set()
    costed: set[tuple[str, str, str]] = set()
    pairs = _matched(before, after, notes, intersect=intersect)
    notes += _other_models(pairs, allowed=other_model or options.cost.remeasure is not None)
    for old, new in pairs:
        found, remarks = _check_cell(old, new, options)
        gates += found
        if (cell := (new.dataset, old.model, new.model)) not in costed:  # the same by every protocol
            gates += cost_gates(old, new, options.cost)
            remarks += filter(None, [unchecked_costs(old, new, options.cost)])
            costed.add(cell)
        if (old.model, new.model) not in timed:
            gates += latency_gates(old, new, options.cost)
            timed.add((old.model, new.model))
        notes += [f"{new.dataset}: {sentence}" for sentence in remarks]
    if not gates:
        raise UsageError("There is nothing to check: no metric of the runs has a tolerance; set one with --max-drop.")
    return Verdict(_title(after), _title(before), tuple(gates), tuple(dict.fromkeys(notes)), level)


def read_side(source: Run | str | Path, label: str, protocols: Sequence[str] = ()) -> list[Measured]:
    """Read the cells of a run, a folder of runs, or a baseline file.

    Args:
        source: a run is read by its protocol, a folder by all of its protocols.
        label: what messages call it: `baseline` or `candidate`.
        protocols: only cells by these; all by default.

    Raises:
        UnknownNameError: there is no cell by one of the protocols.
        UsageError: the path does not exist; for a baseline the message explains how to create one.
        RunFolderError: the folder contains no run, or a damaged one.
    """
    cells = _cells(source, label)
    wanted = named_protocols({cell.protocol for cell in cells}, protocols, hint=f"(protocols of the {label})")
    return [cell for cell in cells if cell.protocol in wanted]


def _cells(source: Run | str | Path, label: str) -> list[Measured]:
    if isinstance(source, Run):
        return [measured(source, label)]
    path = Path(source)
    if is_baseline(path):
        return [replace(cell, label=label) for cell in read_baseline(path)]
    if not path.exists():
        remedy = f"create one from a trusted run with `restorebench baseline save RUN --out {path}` and commit it"
        raise UsageError(
            f"There is no baseline at {path}: {remedy}." if label == "baseline" else f"There is no run at {path}."
        )
    return model_cells(runs_below(path), label)


def _title(cells: Sequence[Measured]) -> str:
    models = " and ".join(dict.fromkeys(cell.model for cell in cells))
    return f"{models} ({cells[0].origin})" if len(cells) == 1 else f"{models} ({len(cells)} cells)"


def _matched(
    before: Sequence[Measured], after: Sequence[Measured], notes: list[str], *, intersect: bool
) -> list[tuple[Measured, Measured]]:
    """Match each cell of the baseline with the candidate's, and note unmatched ones."""
    pairs: list[tuple[Measured, Measured]] = []
    for old in before:
        fitting = [new for new in after if new.dataset == old.dataset]
        by_protocol = [new for new in fitting if new.protocol == old.protocol]
        if not by_protocol and fitting and _matches_others(fitting, before, old):
            if not intersect:
                raise UsageError(
                    f"The candidate was not measured by {old.protocol} on {old.dataset}, but the baseline was: measure "
                    "it by that protocol too, or name the protocols to check with --protocol."
                )
            notes.append(f"{old.dataset} by {old.protocol} is only in the baseline and was not checked.")
            continue
        fitting = by_protocol or fitting
        fitting = [new for new in fitting if new.model == old.model] or fitting
        if len(fitting) > 1:
            names = ", ".join(new.model for new in fitting)
            raise UsageError(f"{old.cell} could be checked against {names}: give the folder of one of them.")
        if not fitting and not intersect:
            raise UsageError(
                f"The candidate has no run on {old.dataset}, but the baseline does: run it, or check only the shared "
                "data sets with --intersect."
            )
        if fitting:
            pairs.append((old, fitting[0]))
        else:
            notes.append(f"{old.dataset} is only in the baseline and was not checked.")
    known = {old.dataset for old in before}
    notes += [f"{new.dataset} is not in the baseline and was not checked." for new in after if new.dataset not in known]
    measured_by = {(old.dataset, old.protocol) for old in before}
    checked = [new for _, new in pairs]
    notes += [
        f"{new.dataset} by {new.protocol} is not in the baseline and was not checked."
        for new in after
        if new.dataset in known and (new.dataset, new.protocol) not in measured_by and new not in checked
    ]
    return pairs


def _matches_others(fitting: Sequence[Measured], before: Sequence[Measured], old: Measured) -> bool:
    """Whether the candidate has cells of this data set by other protocols, which the baseline has too."""
    others = {each.protocol for each in before if each.dataset == old.dataset} - {old.protocol}
    return any(new.protocol in others for new in fitting)


def _other_models(pairs: Sequence[tuple[Measured, Measured]], *, allowed: bool) -> list[str]:
    """A note on each candidate that is another model than its baseline.

    Raises:
        UsageError: there is one, and none is allowed.
    """
    others = [(old, new) for old, new in pairs if old.model != new.model]
    if others and not allowed:
        old, new = others[0]
        raise UsageError(
            f"The baseline for {old.dataset} is of the model {old.model}, but the candidate is {new.model}: give a "
            "baseline of the same model, or add --other-model to check the one against the other."
        )
    return [f"{new.dataset}: {new.model} is checked against another model, {old.model}." for old, new in others]


def _check_cell(old: Measured, new: Measured, options: _Options) -> tuple[list[Gate], list[str]]:
    """Evaluate the gates of one cell; return them with their notes."""
    keys, notes = pair_images(old, new, intersect=options.intersect)
    failed = failure_gate(old, new, keys)
    gates = [failed] if failed else []
    if options.identical:
        gates.append(identity_gate(old, new, keys))
    allowed = options.allowed(old, new)
    compared = compare_sides(old, new, metrics=list(allowed), intersect=options.intersect, seed=options.seed).metrics
    remarks = list(notes)
    for name, tolerance in allowed.items():
        if any(old.images[key].metrics.get(name) is not None for key in keys):
            gates.append(metric_gate(old, new, compared[name], tolerance, options.level))
        else:
            remarks.append(f"{new.facts(name).title} was not checked: the baseline has no values.")
    return gates, remarks


@dataclass(frozen=True, slots=True)
class _Options:
    """Arguments of `check` that apply to every cell."""

    max_drop: Mapping[str, float]
    metrics: Sequence[str]
    identical: bool
    intersect: bool
    level: float
    seed: int
    cost: CostLimits

    def refuse_unknown(self, cells: Sequence[Measured]) -> None:
        """Refuse tolerances for metrics and data sets unknown to the runs and to this program."""
        from ..datasets import DATASETS

        metrics = {name for cell in cells for name in cell.metrics}
        datasets = {cell.dataset for cell in cells} | {parse_spec(cell.dataset).name for cell in cells}
        for name in self.max_drop:
            dataset, _, metric = name.rpartition(":")
            if metric not in metrics and known_facts(metric).tolerance is None:
                raise UnknownNameError("metric", metric, metrics)
            if dataset and dataset not in datasets and dataset not in DATASETS.names():
                raise UnknownNameError("data set", dataset, datasets)

    def allowed(self, old: Measured, new: Measured) -> dict[str, float]:
        """Map every metric to be checked to its tolerance.

        Raises:
            UnknownNameError: the runs lack a requested metric.
            UsageError: a requested metric has no tolerance.
        """
        shared = [name for name in old.metrics if name in new.metrics]
        found: dict[str, float] = {}
        for name in self.metrics or shared:
            tolerance = allowed_drop(self.max_drop, new.dataset, new.facts(name))
            if name not in shared:
                raise UnknownNameError("metric", name, shared)
            if tolerance is not None:
                found[name] = tolerance
            elif self.metrics:
                raise UsageError(f"{name} has no default tolerance: set one with --max-drop {name}=AMOUNT.")
        return found
