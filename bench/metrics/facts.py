"""What a reader of numbers must know of each metric: its direction, its unit, and which changes matter."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MetricFacts", "metric_facts"]


@dataclass(frozen=True, slots=True)
class MetricFacts:
    """One metric, as the statistics and the gate see it."""

    higher_is_better: bool = True
    unit: str = ""
    """`dB`, or `""` for a number without one."""

    decimals: int = 4
    """Digits after the point that are shown for differences."""

    stored: int = 6
    """Digits after the point that a baseline keeps: a hundredth of what anybody would call a change."""

    worth: float | None = None
    """A difference that people publish; "how many images would show it?" is asked of it by default."""

    tolerance: float | None = None
    """The drop of the mean that a check allows by default; `None` if the metric is not gated by default.

    Chosen so that a real change of twice as much is found on 100 images with 95 % power, at the spread of
    differences that small changes of PReNet have on Rain100H; see docs/explanation/statistics.md.
    """

    @property
    def sign(self) -> int:
        """+1 where a larger value is better, -1 where a smaller one is."""
        return 1 if self.higher_is_better else -1


_METRICS = {
    "psnr": MetricFacts(unit="dB", decimals=3, stored=4, worth=0.05, tolerance=0.1),
    "ssim": MetricFacts(stored=5, worth=0.001, tolerance=0.001),
    "lpips": MetricFacts(higher_is_better=False, stored=5, worth=0.002, tolerance=0.002),
}


def metric_facts(name: str) -> MetricFacts:
    """The facts of a metric; one that is not known counts as better when larger and is not gated by default.

    >>> metric_facts("lpips").sign, metric_facts("psnr").tolerance
    (-1, 0.1)
    """
    return _METRICS.get(name, MetricFacts())
