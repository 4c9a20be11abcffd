from __future__ import annotations

from pathlib import Path

import pytest
import torch
from restorebench.bench import Control, evaluate, load_model, open_dataset
from restorebench.bench.errors import PlanMismatchError

ONE = Control(limit=1, save_images="none")


def test_a_restorer_with_other_options_is_another_plan(tmp_path: Path) -> None:
    dataset = open_dataset("quickstart-rain")
    evaluate(load_model("median[width=3]"), dataset, "rgb@1", out=tmp_path, control=ONE)
    with pytest.raises(PlanMismatchError, match="model_options"):
        evaluate(load_model("median[width=9]"), dataset, "rgb@1", out=tmp_path, control=ONE)
    again = evaluate(load_model("median[width=3]"), dataset, "rgb@1", out=tmp_path, control=ONE)
    assert again.summary.images == 1


def test_the_environment_of_a_run_says_that_tf32_is_off_where_the_network_ran_without(tmp_path: Path) -> None:
    before = torch.backends.cudnn.allow_tf32
    torch.backends.cudnn.allow_tf32 = True  # torch's own default
    try:
        run = evaluate(
            load_model("nafnet-nano-derain"), open_dataset("quickstart-rain"), "rgb@1", out=tmp_path, control=ONE
        )
    finally:
        torch.backends.cudnn.allow_tf32 = before
    flags = run.info.environment.flags
    assert (flags["tf32_matmul"], flags["tf32_cudnn"]) == (False, False)
