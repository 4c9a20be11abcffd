"""What workers are given of a cluster, with clusters that are only described."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from restorebench.bench.errors import ClusterError
from restorebench.bench.evaluation.engines.cluster.connection import Share, connect, share_of
from restorebench.bench.evaluation.engines.options import ClusterOptions

BOX = {"CPU": 32.0, "GPU": 4.0}
LAPTOP = {"CPU": 6.0}


def nodes(*resources: dict[str, float]) -> Any:
    return SimpleNamespace(nodes=lambda: [{"Alive": True, "Resources": each} for each in resources])


@pytest.mark.parametrize(
    ("device", "options", "resources", "share"),
    [
        ("cuda", ClusterOptions(), [BOX, LAPTOP], Share(4, 8, 1.0)),
        ("cuda", ClusterOptions(gpus_per_worker=0.5), [BOX], Share(8, 4, 0.5)),
        ("cuda", ClusterOptions(gpus_per_worker=0.4), [BOX], Share(8, 3, 0.4)),  # no worker has parts of two GPUs
        ("cuda", ClusterOptions(gpus_per_worker=0.1), [BOX], Share(32, 1, 0.1)),
        ("cuda", ClusterOptions(gpus_per_worker=2), [BOX, BOX], Share(4, 8, 2)),
        ("cuda", ClusterOptions(actors=2), [BOX], Share(2, 8, 1.0)),
        ("cpu", ClusterOptions(), [BOX, LAPTOP], Share(9, 4, 0.0)),
        ("cpu", ClusterOptions(cpus_per_worker=6), [BOX, LAPTOP], Share(6, 6, 0.0)),
    ],
)
def test_shares(device: str, options: ClusterOptions, resources: list[dict[str, float]], share: Share):
    assert share_of(nodes(*resources), device, options) == share


def test_too_large_a_share_names_the_option_to_change():
    with pytest.raises(ClusterError, match=r"has 1 core and 8 GPUs for a worker: .*--gpus-per-worker"):
        share_of(nodes(BOX), "cuda", ClusterOptions(gpus_per_worker=8))
    with pytest.raises(ClusterError, match=r"has 64 cores for a worker: give it less with --cpus-per-worker\."):
        share_of(nodes(BOX), "cpu", ClusterOptions(cpus_per_worker=64))


def test_what_ray_says_of_other_versions_is_told_whole(monkeypatch: pytest.MonkeyPatch):
    ray = pytest.importorskip("ray")

    def init(**_: object) -> None:
        raise RuntimeError("Version mismatch: The cluster was started with:\n    Ray: 2.40\n    Python: 3.9.1")

    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    monkeypatch.setattr(ray, "init", init)
    with pytest.raises(ClusterError, match=r"with: Ray: 2\.40 Python: 3\.9\.1\)"):
        connect("head:6379")


def test_an_address_of_ray_client_is_refused(monkeypatch: pytest.MonkeyPatch):
    ray = pytest.importorskip("ray")
    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    with pytest.raises(ClusterError, match="HOST:PORT"):
        connect("ray://head:10001")
