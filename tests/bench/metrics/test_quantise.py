from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from restorebench.bench.contracts import QuantiserName
from restorebench.bench.errors import RestorationError, UsageError
from restorebench.bench.metrics.quantise import quantise, quantise_tensor


@pytest.fixture
def ties(fixtures: Path) -> np.ndarray:
    """Every half-step of 255, its neighbours, and values outside [0, 1]."""
    return np.load(fixtures / "evaluators" / "float" / "rounding_ties.npy")


def test_half_even_is_scikit_image_img_as_ubyte(ties: np.ndarray) -> None:
    from skimage.util import img_as_ubyte

    assert np.array_equal(quantise(ties, "half-even"), img_as_ubyte(ties.clip(0, 1)))


def test_half_up_is_torchvision_save_image(ties: np.ndarray) -> None:
    import torch

    saved = torch.from_numpy(ties).mul(255).add_(0.5).clamp_(0, 255).to(torch.uint8).numpy()
    assert np.array_equal(quantise(ties, "half-up"), saved)


def test_truncate_is_prenet_save(ties: np.ndarray) -> None:
    assert np.array_equal(quantise(ties, "truncate"), np.uint8(255 * ties.clip(0, 1)))


def test_rules_differ_only_as_documented() -> None:
    halves = (np.arange(255, dtype=np.float32) + np.float32(0.5)) / np.float32(255)
    exact = halves[halves * np.float32(255) == np.arange(255) + 0.5]
    even, up, down = (quantise(exact, rule).astype(int) for rule in ("half-even", "half-up", "truncate"))
    assert len(exact) > 200
    assert set(up - even) == {0, 1}
    assert set(up - down) == {1}


def test_whole_levels_survive_every_rule() -> None:
    levels = np.arange(256, dtype=np.uint8)
    unit = levels / np.float32(255)
    assert np.array_equal(quantise(unit, "half-even"), levels)
    assert np.array_equal(quantise(unit, "half-up"), levels)


def test_infinity_is_clamped_and_nan_refused() -> None:
    assert quantise(np.array([np.inf, -np.inf], np.float32), "half-even").tolist() == [255, 0]
    with pytest.raises(RestorationError, match="NaN"):
        quantise(np.array([0.5, np.nan], np.float32), "half-even")


@pytest.mark.parametrize("rule", ["none", "nearest"])
def test_a_rule_that_makes_no_image_is_refused(rule: str) -> None:
    with pytest.raises(UsageError, match=rule):
        quantise(np.array([0.5], np.float32), rule)  # pyright: ignore[reportArgumentType] -- what a wrong caller does


@pytest.mark.parametrize("rule", ["half-even", "half-up", "truncate"])
def test_tensors_are_rounded_to_the_same_bytes(ties: np.ndarray, rule: QuantiserName) -> None:
    import torch

    random = np.random.default_rng(0).uniform(-0.1, 1.1, 100_000).astype(np.float32)
    for values in (ties, random, np.array([-np.inf, -0.0, np.inf], np.float32)):
        assert np.array_equal(quantise_tensor(torch.from_numpy(values), rule).numpy(), quantise(values, rule))


def test_tensors_are_not_rounded_by_no_rule() -> None:
    import torch

    with pytest.raises(UsageError, match="half-even, half-up or truncate"):
        quantise_tensor(torch.zeros(1), "none")
