from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from restorebench.bench.contracts import ImageForm
from restorebench.bench.errors import RestorationError
from restorebench.bench.models.contract_checks.specimen import trial_image
from restorebench.bench.models.outputs import likely_range, output_image
from torch import Tensor

IMAGE = torch.rand(1, 3, 8, 8)


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ([IMAGE, IMAGE], r"a list of 2 \(0: tensor \(1, 3, 8, 8\), 1: .*\[output=0\]"),
        ((torch.zeros(2), IMAGE), r"a tuple of 2 .*\[output=1\]"),
        ({"aux": 3, "restored": IMAGE}, r"a dict of 2 \(aux: int, restored: tensor.*\[output=restored\]"),
        (None, r"nothing \(None\)"),
        (IMAGE.to(torch.uint8), r"uint8.*\[output_range=0\.\.255\]"),
        (IMAGE.to(torch.int64), "int64"),
        (IMAGE > 0.5, "bool"),
        (IMAGE.to(torch.complex64), "complex64"),
        (IMAGE[..., 1:], r"shape \(1, 3, 8, 7\)"),
    ],
)
def test_what_is_no_image_is_named_with_what_to_do(output: object, message: str):
    with pytest.raises(RestorationError, match=message):
        output_image(output, IMAGE, ImageForm())


@pytest.mark.parametrize(
    ("output", "key"), [([None, IMAGE], 1), ([None, IMAGE], -1), ({"a": 0, "b": IMAGE}, "b"), ((IMAGE,), 0)]
)
def test_a_declared_item_is_taken(output: object, key: int | str):
    assert output_image(output, IMAGE, ImageForm(key)) is IMAGE


@pytest.mark.parametrize(("output", "key"), [([IMAGE], 1), ({"a": IMAGE}, "b"), (IMAGE, "restored")])
def test_an_item_that_is_not_there_is_named(output: object, key: int | str):
    with pytest.raises(RestorationError, match=f"no item {key!r}"):
        output_image(output, IMAGE, ImageForm(key))


def test_integers_are_an_image_where_their_range_is_declared():
    assert output_image(IMAGE.to(torch.uint8), IMAGE, ImageForm(output_range=(0, 255))).dtype == torch.uint8


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda x: x, None),
        (lambda x: x * 255, (0.0, 255.0)),
        (lambda x: 2 * x - 1, (-1.0, 1.0)),
        (lambda x: 1.2 * x - 0.1, None),  # a sharpened image
        (lambda x: x * 0 + np.random.default_rng(0).normal(0, 0.3, x.shape), None),  # no image at all
        (lambda x: x - 0.5, (-0.5, 0.5)),
    ],
)
def test_the_likely_range_of_values(change: Callable[[Tensor], Tensor], expected: tuple[float, float] | None):
    image = trial_image(3)
    planes = np.asarray(change(image.transpose(2, 0, 1) / 255), np.float32)  # pyright: ignore[reportArgumentType]
    assert likely_range(planes, image) == expected
