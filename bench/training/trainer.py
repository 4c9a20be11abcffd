"""The training loop. After a kill, the same call resumes from the last checkpoint and ends with the same weights."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from ..errors import PlanMismatchError, TrainingError, UsageError
from ..files.folder_lock import hold
from ..files.partials import remove_partials
from ..machine.gpu_locks import gpu_name, share
from ..machine.signals import Interrupted, defer_interruption
from ..models.entries import LoadedModel
from ..models.inference import pick_device
from ..models.loading import open_model
from ..models.physics.layers import added_parts, physics_layers
from ..registry.specs import Spec, parse_spec
from ..terminal.paths import shown_path
from ..terminal.progress import Progress, Silent
from .course import Course, TrainingFacts
from .data import Batch, OpenSource, Patches, open_sources, prefetched
from .export import TrainedOn, new_card, read_card, write_weights
from .objectives import TrainingLoss
from .placement import check_placement, on_device, place
from .recipe import Recipe, Stage, fill_in
from .schedule import learning_rate, stage_at
from .state import UNFIT, Learner, damaged_state, read_state, write_state
from .validation import Validator, open_validator

__all__ = ["WEIGHTS_FILE", "check_fit", "train"]

WEIGHTS_FILE = "weights.safetensors"
STATE_FILE = "state.pt"


def train(
    recipe: Recipe,
    out: str | Path,
    *,
    device: str = "cpu",
    roots: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    watch: Callable[[Path], object] | None = None,
) -> Path:
    """Train by a recipe. Call again to resume; a finished training is left as it is, on whatever device it was.

    Args:
        recipe: from `read_recipe`.
        out: gets `weights.safetensors`, `log.csv`, `validation.csv`, `curves.png`, `validation/` with pictures, and
            `state.pt` to resume from.
        device: `cpu`, `cuda` or `cuda:N`.
        roots: what stands for each `{name}` in the recipe's sources.
        progress: receives every iteration.
        watch: called with `out` whenever its logs and pictures have changed, to show them.

    Returns:
        The weights file.

    Raises:
        UsageError: a recipe that does not fit the model or the device, or a root that is missing.
        DatasetError: training data that cannot be opened.
        PlanMismatchError: `out` holds another training.
        CheckpointError: the checkpoint or the weights in `out` are damaged.
        TrainingError: the loss became infinite or NaN.
        Interrupted: SIGINT or SIGTERM ended the training after the iteration in which it arrived, and everything was
            saved; a second one ends it at once.
        OSError: the disk is full, or the folder cannot be written; the last checkpoint is kept.
    """
    folder, told = Path(out), progress or Silent()
    folder.mkdir(parents=True, exist_ok=True)
    with hold(folder), share(gpu_name(device), told.note), torch.random.fork_rng():  # pyright: ignore[reportUnknownMemberType] -- torch leaves it untyped
        remove_partials(folder)
        torch.manual_seed(recipe.seed)  # pyright: ignore[reportUnknownMemberType] -- as above
        prepared = _Prepared.make(recipe, roots or {}, device, told)
        weights = folder / WEIGHTS_FILE
        if weights.exists():
            _check_card(weights, prepared)
            return weights
        return _Training(prepared, folder, told, watch).run()


def check_fit(recipe: Recipe) -> None:
    """Refuse a recipe whose losses or stages its model cannot have, before anything is opened or written.

    Raises:
        UsageError: it does not fit; the message says what to change.
    """
    spec = parse_spec(recipe.model)
    with torch.device("meta"):
        _check_model(recipe, _to_train(replace(spec, path=None)))


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A recipe with everything that it names opened."""

    recipe: Recipe
    network: nn.Module
    model: str
    """Name with options."""

    sources: list[OpenSource]
    validator: Validator | None
    device: torch.device

    @classmethod
    def make(cls, recipe: Recipe, roots: Mapping[str, str], device: str, progress: Progress) -> _Prepared:
        chosen = pick_device(device)
        loaded = _initial(recipe, roots)
        _check_model(recipe, loaded)
        check_placement(recipe, loaded.network, chosen)
        sources = open_sources(recipe, roots, progress)
        validator = open_validator(recipe, roots, loaded, device)
        return cls(recipe, place(loaded.network, recipe, chosen), loaded.name, sources, validator, chosen)

    @property
    def plan(self) -> str:
        """Everything that must be equal for a state to be resumed."""
        listings = [[source.name, source.dataset.report.listing_sha256] for source in self.sources]
        return json.dumps({"recipe": self.recipe.sha256, "data": listings, "device": self.device.type}, sort_keys=True)

    @property
    def facts(self) -> TrainingFacts:
        return TrainingFacts(
            title=self.recipe.title,
            model=self.model,
            seed=self.recipe.seed,
            iterations=self.recipe.iterations,
            device=str(self.device),
            data=tuple(source.name for source in self.sources),
        )

    @property
    def trained_on(self) -> tuple[TrainedOn, ...]:
        return tuple(
            TrainedOn(each.name, len(each.dataset), each.dataset.report.listing_sha256, each.dataset.card.licence)
            for each in self.sources
        )


def _check_card(weights: Path, prepared: _Prepared) -> None:
    """Refuse finished weights of another training: the card tells, without `state.pt`, which may have been deleted."""
    card = read_card(weights)
    if (card.recipe_sha256, card.data) != (prepared.recipe.sha256, prepared.trained_on):
        raise PlanMismatchError(
            f"{weights} was trained by another recipe, with another seed or on other data: choose another --out, or "
            "delete it."
        )


def _initial(recipe: Recipe, roots: Mapping[str, str]) -> LoadedModel:
    """The model with the weights that training starts from."""
    text = fill_in(recipe.model, roots)
    if text is None:
        raise UsageError(f"{recipe.title} starts from {recipe.model}: say where that is with --root NAME=FILE.")
    return _to_train(parse_spec(text))


def _to_train(spec: Spec) -> LoadedModel:
    loaded = open_model(spec, weights="random")
    if not any(True for _ in loaded.network.parameters()):
        raise UsageError(f"{spec.name} has nothing to train.")
    return loaded


def _check_model(recipe: Recipe, model: LoadedModel) -> None:
    """Refuse losses and stages that the network cannot have, and a last one that is not what the model runs with."""
    TrainingLoss.of(model.network, recipe)
    check_placement(recipe, model.network)
    network, multiple = model.network, model.card.size.multiple_of
    for stage in recipe.stages:
        if stage.base == "frozen" and not added_parts(network):
            raise UsageError(f"{recipe.title} freezes the base, but nothing was added to {recipe.model}.")
        crop = stage.crop or recipe.crop
        if crop % multiple:
            raise UsageError(f"{recipe.title} cuts patches of {crop} pixels, but {recipe.model} needs {multiple}s.")
    last = recipe.stages[-1].solver_steps
    for layer in physics_layers(network).values():
        if last is not None and last != layer.steps:
            name = parse_spec(recipe.model).name
            raise UsageError(
                f"The last stage of {recipe.title} has solver_steps = {last}, but the model runs with {layer.steps}: "
                f"write model = '{name}[steps={last}]', so that evaluation does what training did."
            )


class _Training:
    """One run of the loop, from the last checkpoint in its folder on.

    Args:
        prepared: the recipe, opened.
        folder: holds checkpoint, logs and weights.
        progress: receives every iteration.
        watch: called after changes of the folder.

    Raises:
        CheckpointError: the checkpoint is damaged.
        PlanMismatchError: the folder holds another training.
    """

    def __init__(
        self, prepared: _Prepared, folder: Path, progress: Progress, watch: Callable[[Path], object] | None
    ) -> None:
        self.prepared, self.folder, self.progress = prepared, folder, progress
        self.recipe = recipe = prepared.recipe
        self.learner = Learner(prepared.network, recipe.stages, decay=recipe.ema, scaled=recipe.precision == "fp16")
        self.loss = TrainingLoss.of(prepared.network, recipe)
        state = read_state(folder / STATE_FILE, prepared.plan)
        self.scores: dict[str, float] = {}
        if state is not None:
            try:
                self.scores = state["scores"]
                self.learner.restore(state)
            except torch.OutOfMemoryError:
                raise
            except UNFIT as error:
                raise damaged_state(folder / STATE_FILE) from error
        self.course = Course(folder, prepared.facts, progress, done=self.learner.iteration, watch=watch)

    def run(self) -> Path:
        if self.learner.iteration < self.recipe.iterations:
            self._iterate(self.learner.iteration)
        self.course.end()  # first, so that weights that are there are the end of everything
        card = new_card(
            self.recipe, self.prepared.model, self.prepared.trained_on, str(self.prepared.device), self.scores
        )
        weights = self.folder / WEIGHTS_FILE
        write_weights(weights, self.learner.average.values, card)
        return weights

    def _iterate(self, done: int) -> None:
        recipe = self.recipe
        stages = [recipe.stages[stage_at(recipe.stages, number)[0]] for number in range(done, recipe.iterations)]
        wanted = [
            (number, stage.batch or recipe.batch, stage.crop or recipe.crop)
            for number, stage in enumerate(stages, start=done)
        ]
        patches = Patches(
            self.prepared.sources,
            seed=recipe.seed,
            flips=recipe.flips,
            smallest=max(stage.crop or recipe.crop for stage in recipe.stages),
            sampling=recipe.sampling,
        )
        self.progress.start(self.prepared.facts.heading, recipe.iterations, done)
        self.course.begin(self.prepared.validator and self.prepared.validator.dataset)
        try:
            with defer_interruption() as interruption:
                pinned = self.prepared.device.type == "cuda"
                for batch in self._timed(prefetched(patches, wanted, recipe.workers, pinned=pinned)):
                    self._step(batch)
                    self.progress.advance()
                    if interruption.number is not None:
                        self._stop(interruption.number)
        finally:
            self.progress.finish()

    def _timed(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        """The batches; tells how long each was waited for."""
        while True:
            began = time.monotonic()
            batch = next(batches, None)
            self.course.waited(time.monotonic() - began)
            if batch is None:
                return
            yield batch

    def _stop(self, number: int) -> None:
        """Save everything, and end the training."""
        self._save()
        raise Interrupted(
            f"interrupted after iteration {self.learner.iteration} of {self.recipe.iterations}, which is saved in "
            f"{shown_path(self.folder / STATE_FILE)}. Run the same command again to go on.",
            number,
        )

    def _step(self, batch: Batch) -> None:
        learner, recipe = self.learner, self.recipe
        index, within = stage_at(recipe.stages, learner.iteration)
        stage = recipe.stages[index]
        if index != learner.stage:
            learner.enter(index)
        rate = learner.optimiser.param_groups[0]["lr"] = learning_rate(stage, within)
        degraded, target = on_device(batch, recipe, self.prepared.device)
        learner.optimiser.zero_grad(set_to_none=True)
        loss = self.loss(degraded, target, batch.tasks)
        learner.scaler.scale(loss).backward()  # pyright: ignore[reportUnknownMemberType] -- torch leaves it untyped
        learner.scaler.unscale_(learner.optimiser)
        norm = nn.utils.clip_grad_norm_(learner.network.parameters(), recipe.clip or math.inf)
        learner.scaler.step(learner.optimiser)  # pyright: ignore[reportUnknownMemberType] -- as above
        learner.scaler.update()
        learner.average.update(learner.network, learner.iteration)
        learner.loss_sum += loss.detach()
        learner.iteration += 1
        self._report(stage, rate, norm)

    def _report(self, stage: Stage, rate: float, norm: Tensor) -> None:
        """Log, validate and save where it is time; saved last, so that a state never lacks what came before it."""
        done, recipe = self.learner.iteration, self.recipe
        last = done == recipe.iterations
        if done % recipe.log_every == 0 or last:
            self._log(rate, norm)
        validator, asked = self.prepared.validator, recipe.validation
        if validator is not None and asked is not None and (done % asked.every == 0 or last):
            self._validate(validator, stage)
        if done % recipe.save_every == 0 or last:
            self._save()

    def _save(self) -> None:
        state = {**self.learner.state(), "scores": self.scores}
        write_state(self.folder / STATE_FILE, state, self.prepared.plan)

    def _log(self, rate: float, norm: Tensor) -> None:
        learner = self.learner
        count = learner.iteration % self.recipe.log_every or self.recipe.log_every
        loss = float(learner.loss_sum) / count
        if not math.isfinite(loss):
            raise TrainingError(
                f"The loss of {self.recipe.title} is {loss} at iteration {learner.iteration}: lower the learning rate."
            )
        learner.loss_sum.zero_()
        steps = [layer.steps for layer in physics_layers(learner.network).values()]
        values = {
            "stage": learner.stage + 1,
            "solver_steps": steps[0] if steps else "",
            "learning_rate": f"{rate:.6g}",
            "gradient_norm": f"{float(norm):.4g}",
        }
        self.course.log(learner.iteration, count, values, loss)

    def _validate(self, validator: Validator, stage: Stage) -> None:
        self.scores, restored = validator.score(self.learner.average.values, stage.solver_steps)
        self.course.validated(
            self.learner.iteration, self.scores, restored, images=validator.limit, by=validator.protocol.id
        )
