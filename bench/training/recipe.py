"""Training recipes: one TOML file, every key of which is a field here.

title = "NAFNet-nano on synthetic blur"
model = "nafnet-nano+pde"
losses = { charbonnier = 1.0, fft = 0.1 }

[[data]]
source = "photographs-train[task=blur]"

[validation]
source = "quickstart-blur"

[[stages]]
iterations = 4000
solver_steps = 8
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, cast

from ..contracts import JsonValue
from ..errors import UsageError, did_you_mean
from ..files.codec import encode
from ..files.fingerprints import canonical_sha256
from ..files.toml import read_document

__all__ = ["Arithmetic", "DataSource", "Recipe", "Sampling", "Stage", "Validation", "read_recipe"]

Arithmetic = Literal["fp32", "bf16", "fp16"]
Optimiser = Literal["adamw", "adam", "sgd"]
Sampling = Literal["independent", "stratified"]

RECIPES = "restorebench.baselines"
"""The package whose folder `recipes` holds those that ship."""


@dataclass(frozen=True, slots=True)
class DataSource:
    """Pairs to train on."""

    source: str
    """As on the command line, `gopro=/data/GOPRO_Large/train`; `{name}` is filled in from `--root name=PATH`."""

    weight: float = 1.0
    """Probability of a draw, relative to the other sources."""

    optional: bool = False
    """Whether it is left out, with a note, when a `{name}` in it was not given."""

    task: str = ""
    """Task of its images, for networks that learn to tell tasks apart: `rain`. Neutral value: `""`, not known."""


@dataclass(frozen=True, slots=True)
class Validation:
    """Validation during training; for information only."""

    source: str
    """As in `[[data]]`."""

    protocol: str | None = None
    """`None`: the one that papers use on that data set."""

    every: int = 1000
    """Iterations between two; the last iteration is always followed by one."""

    limit: int = 8
    """Pairs, from the first on."""

    options: str = ""
    """Options of the model in validation only, as in brackets on the command line: `steps=10,sampler=sde`."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of the training with an optimiser and a learning-rate schedule of its own."""

    iterations: int
    """Steps of the optimiser."""

    learning_rate: float = 1e-3
    """At the start of the stage, after the warm-up."""

    final_learning_rate: float = 1e-6
    """Reached at the end of the stage along half a cosine; the same as `learning_rate` keeps it constant."""

    warmup: int = 0
    """Iterations over which the learning rate rises from zero first."""

    optimiser: Optimiser = "adamw"
    """That of `torch.optim`."""

    betas: tuple[float, float] = (0.9, 0.999)
    """Betas of Adam and AdamW; the first is the momentum of SGD."""

    weight_decay: float = 0.0
    """Decoupled in AdamW; in Adam and SGD added to the gradient."""

    solver_steps: int | None = None
    """K of the physics layer; its total time stays, so that a step lasts T/K. `None`: as it was.

    Networks without such a layer pass over it, so that one recipe trains a network with and without.
    """

    base: Literal["trained", "frozen"] = "trained"
    """`frozen`: only what was added to the base network learns."""

    crop: int | None = None
    """Overrides the recipe's."""

    batch: int | None = None
    """Overrides the recipe's."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """A training, completely: the same recipe, data, seed, software and machine give the same weights."""

    title: str
    """A name for messages and for the card of the weights."""

    model: str
    """NAME, NAME[option=value], or either with =WEIGHTS to start from; `{name}` as in `DataSource.source`."""

    data: tuple[DataSource, ...]
    """At least one source of pairs."""

    stages: tuple[Stage, ...]
    """At least one, in their order."""

    validation: Validation | None = None
    """`None`: nothing is validated during the training."""

    losses: Mapping[str, float] = field(default_factory=lambda: {"charbonnier": 1.0})
    """Loss to its weight in the sum: names in `LOSSES`, or training objectives that the network brings with it."""

    batch: int = 8
    """Patches of an iteration."""

    crop: int = 64
    """Side of the square training patches in pixels."""

    flips: bool = True
    """Whether patches are mirrored and turned by quarters, the pair alike."""

    sampling: Sampling = "independent"
    """How patches choose their sources by weight: each by itself, or `stratified`, so that every batch has the share of
    each source, rounded up or down. A batch has every task if its share of the batch is a patch or more."""

    ema: float = 0.999
    """Decay of the moving average of the weights, which is validated and saved. 0: the weights themselves."""

    clip: float | None = 1.0
    """Largest norm of the gradient; larger ones are scaled to it. 0: none is."""

    precision: Arithmetic = "fp32"
    """Precision of forward and backward pass; weights are always float32. fp16 needs a GPU."""

    channels_last: bool = False
    """Whether the network and its batches have torch's channels_last memory layout."""

    compile: bool = False
    """Whether `torch.compile` translates the network; not one that is trained by objectives of its own."""

    seed: int = 0
    """Of the first weights and of the draws of patches; `--seed` replaces it."""

    save_every: int = 250
    """Iterations between two checkpoints: as many are lost at most when a run is killed."""

    log_every: int = 50
    """Iterations between two lines of the log."""

    workers: int = 2
    """Threads that prepare batches ahead."""

    @property
    def iterations(self) -> int:
        """Iterations of all stages."""
        return sum(stage.iterations for stage in self.stages)

    @property
    def sha256(self) -> str:
        """SHA-256 of the canonical JSON of every field, seed included; roots are in it as `{name}`.

        Keys that release 0.1.0 did not have are left out where they are neutral, so that its recipes keep their hashes.
        """
        fields = cast("dict[str, JsonValue]", encode(self))
        tables = [fields["validation"], *cast("list[JsonValue]", fields["data"])]
        for table in tables:
            for key in ("options", "task"):
                if isinstance(table, dict) and not table.get(key):
                    table.pop(key, None)
        if self.sampling == "independent":
            del fields["sampling"]
        for key in ("channels_last", "compile"):
            if not fields[key]:
                del fields[key]
        return canonical_sha256(fields)

    def check(self) -> None:
        """Refuse numbers that make no sense.

        Raises:
            UsageError: one does not; the message says which.
        """
        if not self.data or not self.stages or not self.losses:
            raise UsageError(f"The recipe {self.title!r} needs at least one [[data]], one [[stages]] and one loss.")
        counts: dict[str, int | None] = {"batch": self.batch, "crop": self.crop, "workers": self.workers}
        counts |= {"save_every": self.save_every, "log_every": self.log_every}
        counts |= {"iterations of a stage": min(each.iterations for each in self.stages)}
        for stage in self.stages:
            overrides = {"crop": stage.crop, "batch": stage.batch, "solver_steps": stage.solver_steps}
            counts |= {f"{name} of a stage": value for name, value in overrides.items() if value is not None}
        if self.validation is not None:
            counts |= {"validation every": self.validation.every, "validation limit": self.validation.limit}
        for name, count in counts.items():
            if count is not None and count < 1:
                raise UsageError(f"The recipe {self.title!r} has {name} = {count}, but it must be at least 1.")
        if not 0 <= self.ema < 1:
            raise UsageError(f"The recipe {self.title!r} has ema = {self.ema}, but it must be at least 0 and below 1.")
        for source in self.data:
            if source.weight <= 0:
                raise UsageError(f"The data source {source.source} has the weight {source.weight}: leave it out.")


def read_recipe(
    name: str | Path,
    *,
    model: str | None = None,
    seed: int | None = None,
    precision: Arithmetic | None = None,
    channels_last: bool = False,
    compiled: bool = False,
) -> Recipe:
    """Read a recipe.

    Args:
        name: a TOML file, or the name of a recipe that ships: `nano-blur`.
        model: replaces the recipe's.
        seed: replaces the recipe's.
        precision: replaces the recipe's.
        channels_last: train so, whether or not the recipe says it.
        compiled: likewise.

    Raises:
        UsageError: no such file or name, an unknown key, or a value that does not fit.
    """
    recipe = read_document(Recipe, find_recipe(name), "recipe")
    recipe = replace(
        recipe,
        model=model or recipe.model,
        seed=recipe.seed if seed is None else seed,
        precision=precision or recipe.precision,
        channels_last=channels_last or recipe.channels_last,
        compile=compiled or recipe.compile,
    )
    recipe.check()
    return recipe


def find_recipe(name: str | Path) -> Path:
    """The file of a recipe or an experiment: a path, or the name of one that ships.

    Raises:
        UsageError: there is none; the message suggests the nearest names.
    """
    path = Path(name)
    if path.suffix == ".toml":
        return path
    shipped = shipped_recipes()
    if str(name) not in shipped:
        raise UsageError(f"There is no recipe {str(name)!r}{did_you_mean(str(name), shipped)} A file ends in .toml.")
    return shipped[str(name)]


def shipped_recipes() -> dict[str, Path]:
    """Names and files of the recipes that come with the package."""
    from importlib.util import find_spec

    spec = find_spec(RECIPES)
    folders = [Path(place) / "recipes" for place in (spec.submodule_search_locations or ())] if spec else []
    return {path.stem: path for folder in folders for path in sorted(folder.glob("*.toml"))}


def fill_in(text: str, roots: Mapping[str, str]) -> str | None:
    """Replace every `{name}`; `None` if one is not among the roots.

    >>> fill_in("paired={reds}", {"reds": "/data/REDS"}), fill_in("paired={reds}", {})
    ('paired=/data/REDS', None)
    """
    names = re.findall(r"\{(\w+)\}", text)
    if any(name not in roots for name in names):
        return None
    return re.sub(r"\{(\w+)\}", lambda match: roots[match[1]], text)
