"""Protocols that join a run: what they add to the record of an image that was restored before."""

from __future__ import annotations

from dataclasses import replace

from ..runs.records import ProtocolScores, ScoreRecord

__all__ = ["restored_differently", "supplement"]

NOT_AGAIN = "The image was scored by other protocols before, but could not be restored again: {reason}"
OTHER_PAIR = (
    "The pixels of the pair have changed since other protocols scored it: measure all protocols in another --out."
)


def supplement(known: ScoreRecord, again: ScoreRecord) -> ScoreRecord:
    """What joins the record of an image: the scores by the protocols that it lacks.

    Args:
        known: the record.
        again: of the same image, measured again, by protocols some of which the record lacks.
    """
    lacking = [name for name in again.scores if name not in known.scores]
    if again.status == "failed":
        reason = NOT_AGAIN.format(reason=again.reason)
    elif again.pair != known.pair:
        reason = OTHER_PAIR
    else:
        return replace(again, scores={name: again.scores[name] for name in lacking})
    scores = {name: ProtocolScores.missing(again.scores[name].values, reason) for name in lacking}
    return replace(known, scores=scores)


def restored_differently(known: ScoreRecord, again: ScoreRecord) -> bool:
    """Whether a protocol that scored an image both times saw other pixels the second time."""
    shared = [name for name in again.scores if name in known.scores]
    digests = [(known.digest(name), again.digest(name)) for name in shared]
    return any(before and after and before != after for before, after in digests)
