"""A metric as one frozen value: its name, its direction, its digits, which changes matter, and how it is computed."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..errors import MetricUnavailableError, UsageError
from .card import MetricCard

if TYPE_CHECKING:
    from .scored_pair import ScoredPair

__all__ = ["Combine", "Compute", "Detailed", "Measure", "Metric", "MetricCost", "MetricFacts"]

Compute: TypeAlias = Callable[[NDArray[np.float32], NDArray[np.float32]], float]
"""(restored, target) to a number; both images are (H, W, 3) float32 RGB in [0, 1]. See `Metric.compute`."""

Combine: TypeAlias = Callable[[Mapping[str, float]], float]
"""Values of other metrics, by name, to a score."""

Measure: TypeAlias = "Callable[[ScoredPair], float | Detailed]"
"""A metric made ready; raises `MetricUnavailableError` where an image has no value."""

MetricCost = Literal["cheap", "network"]
"""`network`: loads weights, and takes longer than everything else; left out of validation during training."""

RESERVED = frozenset({"key", "seconds", "status", "reason", "group"})
"""Columns of `Run.scores` that are no metrics."""

MOST_DIGITS = 12
SLACK = 1e-6
"""How far beyond its range, relative to the range's end, rounding may carry a value."""


@dataclass(frozen=True, slots=True)
class Detailed:
    """A value, and what a reader of it must know."""

    value: float
    details: Mapping[str, int | str] = field(default_factory=dict[str, "int | str"])
    """Kept in the record: how many blocks it comes from, the size that the image was resized to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricFacts:
    """Everything that a reader of numbers must know of a metric; `run.json` holds it."""

    name: str
    """In records and on the command line: `psnr`."""

    title: str
    """As papers print it: `PSNR`."""

    higher_is_better: bool
    """The direction. It has no default: a guess would turn a ranking over."""

    digits: int = 3
    """After the point, wherever a value is printed; differences and intervals get one more, see `finer`."""

    unit: str = ""
    """`dB`, or `""` for a number without one."""

    lowest: float | None = None
    """Smallest possible value; `None` where there is none."""

    highest: float | None = None
    """Largest possible value; `None` where there is none."""

    worth: float | None = None
    """A difference that people publish: `compare` says how many images would show it. `None`: one unit of `finer`."""

    tolerance: float | None = None
    """The drop of the mean that a check allows by default; `None` if the metric is not gated by default.

    Those of PSNR, SSIM and LPIPS are chosen so that a real change of twice as much is found on 100 images with 95 %
    power, at the spread of differences that small changes of PReNet have on Rain100H; see
    docs/explanation/statistics.md.
    """

    code_sha256: str = ""
    """Of the file or function that computes a metric of the user's own; `""` for the metrics of this package."""

    @property
    def sign(self) -> int:
        """+1 where a larger value is better, -1 where a smaller one is."""
        return 1 if self.higher_is_better else -1

    @property
    def bounds(self) -> tuple[float, float]:
        """Smallest and largest possible value, infinite where there is none."""
        low = -math.inf if self.lowest is None else self.lowest
        return low, math.inf if self.highest is None else self.highest

    @property
    def difference_bounds(self) -> tuple[float, float]:
        """Smallest and largest possible difference of two values, infinite where there is none."""
        low, high = self.bounds
        return low - high, high - low

    @property
    def arrow(self) -> str:
        """`↑` where more is better, `↓` where less is."""
        return "↑" if self.higher_is_better else "↓"

    @property
    def heading(self) -> str:
        """Over a column of a table: `PSNR ↑`."""
        return f"{self.title} {self.arrow}"

    @property
    def finer(self) -> int:
        """Digits after the point of differences, of the ends of intervals, and of spreads."""
        return self.digits + 1

    @property
    def stored(self) -> int:
        """Digits after the point that a baseline keeps: a hundredth of the last one printed."""
        return self.digits + 2

    def better(self, value: float) -> float:
        """A sorting key: smaller for better values."""
        return -value if self.higher_is_better else value

    def same_measure(self, other: MetricFacts) -> bool:
        """Whether numbers of both may be subtracted: the same code, and the same direction."""
        return (self.code_sha256, self.higher_is_better) == (other.code_sha256, other.higher_is_better)


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric(MetricFacts):
    """A metric: its facts, and how it is computed.

    A metric of your own is a function and one line; `--metric ./mine.py:MAE` adds it to a run:

        MAE = Metric(name="mae", title="MAE", digits=4, higher_is_better=False, compute=mean_absolute_error)

    Raises:
        UsageError: a name that a table or the command line could not hold, digits that no number has, or an empty
            range.
    """

    cost: MetricCost = "cheap"
    needs_target: bool = field(default=True, compare=False)
    """Whether it compares with a target; one that does not can be had of images without one."""

    card: MetricCard | None = field(default=None, compare=False)
    """Where it comes from and what its numbers mean; `None` for a metric of the user's own."""

    compute: Compute | None = field(default=None, compare=False)
    """From two images to the number.

    Both are new float32 arrays (H, W, 3), RGB in [0, 1]: the restored image as PSNR sees it, that is after the
    protocol's rounding to 8 bits, and the target; before the protocol's crop and colour conversion. A protocol that
    aligns images gives the aligned ones, which are 0 outside their overlap. It may be called from several threads at
    once. What it raises, and a value that is not finite or outside [`lowest`, `highest`], is recorded as the reason
    why the image has no value.
    """

    prepare: Callable[[Any], Measure] | None = field(default=None, compare=False)
    """Instead of `compute`, for a metric with parameters in each protocol: from its spec to a measure.

    Raises `MetricUnavailableError` where the metric cannot be computed in this environment.
    """

    uncropped: bool = field(default=False, compare=False)
    """Whether what `prepare` gives looks at the image before the protocol's alignment, crop and colour conversion.

    Protocols that differ only in these share its value.
    """

    combine: Combine | None = field(default=None, compare=False)
    """Instead of both, for a score made of other metrics of the same protocol: from those named by `needs`."""

    formula: str = field(default="", compare=False)
    """In words, where the name of the function does not say it."""

    needs: tuple[str, ...] = ()
    """Metrics that `combine` is made of; where one has no value, the score has none."""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9][a-z0-9._-]*", self.name) or self.name in RESERVED:
            raise UsageError(
                f"A metric cannot be called {self.name!r}: use lower-case letters, digits, '-', '_' and '.', and not"
                f" {' or '.join(sorted(RESERVED))}."
            )
        if not 0 <= self.digits <= MOST_DIGITS:
            raise UsageError(f"The metric {self.name} has digits={self.digits}: give 0 to {MOST_DIGITS}.")
        if self.lowest is not None and self.highest is not None and self.lowest >= self.highest:
            raise UsageError(f"The metric {self.name} has an empty range: lowest must be below highest.")

    @property
    def facts(self) -> MetricFacts:
        """The part that is recorded."""
        return MetricFacts(**{known.name: getattr(self, known.name) for known in fields(MetricFacts)})

    @property
    def computable(self) -> bool:
        """Whether something here computes it; others are known from published tables only."""
        return self.compute is not None or self.prepare is not None or self.combine is not None

    def describe(self) -> str:
        """How a metric without parameters is computed, in words."""
        way = self.compute or self.prepare or self.combine
        function = self.formula or getattr(way, "__qualname__", None) or type(way).__name__
        code = f" (sha256 {self.code_sha256[:12]})" if self.code_sha256 else ""
        direction = "higher" if self.higher_is_better else "lower"
        seen = ", on the image that PSNR sees, uncropped, RGB in [0, 1]" if self.compute else ""
        return f"{function}{code}, {direction} is better{seen}"

    def ready(self, spec: object = None) -> Measure:
        """The metric made ready, once for many images.

        Args:
            spec: the parameters of a protocol, for a metric that has any.

        Raises:
            MetricUnavailableError: it cannot be computed in this environment.
        """
        if self.prepare is not None:
            return self.prepare(spec)
        if self.compute is None:
            raise MetricUnavailableError(f"{self.title} is known from published tables only and is not computed here.")
        return self._computed

    def combined(self, values: Mapping[str, float | None]) -> float:
        """The value of a score made of other metrics.

        Args:
            values: of the metrics measured before it, by name.

        Raises:
            MetricUnavailableError: one that it needs has no value.
        """
        known = {name: value for name in self.needs if (value := values.get(name)) is not None}
        if self.combine is None or len(known) < len(self.needs):
            lacking = next((name for name in self.needs if name not in known), "")
            raise MetricUnavailableError(f"{self.title} needs {lacking.upper()}, which has no value here.")
        return self.combine(known)

    def _computed(self, pair: ScoredPair) -> float:
        """Call `compute`, and refuse what cannot be a value of this metric."""
        if self.compute is None:  # pragma: no cover -- `ready` has asked
            raise MetricUnavailableError(f"{self.title} is not computed here.")
        restored, target = pair.unit_images()
        try:
            value = float(self.compute(restored, target))
        except MetricUnavailableError:
            raise
        except Exception as error:  # the one boundary: a user's function may raise anything
            raise MetricUnavailableError(f"{self.title} raised {_in_one_line(error)}.") from error
        if not math.isfinite(value):
            raise MetricUnavailableError(f"{self.title} returned {value}, which is not a finite number.")
        if self._outside(value):
            raise MetricUnavailableError(
                f"{self.title} returned {value:g}, which is outside its range of {_end(self.lowest)} to"
                f" {_end(self.highest)}."
            )
        return value

    def _outside(self, value: float) -> bool:
        low, high = self.lowest, self.highest
        below = low is not None and value < low - SLACK * max(1.0, abs(low))
        return below or (high is not None and value > high + SLACK * max(1.0, abs(high)))


def _in_one_line(error: Exception) -> str:
    lines = str(error).splitlines() or [""]
    said = f"{type(error).__name__}: {lines[0][:200]}" if lines[0] else type(error).__name__
    return said.rstrip(".")


def _end(value: float | None) -> str:
    return "any value" if value is None else f"{value:g}"
