from __future__ import annotations

import pytest
import torch
from restorebench.bench.training.recipe import Stage
from restorebench.bench.training.schedule import learning_rate, stage_at

STAGES = (Stage(3), Stage(1), Stage(2))


def test_every_iteration_has_its_stage():
    assert [stage_at(STAGES, done) for done in range(6)] == [(0, 0), (0, 1), (0, 2), (1, 0), (2, 0), (2, 1)]
    with pytest.raises(IndexError):
        stage_at(STAGES, 6)


def test_the_fall_is_that_of_torch():
    stage = Stage(20, learning_rate=0.1, final_learning_rate=0.001)
    optimiser = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, 20, 0.001)
    for done in range(20):
        assert learning_rate(stage, done) == pytest.approx(falling.get_last_lr()[0], rel=1e-9)
        optimiser.step()
        falling.step()


def test_the_warm_up_rises_in_equal_steps_and_ends_at_the_rate():
    stage = Stage(10, learning_rate=1.0, final_learning_rate=0.0, warmup=4)
    assert [learning_rate(stage, done) for done in range(5)] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert learning_rate(stage, 7) == pytest.approx(0.5)
