"""The frozen record types of a run folder, and the version of their schema.

One record is one line of `scores.jsonl`. A number that could not be had is `null` with a reason;
an infinite one is the string `"inf"`, because JSON has no infinity.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, cast

from ..contracts import JsonValue
from ..errors import RunFolderError

__all__ = ["SCHEMA_VERSION", "ScoreRecord", "Status", "decode_number", "encode_number"]

SCHEMA_VERSION = 1
"""Of run.json and scores.jsonl. A reader refuses a newer one and says so."""

Status = Literal["ok", "failed"]


@dataclass(frozen=True, slots=True)
class ScoreRecord:
    """What was measured on one image."""

    key: str
    metrics: Mapping[str, float | None]
    """Metric name to value; `None` is explained in `notes["null"][metric]`."""

    seconds: float | None
    """Wall time of the model on this image, without decoding and scoring; `None` if not run here."""

    status: Status = "ok"
    reason: str | None = None
    """Why the image failed: one sentence."""

    notes: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    """`size`, `group`, pixel hashes, tiling, and whatever qualifies the numbers."""

    def to_json(self) -> str:
        """One line of `scores.jsonl`, without its newline; keys in a fixed order."""
        return json.dumps(
            {
                "key": self.key,
                "metrics": {name: encode_number(value) for name, value in self.metrics.items()},
                "seconds": self.seconds,
                "status": self.status,
                "reason": self.reason,
                "notes": dict(self.notes),
            },
            ensure_ascii=False,
            allow_nan=False,
        )

    @classmethod
    def from_json(cls, line: str) -> ScoreRecord:
        """Parse one line.

        Raises:
            RunFolderError: the line is not a record.
        """
        try:
            raw = cast("dict[str, JsonValue]", json.loads(line))
            metrics = cast("dict[str, float | str | None]", raw["metrics"])
            return cls(
                key=cast("str", raw["key"]),
                metrics={name: decode_number(value) for name, value in metrics.items()},
                seconds=cast("float | None", raw["seconds"]),
                status=cast("Status", raw["status"]),
                reason=cast("str | None", raw["reason"]),
                notes=cast("dict[str, JsonValue]", raw["notes"]),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise RunFolderError(f"Not a score record: {line[:80]!r} ({error}).") from error


def encode_number(value: float | None) -> float | str | None:
    """A float as strict JSON can hold it.

    Raises:
        ValueError: `value` is NaN, which no record may hold.

    >>> encode_number(float("inf")), encode_number(29.5), encode_number(None)
    ('inf', 29.5, None)
    """
    if value is None:
        return None
    if math.isnan(value):
        raise ValueError("a record cannot hold NaN: store None and a reason")
    return ("inf" if value > 0 else "-inf") if math.isinf(value) else value


def decode_number(value: float | str | None) -> float | None:
    """The inverse of `encode_number`."""
    return None if value is None else float(value)
