"""Selection of the images that galleries show: once per data set, over all of its models, from records alone."""

from __future__ import annotations

import hashlib
import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ..metrics.metric import MetricFacts
from .pictures import existing_picture
from .run import Run

__all__ = ["INPUT", "SHOWN", "Selection", "ShownImages", "choose_by_data_set", "choose_images", "lacking_pictures"]

Selection = Literal["worst", "best", "median", "disputed", "random"]
"""`disputed`: the values of the models lie farthest apart; `random`: without regard to any value."""

SHOWN = 4
"""Images of each selection that a run keeps, and that a report shows by default."""

INPUT = "identity"
"""Model whose restored image is the degraded one. It restores nothing, so what it scores is no judgement of an image:
it would be the worst of every gallery, and the one that the others disagree with.
"""

SHARE = 0.5
"""Share of the most complete run's images that a run must have to judge; others would reduce the choice to theirs."""


@dataclass(frozen=True, slots=True)
class ShownImages:
    """The images to show of one data set, measured by one protocol."""

    judges: tuple[int, ...]
    """Runs, by index, whose mean ranks the images."""

    images: int
    """Number of images that every judge has measured, among which the choice was made."""

    selections: Mapping[Selection, tuple[str, ...]]
    """Keys by selection, the most extreme one first; without those that would be empty."""

    @property
    def keys(self) -> tuple[str, ...]:
        """Every chosen key once."""
        return tuple(dict.fromkeys(key for selection in self.selections.values() for key in selection))


def choose_images(runs: Sequence[Run], metric: MetricFacts, size: int = SHOWN, *, seed: int = 0) -> ShownImages:
    """Choose the worst, best, median, most disputed and random images of a data set, over all models together.

    Worst and best are those by the mean over the models. The input (`identity`) does not judge, unless it is alone.
    Of no more images than a selection holds, all are the worst, and there is no other selection.

    Args:
        runs: of one data set, by one protocol.
        metric: that ranks the images.
        size: number of images per selection.
        seed: of the random selection, which is the same for any runs on the same images.
    """
    known = [_values(run, metric.name) for run in runs]
    judges = _judges(runs, known)
    shared = [key for key in known[judges[0]] if all(key in known[judge] for judge in judges)] if judges else []
    values = {key: [known[judge][key] for judge in judges] for key in shared}
    ranked = sorted(shared, key=lambda key: (-metric.better(statistics.fmean(values[key])), key))
    start = max(0, (len(ranked) - size) // 2)
    disputed = sorted((key for key in ranked if _spread(values[key]) > 0), key=lambda key: (-_spread(values[key]), key))
    if len(ranked) <= size:
        return ShownImages(judges, len(shared), {"worst": tuple(ranked)} if ranked else {})
    chosen: dict[Selection, Sequence[str]] = {
        "worst": ranked[:size],
        "best": ranked[::-1][:size],
        "median": ranked[start : start + size],
        "disputed": disputed[:size],
        "random": sorted(shared, key=lambda key: hashlib.sha256(f"{seed}:{key}".encode()).digest())[:size],
    }
    return ShownImages(judges, len(shared), {name: tuple(keys) for name, keys in chosen.items() if keys})


def choose_by_data_set(runs: Sequence[Run], size: int = SHOWN) -> list[tuple[list[Run], ShownImages]]:
    """Choose the images of every data set, with the runs that are to have their pictures.

    Of folders that were measured by several protocols, the first one by name chooses, as in a report.

    Args:
        runs: by all protocols, of any data sets.
        size: number of images per selection.
    """
    places: dict[tuple[str, str], list[Run]] = {}
    for run in sorted(runs, key=lambda run: (run.dataset, run.protocol, run.model)):
        places.setdefault((run.dataset, run.protocol), []).append(run)
    found: list[tuple[list[Run], ShownImages]] = []
    seen: set[frozenset[Path]] = set()
    for here in places.values():
        folders = frozenset(run.path.resolve() for run in here)
        metric = next((facts for run in here for facts in run.metric_facts.values()), None)
        if folders not in seen and metric is not None:
            seen.add(folders)
            found.append((here, choose_images(here, metric, size)))
    return found


def lacking_pictures(runs: Sequence[Run], size: int = SHOWN) -> dict[Path, tuple[str, ...]]:
    """Run folders that lack pictures of chosen images which they have restored, with the keys of these."""
    found: dict[Path, tuple[str, ...]] = {}
    for here, chosen in choose_by_data_set(runs, size):
        for run in here:
            restored = {record.key for record in run.records if record.status == "ok"}
            lacking = (key for key in chosen.keys if key in restored)
            keys = [key for key in lacking if existing_picture(run.restored_folder, key) is None]
            if keys:
                found[run.path] = tuple(dict.fromkeys((*found.get(run.path, ()), *keys)))
    return found


def _judges(runs: Sequence[Run], known: Sequence[Mapping[str, float]]) -> tuple[int, ...]:
    """The runs of models with most of the images, or the most complete one where these share no image."""
    able = [index for index, values in enumerate(known) if values]
    models = [index for index in able if runs[index].info.model.name != INPUT] or able
    if not models:
        return ()
    most = max(models, key=lambda index: len(known[index]))
    complete = tuple(index for index in models if len(known[index]) >= SHARE * len(known[most]))
    shared = any(all(key in known[index] for index in complete) for key in known[most])
    return complete if shared else (most,)


def _values(run: Run, metric: str) -> dict[str, float]:
    good = (record for record in run.records if record.status == "ok")
    return {record.key: value for record in good if (value := record.metrics.get(metric)) is not None}


def _spread(values: Sequence[float]) -> float:
    finite = [value for value in values if math.isfinite(value)]
    return max(finite) - min(finite) if len(finite) > 1 else 0.0
