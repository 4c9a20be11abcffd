"""Results of an experiment: levels with their spread over seeds, paired differences with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..machine.environment import Environment
from ..models.physics.motion import ImageMotion
from ..runs.run import Run
from ..statistics.bootstrap import Interval
from .export import WeightsCard
from .study import Experiment

__all__ = ["Difference", "Level", "MotionAgreement", "Results", "SeedRuns"]


FEWEST_SEEDS = 3
"""Trainings of each arm below which no difference counts."""


@dataclass(frozen=True, slots=True)
class Level:
    """One metric of one model on one data set."""

    task: str
    dataset: str
    """With the part of it, if it is one."""

    protocol: str
    images: int
    model: str
    metric: str
    mean: float
    """Over images and seeds."""

    spread: float | None
    """Standard deviation between seeds of the mean over images; `None` for one seed."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Second minus first model, image by image."""

    task: str
    dataset: str
    first: str
    second: str
    metric: str
    mean: float
    low: float | None
    """95 % interval over what the experiment says; `None` for too few images, or a single seed where seeds matter."""

    high: float | None
    per_seed: tuple[float, ...]
    """Mean over images for each seed."""

    @property
    def counts(self) -> bool:
        """Whether the interval excludes zero and all seeds, three at least, agree in sign."""
        excludes_zero = self.low is not None and self.high is not None and self.low * self.high > 0
        signs = {value > 0 for value in self.per_seed}
        return excludes_zero and len(signs) == 1 and len(self.per_seed) >= FEWEST_SEEDS


@dataclass(frozen=True, slots=True)
class MotionAgreement:
    """How far the velocities of a physics layer are the motion that blurred the images."""

    dataset: str
    """With the part of it, if it is one."""

    model: str
    images: int
    distance: float
    """Mean distance in pixels that the velocities carry, see `ImageMotion`."""

    cosine: float
    """Mean cosine of twice the angle between velocities and known direction, over images and seeds."""

    cosine_interval: Interval | None
    """95 %, over images and seeds."""

    cosine_per_seed: tuple[float, ...]
    correlation: float
    """Mean over seeds of Pearson's coefficient of distance and known extent; NaN if one is not defined."""

    correlation_interval: Interval | None
    """95 %, over images."""

    correlation_per_seed: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Results:
    """Everything that the page shows."""

    experiment: Experiment
    seeds: tuple[int, ...]
    """Finished ones."""

    levels: tuple[Level, ...]
    differences: tuple[Difference, ...]
    cards: tuple[WeightsCard, ...]
    """Cards of all trained networks."""

    environment: Environment
    motions: tuple[MotionAgreement, ...] = ()
    """Of the networks with a physics layer, where an experiment asks for them."""


@dataclass(frozen=True, slots=True)
class SeedRuns:
    """The results of one seed of one study."""

    runs: Mapping[str, Mapping[str, Run]]
    """By data set and arm."""

    cards: tuple[WeightsCard, ...]
    """Cards of the trained weights."""

    motions: Mapping[str, Sequence[ImageMotion]] = field(default_factory=dict[str, "Sequence[ImageMotion]"])
    """By arm, on the data set whose motion is known."""
