from __future__ import annotations

import itertools
from typing import Literal

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from restorebench.bench.contracts import InferenceSettings, ModelCard, SizeRequirements
from restorebench.bench.errors import OutOfMemoryError, RestorationError, UsageError
from restorebench.bench.models.inference import Restorer, image_seed, pad_to_requirements, pick_device, tile_spans
from torch import Tensor, nn


def card(multiple: int = 1, minimum: int = 1, padding: str = "reflect") -> ModelCard:
    return ModelCard("m", "M", "restoration", size=SizeRequirements(multiple, minimum, padding))  # pyright: ignore[reportArgumentType]


class Recorder(nn.Module):
    """Returns its input and remembers its shapes."""

    def __init__(self) -> None:
        super().__init__()
        self.shapes: list[tuple[int, ...]] = []

    def forward(self, images: Tensor) -> Tensor:
        self.shapes.append(tuple(images.shape))
        return images


class Limited(Recorder):
    """Runs out of memory above a number of pixels, as CUDA does."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def forward(self, images: Tensor) -> Tensor:
        if images.shape[-1] * images.shape[-2] > self.most:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return super().forward(images) * 0.5


def test_every_8_bit_value_arrives_as_itself_over_255():
    values = np.arange(256, dtype=np.uint8).repeat(3).reshape(16, 16, 3)
    restored = Restorer(Recorder(), card()).restore(values)
    assert np.array_equal(restored.image, values.astype(np.float32) / np.float32(255))
    assert restored.tile is None


def test_input_is_padded_right_and_bottom_and_output_cropped():
    network = Recorder()
    images = torch.rand(1, 3, 13, 18)
    assert torch.equal(Restorer(network, card(8))(images), images)
    assert network.shapes == [(1, 3, 16, 24)]


@pytest.mark.parametrize(("mode", "of_numpy"), [("reflect", "reflect"), ("replicate", "edge")])
def test_padding_equals_numpy(mode: str, of_numpy: Literal["reflect", "edge"]):
    images = torch.rand(1, 3, 9, 7)
    padded = pad_to_requirements(images, card(8, padding=mode))
    expected = np.pad(images.numpy(), ((0, 0), (0, 0), (0, 7), (0, 1)), of_numpy)
    assert np.array_equal(padded.numpy(), expected)


def test_reflection_of_a_tiny_image_takes_several_steps_as_numpy_does():
    images = torch.rand(1, 3, 3, 2)
    padded = pad_to_requirements(images, card(16))
    expected = np.pad(images.numpy(), ((0, 0), (0, 0), (0, 13), (0, 14)), "reflect")
    assert padded.shape == (1, 3, 16, 16)
    assert np.array_equal(padded.numpy()[..., :3, :2], images.numpy())
    assert np.array_equal(padded.numpy()[..., :5, :3], expected[..., :5, :3])


def test_a_minimum_size_is_met():
    assert pad_to_requirements(torch.rand(1, 3, 5, 40), card(4, minimum=32)).shape == (1, 3, 32, 40)


def test_zero_padding_pads_with_zeros():
    padded = pad_to_requirements(torch.ones(1, 3, 5, 5), card(4, padding="zeros"))
    assert float(padded.sum()) == 75.0
    assert padded.shape == (1, 3, 8, 8)


@given(
    st.integers(1, 40),
    st.integers(1, 40),
    st.integers(1, 9),
    st.integers(1, 48),
    st.sampled_from(["reflect", "replicate", "zeros"]),
)
def test_padding_is_the_least_that_is_allowed_and_cropping_undoes_it(
    height: int, width: int, multiple: int, minimum: int, padding: str
):
    images = torch.rand(1, 3, height, width)
    padded = pad_to_requirements(images, card(multiple, minimum, padding))
    for before, after in zip((height, width), padded.shape[-2:], strict=True):
        assert after % multiple == 0
        assert max(before, minimum) <= after < max(before, minimum) + multiple
    assert torch.equal(padded[..., :height, :width], images)
    of_the_image = {0.0, *images.unique().tolist()} if padding == "zeros" else {*images.unique().tolist()}
    assert {*padded.unique().tolist()} <= of_the_image


@example(100, 40, 10)
@example(64, 64, 8)
@example(65, 64, 8)
@example(720, 256, 32)
@example(41, 40, 0)
@given(st.integers(1, 300), st.integers(1, 80), st.integers(0, 40))
def test_tiles_cover_everything_have_one_size_and_overlap_as_asked(length: int, tile: int, overlap: int):
    overlap = min(overlap, tile // 2)  # as the restorer has it
    spans = tile_spans(length, tile, overlap)
    assert (spans[0][0], spans[-1][1]) == (0, length)
    assert {end - start for start, end in spans} == {min(tile, length)}
    for (start, end), (following, _) in itertools.pairwise(spans):
        assert start < following <= end - overlap


@example(70, 90, 32, 8)
@given(st.integers(1, 60), st.integers(1, 60), st.integers(2, 40), st.integers(0, 40))
def test_weights_of_tiles_sum_to_one(height: int, width: int, tile: int, overlap: int):
    images = torch.rand(1, 3, height, width)
    tiled = Restorer(Recorder(), card(), InferenceSettings(tile=tile, tile_overlap=overlap))(images)
    torch.testing.assert_close(tiled, images, rtol=0, atol=1e-6)


def test_a_tiled_image_says_so_and_a_small_one_is_not_tiled():
    restorer = Restorer(Recorder(), card(), InferenceSettings(tile=32))
    assert restorer.restore(np.zeros((40, 50, 3), np.uint8)).tile == 32
    assert restorer.restore(np.zeros((20, 30, 3), np.uint8)).tile is None


def test_out_of_memory_proposes_tiles():
    with pytest.raises(OutOfMemoryError, match=r"256x200: --tile 128"):
        Restorer(Limited(100), card()).restore(np.zeros((200, 256, 3), np.uint8))


def test_out_of_memory_is_retried_by_tiles_only_when_asked_and_is_marked():
    settings = InferenceSettings(tile_on_oom=True, tile_overlap=8)
    image = np.full((200, 256, 3), 200, np.uint8)
    restored = Restorer(Limited(100 * 100), card(), settings).restore(image)
    assert restored.tile == 64
    assert np.allclose(restored.image, 100 / 255, atol=1e-6)
    with pytest.raises(OutOfMemoryError, match="Even tiles of 64"):
        Restorer(Limited(10), card(), settings).restore(image)


class Returns(nn.Module):
    def __init__(self, value: object) -> None:
        super().__init__()
        self.value = value

    def forward(self, _images: Tensor) -> object:
        return self.value


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ((torch.zeros(1, 3, 8, 8),), "returned a tuple"),
        (torch.zeros(1, 3, 4, 4), r"shape \(1, 3, 4, 4\)"),
        (torch.full((1, 3, 8, 8), float("nan")), "NaN"),
        (torch.full((1, 3, 8, 8), float("inf")), "NaN or infinite"),
    ],
)
def test_unusable_outputs_are_named(value: object, message: str):
    with pytest.raises(RestorationError, match=message):
        Restorer(Returns(value), card()).restore(np.zeros((8, 8, 3), np.uint8))


class Noisy(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.generator = torch.Generator()

    def manual_seed(self, seed: int) -> None:
        self.generator.manual_seed(seed)

    def forward(self, images: Tensor) -> Tensor:
        return images + torch.randn(images.shape, generator=self.generator)


def test_stochastic_networks_are_seeded_by_image_whatever_the_order():
    image = np.zeros((8, 8, 3), np.uint8)
    first, second = Restorer(Noisy(), card()), Restorer(Noisy(), card())
    forward = {key: first.restore(image, key).image for key in ("a", "b", "c")}
    backward = {key: second.restore(image, key).image for key in ("c", "b", "a")}
    assert all(np.array_equal(forward[key], backward[key]) for key in forward)
    assert not np.array_equal(forward["a"], forward["b"])
    assert image_seed(0, "a") != image_seed(1, "a")


def test_half_precision_runs_in_half_and_returns_float32():
    seen: list[torch.dtype] = []

    class Conv(nn.Conv2d):
        def forward(self, input: Tensor) -> Tensor:  # noqa: A002 -- torch's own name
            output = super().forward(input)
            seen.append(output.dtype)
            return output

    restorer = Restorer(Conv(3, 3, 1), card(), InferenceSettings(precision="bf16"))
    assert restorer(torch.rand(1, 3, 8, 8)).dtype == torch.float32
    assert seen == [torch.bfloat16]


def test_tf32_is_off_during_the_pass_and_restored_after():
    states: list[bool] = []

    class Flags(Recorder):
        def forward(self, images: Tensor) -> Tensor:
            states.append(bool(torch.backends.cudnn.allow_tf32))
            return super().forward(images)

    before = torch.backends.cudnn.allow_tf32
    Restorer(Flags(), card())(torch.rand(1, 3, 8, 8))
    Restorer(Flags(), card(), InferenceSettings(precision="tf32"))(torch.rand(1, 3, 8, 8))
    assert states == [False, True]
    assert torch.backends.cudnn.allow_tf32 == before


def test_wrong_devices_are_one_sentence():
    with pytest.raises(UsageError, match="write cpu, cuda or cuda:N"):
        pick_device("gpu")
    if not torch.cuda.is_available():
        with pytest.raises(UsageError, match="--device cpu"):
            pick_device("cuda")
