from __future__ import annotations

import sys
from pathlib import Path

import pytest
from restorebench.bench.errors import MissingDependencyError, UnknownNameError, UsageError
from restorebench.reports.trackers.choice import open_trackers


def test_a_mistyped_name_gets_a_suggestion(tmp_path: Path):
    with pytest.raises(UnknownNameError, match="did you mean wandb"):
        open_trackers(["wandbb"], tmp_path)


def test_no_place_after_the_equals_sign(tmp_path: Path):
    with pytest.raises(UsageError, match="names no place after '='"):
        open_trackers(["mlflow="], tmp_path)


@pytest.mark.parametrize(
    ("text", "module", "library"),
    [
        ("wandb", "wandb", "the library of Weights & Biases"),
        ("mlflow", "mlflow", "MLflow"),
        ("tensorboard", "torch.utils.tensorboard", "TensorBoard"),
    ],
)
def test_a_library_that_is_not_installed_is_named_with_its_extra(
    text: str, module: str, library: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingDependencyError, match=rf"needs {library}, .*restorebench\[trackers\]"):
        open_trackers([text], tmp_path)
