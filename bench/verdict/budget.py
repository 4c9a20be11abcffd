"""Budgets: absolute limits on costs and on mean metrics, `params=5e6`, `gmacs=200`, `psnr>=33`.

A limit on a metric is compared with the mean over the images of the run, as tables print it: the images are the test
set, so that the mean is exact, and its interval, which tells of other images, does not enter.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..comparison.pairing import Measured
from ..errors import UnknownNameError, UsageError
from ..metrics.digits import beside_limit
from ..metrics.metric import MetricFacts
from ..registry.specs import parse_spec
from ..runs.costs import MACS, PARAMETERS
from ..terminal.wording import counted
from .verdict import Gate, Outcome, Reason

__all__ = ["BudgetItem", "budget_gates", "parse_budget"]

PARAMS, GMACS = "params", "gmacs"
USUAL_SIZE = "256x256"
"""At which papers state multiply-accumulates."""

_FORM = re.compile(r"(?:(?P<dataset>.+):)?(?P<name>[\w.-]+)(?:@(?P<size>\d+x\d+))?(?P<sign><=|>=|=)(?P<amount>[^=<>]+)")
_EXAMPLE = "write, for example, params=5e6, gmacs=200, gmacs@720x1280=3000, psnr>=33 or gopro:psnr>=33"


@dataclass(frozen=True, slots=True)
class BudgetItem:
    """One limit."""

    name: str
    """`params`, `gmacs`, or a metric."""

    limit: float
    sign: str = "="
    """`<=`, `>=`, or `=` for the direction that the name implies."""

    dataset: str = ""
    """The only data set that it applies to; `""` for all."""

    size: str = ""
    """Image size of a count of multiply-accumulates, height x width; `""` for 256x256 or the only one there is."""

    @property
    def is_cost(self) -> bool:
        """Whether it limits a cost instead of a metric."""
        return self.name in {PARAMS, GMACS}

    def applies_to(self, dataset: str) -> bool:
        """Whether it limits the runs on a data set, which may be named with its options or without."""
        return self.dataset in {"", dataset, parse_spec(dataset).name}


def parse_budget(texts: Sequence[str]) -> tuple[BudgetItem, ...]:
    """Parse `NAME=AMOUNT`, `NAME<=AMOUNT` and `NAME>=AMOUNT` arguments.

    Raises:
        UsageError: an argument does not have this form, or limits a cost from below.

    >>> parse_budget(["params=5e6", "psnr>=33"])[1].limit
    33.0
    """
    return tuple(_parse(text) for text in texts)


def _parse(text: str) -> BudgetItem:
    found = _FORM.fullmatch(text.strip())
    amount = _number(found["amount"]) if found else None
    if found is None or amount is None:
        raise UsageError(f"{text!r} is not a limit: {_EXAMPLE}.")
    item = BudgetItem(found["name"], amount, found["sign"], found["dataset"] or "", found["size"] or "")
    if item.is_cost and item.sign == ">=":
        raise UsageError(f"{text!r} limits a cost from below: write {item.name}={found['amount']}.")
    if item.size and item.name != GMACS:
        raise UsageError(f"{text!r} has an image size, which only gmacs has: {_EXAMPLE}.")
    return item


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def budget_gates(cells: Sequence[Measured], budget: Iterable[BudgetItem]) -> list[Gate]:
    """Check every limit on every cell that it applies to.

    Raises:
        UnknownNameError: no run has this metric, or there is no run on this data set.
        UsageError: a limit is on the wrong side of a metric.
    """
    gates: list[Gate] = []
    for item in budget:
        limited = [cell for cell in cells if item.applies_to(cell.dataset)]
        if not limited:
            raise UnknownNameError("data set", item.dataset, {cell.dataset for cell in cells})
        known = {PARAMS, GMACS, *(name for cell in limited for name in cell.metrics)}
        if item.name not in known:
            raise UnknownNameError("metric or cost", item.name, known)
        if item.is_cost:  # the same by every protocol
            limited = list({(cell.dataset, cell.model): cell for cell in reversed(limited)}.values())[::-1]
        gates += [_cost_gate(cell, item) if item.is_cost else _metric_gate(cell, item) for cell in limited]
    return gates


def _cost_gate(cell: Measured, item: BudgetItem) -> Gate:
    key = PARAMETERS if item.name == PARAMS else _macs_key(cell, item.size)
    count = cell.cost.get(key)
    what = PARAMETERS if item.name == PARAMS else f"multiply-accumulates at {key.removeprefix(MACS)}"
    if count is None:
        at = "" if item.name == PARAMS else f" --size {key.removeprefix(MACS)}"
        sentence = (
            f"The {what} of {cell.model} are not known: run `restorebench profile -m {cell.model}{at} --out OUT`."
        )
        return _gate(cell, item, Outcome.AMBIGUOUS, Reason.BUDGET_UNKNOWN, sentence)
    most = item.limit if item.name == PARAMS else item.limit * 1e9
    within = count <= most
    relation = "within" if within else "over"
    sentence = f"{count:,} {what}, {relation} the budget of {most:,.0f}."
    return _answer(cell, item, within=within, sentence=sentence, value=float(count))


def _macs_key(cell: Measured, size: str) -> str:
    sizes = [name.removeprefix(MACS) for name in cell.cost if name.startswith(MACS)]
    only = sizes[0] if len(sizes) == 1 else USUAL_SIZE
    return f"{MACS}{size or (USUAL_SIZE if USUAL_SIZE in sizes else only)}"


def _metric_gate(cell: Measured, item: BudgetItem) -> Gate:
    facts = cell.facts(item.name)
    _check_side(item, facts)
    values = [image.metrics.get(item.name) for image in cell.images.values()]
    known = [value for value in values if value is not None]
    if len(known) < len(values) or not known:
        lacking = counted(len(values) - len(known), "image") if values else "every image"
        sentence = (
            f"{facts.title}: {lacking} of {len(values)} without a value, so the mean is not that of the data set."
        )
        return _gate(cell, item, Outcome.AMBIGUOUS, Reason.BUDGET_UNKNOWN, sentence, facts=facts)
    mean = math.fsum(known) / len(known)
    within = facts.sign * mean >= facts.sign * item.limit
    bound = "at least" if facts.higher_is_better else "at most"
    unit = f" {facts.unit}" if facts.unit else ""
    shown = f"{beside_limit(mean, item.limit, facts.digits)}{unit}"
    sentence = f"{facts.title} is {shown} in the mean of {counted(len(known), 'image')}; {bound} {item.limit:g}{unit}."
    return _answer(cell, item, within=within, sentence=sentence, value=mean, facts=facts)


def _check_side(item: BudgetItem, facts: MetricFacts) -> None:
    right = ">=" if facts.higher_is_better else "<="
    if item.sign not in {right, "="}:
        better = "higher" if facts.higher_is_better else "lower"
        raise UsageError(f"{facts.title} is better when {better}: write {item.name}{right}{item.limit:g}.")


def _answer(
    cell: Measured, item: BudgetItem, *, within: bool, sentence: str, value: float, facts: MetricFacts | None = None
) -> Gate:
    outcome, reason = (
        (Outcome.PASS, Reason.WITHIN_BUDGET) if within else (Outcome.FAIL, Reason.OVER_BUDGET)
    )  # fmt: skip -- a pair
    return _gate(cell, item, outcome, reason, sentence, value=value, facts=facts)


def _gate(
    cell: Measured,
    item: BudgetItem,
    outcome: Outcome,
    reason: Reason,
    sentence: str,
    *,
    value: float | None = None,
    facts: MetricFacts | None = None,
) -> Gate:
    return Gate(
        model=cell.model,
        dataset=cell.dataset,
        protocol=cell.protocol,
        subject=f"budget {item.name}{f'@{item.size}' if item.size else ''}",
        outcome=outcome,
        reason=reason,
        sentence=sentence,
        candidate=value,
        tolerance=item.limit,
        images=len(cell.images) if facts else 0,
        groups=len(cell.images) if facts else 0,
        metric=facts,
    )
