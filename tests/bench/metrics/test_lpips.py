from __future__ import annotations

import csv
import math
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from restorebench.bench.errors import MetricUnavailableError
from restorebench.bench.metrics.lpips import (
    BACKBONES,
    LpipsNet,
    backbone_path,
    load_lpips,
    lpips,
    lpips_between,
    lpips_features,
    torch_checkpoints,
)


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No cache, and a download would be an error."""

    def refuse(*_arguments: object, **_options: object) -> None:
        raise AssertionError("LPIPS tried to download its backbone")

    monkeypatch.setattr(torch.hub, "load_state_dict_from_url", refuse)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.delenv("RESTOREBENCH_LPIPS_ALEX", raising=False)


def random_pair() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return torch.rand(3, 64, 72, generator=generator), torch.rand(3, 64, 72, generator=generator)


def test_official_values_of_the_calibration_images(fixtures: Path) -> None:
    folder = fixtures / "evaluators" / "iqa_calibration"
    with (folder / "results_official.csv").open() as lines:
        rows = {row["Method"]: row for row in csv.DictReader(lines)}
    network = load_lpips("alex", fixtures / "weights" / "lpips" / "alexnet_features.pth")
    for name, printed in rows["lpips"].items():
        if name == "Method":
            continue
        x, y = (_read(folder / side / name) for side in ("dist_dir", "ref_dir"))
        digits = len(printed.partition(".")[2])
        assert abs(lpips(network, x, y) - float(printed)) <= 0.5 * 10**-digits + 1e-9, name


def _read(path: Path) -> torch.Tensor:
    with Image.open(path) as image:
        return torch.from_numpy(np.asarray(image.convert("RGB")) / np.float32(255)).permute(2, 0, 1)


def test_squeezenet_features_are_accepted(fixtures: Path) -> None:
    network = load_lpips("squeeze", fixtures / "weights" / "lpips" / "squeezenet1_1_features.pth")
    x, y = random_pair()
    assert lpips(network, x, x) == 0
    assert 0.01 < lpips(network, x, y) < 2


def official(net: str, weights: Path) -> torch.nn.Module:
    """The package's own network, in its own memory format, with the weights of a file."""
    import lpips as package

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # lpips 0.1.4 calls torchvision by a deprecated argument
        network = package.LPIPS(net=net, pnet_rand=True, verbose=False).eval()
    stored = torch.load(weights, weights_only=True)
    for name, parameter in network.net.named_parameters():
        parameter.data.copy_(stored["features." + name.split(".", 1)[1]])
    return network


FILES = [("alex", "alexnet_features.pth"), ("squeeze", "squeezenet1_1_features.pth")]


@pytest.mark.parametrize("size", [(64, 72), (65, 97), (31, 200), (321, 481)])
@pytest.mark.parametrize(("net", "file"), FILES)
def test_the_distance_is_that_of_the_package(fixtures: Path, net: LpipsNet, file: str, size: tuple[int, int]) -> None:
    weights = fixtures / "weights" / "lpips" / file
    network, package = load_lpips(net, weights), official(net, weights)
    generator = torch.Generator().manual_seed(1)
    x = torch.rand(3, *size, generator=generator)
    for noise in (0.01, 0.1, 1.0):
        y = x + noise * torch.randn(x.shape, generator=generator)
        with torch.no_grad():
            expected = float(package(x[None] * 2 - 1, y[None] * 2 - 1))
        assert lpips(network, x, y) == pytest.approx(expected, abs=1e-6, rel=1e-6)
        features = [lpips_features(network, image[None]) for image in (x, y)]
        assert lpips_between(network, *features) == lpips(network, x, y)
    assert lpips(network, x, x) == 0


@pytest.mark.slow
def test_the_distance_with_vgg_is_that_of_the_package(synthetic_backbone: Callable[[str], Path]) -> None:
    network, package = load_lpips("vgg", synthetic_backbone("vgg")), official("vgg", synthetic_backbone("vgg"))
    x, y = random_pair()
    with torch.no_grad():
        expected = float(package(x[None] * 2 - 1, y[None] * 2 - 1))
    assert lpips(network, x, y) == pytest.approx(expected, abs=1e-6, rel=1e-6)


def test_nan_stays_nan_and_planes_may_lie_anyhow_in_memory(synthetic_backbone: Callable[[str], Path]) -> None:
    network = load_lpips("alex", synthetic_backbone("alex"))
    x, y = random_pair()
    expected = lpips(network, x, y)
    interleaved = x.permute(1, 2, 0).contiguous().permute(2, 0, 1)
    assert lpips(network, interleaved, y) == pytest.approx(expected, abs=1e-7)
    x[0, 3, 4] = float("nan")
    assert math.isnan(lpips(network, x, y))


def test_absent_weights_name_the_command(tmp_path: Path) -> None:
    with pytest.raises(MetricUnavailableError, match="restorebench fetch lpips-alex") as caught:
        load_lpips("alex")
    assert str(tmp_path) not in str(caught.value), "records are shared: no path of this machine"


def test_weights_are_looked_for_where_torchvision_keeps_them() -> None:
    assert torch_checkpoints() == Path(torch.hub.get_dir()) / "checkpoints"


def test_an_environment_variable_points_elsewhere(
    monkeypatch: pytest.MonkeyPatch, synthetic_backbone: Callable[[str], Path]
) -> None:
    monkeypatch.setenv("RESTOREBENCH_LPIPS_ALEX", str(synthetic_backbone("alex")))
    assert backbone_path("alex") == synthetic_backbone("alex")
    assert load_lpips("alex") is load_lpips("alex", synthetic_backbone("alex"))


def test_a_full_classifier_is_the_same_as_its_features(
    tmp_path: Path, synthetic_backbone: Callable[[str], Path]
) -> None:
    features = torch.load(synthetic_backbone("alex"), weights_only=True)
    torch.save({**features, "classifier.1.weight": torch.zeros(4, 4)}, tmp_path / "full.pth")
    x, y = random_pair()
    values = {lpips(load_lpips("alex", path), x, y) for path in (tmp_path / "full.pth", synthetic_backbone("alex"))}
    assert len(values) == 1


def test_weights_of_another_network_are_refused(tmp_path: Path, synthetic_backbone: Callable[[str], Path]) -> None:
    with pytest.raises(MetricUnavailableError, match=r"does not hold the weights of SqueezeNet 1\.1"):
        load_lpips("squeeze", synthetic_backbone("alex"))
    torch.save(["not", "a", "state dict"], tmp_path / "list.pth")
    with pytest.raises(MetricUnavailableError, match=r"features\.0\.weight"):
        load_lpips("alex", tmp_path / "list.pth")


@pytest.mark.parametrize("content", [b"", b"<html>404</html>", b"\x80\x02cos\nsystem\n"])
def test_a_file_that_is_no_checkpoint_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad.pth").write_bytes(content)
    with pytest.raises(MetricUnavailableError, match=r"bad\.pth cannot be read as weights of AlexNet"):
        load_lpips("alex", tmp_path / "bad.pth")


def test_a_replaced_file_is_read_again(tmp_path: Path, synthetic_backbone: Callable[[str], Path]) -> None:
    weights = torch.load(synthetic_backbone("alex"), weights_only=True)
    path = tmp_path / "changing.pth"
    torch.save(weights, path)
    first = lpips(load_lpips("alex", path), *random_pair())
    torch.save({name: tensor + 0.01 for name, tensor in weights.items()}, path)
    assert lpips(load_lpips("alex", path), *random_pair()) != first


def test_loading_leaves_the_random_state_alone(tmp_path: Path, synthetic_backbone: Callable[[str], Path]) -> None:
    copy = tmp_path / "copy.pth"
    copy.write_bytes(synthetic_backbone("alex").read_bytes())
    before = torch.get_rng_state()
    load_lpips("alex", copy)
    assert torch.equal(torch.get_rng_state(), before)


def test_threads_share_one_network(synthetic_backbone: Callable[[str], Path]) -> None:
    x, y = random_pair()
    expected = lpips(load_lpips("alex", synthetic_backbone("alex")), x, y)
    with ThreadPoolExecutor(4) as pool:
        networks = list(pool.map(lambda _: load_lpips("alex", synthetic_backbone("alex")), range(8)))
        values = list(pool.map(lambda network: lpips(network, x, y), networks))
    assert len({id(network) for network in networks}) == 1
    assert values == [expected] * 8


@pytest.mark.parametrize(("net", "file"), [("alex", "alexnet_features.pth"), ("squeeze", "squeezenet1_1_features.pth")])
def test_the_smallest_size_is_the_smallest(fixtures: Path, net: str, file: str) -> None:
    network = load_lpips(net, fixtures / "weights" / "lpips" / file)  # pyright: ignore[reportArgumentType] -- a literal
    least = BACKBONES[net].minimum  # pyright: ignore[reportArgumentType] -- as above
    assert lpips(network, torch.rand(3, least, least), torch.rand(3, least, least)) > 0
    with pytest.raises(RuntimeError):
        lpips(network, torch.rand(3, least - 1, 64), torch.rand(3, least - 1, 64))
