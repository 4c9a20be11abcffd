from __future__ import annotations

from pathlib import Path

import pytest
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
