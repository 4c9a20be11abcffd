from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from helpers.memory_dataset import photograph
from numpy.typing import NDArray
from restorebench.bench.errors import MetricUnavailableError, UsageError
from restorebench.bench.files.codec import decode, encode
from restorebench.bench.metrics.alignment import Alignment
from restorebench.bench.metrics.catalogue import FID, LPIPS, PSNR, SSIM
from restorebench.bench.metrics.metric import Metric, MetricFacts
from restorebench.bench.metrics.scored_pair import AlignedPair, ScoredPair
from restorebench.bench.protocols.protocol import get_protocol

TARGET = photograph(0)
RESTORED = np.clip(TARGET.astype(int) + np.random.default_rng(1).integers(-9, 10, TARGET.shape), 0, 255).astype(
    np.uint8
)


def error_metric(compute: Callable[..., Any], **facts: Any) -> Metric:
    return replace(Metric(name="mine", title="Mine", higher_is_better=False, compute=compute), **facts)


def scored(metric: Metric, protocol: str = "rgb@1") -> tuple[float | None, str | None]:
    """Its value on the pair, and why there is none."""
    scorer = replace(get_protocol(protocol), lpips=None).with_metrics([metric]).prepare()
    scores = scorer.score(RESTORED, TARGET)
    assert scores.metrics["psnr"] == pytest.approx(
        10 * math.log10(255**2 / np.mean((RESTORED.astype(float) - TARGET) ** 2)), abs=1e-9
    )
    return scores.metrics[metric.name], scores.nulls.get(metric.name)


def test_direction_decides_sign_arrow_and_order():
    assert (PSNR.sign, PSNR.arrow, PSNR.heading) == (1, "↑", "PSNR ↑")
    assert (LPIPS.sign, LPIPS.arrow, LPIPS.heading) == (-1, "↓", "LPIPS ↓")
    assert sorted([0.3, 0.1, 0.2], key=LPIPS.better) == [0.1, 0.2, 0.3]
    assert sorted([29.0, 31.0, 30.0], key=PSNR.better) == [31.0, 30.0, 29.0]


def test_digits_are_those_of_papers_and_differences_have_one_more():
    assert [(each.digits, each.finer, each.stored) for each in (PSNR, SSIM, LPIPS)] == [(2, 3, 4), (3, 4, 5), (3, 4, 5)]


def test_the_recorded_part_survives_json_and_has_no_code():
    metric = error_metric(np.mean, unit="grey levels", highest=255, worth=0.5, digits=1)
    facts = metric.facts
    assert type(facts) is MetricFacts
    assert decode(MetricFacts, encode(facts)) == facts
    assert facts.unit == "grey levels"


def test_a_direction_is_never_guessed():
    with pytest.raises(TypeError, match="higher_is_better"):
        Metric(name="mine", title="Mine")  # pyright: ignore[reportCallIssue]


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"name": "My Metric"}, "cannot be called 'My Metric'"),
        ({"name": "seconds"}, "cannot be called 'seconds'"),
        ({"name": "a:b"}, "cannot be called 'a:b'"),
        ({"digits": 13}, "digits=13: give 0 to 12"),
        ({"digits": -1}, "digits=-1"),
        ({"lowest": 1.0, "highest": 1.0}, "empty range"),
    ],
)
def test_what_no_table_could_hold_is_refused(facts: dict[str, Any], message: str):
    with pytest.raises(UsageError, match=message):
        error_metric(np.mean, **facts)


def test_what_is_only_in_published_tables_is_not_computed():
    with pytest.raises(MetricUnavailableError, match="FID is known from published tables only"):
        FID.ready()


def test_a_function_sees_float_images_in_0_to_1():
    seen: list[NDArray[Any]] = []

    def mean_absolute_error(restored: NDArray[Any], target: NDArray[Any]) -> float:
        seen.extend((restored, target))
        return float(np.abs(restored - target).mean())

    value, reason = scored(error_metric(mean_absolute_error))
    assert reason is None
    assert value == pytest.approx(np.abs(RESTORED.astype(float) - TARGET).mean() / 255, abs=1e-7)
    assert [(image.dtype, image.shape) for image in seen] == [(np.float32, TARGET.shape)] * 2


def test_crop_and_colour_of_the_protocol_do_not_reach_it():
    shapes: list[tuple[int, ...]] = []

    def note(restored: NDArray[Any], target: NDArray[Any]) -> float:
        assert restored.shape == target.shape
        shapes.append(restored.shape)
        return 0.0

    protocol = replace(get_protocol("irsde@1"), lpips=None)
    assert protocol.crop > 0
    assert protocol.colour != "rgb"
    protocol.with_metrics([error_metric(note)]).prepare().score(RESTORED, TARGET)
    assert shapes == [TARGET.shape]


def test_the_rounding_of_the_protocol_does():
    """0.999 is 254.7 grey levels: 255 rounded, 254 truncated."""
    grey = np.full((16, 16, 3), 0.999, np.float32)
    target = np.full((16, 16, 3), 255, np.uint8)
    metric = error_metric(lambda restored, _: float(restored.max()))
    protocol = replace(get_protocol("rgb@1"), lpips=None).with_metrics([metric])
    assert protocol.prepare(quantiser="truncate").score(grey, target).metrics["mine"] == pytest.approx(254 / 255)
    assert protocol.prepare(quantiser="half-even").score(grey, target).metrics["mine"] == 1.0


def test_what_a_function_does_to_its_arrays_reaches_nobody_else():
    def spoil(restored: NDArray[Any], target: NDArray[Any]) -> float:
        restored[:], target[:] = 0, 1
        return 0.0

    later = Metric(name="later", title="Later", higher_is_better=False, compute=lambda x, y: float(np.abs(x - y).max()))
    scorer = replace(get_protocol("skimage-float@1"), lpips=None).with_metrics([error_metric(spoil), later]).prepare()
    image = (RESTORED / np.float32(255)).astype(np.float32)
    before = image.copy()
    scores = scorer.score(image, TARGET)
    assert scores.metrics["later"] == pytest.approx(np.abs(RESTORED.astype(int) - TARGET).max() / 255)
    assert np.array_equal(image, before)


def test_one_channel_is_repeated():
    shapes: list[tuple[int, ...]] = []
    metric = error_metric(lambda restored, _: shapes.append(restored.shape) or 0.0)
    replace(get_protocol("rgb@1"), lpips=None).with_metrics([metric]).prepare().score(RESTORED[..., 0], TARGET[..., 0])
    assert shapes == [TARGET.shape]


def test_aligned_images_are_given_aligned_and_inside_0_to_1():
    moved = np.full((8, 8, 3), 1.25, np.float32)
    target = np.full((8, 8, 3), 0.5, np.float32)
    pixels = AlignedPair(Alignment(moved, target, np.ones((8, 8), np.float32), np.eye(3, dtype=np.float32)))
    raw = np.zeros((8, 8, 3), np.uint8)
    restored, seen = ScoredPair(raw, raw, raw, pixels).unit_images()
    assert restored.max() == restored.min() == 1.0
    assert np.array_equal(seen, target)


def boom(restored: NDArray[Any], target: NDArray[Any]) -> float:
    raise ValueError(f"cannot compare {restored.ndim}-D with {target.ndim}-D.\nSecond line")


@pytest.mark.parametrize(
    ("compute", "reason"),
    [
        (boom, "Mine raised ValueError: cannot compare 3-D with 3-D."),
        (lambda *_: math.nan, "Mine returned nan, which is not a finite number."),
        (lambda *_: math.inf, "Mine returned inf, which is not a finite number."),
        (lambda *_: -0.25, "Mine returned -0.25, which is outside its range of 0 to 1."),
        (lambda *_: 1.5, "Mine returned 1.5, which is outside its range of 0 to 1."),
        (lambda *_: None, "Mine raised TypeError"),
        (lambda _: 0.5, "Mine raised TypeError"),
    ],
)
def test_what_is_no_value_is_null_with_a_reason_and_costs_no_image(compute: Callable[..., Any], reason: str):
    value, said = scored(error_metric(compute, lowest=0.0, highest=1.0))
    assert value is None
    assert said is not None
    assert said.startswith(reason)
    assert "\n" not in said


def test_rounding_at_the_end_of_a_range_is_no_error():
    assert scored(error_metric(lambda *_: np.float32(1.0000001), lowest=0.0, highest=1.0))[0] == pytest.approx(1.0)


def test_it_may_say_itself_why_there_is_no_value():
    def small(*_: NDArray[Any]) -> float:
        raise MetricUnavailableError("Mine needs an image of at least 64x64 pixels.")

    assert scored(error_metric(small)) == (None, "Mine needs an image of at least 64x64 pixels.")


def test_a_metric_of_a_package_may_load_what_it_needs_once():
    loaded: list[object] = []

    def prepare(spec: object) -> Callable[[ScoredPair], float]:
        loaded.append(spec)
        return lambda pair: float(pair.target.max())

    metric = Metric(name="mine", title="Mine", higher_is_better=True, cost="network", prepare=prepare)
    scorer = replace(get_protocol("rgb@1"), lpips=None).with_metrics([metric]).prepare()
    assert [scorer.score(RESTORED, TARGET).metrics["mine"] for _ in range(3)] == [float(TARGET.max())] * 3
    assert loaded == [None]
    assert metric.describe().endswith("prepare, higher is better")


def test_one_that_cannot_be_loaded_is_null_on_every_image_and_said_before():
    def prepare(_: object) -> Callable[[ScoredPair], float]:
        raise MetricUnavailableError("Mine needs weights that are not here.")

    metric = Metric(name="mine", title="Mine", higher_is_better=True, prepare=prepare)
    scorer = replace(get_protocol("rgb@1"), lpips=None).with_metrics([metric]).prepare()
    assert scorer.unavailable == {"mine": "Mine needs weights that are not here."}
    scores = scorer.score(RESTORED, TARGET)
    assert (scores.metrics["mine"], scores.nulls["mine"]) == (None, "Mine needs weights that are not here.")
