from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from restorebench.bench.metrics import lpips
from restorebench.bench.metrics.kept_features import KeptFeatures
from restorebench.bench.protocols.joint import AppliedProtocol, JointScorer
from restorebench.bench.protocols.protocol import get_protocol


class Network:
    """Makes features of 400 bytes, and counts how often."""

    def __init__(self) -> None:
        self.passes = 0

    def __call__(self) -> tuple[torch.Tensor, ...]:
        self.passes += 1
        return (torch.full((60,), float(self.passes)), torch.zeros(40))


def image(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape or (8, 9, 3), dtype=np.uint8)


def test_a_target_is_known_by_its_pixels() -> None:
    kept, network = KeptFeatures(10_000), Network()
    first = kept.of(image(0), "alex", network)
    assert kept.of(image(0).copy(), "alex", network) is first
    assert kept.of(np.repeat(image(0), 2, axis=1)[:, ::2], "alex", network) is first, "anyhow in memory"
    assert network.passes == 1
    changed = image(0)
    changed[0, 0, 0] ^= 1
    others = [(changed, "alex"), (image(0), "vgg"), (image(0).reshape(9, 8, 3), "alex")]
    assert all(kept.of(target, name, network) is not first for target, name in others)
    assert network.passes == 4


def test_the_first_that_fit_stay() -> None:
    kept, network = KeptFeatures(1000), Network()
    for _ in range(3):
        for seed in range(4):
            kept.of(image(seed), "alex", network)
    assert network.passes == 2 + 3 * 2
    small = (torch.zeros(10),)
    assert kept.of(image(9), "alex", lambda: small) is kept.of(image(9), "alex", network)


def test_without_a_budget_nothing_is_kept() -> None:
    kept, network = KeptFeatures(), Network()
    kept.of(image(0), "alex", network)
    kept.of(image(0), "alex", network)
    assert network.passes == 2


def test_threads_stay_within_the_budget() -> None:
    kept, network = KeptFeatures(4 * 400), Network()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: kept.of(image(number % 16), "alex", network), range(160)))
    before = network.passes
    for seed in range(16):
        kept.of(image(seed), "alex", network)
    assert network.passes - before == 12


def test_models_share_the_features_of_a_target(
    synthetic_backbone: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RESTOREBENCH_LPIPS_ALEX", str(synthetic_backbone("alex")))
    target, models = image(0, 48, 64, 3), [image(seed, 48, 64, 3) for seed in (1, 2, 3)]
    protocol = get_protocol("rgb@1")
    alone = [protocol.prepare().score(restored, target).metrics for restored in models]
    passes: list[object] = []
    watched = lpips.lpips_features
    monkeypatch.setattr(lpips, "lpips_features", lambda *arguments: passes.append(1) or watched(*arguments))
    kept = KeptFeatures(10**7)
    scorers = [JointScorer([AppliedProtocol(protocol, "half-even")], kept) for _ in models]
    together = [
        scorer.score(restored, target.copy())[protocol.id].metrics
        for scorer, restored in zip(scorers, models, strict=True)
    ]
    assert together == alone
    assert len(passes) == len(models) + 1
