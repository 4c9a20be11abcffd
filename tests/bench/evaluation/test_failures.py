from __future__ import annotations

from pathlib import Path

import pytest
import torch
from helpers.memory_dataset import make_dataset
from restorebench.bench.contracts import InferenceSettings, ModelCard
from restorebench.bench.errors import PlanMismatchError, StoppedError
from restorebench.bench.evaluation.cell import Control
from restorebench.bench.evaluation.evaluate import evaluate
from restorebench.bench.models.inference import Restorer
from restorebench.bench.runs.run import Run, load_run
from restorebench.bench.terminal.progress import Silent
from torch import Tensor, nn

CARD = ModelCard("mine", "Mine", "restoration", needs_weights=False)


class Telling(Silent):
    def __init__(self) -> None:
        self.told: list[str] = []

    def note(self, message: str) -> None:
        self.told.append(message)


class Fails(nn.Module):
    """Raises the error of each call's number."""

    def __init__(self, *errors: BaseException | None) -> None:
        super().__init__()
        self.errors = list(errors)

    def forward(self, images: Tensor) -> Tensor:
        error = self.errors.pop(0) if self.errors else None
        if error is not None:
            raise error
        return images


def run(
    out: Path, network: nn.Module, count: int = 6, settings: InferenceSettings | None = None, **control: object
) -> Run:
    return evaluate(
        Restorer(network, CARD, settings),
        make_dataset(count),
        "rgb@1",
        out=out,
        control=Control(**control),  # pyright: ignore[reportArgumentType]
    )


class Ended(BaseException):
    pass


@pytest.mark.parametrize("error", [SystemExit(0), Ended("no Exception"), GeneratorExit(), ValueError("bad")])
def test_whatever_a_network_raises_fails_its_image_alone(tmp_path: Path, error: BaseException):
    result = run(tmp_path, Fails(None, error))
    assert [record.status for record in result.records] == ["ok", "failed", "ok", "ok", "ok", "ok"]
    reason = result.records[1].reason or ""
    assert reason.startswith(f"The model raised {type(error).__name__}")
    assert "test_failures.py line" in reason


def test_each_kind_is_said_once_with_its_file_and_counted(tmp_path: Path):
    progress = Telling()
    errors = [ValueError("a"), ValueError("b"), TypeError("c"), ValueError("d")]
    result = run(tmp_path, Fails(*errors), progress=progress)
    files = sorted((result.path / "failures").iterdir())
    assert [file.name for file in files] == ["1.txt", "2.txt"]
    said = [note for note in progress.told if "The traceback is in" in note]
    assert len(said) == 3
    assert str(files[0]) in said[0]
    assert str(files[1]) in said[1]
    assert said[2].startswith("3 images failed like this: scene0/0: The model raised ValueError: a")
    text = files[0].read_text()
    assert text.index("ValueError: a") < text.index("In your code") < text.index("Complete traceback")
    assert "raise error" in text


def test_verbose_shows_the_traceback(tmp_path: Path):
    progress = Telling()
    run(tmp_path, Fails(ValueError("a")), progress=progress, verbose=True)
    assert any("Complete traceback" in note for note in progress.told)


def test_a_cell_whose_first_8_images_all_fail_is_stopped_and_kept(tmp_path: Path):
    with pytest.raises(StoppedError, match=r"first 8 images all failed.*ValueError"):
        run(tmp_path, Fails(*[ValueError("no")] * 12), count=12)
    kept = load_run(tmp_path / "memory" / "mine")
    assert kept.info.summary is not None
    assert 8 <= len(kept.records) < 12
    assert run(tmp_path, Fails(), count=12).summary.failed == 0


@pytest.mark.parametrize(("most", "failures", "recorded"), [(1, 2, 1), (3, 6, 3), (20, 10, 12)])
def test_the_most_failures(tmp_path: Path, most: int, failures: int, recorded: int):
    errors = [ValueError("no")] * failures
    if recorded < 12:
        with pytest.raises(StoppedError, match="as asked"):
            run(tmp_path, Fails(*errors), count=12, max_failures=most)
    else:
        run(tmp_path, Fails(*errors), count=12, max_failures=most)
    assert len(load_run(tmp_path / "memory" / "mine").records) == recorded


class MultiplesOf16(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        small = nn.functional.max_pool2d(images, 16)
        return images + 0 * nn.functional.interpolate(small, scale_factor=16)


class Asserts(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        assert images.shape[-2] % 16 == 0
        return images


class Divides(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        height, width = images.shape[-2:]
        return images.reshape(1, 3, height // 16, 16, width // 16, 16).reshape(images.shape)


@pytest.mark.parametrize("network", [MultiplesOf16, Asserts, Divides])
def test_a_failure_about_sizes_leads_to_the_option(tmp_path: Path, network: type[nn.Module]):
    progress = Telling()
    result = run(tmp_path, network(), progress=progress)  # images of 24x32
    assert result.summary.failed == 6
    assert "write -m 'mine[multiple_of=16]'" in " ".join(progress.told)


class Dropout(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        return nn.functional.dropout(images, 0.1)


class NumpyNoise(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        import numpy as np

        return images + 0.05 * torch.from_numpy(np.random.randn(*images.shape)).float()  # noqa: NPY002 -- the kind


class PythonNoise(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        import random

        return images + 0.05 * random.gauss(0, 1)


@pytest.mark.parametrize("network", [Dropout, NumpyNoise, PythonNoise])
def test_hidden_randomness_is_seeded_named_and_sampled(tmp_path: Path, network: type[nn.Module]):
    progress = Telling()
    first = run(tmp_path / "a", network(), settings=InferenceSettings(seed=5), progress=progress)
    again = run(tmp_path / "b", network(), settings=InferenceSettings(seed=5))
    other = run(tmp_path / "c", network(), settings=InferenceSettings(seed=6))
    assert list(first.scores["psnr"]) == list(again.scores["psnr"]) != list(other.scores["psnr"])
    assert any("draws random numbers" in note for note in progress.told)
    assert "draws random numbers" in first.info.findings[0]
    assert first.info.plan.settings["seed"] == 5
    with pytest.raises(PlanMismatchError, match="seed: 5 -> 6"):
        run(tmp_path / "a", network(), settings=InferenceSettings(seed=6))
    sampled = run(tmp_path / "d", network(), settings=InferenceSettings(seed=5, samples=2))
    mean = (first.scores["psnr"] + other.scores["psnr"]) / 2
    assert list(sampled.scores["psnr"]) == pytest.approx(list(mean))


class OwnNoise(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        generator = torch.Generator()
        generator.seed()
        return images + 0.05 * torch.randn(images.shape, generator=generator)


class Counts(nn.Module):
    calls = 0.0

    def forward(self, images: Tensor) -> Tensor:
        self.calls += 0.01
        return images + self.calls


@pytest.mark.parametrize(
    ("network", "words"),
    [
        (OwnNoise, "differently the second time"),
        (Counts, "differently the second time"),
        (type("Bright", (nn.Module,), {"forward": lambda _self, x: x * 255}), "[output_range=0..255]"),
        (type("Signed", (nn.Module,), {"forward": lambda _self, x: x * 2 - 1}), "[output_range=-1..1]"),
        (
            type("Dtype", (nn.Module,), {"forward": lambda _self, x: (torch.set_default_dtype(torch.float64), x)[1]}),
            "changes torch's default dtype",
        ),
    ],
)
def test_the_first_image_tells(tmp_path: Path, network: type[nn.Module], words: str):
    assert words in " ".join(run(tmp_path, network()).info.findings)


def test_a_good_network_has_no_findings_and_is_restored_once_for_each_image(tmp_path: Path):
    network = Counts()
    network.forward = lambda images: images
    assert run(tmp_path, network).info.findings == ()
