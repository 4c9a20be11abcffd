from __future__ import annotations

import json
import math
import multiprocessing
import os
import signal
from multiprocessing.synchronize import Semaphore
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers.memory_dataset import MemoryDataset, make_dataset
from helpers.optional import known
from helpers.waiting import wait_until
from restorebench.bench.contracts import InferenceSettings, ModelCard
from restorebench.bench.errors import PairingError, PlanMismatchError, RunLockedError
from restorebench.bench.evaluation.cell import Control
from restorebench.bench.evaluation.evaluate import evaluate, score_images
from restorebench.bench.files.folder_lock import hold
from restorebench.bench.files.images import save_png
from restorebench.bench.models.inference import Restorer
from restorebench.bench.runs.pictures import picture_path
from restorebench.bench.runs.run import Run, find_runs, load_run
from restorebench.bench.runs.shown_images import choose_images
from restorebench.bench.terminal.progress import Silent
from skimage.metrics import peak_signal_noise_ratio
from torch import Tensor, nn

CARD = ModelCard("echo", "Echo", "restoration", needs_weights=False)


class Echo(nn.Module):
    """Returns its input; counts, and misbehaves on request by the mean grey level's order of calls."""

    def __init__(self, misbehave: dict[int, object] | None = None) -> None:
        super().__init__()
        self.calls, self.misbehave = 0, misbehave or {}

    def forward(self, images: Tensor) -> Tensor:
        what = self.misbehave.get(self.calls)
        self.calls += 1
        if isinstance(what, BaseException):
            raise what
        return images * float("nan") if what == "nan" else images[..., 1:] if what == "shape" else images


def run(out: Path, dataset: MemoryDataset, network: nn.Module | None = None, **control: object) -> Run:
    restorer = Restorer(network or Echo(), CARD)
    return evaluate(restorer, dataset, "rgb@1", out=out, control=Control(**control))  # pyright: ignore[reportArgumentType]


def content(run: Run) -> list[dict[str, object]]:
    """What is recorded, without the time it took."""
    lines = [json.loads(line) for line in (run.path / "scores.jsonl").read_text().splitlines()]
    return [{key: value for key, value in line.items() if key != "seconds"} for line in lines]


def test_scores_equal_scikit_image_and_come_in_the_order_of_the_data_set(tmp_path: Path):
    dataset = make_dataset(5)
    scores = run(tmp_path, dataset).scores
    expected = [peak_signal_noise_ratio(pair.target.read(), pair.degraded.read(), data_range=255) for pair in dataset]
    assert list(scores["key"]) == [pair.key for pair in dataset]
    assert np.allclose(scores["psnr"], expected, atol=1e-10)


def test_the_mean_is_of_per_image_values(tmp_path: Path):
    result = run(tmp_path, make_dataset(5))
    summary = result.summary.metrics["psnr"]
    assert summary.mean == pytest.approx(result.scores["psnr"].mean(), abs=1e-12)
    assert summary.low is not None
    assert summary.high is not None
    assert summary.low <= known(summary.mean) <= summary.high
    assert (summary.n, summary.groups) == (5, 3)


def test_a_finished_run_is_not_run_again(tmp_path: Path):
    dataset, second = make_dataset(4), Echo()
    first = run(tmp_path, dataset)
    again = run(tmp_path, dataset, second)
    assert second.calls == 0
    assert content(again) == content(first)


def test_limit_does_the_first_and_the_rest_follows_later(tmp_path: Path):
    dataset, rest = make_dataset(6), Echo()
    part = run(tmp_path, dataset, limit=2)
    assert (part.summary.images, part.summary.selected) == (2, 2)
    whole = run(tmp_path, dataset, rest)
    assert rest.calls == 4
    assert content(whole) == content(run(tmp_path / "fresh", dataset))


@pytest.mark.parametrize(
    ("what", "reason"),
    [(ValueError("bad\nluck"), "The model raised ValueError: bad ..."), ("nan", "NaN"), ("shape", "shape")],
)
def test_one_bad_image_is_recorded_and_the_rest_goes_on(tmp_path: Path, what: object, reason: str):
    result = run(tmp_path, make_dataset(4), Echo({1: what}))
    failed = [record for record in result.records if record.status == "failed"]
    assert [record.key for record in failed] == ["scene0/1"]
    assert reason in (failed[0].reason or "")
    assert set(failed[0].metrics.values()) == {None}
    assert result.summary.failed == 1
    assert result.summary.metrics["psnr"].n == 3


def test_failed_images_are_done_again_and_end_up_in_order(tmp_path: Path):
    dataset = make_dataset(5)
    run(tmp_path, dataset, Echo({1: ValueError("once")}))
    second = Echo()
    result = run(tmp_path, dataset, second)
    assert second.calls == 1
    assert content(result) == content(run(tmp_path / "fresh", dataset))


def test_a_damaged_image_is_named(tmp_path: Path):
    result = run(tmp_path, make_dataset(3, damaged=[1]))
    assert result.records[1].reason == "degraded/1.png is damaged."


def test_another_plan_in_the_same_folder_is_refused_with_the_difference(tmp_path: Path):
    dataset = make_dataset(3)
    before = run(tmp_path, dataset)
    lines = (before.path / "scores.jsonl").read_bytes()
    with pytest.raises(PlanMismatchError, match="protocol: rgb@1 -> basicsr@1"):
        evaluate(Restorer(Echo(), CARD), dataset, "basicsr@1", out=tmp_path)
    with pytest.raises(PlanMismatchError, match="listing_sha256"):
        run(tmp_path, make_dataset(3, listing="changed"))
    assert (before.path / "scores.jsonl").read_bytes() == lines


def test_other_parameters_are_another_plan(tmp_path: Path):
    dataset = make_dataset(2)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        run(tmp_path, dataset, nn.Conv2d(3, 3, 1))
        with pytest.raises(PlanMismatchError, match="weights_sha256"):
            run(tmp_path, dataset, nn.Conv2d(3, 3, 1))


def test_identical_images_give_an_infinite_mean_that_is_said(tmp_path: Path):
    dataset = make_dataset(3)
    pairs = [type(pair)(pair.key, pair.target, pair.target, pair.group) for pair in dataset]
    result = run(tmp_path, MemoryDataset(pairs))
    summary = result.summary.metrics["psnr"]
    assert summary.mean == math.inf
    assert summary.infinite == 3
    assert '"inf"' in (result.path / "scores.jsonl").read_text()
    assert math.isinf(load_run(result.path).scores["psnr"].iloc[0])


def test_two_processes_never_write_one_cell(tmp_path: Path):
    dataset = make_dataset(2)
    folder = run(tmp_path, dataset).path
    with hold(folder), pytest.raises(RunLockedError, match=f"process {os.getpid()} on "):
        run(tmp_path, dataset)
    run(tmp_path, dataset)


class Gated(Echo):
    """Needs a permit for every image."""

    def __init__(self, permits: Semaphore) -> None:
        super().__init__()
        self.permits = permits

    def forward(self, images: Tensor) -> Tensor:
        self.permits.acquire()
        return super().forward(images)


def _lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def _evaluate_gated(out: Path, permits: Semaphore) -> None:
    run(out, make_dataset(12), Gated(permits), save_images="worst", workers=2)


@pytest.mark.slow
def test_killed_three_times_at_any_moment_the_same_command_finishes_the_job(tmp_path: Path):
    context = multiprocessing.get_context("fork")
    journal = tmp_path / "killed" / "memory" / "echo" / "scores.jsonl"
    for wanted in (2, 5, 8):
        permits = context.Semaphore(wanted - _lines(journal) + 2)  # two more may be restored and not yet scored
        process = context.Process(target=_evaluate_gated, args=(tmp_path / "killed", permits))
        process.start()
        wait_until(lambda: _lines(journal) >= wanted)  # noqa: B023 -- called before the next round
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()
    killed = run(tmp_path / "killed", make_dataset(12))
    straight = run(tmp_path / "straight", make_dataset(12))
    assert content(killed) == content(straight)
    assert sorted(p.name for p in killed.restored_folder.rglob("*.png")) == sorted(
        p.name for p in straight.restored_folder.rglob("*.png")
    )


def test_ctrl_c_keeps_what_was_measured(tmp_path: Path):
    dataset = make_dataset(6)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, dataset, Echo({3: KeyboardInterrupt()}))
    assert [record.key for record in find_runs(tmp_path)[0].records] == ["scene0/0", "scene0/1", "scene1/2"]
    assert content(run(tmp_path, dataset)) == content(run(tmp_path / "fresh", dataset))


def test_the_pictures_kept_are_the_worst_the_best_and_those_shown_with_their_pairs(tmp_path: Path):
    dataset = make_dataset(12)
    result = run(tmp_path, dataset, save_images="worst")
    ranked = list(result.scores.sort_values("psnr")["key"])
    shown = choose_images([result], result.metric_facts["psnr"]).keys
    expected = {*ranked[:6], *ranked[-2:], *shown}
    kept = {key for key in ranked if picture_path(result.restored_folder, key).is_file()}
    assert kept == expected
    assert len(list(result.restored_folder.rglob("*.png"))) == len(expected)
    for kind in ("degraded", "target"):
        assert {k for k in ranked if picture_path(tmp_path / "memory" / "images" / kind, k).is_file()} == expected


def test_none_keeps_no_picture_and_all_keeps_all(tmp_path: Path):
    assert not run(tmp_path / "a", make_dataset(3), save_images="none").restored_folder.exists()
    assert len(list(run(tmp_path / "b", make_dataset(9), save_images="all").restored_folder.rglob("*.png"))) == 9


def test_the_official_quantiser_of_a_model_is_used_and_recorded(tmp_path: Path):
    class Half(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            return images * 0 + 100.7 / 255

    card = ModelCard("half", "Half", "restoration", quantiser="truncate")
    restorer = Restorer(Half(), card)
    result = evaluate(restorer, make_dataset(1), "rgb@1", out=tmp_path, control=Control(save_images="all"))
    assert result.info.protocol.quantiser == "truncate"
    asked = evaluate(restorer, make_dataset(1), "rgb@1", out=tmp_path / "b", quantiser="half-even")
    assert asked.info.protocol.quantiser == "half-even"
    assert result.scores["psnr"][0] != asked.scores["psnr"][0]


def test_tiles_are_part_of_the_plan_and_of_each_record(tmp_path: Path):
    settings = InferenceSettings(tile=16, tile_overlap=4)
    result = evaluate(Restorer(Echo(), CARD, settings), make_dataset(1), "rgb@1", out=tmp_path)
    assert result.info.plan.settings["tile"] == 16
    assert result.records[0].tile == 16


@pytest.mark.parametrize("naming", ["{key}", "{flat}", "{name}"])
def test_a_folder_of_restored_images_scores_as_the_model_did(tmp_path: Path, naming: str):
    dataset = make_dataset(4)
    by_model = run(tmp_path / "model", dataset)
    for index, pair in enumerate(dataset):
        name = naming.format(key=pair.key, flat=pair.key.replace("/", "-"), name=str(index))
        save_png(tmp_path / "images" / f"{name}.png", pair.degraded.read())
    by_folder = score_images(tmp_path / "images", dataset, "rgb@1", name="mine", out=tmp_path / "folder")
    assert list(by_folder.scores["psnr"]) == list(by_model.scores["psnr"])
    assert by_folder.info.model.variant == "images restored elsewhere"


def test_missing_and_strange_images_are_both_listed(tmp_path: Path):
    dataset = make_dataset(3)
    for name in ("scene0/0", "scene0/1", "other"):
        save_png(tmp_path / "images" / f"{name}.png", dataset["scene0/0"].degraded.read())
    problem = r"1 of 3 pairs has no image \(scene1/2\) and 1 image matches no pair \(other.png\)"
    with pytest.raises(PairingError, match=problem):
        score_images(tmp_path / "images", dataset, "rgb@1", name="mine", out=tmp_path / "out")
    told: list[str] = []

    class Telling(Silent):
        def note(self, message: str) -> None:
            told.append(message)

    control = Control(progress=Telling())
    part = score_images(
        tmp_path / "images", dataset, "rgb@1", name="mine", out=tmp_path / "out", partial=True, control=control
    )
    assert "1 of 3 pairs has no image (scene1/2) and 1 image matches no pair (other.png)" in told[0]
    assert part.summary.images == part.summary.selected == 2


def test_a_restored_image_of_another_size_fails_alone(tmp_path: Path):
    dataset = make_dataset(2)
    save_png(tmp_path / "images" / "scene0-0.png", dataset["scene0/0"].degraded.read())
    save_png(tmp_path / "images" / "scene0-1.png", np.zeros((5, 5, 3), np.uint8))
    result = score_images(tmp_path / "images", dataset, "rgb@1", name="mine", out=tmp_path / "out")
    assert [record.status for record in result.records] == ["ok", "failed"]
    assert "5" in (result.records[1].reason or "")


class Noisy(nn.Module):
    """Adds noise of its seed."""

    def manual_seed(self, seed: int) -> None:
        self.generator = torch.Generator().manual_seed(seed)

    def forward(self, images: Tensor) -> Tensor:
        return images + 0.05 * torch.randn(images.shape, generator=self.generator)


def test_samples_of_a_stochastic_model_are_averaged_and_equal_single_seeds(tmp_path: Path):
    card = ModelCard("noisy", "Noisy", "restoration", stochastic=True)

    def noisy(seed: int, samples: int) -> Run:
        settings = InferenceSettings(seed=seed, samples=samples)
        out = tmp_path / f"{seed}-{samples}"
        return evaluate(Restorer(Noisy(), card, settings), make_dataset(3), "rgb@1", out=out)

    three, singles = noisy(5, 3), [noisy(seed, 1) for seed in (5, 6, 7)]
    each = np.array([single.scores["psnr"] for single in singles])
    assert np.allclose(three.scores["psnr"], each.mean(axis=0), atol=1e-12)
    assert three.records[0].of("rgb@1").samples["psnr"] == tuple(each[:, 0])
    assert three.summary.seed_spread["psnr"] == pytest.approx(each.mean(axis=1).std(ddof=1))
    assert three.info.plan.settings["samples"] == 3
    assert singles[0].summary.seed_spread == {}


def test_a_deterministic_model_is_run_once_whatever_is_asked(tmp_path: Path):
    network = Echo()
    evaluate(Restorer(network, CARD, InferenceSettings(samples=5)), make_dataset(2), "rgb@1", out=tmp_path)
    assert network.calls == 2
