"""Whatever restores an image is a model; what does not is one sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from restorebench.bench import Control, evaluate, on_arrays, on_tensors, open_dataset
from restorebench.bench.errors import PlanMismatchError, RestorationError, UsageError
from restorebench.bench.models.adapters import as_network, restoring_network
from torch import Tensor, nn

CONTROL = Control(limit=1, save_images="none")


def halved(image: Tensor) -> Tensor:
    return image / 2


def halved_array(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return image // 2


def untold(image):  # noqa: ANN001 -- unannotated on purpose
    assert isinstance(image, Tensor)
    return image / 2


def untold_array(image):  # noqa: ANN001 -- as above
    assert image.dtype == np.uint8
    return image / 510


class Halving:
    def __init__(self, by: float = 2.0) -> None:
        self.by = by

    def __call__(self, image: Any) -> Any:
        return image.clamp(0, 1) / self.by


class Network(nn.Module):
    def forward(self, image: Tensor) -> Tensor:
        return image / 2


@pytest.mark.parametrize(
    "model", [halved, halved_array, untold, untold_array, Halving(), Network(), Network().forward, on_tensors(untold)]
)
def test_whatever_restores_is_a_network(model: Any):
    image = torch.full((2, 3, 20, 30), 100 / 255)
    restored = restoring_network(model)(image)
    assert torch.allclose(restored, image / 2, atol=1e-6)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (nn.Conv2d, "Conv2d is a class, not a model"),
        (3, "A int is no model"),
        (None, "A NoneType is no model"),
        (lambda image: None, "it returns NoneType"),  # noqa: ARG005 -- any function
        (lambda image: image[..., :2], "restores neither a float tensor"),
    ],
)
def test_what_is_no_model_is_one_sentence(model: Any, message: str):
    with pytest.raises(UsageError, match=message):
        restoring_network(model)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda image: image.astype(int), "int64 values: return uint8, or floats"),
        (lambda image: image[..., 0], r"shape \(20, 30\), not \(H, W, 3\)"),
        (lambda image: [image], "returned a list"),
    ],
)
def test_a_wrong_array_is_one_sentence(made: Callable[[Any], Any], message: str):
    with pytest.raises(RestorationError, match=message):
        on_arrays(made)(torch.zeros(1, 3, 20, 30))


def test_a_function_without_annotation_is_taken_for_one_that_builds():
    assert as_network(untold) is None
    assert as_network(nn.Identity) is None


@pytest.mark.parametrize("model", [halved, Network(), Halving()])
def test_it_is_evaluated_and_recorded_under_its_name(model: Any, tmp_path: Path):
    run = evaluate(model, open_dataset("quickstart-rain"), "rgb@1", out=tmp_path, control=CONTROL)
    assert run.model == getattr(model, "__name__", type(model).__name__)
    assert run.summary.images == 1


def test_functions_that_compute_something_else_are_another_plan(tmp_path: Path):
    dataset = open_dataset("quickstart-rain")

    def scaled(by: float) -> Callable[[Tensor], Tensor]:
        def scale(image: Tensor) -> Tensor:
            return image * by

        return scale

    for one, other in [(scaled(0.5), scaled(0.6)), (Halving(2), Halving(3))]:
        out = tmp_path / type(one).__name__
        evaluate(one, dataset, "rgb@1", out=out, control=CONTROL)
        evaluate(one, dataset, "rgb@1", out=out, control=CONTROL)
        with pytest.raises(PlanMismatchError, match="code_sha256"):
            evaluate(other, dataset, "rgb@1", out=out, control=CONTROL)
