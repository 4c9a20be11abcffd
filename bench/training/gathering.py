"""From the run folders of an experiment to its results: whole data sets, parts of them, and known motion."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, stdev

import numpy as np
from numpy.typing import NDArray

from ..comparison.pairing import Measured, measured, pair_images
from ..machine.environment import current_environment
from ..metrics.catalogue import CHEAP
from ..slices.attributes import ATTRIBUTES
from ..slices.measuring import AskedAttribute, attribute_values
from ..slices.slicing import Slice, slice_at
from ..statistics.bootstrap import Interval, estimate_means
from ..statistics.seeds import interval_over_seeds
from ..terminal.progress import Silent
from .motions import compare_motions
from .results import Difference, Level, MotionAgreement, Results, SeedRuns
from .study import Experiment, IntervalOver, Parts, Study

__all__ = ["gather"]


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
    over = experiment.interval
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
        parts = test.parts(study.parts, finished[study.task]) if study.parts else []
        for each in (test, *parts):
            levels += [each.level(name, metric) for metric in CHEAP for name in study.names]
            differences += [each.difference(*pair, metric, over) for metric in CHEAP for pair in study.contrasts]
        if len(parts) > 1:
            growth = _Growth(parts[0], parts[-1])
            differences += [growth.difference(*pair, metric, over) for metric in CHEAP for pair in study.contrasts]
    cards = tuple(card for done in finished.values() for seed in done for card in seed.cards)
    motions = [each for study in experiment.studies if study.motion for each in _motions(study, finished[study.task])]
    return Results(
        experiment, seeds, tuple(levels), tuple(differences), cards, current_environment(device), tuple(motions)
    )


def _motions(study: Study, seeds: Sequence[SeedRuns]) -> Iterator[MotionAgreement]:
    found = {name: [seed.motions[name] for seed in seeds] for name in study.names if name in seeds[0].motions}
    by_extent = study.parts is not None and (study.parts.dataset, study.parts.by) == (study.motion, "extent")
    return compare_motions(study.motion, found, study.parts.edges if study.parts and by_extent else ())


@dataclass(frozen=True, slots=True)
class _Test:
    """The runs of one study on one data set or a part of it, one per seed for each arm."""

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

    def parts(self, asked: Parts, seeds: Sequence[SeedRuns]) -> list[_Test]:
        """The parts of the data set; none of another one."""
        if asked.dataset != self.dataset:
            return []
        attribute = ATTRIBUTES[asked.by]
        runs = [run for seed in seeds for run in seed.runs[self.dataset].values()]
        values = attribute_values(AskedAttribute(attribute), runs, {}, Silent())
        slices = slice_at(values, asked.edges, digits=0)
        return [self._cut(part, f"{self.dataset}, {asked.by} {part.label}") for part in slices]

    def _cut(self, part: Slice, name: str) -> _Test:
        def cut(side: Measured) -> Measured:
            images = {key: side.images[key] for key in part.keys}
            return replace(side, images=images, selected=len(images))

        return replace(self, dataset=name, sides={model: list(map(cut, all_)) for model, all_ in self.sides.items()})

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

    def difference(self, first: str, second: str, metric: str, over: IntervalOver) -> Difference:
        """Second minus first model."""
        gains = self.gains(first, second, metric)
        return _difference((self.task, self.dataset, first, second, metric), gains, over)

    def gains(self, first: str, second: str, metric: str) -> _Gains:
        """Paired differences of every image and seed."""
        runs_before, runs_after = self.sides[first], self.sides[second]
        keys, _ = pair_images(runs_before[0], runs_after[0])
        rows = np.array(
            [
                np.subtract(_values(after, keys, metric), _values(before, keys, metric))
                for before, after in zip(runs_before, runs_after, strict=True)
            ]
        )
        groups = [runs_before[0].images[key].group for key in keys]
        return _Gains(rows, groups, runs_after[0].facts(metric).difference_bounds)


@dataclass(frozen=True, slots=True)
class _Growth:
    """How much larger differences are in one part of a data set than in another, in scenes that are in both."""

    before: _Test
    after: _Test

    def difference(self, first: str, second: str, metric: str, over: IntervalOver) -> Difference:
        """Difference in the second part minus that in the first."""
        low, high = (test.gains(first, second, metric) for test in (self.before, self.after))
        known = set(high.groups) - {""}
        shared = [group for group in dict.fromkeys(low.groups) if group in known]
        rows = np.column_stack([high.of_group(group) - low.of_group(group) for group in shared])
        ends = low.within[0] - high.within[1], low.within[1] - high.within[0]
        place = f"{self.after.dataset}, minus that of {self.before.dataset.rpartition(', ')[2]}"
        return _difference((self.after.task, place, first, second, metric), _Gains(rows, shared, ends), over)


@dataclass(frozen=True, slots=True)
class _Gains:
    """Paired differences."""

    rows: NDArray[np.float64]
    """(seeds, images)."""

    groups: list[str]
    within: Interval
    """Smallest and largest possible value."""

    def of_group(self, group: str) -> NDArray[np.float64]:
        """Mean over the images of a group, for each seed."""
        members = [place for place, name in enumerate(self.groups) if name == group]
        return self.rows[:, members].mean(axis=1)


def _difference(names: tuple[str, str, str, str, str], gains: _Gains, over: IntervalOver) -> Difference:
    """Average the paired differences over the seeds, then resample the images."""
    task, dataset, first, second, metric = names
    (estimate,) = estimate_means(gains.rows.mean(axis=0)[:, None], gains.groups, within=[gains.within])
    interval = estimate.interval()
    if over == "images and seeds":
        interval = interval_over_seeds(gains.rows, gains.groups, within=gains.within)
    low, high = interval or (None, None)
    return Difference(
        task=task,
        dataset=dataset,
        first=first,
        second=second,
        metric=metric,
        mean=estimate.mean,
        low=low,
        high=high,
        per_seed=tuple(float(each) for each in gains.rows.mean(axis=1)),
    )


def _merged(sides: Sequence[Measured], datasets: str, protocols: str) -> Measured:
    images = {f"{place}/{key}": image for place, side in enumerate(sides) for key, image in side.images.items()}
    selected = sum(side.selected for side in sides)
    return replace(sides[0], dataset=datasets, protocol=protocols, images=images, selected=selected)


def _values(side: Measured, keys: Sequence[str], metric: str) -> list[float]:
    values = [side.images[key].metrics.get(metric) for key in keys]
    return [math.nan if value is None else value for value in values]
