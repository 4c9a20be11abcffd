"""Records whose every number a test chooses."""

from __future__ import annotations

from collections.abc import Mapping

from restorebench.bench.runs.records import ProtocolScores, ScoreRecord

NOT_HERE = "LPIPS needs weights that are not here."


def scored(
    key: str,
    metrics: Mapping[str, float | None],
    *,
    protocol: str = "rgb@1",
    seconds: float | None = 0.1,
    missing: str = NOT_HERE,
    group: str = "",
    size: tuple[int, int] | None = None,
    pair: str = "",
    restored: str = "",
    tile: int | None = None,
) -> ScoreRecord:
    """A record of one protocol; `missing` is the reason of every metric that is `None`."""
    nulls = {name: missing for name, value in metrics.items() if value is None}
    scores = {protocol: ProtocolScores(metrics, nulls)}
    return ScoreRecord(key, scores, seconds, group=group, size=size, pair=pair, restored=restored, tile=tile)
