"""The arms of a paired training experiment, as read from its file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..registry.specs import parse_spec

__all__ = ["Arm", "Experiment", "IntervalOver", "Parts", "Study"]

IntervalOver = Literal["images", "images and seeds"]
"""What an interval allows for: other images, or other images and other trainings."""


@dataclass(frozen=True, slots=True)
class Arm:
    """One model of a study."""

    model: str
    """Name with options: `nafnet-nano+pde[steps=1]`."""

    recipe: str = ""
    """Trains this arm in place of the study's; `""` for the study's."""

    title: str = ""
    """Tells apart arms of the same model, and arms of several studies that are averaged together."""

    evaluated: str = ""
    """Evaluates the weights as this model, `opir-nano[task=rain]`; `""` for the model that was trained."""

    @property
    def trained(self) -> str:
        """The trained model as folders of trainings have it."""
        return str(parse_spec(self.model))

    @property
    def restorer(self) -> str:
        """The evaluated model as run folders have it."""
        return str(parse_spec(self.evaluated or self.model))

    @property
    def name(self) -> str:
        """The arm as the page has it."""
        return self.title or self.restorer


@dataclass(frozen=True, slots=True)
class Parts:
    """Parts of a data set that are compared by themselves too."""

    dataset: str
    """Name in `tests`, with options and without a root: `known-motion`."""

    by: str
    """Attribute of its images, as for `--by`: `extent`."""

    edges: tuple[float, ...]
    """Rising values of it at which one part ends and the next begins."""


@dataclass(frozen=True, slots=True)
class Study:
    """Models that are trained alike, and the question that they answer."""

    task: str
    recipe: str
    """A file or a name that ships; its model is replaced."""

    arms: tuple[Arm, ...]
    """The base, what is asked about, and what else could explain its gain: controls and variants."""

    tests: tuple[str, ...]
    """Data sets to evaluate on; one with a `{name}` that no root fills is left out, with a note."""

    parts: Parts | None = None
    """`None`: every data set is evaluated as a whole alone."""

    motion: str = ""
    """Data set, as in `Parts`, with whose known motion the velocities of physics layers are compared; `""` for none."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the arms."""
        return tuple(arm.name for arm in self.arms)

    @property
    def contrasts(self) -> tuple[tuple[str, str], ...]:
        """Pairs of arms to compare: the second with every other, and every other with the base.

        >>> Study("", "", (Arm("base"), Arm("physics"), Arm("control")), ()).contrasts
        (('base', 'physics'), ('control', 'physics'), ('base', 'control'))
        """
        base, asked, *others = self.names
        return ((base, asked), *((other, asked) for other in others), *((base, other) for other in others))


@dataclass(frozen=True, slots=True)
class Experiment:
    """The content of an experiment file."""

    title: str
    studies: tuple[Study, ...]
    seeds: tuple[int, ...] = (0, 1, 2)
    interval: IntervalOver = "images"
    """What the intervals of differences allow for."""

    overall: str = ""
    """Name of the mean over the images of all studies, whose arms have the same names then; `""` for none."""
