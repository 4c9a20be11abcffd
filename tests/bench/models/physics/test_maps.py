"""The fields of a physics layer in a run folder: what is kept of them, when, and how damage is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers.memory_dataset import make_dataset
from restorebench.baselines.physics import AdvectionDiffusion, enhance
from restorebench.bench.contracts import ImagePair, InferenceScheme, InferenceSettings, ModelCard, Observation
from restorebench.bench.errors import RestorationError, RunFolderError
from restorebench.bench.evaluation.in_process import save_observations
from restorebench.bench.evaluation.sources import FolderSource, ModelSource
from restorebench.bench.models.inference import Restorer
from restorebench.bench.models.observers import observer_of
from restorebench.bench.models.physics.layers import PhysicalFields
from restorebench.bench.models.physics.maps import (
    KEPT_SIDE,
    FieldMaps,
    channel_weights,
    coarse,
    encode_fields,
    fields_path,
    load_fields,
    mean_fields,
    save_fields,
)
from restorebench.bench.models.physics.observe import observe
from torch import nn

CARD = ModelCard("tiny", "Tiny", "restoration")
NAMES = ("u", "v", "dx", "dy", "source")


def physical(scale: list[float], shape: tuple[int, int] = (6, 8)) -> PhysicalFields:
    random = np.random.default_rng(3)
    maps = (random.normal(size=(len(scale), *shape)).astype(np.float32) for _ in NAMES)
    return PhysicalFields(*maps, 8, 1.5, np.array(scale, np.float32))  # pyright: ignore[reportCallIssue] -- five maps


def tiny(**settings: object) -> Restorer:
    """A network of two convolutions with a layer between them that works."""
    torch.manual_seed(5)
    network = nn.Sequential(nn.Conv2d(3, 6, 3, padding=1), nn.Conv2d(6, 3, 1))
    enhance(network, at="0", layer=AdvectionDiffusion(6, steps=4))
    nn.init.constant_(network.get_submodule("physics.layer").get_parameter("scale"), 0.5)
    return Restorer(network, CARD, InferenceSettings(**settings))  # pyright: ignore[reportArgumentType]


def maps_of(fields: FieldMaps) -> np.ndarray:
    return np.stack([getattr(fields, name) for name in NAMES])


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_maps_are_means_weighted_by_what_reaches_the_output() -> None:
    fields = physical([3.0, -1.0])
    maps = mean_fields(fields)
    for name in NAMES[:4]:
        first, second = getattr(fields, name).astype(np.float64)
        assert np.allclose(getattr(maps, name), 0.75 * first + 0.25 * second, atol=1e-12)
    assert np.allclose(maps.source, 0.75 * fields.source[0].astype(np.float64) - 0.25 * fields.source[1])
    assert (maps.steps, maps.time, maps.untrained) == (8, 1.5, False)


def test_an_untrained_layer_says_so_and_its_channels_count_alike() -> None:
    fields = physical([0.0, 0.0])
    assert channel_weights(fields).tolist() == [0.5, 0.5]
    assert mean_fields(fields).untrained
    assert np.allclose(mean_fields(fields).source, fields.source.astype(np.float64).mean(0))


def test_coarse_fields_are_means() -> None:
    field = np.arange(35.0).reshape(5, 7)
    assert coarse(field, 2).tolist() == [[4, 6, 8], [18, 20, 22]]
    assert np.array_equal(coarse(field, 1), field)
    assert coarse(field[:1], 2).shape == (1, 3)


def test_large_maps_are_averaged_before_they_are_kept() -> None:
    fields = physical([1.0], (90, 200))
    maps = mean_fields(fields, side=KEPT_SIDE)
    assert maps.u.shape == (30, 66)
    assert maps.u[1, 2] == pytest.approx(float(fields.u[0, 3:6, 6:9].mean()))
    assert mean_fields(fields).u.shape == (90, 200)


@pytest.mark.parametrize("size", [1e-7, 1.0, 1e9])
def test_what_is_saved_is_loaded_whatever_its_size(tmp_path: Path, size: float) -> None:
    maps = mean_fields(physical([1.0, 2.0]))
    maps = replace(maps, source=maps.source * size, v=np.zeros_like(maps.v))
    path = fields_path(tmp_path, "scene/1")
    save_fields(path, maps)
    back = load_fields(path)
    for name in NAMES:
        wanted = getattr(maps, name)
        assert np.allclose(getattr(back, name), wanted, rtol=1e-3, atol=1e-3 * np.abs(wanted).max())
    assert astuple(back)[5:] == (8, 1.5, False)
    before = path.read_bytes()
    save_fields(path, maps)
    assert path.read_bytes() == before
    assert names(path.parent) == {"1.npz"}


def test_the_largest_maps_take_less_than_a_hundred_kilobytes(tmp_path: Path) -> None:
    save_fields(tmp_path / "x.npz", mean_fields(physical([1.0], (720, 720)), side=KEPT_SIDE))
    assert (tmp_path / "x.npz").stat().st_size < 100_000


def test_a_failed_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space"):
        save_fields(tmp_path / "x.npz", mean_fields(physical([1.0])))
    assert not names(tmp_path)


def without(name: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with np.load(path) as stored:
            arrays = {key: stored[key] for key in stored.files if key != name}
        np.savez(path, **arrays)

    return write


def with_map(array: np.ndarray) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with np.load(path) as stored:
            arrays = {key: stored[key] for key in stored.files}
        np.savez(path, **{**arrays, "maps": array})

    return write


def as_array(path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, np.zeros(3))


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"no archive"),
        as_array,
        *map(without, ("maps", "peaks", "steps")),
        *map(with_map, (np.zeros((4, 2, 2)), np.zeros(5), np.full((5, 2, 2), np.nan), np.zeros((5, 0, 2)))),
        with_map(np.array([{}], dtype=object)),
    ],
)
def test_a_damaged_file_is_told_in_one_sentence(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    path = tmp_path / "x.npz"
    save_fields(path, mean_fields(physical([1.0])))
    damage(path)
    with pytest.raises(RunFolderError, match=r"x\.npz cannot be read as the fields of a physics layer \(.*\): delete"):
        load_fields(path)


def test_no_wrong_byte_and_no_cut_is_a_traceback(tmp_path: Path) -> None:
    path, random = tmp_path / "x.npz", np.random.default_rng(0)
    save_fields(path, mean_fields(physical([1.0], (3, 4))))
    whole, told = path.read_bytes(), 0
    for place in range(0, len(whole), 5):
        wrong = bytearray(whole)
        wrong[place] ^= int(random.integers(1, 256))
        for content in (bytes(wrong), whole[:place]):
            path.write_bytes(content)
            try:
                load_fields(path)
            except RunFolderError:
                told += 1
    assert told > len(whole) / 5


def test_a_model_with_a_layer_is_observed_and_others_are_not(tmp_path: Path) -> None:
    plain = Restorer(nn.Conv2d(3, 3, 1), CARD)
    restorer, dataset = tiny(), make_dataset(3)
    pair = dataset["scene0/1"]
    assert observer_of(plain) is None
    assert ModelSource(plain).observe(pair) == ()
    assert FolderSource({}).observe(pair) == ()
    expected = mean_fields(observe(restorer, pair.degraded.read()))
    assert ModelSource(restorer).observe(pair) == (Observation("fields", ".npz", encode_fields(expected)),)
    assert expected.u.std() > 0
    save_observations(tmp_path, ModelSource(plain), dataset.pairs, ["scene0/1"])
    assert not names(tmp_path)


def test_fields_are_kept_of_the_kept_pictures_once(tmp_path: Path) -> None:
    dataset, seen = make_dataset(5), list[str]()

    class Watched(ModelSource):
        def observe(self, pair: ImagePair) -> tuple[Observation, ...]:
            seen.append(pair.key)
            return super().observe(pair)

    source = Watched(tiny())
    save_observations(tmp_path, source, dataset.pairs, ["scene0/0", "scene1/3"])
    save_observations(tmp_path, source, dataset.pairs, ["scene1/3", "scene2/4"])
    assert seen == ["scene0/0", "scene1/3", "scene2/4"]
    kept = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.npz")}
    assert kept == {"fields/scene0/0.npz", "fields/scene1/3.npz", "fields/scene2/4.npz"}
    expected = observe(tiny(), dataset["scene2/4"].degraded.read())
    assert np.allclose(load_fields(fields_path(tmp_path, "scene2/4")).u, mean_fields(expected).u, atol=1e-4)


class Moody(nn.Module):
    """Fails on the second image."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner, self.calls = inner, 0

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        if self.calls == 2:
            raise ValueError("bad luck")
        return self.inner(images)


def test_an_image_that_fails_goes_without(tmp_path: Path) -> None:
    dataset = make_dataset(4, damaged=[0])
    source = ModelSource(Restorer(Moody(tiny().network), CARD))
    save_observations(tmp_path, source, dataset.pairs, list(dataset.pairs))
    assert {path.name for path in tmp_path.rglob("*.npz")} == {"1.npz", "3.npz"}


def test_tiles_have_no_field_of_the_whole(tmp_path: Path) -> None:
    restorer, dataset = tiny(tile=24, tile_overlap=8), make_dataset(1)
    image = dataset["scene0/0"].degraded.read()
    with pytest.raises(RestorationError, match="sees each tile of 24 pixels alone"):
        observe(restorer, image)
    save_observations(tmp_path, ModelSource(restorer), dataset.pairs, ["scene0/0"])
    assert not names(tmp_path)
    assert observe(restorer, image[:, :24]).u.shape == (6, 24, 24)


def test_a_grid_and_an_ensemble_have_no_field_of_the_whole() -> None:
    restorer, image = tiny(), make_dataset(1)["scene0/0"].degraded.read()
    for scheme in (InferenceScheme(grid=24), InferenceScheme(ensemble="x8")):
        parts = Restorer(restorer.network, replace(restorer.card, scheme=scheme))
        with pytest.raises(RestorationError, match=f"restored by {scheme.labels[0]}"):
            observe(parts, image)
    one_cell = Restorer(restorer.network, replace(restorer.card, scheme=InferenceScheme(grid=24)))
    assert observe(one_cell, image[:24, :24]).u.shape == (6, 24, 24)


class Unused(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = AdvectionDiffusion(3)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return images


def test_a_layer_that_is_not_used_has_no_field() -> None:
    with pytest.raises(RestorationError, match="tiny restored the image without its layer layer"):
        observe(Restorer(Unused(), CARD), make_dataset(1)["scene0/0"].degraded.read())
