from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers.memory_dataset import MemoryDataset, MemoryImage, photograph
from helpers.optional import known
from restorebench.bench.cli import main
from restorebench.bench.contracts import ImagePair
from restorebench.bench.errors import ImageError
from restorebench.bench.evaluation.evaluate import evaluate, score_images
from restorebench.bench.files.images import save_png
from restorebench.bench.protocols.inputs import fit_restored, prepare_input, prepared_pair
from restorebench.bench.protocols.protocol import get_protocol


def dataset(height: int, width: int) -> MemoryDataset:
    degraded, target = (MemoryImage(f"{seed}/a.png", photograph(seed, height, width)) for seed in range(2))
    return MemoryDataset([ImagePair("a", degraded, target)])


@pytest.mark.parametrize(
    ("size", "top", "left", "cropped"),
    [
        ((321, 481), 0, 0, (320, 480)),
        ((400, 600), 0, 4, (400, 592)),
        ((47, 31), 7, 7, (32, 16)),
        ((16, 16), 0, 0, (16, 16)),
    ],
)
def test_the_crop_is_promptirs(size: tuple[int, int], top: int, left: int, cropped: tuple[int, int]) -> None:
    image = photograph(0, *size)
    found = prepare_input(image, "crop-16")
    assert np.array_equal(found, image[top : top + cropped[0], left : left + cropped[1]])
    assert np.array_equal(prepare_input(found, "crop-16"), found)


def test_an_image_smaller_than_a_block_is_refused() -> None:
    with pytest.raises(ImageError, match="Nothing is left of an image of 15x40 pixels"):
        prepare_input(photograph(0, 15, 40), "crop-16")


@pytest.mark.parametrize(
    ("size", "fitted"),
    [((480, 640), (480, 640)), ((481, 641), (496, 656)), ((2000, 1000), (1024, 512)), ((700, 1400), (512, 1024))],
)
def test_the_resize_is_weatherdiffusions(size: tuple[int, int], fitted: tuple[int, int]) -> None:
    image = np.full((*size, 3), 77, np.uint8)
    found = prepare_input(image, "fit-1024")
    assert found.shape == (*fitted, 3)
    assert np.all(found == 77)
    assert prepare_input(found, "fit-1024") is found


def test_whole_images_are_left_alone() -> None:
    image = photograph(0, 21, 33)
    assert prepare_input(image, "whole") is image
    assert fit_restored(image, image, "whole") is image
    (pair,) = dataset(21, 33)
    assert prepared_pair(pair, "whole") is pair


def test_a_restored_image_is_cropped_with_its_target_but_never_resized() -> None:
    whole, target = photograph(0, 33, 47), photograph(1, 33, 47)
    protocol = get_protocol("promptir")
    cropped = whole[0:32, 7:39]
    assert protocol.score(whole, target) == protocol.score(cropped, target[0:32, 7:39])
    assert protocol.score(cropped, target) == protocol.score(whole, target)
    with pytest.raises(ImageError, match="resizes its input to 48x48 before the network"):
        get_protocol("weatherdiffusion-resized").score(whole, target)


def test_a_prepared_pair_travels_to_other_processes() -> None:
    (pair,) = dataset(33, 47)
    prepared = prepared_pair(pair, "crop-16")
    assert (prepared.degraded.name, prepared.degraded.size_bytes) == (pair.degraded.name, pair.degraded.size_bytes)
    assert np.array_equal(pickle.loads(pickle.dumps(prepared)).target.read(), prepared.target.read())  # noqa: S301 -- of this test


def test_the_network_sees_the_cropped_input_and_the_record_has_its_size(tmp_path: Path) -> None:
    seen: list[tuple[int, ...]] = []

    def model(batch: torch.Tensor) -> torch.Tensor:
        seen.append(tuple(batch.shape))
        return batch

    data = dataset(33, 47)
    run = evaluate(model, data, "promptir", out=tmp_path)
    assert set(seen) == {(1, 3, 32, 32)}
    (record,) = run.records
    assert record.size == (32, 32)
    (pair,) = data
    expected = get_protocol("promptir").score(pair.degraded.read()[0:32, 7:39], pair.target.read()[0:32, 7:39])
    assert known(record.metrics["psnr"]) == pytest.approx(known(expected["psnr"]), abs=1e-12)
    assert "cropped around their centre to multiples of 16 pixels, before the network" in run.info.protocol.formula


def test_whole_images_restored_elsewhere_are_cropped_and_the_run_says_so(tmp_path: Path) -> None:
    data = dataset(33, 47)
    (pair,) = data
    for name, image in (("whole", pair.degraded.read()), ("cropped", pair.degraded.read()[0:32, 7:39])):
        save_png(tmp_path / name / "a.png", image)
    runs = {
        name: score_images(tmp_path / name, data, "promptir", name=name, out=tmp_path / "out")
        for name in ("whole", "cropped")
    }
    assert runs["whole"].records[0].metrics == runs["cropped"].records[0].metrics
    assert any("which were cropped for the protocol" in finding for finding in runs["whole"].info.findings)
    assert runs["cropped"].info.findings == ()


def test_the_card_shows_what_happens_to_the_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["protocols", "show", "promptir"]) == 0
    assert "input: degraded image and target cropped around their centre" in capsys.readouterr().out
    assert main(["protocols", "show", "retinexformer-gtmean"]) == 0
    assert "gain: the restored image times mean(grey of target)" in capsys.readouterr().out
    assert main(["protocols"]) == 0
    (row,) = (line for line in capsys.readouterr().out.splitlines() if "weatherdiffusion-resized@1" in line)
    assert "input fit-1024" in row
