"""Stage and learning rate of an iteration: functions of the iteration alone."""

from __future__ import annotations

import math
from collections.abc import Sequence

from .recipe import Stage

__all__ = ["learning_rate", "stage_at"]


def stage_at(stages: Sequence[Stage], iteration: int) -> tuple[int, int]:
    """Index of the stage of an iteration, counted from 0, and how many iterations of that stage came before.

    >>> stage_at([Stage(iterations=3), Stage(iterations=2)], 4)
    (1, 1)
    """
    for index, stage in enumerate(stages):
        if iteration < stage.iterations:
            return index, iteration
        iteration -= stage.iterations
    raise IndexError(iteration)


def learning_rate(stage: Stage, done: int) -> float:
    """A linear rise over the warm-up, then half a cosine down to the final rate (Loshchilov, Hutter, SGDR, 2017).

    >>> stage = Stage(iterations=10, learning_rate=1.0, final_learning_rate=0.0)
    >>> learning_rate(stage, 0), learning_rate(stage, 5), round(learning_rate(stage, 9), 4)
    (1.0, 0.5, 0.0245)
    """
    if done < stage.warmup:
        return stage.learning_rate * (done + 1) / (stage.warmup + 1)
    share = (done - stage.warmup) / max(1, stage.iterations - stage.warmup)
    fall = (stage.learning_rate - stage.final_learning_rate) / 2
    return stage.final_learning_rate + fall * (1 + math.cos(math.pi * share))
