"""The record of one image: what was measured on it, as one line of `scores.jsonl`.

A number that could not be had is `null` with a reason; an infinite one is the string `"inf"`, because JSON has no
infinity.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from ..contracts import AlignmentFacts

__all__ = [
    "LARGEST",
    "ONE_PROTOCOL_VERSION",
    "SCHEMA_VERSION",
    "ProtocolScores",
    "ScoreRecord",
    "Status",
    "is_no_number",
]

SCHEMA_VERSION = 3
"""Of run.json and scores.jsonl. A reader refuses a newer one and says so, and migrates older ones."""

ONE_PROTOCOL_VERSION = 2
"""Schema version of the run folder of one protocol, in which nothing has changed since."""

LARGEST = 1e100
"""Largest finite value of a metric; sums of squares of larger ones are infinite."""

Status = Literal["ok", "failed"]


def is_no_number(value: float) -> bool:
    """Whether a value is none that statistics can be made of: NaN, or beyond all measure; infinity is."""
    return math.isnan(value) or LARGEST < abs(value) < math.inf


@dataclass(frozen=True, slots=True)
class ProtocolScores:
    """What one protocol measured on one image."""

    values: Mapping[str, float | None]
    """Metric to value, possibly infinite; `None` where there is no number."""

    nulls: Mapping[str, str] = field(default_factory=dict[str, str])
    """Why a metric is `None`, one sentence each; empty for a failed image, whose record has the reason."""

    samples: Mapping[str, tuple[float | None, ...]] = field(default_factory=dict[str, tuple[float | None, ...]])
    """Metric to the values of every seed, of which `values` has the mean; empty unless several were sampled."""

    alignment: AlignmentFacts | None = None
    """Of protocols that align the images first."""

    restored: str = ""
    """Digest of the image that this protocol scored, where it rounds unlike the first one; see `ScoreRecord.restored`.
    """

    details: Mapping[str, Mapping[str, int | str]] = field(default_factory=dict[str, Mapping[str, int | str]])
    """Metric to what it says of its value, such as the number of blocks it comes from; of the first of several samples.
    """

    @classmethod
    def missing(cls, metrics: Iterable[str], reason: str) -> ProtocolScores:
        """The scores of a protocol that has none, for one reason."""
        names = tuple(metrics)
        return cls(dict.fromkeys(names), dict.fromkeys(names, reason))

    def check(self, protocol: str, *, failed: bool) -> None:
        """Refuse what contradicts itself; see `ScoreRecord.check`."""
        for metric, value in self.values.items():
            if value is None:
                if not failed and not self.nulls.get(metric):
                    raise ValueError(f"metrics.{protocol}.{metric} is null, and nulls does not say why")
            elif failed or is_no_number(value):
                raise ValueError(f"metrics.{protocol}.{metric} is {value}{', but the image failed' if failed else ''}")
        if self.alignment is not None and not all(map(math.isfinite, self.alignment.homography)):
            raise ValueError(f"alignment.{protocol}.homography is not finite")
        for named in (self.nulls, self.samples, self.details):
            if named and not named.keys() <= self.values.keys():
                unknown = min(named.keys() - self.values.keys())
                raise ValueError(f"metrics.{protocol} has no {unknown}, of which nulls, samples or details speak")


@dataclass(frozen=True, slots=True)
class ScoreRecord:
    """What was measured on one image."""

    key: str
    scores: Mapping[str, ProtocolScores]
    """By protocol, `rgb@1`, in the order of `run.json`."""

    seconds: float | None = None
    """Wall time of the model on this image, without decoding and scoring; `None` if not run here."""

    status: Status = "ok"
    reason: str | None = None
    """Why the image failed: one sentence."""

    group: str = ""
    """What the image shares with others; statistics count a group together. Neutral value: `""`."""

    size: tuple[int, int] | None = None
    """Height and width of the image in pixels; `None` if it could not be read."""

    pair: str = ""
    """16 digits of the SHA-256 of the decoded degraded and target pixels; `""` if they could not be read."""

    restored: str = ""
    """16 digits of the SHA-256 of the restored image that was scored, by the first protocol; `""` if there is none."""

    tile: int | None = None
    """Side in pixels of the tiles that the image was restored in; `None` for the full image."""

    read_as: tuple[str, ...] = ()
    """What was changed of a restored image when it was read from a file, see `bench.files.conversions`."""

    @property
    def first(self) -> ProtocolScores:
        """What the first protocol measured; the only one in the records of a `Run`."""
        return next(iter(self.scores.values())) if self.scores else ProtocolScores({})

    @property
    def metrics(self) -> Mapping[str, float | None]:
        """Metric to value of the first protocol."""
        return self.first.values

    def of(self, protocol: str) -> ProtocolScores:
        """What one protocol measured.

        Raises:
            KeyError: the image was not scored by it.
        """
        return self.scores[protocol]

    def by(self, protocol: str) -> ScoreRecord:
        """The record as a run by this protocol alone would have it.

        Raises:
            KeyError: the image was not scored by it.
        """
        scores = self.scores[protocol]
        if len(self.scores) == 1:
            return self
        return replace(
            self, scores={protocol: replace(scores, restored="")}, restored=scores.restored or self.restored
        )  # fmt: skip -- one call

    def joined(self, other: ScoreRecord) -> ScoreRecord:
        """The record with what other protocols measured on the same restored image.

        Args:
            other: of the same image, by protocols that this record does not have.
        """
        digests = {name: other.digest(name) for name in other.scores}
        added = {
            name: replace(each, restored="" if digests[name] == self.restored else digests[name])
            for name, each in other.scores.items()
        }
        return replace(self, scores={**self.scores, **added})

    def digest(self, protocol: str) -> str:
        """Digest of the restored image that a protocol scored."""
        return self.scores[protocol].restored or self.restored

    @classmethod
    def failed(
        cls,
        key: str,
        reason: str,
        metrics: Mapping[str, Iterable[str]],
        *,
        seconds: float | None = None,
        group: str = "",
        size: tuple[int, int] | None = None,
        pair: str = "",
        tile: int | None = None,
    ) -> ScoreRecord:
        """The record of an image that could not be restored or scored.

        Args:
            key: of the image.
            reason: one sentence.
            metrics: protocol to the metrics that it would have had.
            seconds: that the model took, if it ran.
            group: as in the field.
            size: as in the field.
            pair: as in the field.
            tile: as in the field.
        """
        scores = {protocol: ProtocolScores(dict.fromkeys(names)) for protocol, names in metrics.items()}
        return cls(key, scores, seconds, "failed", reason, group, size, pair, tile=tile)

    def check(self) -> None:
        """Refuse a record that contradicts itself.

        Raises:
            ValueError: NaN, a missing number without a reason, or a status that does not go with the reason.
        """
        if (self.status == "failed") != bool(self.reason):
            raise ValueError(f"reason: {self.reason!r} does not go with the status {self.status!r}")
        if not self.scores:
            raise ValueError("metrics: there is no protocol")
        for protocol, scores in self.scores.items():
            scores.check(protocol, failed=self.status == "failed")
