"""Several protocols at once: one restored image, scored by each, and what they have in common computed once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..contracts import QuantiserName
from ..metrics.images import ImageLike
from ..metrics.shared_work import SharedWork
from .protocol import Protocol
from .scorer import Scores

__all__ = ["AppliedProtocol", "JointScorer"]


@dataclass(frozen=True, slots=True)
class AppliedProtocol:
    """A protocol with the rounding that is in force, which may be the model's official one."""

    protocol: Protocol
    quantiser: QuantiserName

    @property
    def id(self) -> str:
        """The protocol's `name@version`."""
        return self.protocol.id


class JointScorer:
    """Several protocols made ready. May be used from several threads.

    Args:
        applied: at least one; no protocol twice.

    Raises:
        MissingDependencyError: a protocol aligns images and OpenCV is not installed.
    """

    def __init__(self, applied: Sequence[AppliedProtocol]) -> None:
        self._scorers = {each.id: each.protocol.prepare(quantiser=each.quantiser) for each in applied}
        self.metrics: Mapping[str, tuple[str, ...]] = {each.id: each.protocol.metrics for each in applied}
        """The names of the metrics that each protocol measures, by protocol, the first protocol first."""

    @property
    def unavailable(self) -> dict[tuple[str, str], str]:
        """Protocol and metric that cannot be computed in this environment, and why."""
        return {
            (name, metric): reason
            for name, scorer in self._scorers.items()
            for metric, reason in scorer.unavailable.items()
        }

    @property
    def rounding(self) -> QuantiserName | None:
        """The rule by which an image may be rounded before it is scored: no protocol sees anything else of it.

        `None` if they round differently, or a metric sees the float output.
        """
        rules: set[QuantiserName] = {scorer.sees_only for scorer in self._scorers.values()}
        if len(rules) > 1 or "none" in rules:
            return None
        return rules.pop()

    def score(self, restored: ImageLike, target: ImageLike) -> dict[str, Scores]:
        """Compare one image with its target by every protocol; arguments as in `Protocol.score`.

        Raises:
            ImageError: the images differ in size, or are not images.
            RestorationError: the restored image holds NaN.
        """
        shared = SharedWork()
        return {name: scorer.score(restored, target, shared=shared) for name, scorer in self._scorers.items()}
