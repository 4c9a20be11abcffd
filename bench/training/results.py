"""Results of an experiment: levels with their spread over seeds, paired differences with intervals over images."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, stdev

import numpy as np

from ..comparison.pairing import Measured, measured, pair_images
from ..machine.environment import Environment, current_environment
from ..metrics.catalogue import CHEAP
from ..runs.run import Run
from ..statistics.bootstrap import estimate_means
from .export import WeightsCard
from .study import Experiment, Study

__all__ = ["Difference", "Level", "Results", "SeedRuns", "gather"]


FEWEST_SEEDS = 3
"""Trainings of each arm below which no difference counts."""


@dataclass(frozen=True, slots=True)
class Level:
    """One metric of one model on one data set."""

    task: str
    dataset: str
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
    """95 % interval over images, of the difference averaged over seeds; `None` for too few images."""

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


@dataclass(frozen=True, slots=True)
class SeedRuns:
    """The results of one seed of one study."""

    runs: Mapping[str, Mapping[str, Run]]
    """By data set and arm."""

    cards: tuple[WeightsCard, ...]
    """Cards of the trained weights."""


def gather(
    experiment: Experiment, seeds: tuple[int, ...], finished: Mapping[str, Sequence[SeedRuns]], device: str
) -> Results:
    """Everything that the finished seeds show.

    Args:
        experiment: what was run.
        seeds: those that are finished.
        finished: task to its seeds, in their order.
        device: of the trainings.

    Raises:
        IncomparableError: runs of different images.
    """
    levels: list[Level] = []
    differences: list[Difference] = []
    tests = [
        (_Test.open(study, dataset, finished[study.task]), study)
        for study in experiment.studies
        for dataset in finished[study.task][0].runs
    ]
    if experiment.overall:
        tests.append((_Test.together([test for test, _ in tests], experiment.overall), experiment.studies[0]))
    for test, study in tests:
        levels += [test.level(name, metric) for metric in CHEAP for name in study.names]
        differences += [test.difference(*pair, metric) for metric in CHEAP for pair in study.contrasts]
    cards = tuple(card for done in finished.values() for seed in done for card in seed.cards)
    return Results(experiment, seeds, tuple(levels), tuple(differences), cards, current_environment(device))


@dataclass(frozen=True, slots=True)
class _Test:
    """The runs of one study on one data set, one per seed for each arm."""

    task: str
    dataset: str
    protocol: str
    sides: Mapping[str, Sequence[Measured]]

    @classmethod
    def open(cls, study: Study, dataset: str, seeds: Sequence[SeedRuns]) -> _Test:
        sides = {name: [measured(seed.runs[dataset][name]) for seed in seeds] for name in study.names}
        return cls(study.task, dataset, seeds[0].runs[dataset][study.names[0]].protocol, sides)

    @classmethod
    def together(cls, tests: Sequence[_Test], name: str) -> _Test:
        """All images of several tests as those of one; groups of the same name are one group, as they are one scene."""
        protocols = " and ".join(dict.fromkeys(test.protocol for test in tests))
        datasets = " + ".join(test.dataset for test in tests)
        sides = {
            model: [
                _merged([test.sides[model][index] for test in tests], datasets, protocols)
                for index in range(len(tests[0].sides[model]))
            ]
            for model in tests[0].sides
        }
        return cls(name, datasets, protocols, sides)

    def level(self, model: str, metric: str) -> Level:
        sides = self.sides[model]
        means = [fmean(_values(side, list(side.images), metric)) for side in sides]
        return Level(
            task=self.task,
            dataset=self.dataset,
            protocol=self.protocol,
            images=len(sides[0].images),
            model=model,
            metric=metric,
            mean=fmean(means),
            spread=stdev(means) if len(means) > 1 else None,
        )

    def difference(self, first: str, second: str, metric: str) -> Difference:
        """Average the paired differences over the seeds, then resample the images."""
        runs_before, runs_after = self.sides[first], self.sides[second]
        keys, _ = pair_images(runs_before[0], runs_after[0])
        rows = np.array(
            [
                np.subtract(_values(after, keys, metric), _values(before, keys, metric))
                for before, after in zip(runs_before, runs_after, strict=True)
            ]
        )
        groups = [runs_before[0].images[key].group for key in keys]
        within = [runs_after[0].facts(metric).difference_bounds]
        (estimate,) = estimate_means(rows.mean(axis=0)[:, None], groups, within=within)
        low, high = estimate.interval() or (None, None)
        return Difference(
            task=self.task,
            dataset=self.dataset,
            first=first,
            second=second,
            metric=metric,
            mean=estimate.mean,
            low=low,
            high=high,
            per_seed=tuple(float(each) for each in rows.mean(axis=1)),
        )


def _merged(sides: Sequence[Measured], datasets: str, protocols: str) -> Measured:
    images = {f"{place}/{key}": image for place, side in enumerate(sides) for key, image in side.images.items()}
    selected = sum(side.selected for side in sides)
    return replace(sides[0], dataset=datasets, protocol=protocols, images=images, selected=selected)


def _values(side: Measured, keys: Sequence[str], metric: str) -> list[float]:
    values = [side.images[key].metrics.get(metric) for key in keys]
    return [math.nan if value is None else value for value in values]
