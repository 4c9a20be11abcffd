"""The paired experiment: a base, the same with physics, the same with controls; same data, same steps, same seeds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from pathlib import Path

from ..datasets import open_dataset
from ..errors import TrainingError, UnknownNameError, UsageError, did_you_mean
from ..evaluation.cell import Control
from ..evaluation.matrix import run_matrix
from ..evaluation.options import RunOptions
from ..files.toml import read_document
from ..models.physics.motion import ImageMotion
from ..registry.specs import parse_spec
from ..runs.run import Run, cell_name
from ..slices.attributes import ATTRIBUTES
from ..terminal.progress import Progress, Silent
from .export import read_card
from .gathering import gather
from .motions import find_motions
from .recipe import fill_in, find_recipe, read_recipe
from .results import Results, SeedRuns
from .study import Arm, Experiment, Parts, Study
from .trainer import check_fit, train

__all__ = ["Workplace", "read_experiment", "run_experiment"]


@dataclass(frozen=True, slots=True)
class Workplace:
    """Output folder, device, data roots and progress of an experiment."""

    out: Path
    """Gets `train/` and `eval/`, and `motion/` where motion is known."""

    device: str = "cpu"
    roots: Mapping[str, str] = field(default_factory=dict[str, str])
    """Replacement of each `{name}`."""

    training: Progress = field(default_factory=Silent)
    """Receives every iteration."""

    evaluation: Progress = field(default_factory=Silent)
    """Receives every evaluated image."""


def read_experiment(name: str | Path) -> Experiment:
    """Read an experiment file, or one that ships.

    Raises:
        UsageError: no such file, an unknown key, or a value that does not fit.
    """
    experiment = read_document(Experiment, find_recipe(name), "experiment")
    if not experiment.studies or not experiment.seeds:
        raise UsageError(f"The experiment {experiment.title!r} needs at least one [[studies]] and one seed.")
    tasks = [study.task for study in experiment.studies]
    if len({*experiment.seeds}) < len(experiment.seeds) or len({*tasks}) < len(tasks):
        raise UsageError(f"The experiment {experiment.title!r} has a seed or a task twice.")
    for study in experiment.studies:
        if len(study.arms) < 2:  # noqa: PLR2004 -- nothing to compare
            raise UsageError(f"{study.task} of {experiment.title!r} needs two arms at least: a base and another model.")
        if len({*study.names}) < len(study.arms):
            raise UsageError(
                f"{study.task} of {experiment.title!r} has an arm twice: the same model by two recipes needs a title "
                "for each, or options that tell its runs apart, such as [steps=8]."
            )
    for study in experiment.studies:
        names = [str(parse_spec(text)) for text in study.tests]
        if study.motion and study.motion not in names:
            raise UsageError(f"{study.task} compares motion in {study.motion!r}{did_you_mean(study.motion, names)}")
        if study.parts is not None:
            _check_parts(study, study.parts, names)
    if experiment.overall and len({study.names for study in experiment.studies}) > 1:
        raise UsageError(
            f"The experiment {experiment.title!r} averages over all studies ({experiment.overall}), which need the "
            "same arms in the same order: give them the same titles."
        )
    return experiment


def _check_parts(study: Study, parts: Parts, names: Sequence[str]) -> None:
    if parts.dataset not in names:
        raise UsageError(f"{study.task} has parts of {parts.dataset!r}{did_you_mean(parts.dataset, names)}")
    if parts.by not in ATTRIBUTES:
        raise UnknownNameError("attribute", parts.by, ATTRIBUTES, hint=f"(for the parts of {parts.dataset})")
    if not parts.edges or any(low >= high for low, high in pairwise(parts.edges)):
        raise UsageError(f"The edges of the parts of {parts.dataset} must be rising numbers, one at least.")


def run_experiment(experiment: Experiment, place: Workplace) -> Iterator[Results]:
    """Train and evaluate everything, seed by seed; yields the results after each. Call again to resume.

    Raises:
        UsageError: a recipe, model or data set that does not fit, or no data set to evaluate on.
        TrainingError: a training or an evaluation failed.
    """
    for study in experiment.studies:
        for arm in study.arms:
            check_fit(read_recipe(arm.recipe or study.recipe, model=arm.model))
    tests = {study.task: _tests(study, place) for study in experiment.studies}
    finished: dict[str, list[SeedRuns]] = {study.task: [] for study in experiment.studies}
    for count, seed in enumerate(experiment.seeds, start=1):
        for study in experiment.studies:
            weights = {arm.name: _train(study, arm, seed, place) for arm in study.arms}
            runs = _evaluate(study, weights, tests[study.task], seed, place)
            cards = tuple(read_card(path) for path in weights.values())
            finished[study.task].append(SeedRuns(runs, cards, _motions(study, weights, seed, place)))
        yield gather(experiment, experiment.seeds[:count], finished, place.device)


def _motions(
    study: Study, weights: Mapping[str, Path], seed: int, place: Workplace
) -> dict[str, tuple[ImageMotion, ...]]:
    """What the physics layers find in the data set whose motion is known, by arm; nothing without its root."""
    texts = [text for test in study.tests if (text := fill_in(test, place.roots)) is not None]
    spec = next((spec for spec in map(parse_spec, texts) if str(spec) == study.motion), None)
    if spec is None:
        return {}
    dataset = open_dataset(spec.name, spec.path, **spec.options)
    found: dict[str, tuple[ImageMotion, ...]] = {}
    for arm in study.arms:
        kept = place.out / "motion" / f"seed{seed}" / cell_name(study.motion) / f"{cell_name(arm.name)}.json"
        motions = find_motions(
            arm.restorer, weights[arm.name], dataset, kept=kept, device=place.device, progress=place.evaluation
        )
        if motions:
            found[arm.name] = motions
    return found


def _tests(study: Study, place: Workplace) -> tuple[str, ...]:
    filled = {text: fill_in(text, place.roots) for text in study.tests}
    for text, known in filled.items():
        if known is None:
            place.evaluation.note(f"{study.task}: without {text}, for which no --root was given.")
    known = tuple(text for text in filled.values() if text is not None)
    if not known:
        raise UsageError(f"{study.task} has no data set to evaluate on: give one of its roots with --root.")
    return known


def _train(study: Study, arm: Arm, seed: int, place: Workplace) -> Path:
    by = arm.recipe or study.recipe
    folder = place.out / "train" / Path(by).stem / cell_name(arm.trained) / f"seed{seed}"
    recipe = read_recipe(by, model=arm.model, seed=seed)
    return train(recipe, folder, device=place.device, roots=place.roots, progress=place.training)


def _evaluate(
    study: Study, weights: Mapping[str, Path], tests: tuple[str, ...], seed: int, place: Workplace
) -> dict[str, dict[str, Run]]:
    """Runs by data set and arm. Arms with a title have a folder each, since several may be of one model."""
    found: dict[str, dict[str, Run]] = {}
    for title, group in groupby(study.arms, key=lambda arm: arm.title):
        names = {arm.restorer: arm.name for arm in group}
        options = RunOptions(
            models=tuple(f"{restorer}={weights[name]}" for restorer, name in names.items()),
            datasets=tests,
            out=str(place.out / "eval" / f"seed{seed}" / (cell_name(title) if title else "")),
            device=place.device,
        )
        outcome = run_matrix(options, Control(save_images="worst", progress=place.evaluation))
        if outcome.exit_code:
            raise TrainingError(f"The evaluation in {options.out} is not complete: see above, and run it again.")
        for run in outcome.runs:
            found.setdefault(run.dataset, {})[names[run.model]] = run
    return found
