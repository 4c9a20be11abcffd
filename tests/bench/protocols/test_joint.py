from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers.optional import known
from restorebench.bench.contracts import QuantiserName
from restorebench.bench.metrics import lpips, scored_pair
from restorebench.bench.metrics.metric import Measure, Metric
from restorebench.bench.metrics.scored_pair import ScoredPair
from restorebench.bench.protocols import scorer
from restorebench.bench.protocols.catalogue import PROTOCOLS
from restorebench.bench.protocols.joint import AppliedProtocol, JointScorer
from restorebench.bench.protocols.protocol import Protocol, get_protocol

SLOW = {"nafnet-float32@1"}


@pytest.fixture
def target() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)


def restored(target: np.ndarray, kind: str) -> np.ndarray:
    moved = target / 255 + np.random.default_rng(1).normal(0, 0.1, target.shape)
    return (255 * moved).clip(0, 255).astype(np.uint8) if kind == "8-bit" else moved.astype(np.float32)


def joint(*protocols: Protocol, quantiser: QuantiserName | None = None) -> JointScorer:
    def rounding(protocol: Protocol) -> QuantiserName:
        return protocol.quantiser if quantiser is None or protocol.quantiser == "none" else quantiser

    return JointScorer([AppliedProtocol(each, rounding(each)) for each in protocols])


@pytest.mark.parametrize("kind", ["8-bit", "float"])
def test_together_every_protocol_gives_what_it_gives_alone_to_the_last_bit(target: np.ndarray, kind: str) -> None:
    chosen = [get_protocol(name) for name in PROTOCOLS if name not in SLOW]
    chosen = [each for each in chosen if each.alignment == "none" and each.input != "fit-1024"]  # resizes the input
    image = restored(target, kind)
    found = joint(*chosen).score(image, target)
    assert list(found) == [each.id for each in chosen]
    for protocol in chosen:
        alone, mine = protocol.prepare().score(image, target), found[protocol.id]
        assert (mine.metrics, mine.nulls) == (alone.metrics, alone.nulls), protocol.id
        if mine.restored_u8 is None or alone.restored_u8 is None:
            assert mine.restored_u8 is alone.restored_u8
        else:
            assert np.array_equal(mine.restored_u8, alone.restored_u8)


def counted(name: str, seen: list[ScoredPair], *, uncropped: bool) -> Metric:
    """A metric that notes the pairs it is computed from."""

    def prepare(spec: object) -> Measure:
        del spec

        def measure(pair: ScoredPair) -> float:
            seen.append(pair)
            return float(len(seen))

        return measure

    return Metric(name=name, title=name, higher_is_better=True, prepare=prepare, uncropped=uncropped)


def test_what_protocols_agree_in_is_computed_once(target: np.ndarray) -> None:
    cropped: list[ScoredPair] = []
    whole: list[ScoredPair] = []
    metrics = [counted("cropped", cropped, uncropped=False), counted("whole", whole, uncropped=True)]
    names = ("rgb@1", "basicsr@1", "y@1", "rain100h@1", "skimage-float@1")
    protocols = [get_protocol(name).with_metrics(metrics) for name in names]
    joint(*protocols).score(restored(target, "float"), target)
    # By rounding: half-even, truncate, none. By rounding and colour: half-even RGB and Y, truncated Y, float RGB.
    assert (len(whole), len(cropped)) == (3, 4)
    first = [pair.scored for pair in cropped]
    assert first[0] is first[1]  # rgb@1 and y@1 round alike, and the image is rounded once


def test_nothing_is_shared_between_images(target: np.ndarray) -> None:
    both = joint(replace(get_protocol("rgb@1"), lpips=None), replace(get_protocol("y@1"), lpips=None))
    image = restored(target, "8-bit")
    before = both.score(image, target)["y@1"].metrics
    assert both.score(target, target)["y@1"].metrics["psnr"] == float("inf")
    assert both.score(image, target)["y@1"].metrics == before


def test_the_rounding_in_force_is_the_one_that_was_applied(target: np.ndarray) -> None:
    image = restored(target, "float")
    found = joint(get_protocol("rgb@1"), get_protocol("skimage-float@1"), quantiser="truncate").score(image, target)
    assert np.array_equal(known(found["rgb@1"].restored_u8), (255 * image.clip(0, 1)).astype(np.uint8))
    assert found["skimage-float@1"].restored_u8 is None


def test_what_is_unavailable_is_said_by_protocol(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESTOREBENCH_LPIPS_ALEX", "nowhere.pth")
    unavailable = joint(get_protocol("rgb@1"), get_protocol("y@1")).unavailable
    assert set(unavailable) == {("rgb@1", "lpips"), ("y@1", "lpips")}


def test_the_target_goes_through_the_network_of_lpips_once(
    target: np.ndarray, synthetic_backbone: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RESTOREBENCH_LPIPS_ALEX", str(synthetic_backbone("alex")))
    chosen = [get_protocol(name) for name in ("rgb@1", "irsde@2", "irsde@1")]  # rounded, clamped, and as it came
    image = restored(target, "float")
    alone = [protocol.prepare().score(image, target).metrics["lpips"] for protocol in chosen]
    passes: list[object] = []
    watched = lpips.lpips_features
    monkeypatch.setattr(lpips, "lpips_features", lambda *arguments: passes.append(1) or watched(*arguments))
    together = joint(*chosen).score(image, target)
    assert [together[protocol.id].metrics["lpips"] for protocol in chosen] == alone
    assert len(set(alone)) == len(chosen)
    assert len(passes) == len(chosen) + 1


def test_protocols_that_align_share_the_alignment(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("cv2", reason="RealBlur's alignment needs OpenCV")
    from skimage.data import astronaut

    target = astronaut()[100:200, 120:240]
    image = np.clip(target + np.random.default_rng(0).normal(0, 3, target.shape), 0, 255).astype(np.uint8)
    chosen = [replace(get_protocol(name), lpips=None) for name in ("realblur@1", "rsblur@1")]
    alone = [protocol.prepare().score(image, target).metrics for protocol in chosen]
    calls: list[object] = []
    watched = scorer.align
    monkeypatch.setattr(scorer, "align", lambda *images: calls.append(1) or watched(*images))
    together = joint(*chosen).score(image, target)
    assert [together[protocol.id].metrics for protocol in chosen] == alone
    assert alone[0] != alone[1], "one of them clips what the other leaves"
    assert len(calls) == 1


def test_the_luma_of_a_target_is_computed_once_for_every_rounding(
    target: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    converted: list[np.ndarray] = []
    watched = scored_pair.luma
    monkeypatch.setattr(scored_pair, "luma", lambda image, colour: converted.append(image) or watched(image, colour))
    y = replace(get_protocol("y@1"), lpips=None)
    truncated = replace(y, name="truncated", quantiser="truncate")
    cropped = replace(y, name="cropped", crop=4)
    image = restored(target, "float")
    alone = [protocol.prepare().score(image, target).metrics for protocol in (y, truncated, cropped)]
    assert len(converted) == 6
    converted.clear()
    together = joint(y, truncated, cropped).score(image, target)
    assert [together[protocol.id].metrics for protocol in (y, truncated, cropped)] == alone
    assert len({str(values) for values in alone}) == 3
    assert len(converted) == 5, "three of the restored image, and two of the target: whole and cropped"
