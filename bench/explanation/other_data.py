"""Other variants and copies of a data set, such as GoPro's `blur_gamma`: find them and measure against them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..contracts import PairedDataset
from ..datasets import DATASETS, open_copy
from ..errors import RestorebenchError, few
from ..registry.options import choices_of
from ..registry.specs import Spec, parse_spec
from ..runs.run import Run
from ..terminal.progress import Progress
from ..terminal.wording import counted
from .material import Material
from .measurements import Measurements
from .measuring import measure_placed
from .rulers import Ruler

if TYPE_CHECKING:
    from .variants import Variant

__all__ = ["OtherData", "Trial", "other_data", "recorded_data"]


@dataclass(frozen=True, slots=True)
class OtherData:
    """A variant or a copy of a data set besides the one that was given."""

    name: str
    """In answers: `gopro[variant=blur_gamma]`."""

    dataset: PairedDataset | None
    """`None` if it is not there."""

    absent: str = ""
    """Why it is not there, as the end of a sentence."""


def recorded_data(run: Run) -> Spec:
    """The data set of a run, in the folder in which the run found it if that is still there."""
    spec, root = parse_spec(run.dataset), Path(run.info.copy.root)
    return replace(spec, path=root if root.is_dir() else None)


def other_data(spec: Spec, copies: Sequence[Spec] = ()) -> tuple[OtherData, ...]:
    """Every other variant of a data set, by each of its options that has a few values, and further copies.

    Args:
        spec: of the data set that was given or that a run restored.
        copies: that were named besides.

    Raises:
        UsageError: an unknown name or option of a copy, or no folder.
        DatasetError: a copy is not one of its data set, or is damaged.
    """
    found = [
        _variant(replace(spec, options={**spec.options, option: str(value)}))
        for option, values in _choices(spec).items()
        for value in values
        if str(value) != spec.options.get(option, str(values[0]))
    ]
    opened = [OtherData(f"{each}={each.path}", open_copy(each)) for each in copies]
    return (*found, *opened)


def _choices(spec: Spec) -> dict[str, tuple[object, ...]]:
    try:
        return choices_of(DATASETS.get(spec.name).open)
    except RestorebenchError:  # of another installation, whose run folder this is
        return {}


def _variant(spec: Spec) -> OtherData:
    if spec.path is None:
        return OtherData(str(spec), None, f"name the folder of the data set, as in -d {spec.name}=ROOT")
    try:
        return OtherData(str(spec), open_copy(spec))
    except RestorebenchError:  # nobody asked for it
        return OtherData(str(spec), None, f"{spec.path} does not have it")


@dataclass(frozen=True, slots=True)
class Trial:
    """Trying further data: restored images against other targets, and a model on other degraded images."""

    keys: Sequence[str]
    """Images that were measured."""

    material: Material | None
    """The images with their own targets; `None` if they are gone."""

    rulers: Sequence[Ruler]
    variant: Variant | None
    """How degraded images are restored; `None` if no model was named."""

    workers: int | None
    progress: Progress

    def obstacle(self, other: OtherData) -> str:
        """Why the data cannot change a number, or cannot be tried, and how they could be; `""` if they are tried."""
        if other.dataset is None:
            return other.absent
        if absent := set(self.keys) - {pair.key for pair in other.dataset}:
            return f"it lacks {counted(len(absent), 'image')} of {len(self.keys)} ({few(sorted(absent))})"
        if self.variant is not None:
            return ""
        if self.material is None:
            return "the restored images are gone"
        if self._has_same_targets(self.material, other.dataset):
            return "it has the same targets; name the model to restore its degraded images, as in -m NAME=WEIGHTS"
        return ""

    def measure(self, other: OtherData) -> Iterator[Measurements]:
        """Measure by everything that tells the data from those that were given.

        Raises:
            RestorationError: an image cannot be restored.
            ImageError: an image cannot be read.
        """
        if other.dataset is None:
            return
        if self.material is not None and not self._has_same_targets(self.material, other.dataset):
            targets = {key: other.dataset[key].target for key in self.material.keys}
            against = replace(self.material, title=f"{self.material.title}, targets of {other.name}", target=targets)
            yield from measure_placed(
                against,
                self.rulers,
                label=f"targets of {other.name}",
                workers=self.workers,
                progress=self.progress,
            )
        if self.variant is not None:
            from .variants import measure_variants

            yield from measure_variants(
                [self.variant], other.dataset, self.keys, self.rulers, of=other.name, progress=self.progress
            )

    @staticmethod
    def _has_same_targets(material: Material, dataset: PairedDataset) -> bool:
        pairs = ((material.target[key], dataset[key].target) for key in material.keys)
        return all(mine.name == its.name or np.array_equal(mine.read(), its.read()) for mine, its in pairs)
