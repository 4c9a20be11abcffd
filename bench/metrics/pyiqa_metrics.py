"""Metrics of the pyiqa package, for those who have it: `--metric pyiqa:musiq`.

pyiqa is under the PolyForm Noncommercial License 1.0.0 (parts under the S-Lab License 1.0) and is never required. It
downloads the weights of a metric itself, when the metric is first used.
"""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import MetricUnavailableError, MissingDependencyError, UnknownNameError
from .card import MetricCard
from .images import to_colour, to_unit
from .metric import Measure, Metric

if TYPE_CHECKING:
    from torch import Tensor

    from .scored_pair import ScoredPair

__all__ = ["pyiqa_metric"]

PREFIX = "pyiqa:"
LICENCE = "PolyForm Noncommercial 1.0.0 (pyiqa; parts S-Lab License 1.0): no commercial use; its weights have their own"
ENDS = 2


@dataclass(frozen=True, slots=True)
class _Facts:
    """What pyiqa's configuration says of a metric."""

    lower_better: bool
    mode: Literal["FR", "NR"]
    score_range: str
    version: str


def pyiqa_metric(name: str) -> Metric | None:
    """The metric of a name such as `pyiqa:musiq`; `None` for other names.

    Raises:
        MissingDependencyError: pyiqa is not installed.
        UnknownNameError: it has no such metric.
    """
    if not name.startswith(PREFIX):
        return None
    own = name.removeprefix(PREFIX)
    facts = _facts(own)
    lowest, highest = _range(facts.score_range)
    return Metric(
        name=f"pyiqa-{own.lower()}",
        title=f"{own} (pyiqa)",
        higher_is_better=not facts.lower_better,
        lowest=lowest,
        highest=highest,
        cost="network",
        code_sha256=hashlib.sha256(f"pyiqa {facts.version} {own}".encode()).hexdigest(),
        needs_target=facts.mode == "FR",
        prepare=lambda _: _prepare(own, facts.mode),
        formula=f"{own} of pyiqa {facts.version}, on the image that PSNR sees, uncropped",
        card=MetricCard(
            source=f"chaofengc/IQA-PyTorch, package pyiqa {facts.version}",
            hundredth=f"Depends on its range, which pyiqa gives as {facts.score_range or 'unknown'}.",
            licence=LICENCE,
            weights="pyiqa downloads them itself when the metric is first used",
            notes=("Its numbers are pyiqa's: they need not equal those of a paper's own script.",),
        ),
    )


def _facts(own: str) -> _Facts:
    try:
        package = importlib.import_module("pyiqa")
        configurations = importlib.import_module("pyiqa.default_model_configs").DEFAULT_CONFIGS
    except ImportError as error:
        raise MissingDependencyError(f"The metric {PREFIX}{own}", "pyiqa", "pyiqa") from error
    known: dict[str, dict[str, Any]] = dict(configurations)
    usable = {name: entry for name, entry in known.items() if entry.get("metric_mode") in {"FR", "NR"}}
    if own not in usable:
        raise UnknownNameError("metric of pyiqa", own, usable)
    entry = usable[own]
    version = str(getattr(package, "__version__", "of an unknown version"))
    return _Facts(
        bool(entry.get("lower_better", False)), entry["metric_mode"], str(entry.get("score_range") or ""), version
    )


def _range(text: str) -> tuple[float | None, float | None]:
    """The ends of `0, 1`; those that pyiqa marks as approximate, `~0`, are none."""
    ends = [part.strip() for part in text.split(",")]
    if len(ends) != ENDS:
        return None, None
    low, high = (None if end.startswith("~") else _number(end) for end in ends)
    return low, high


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _prepare(own: str, mode: Literal["FR", "NR"]) -> Measure:
    try:
        network: Callable[..., Any] = importlib.import_module("pyiqa").create_metric(own, device="cpu")
    except Exception as error:  # the one boundary: another package's downloads and constructors may raise anything
        reason = f"pyiqa cannot make {own} ({type(error).__name__}: {error})"
        hint = ": it downloads weights when a metric is first used, so use it once where there is a network"
        raise MetricUnavailableError(f"{reason}{hint if isinstance(error, OSError) else ''}.") from error

    def measure(pair: ScoredPair) -> float:
        images = (pair.scored, pair.target) if mode == "FR" else (pair.scored,)
        try:
            return float(network(*(_as_tensor(image) for image in images)))
        except Exception as error:  # the same boundary
            raise MetricUnavailableError(f"pyiqa's {own} raised {type(error).__name__}: {error}.") from error

    return measure


def _as_tensor(image: NDArray[Any]) -> Tensor:
    import torch

    unit = np.clip(to_unit(to_colour(image)), 0.0, 1.0)
    planes = np.ascontiguousarray(np.moveaxis(unit, -1, 0))
    return torch.from_numpy(planes)[None]  # pyright: ignore[reportUnknownMemberType] -- torch leaves its signature open
