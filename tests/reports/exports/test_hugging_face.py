from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from helpers.paired_runs import join_protocols, write_paired_run
from helpers.report_runs import FakeRun, write_run
from helpers.schemas import validate
from restorebench.bench.cli import main
from restorebench.bench.errors import RunFolderError, UsageError
from restorebench.bench.runs.run import find_runs, finish_run
from restorebench.reports.exports import parse_benchmarks, write_hugging_face

PRENET = FakeRun(psnr=29.4599, ssim=0.8989)
BENCHMARK = "rain100h.psnr=someone/rain:psnr-y"


def front_matter(card: Path) -> dict[str, Any]:
    _, block, _ = card.read_text(encoding="utf-8").split("---\n", 2)
    return yaml.safe_load(block)


def only_result(card: Path) -> dict[str, Any]:
    (model,) = front_matter(card)["model-index"]
    (result,) = model["results"]
    return result


def test_a_card_has_every_mean_with_its_protocol(tmp_path: Path):
    write_run(tmp_path / "runs", PRENET)
    written, left_out = write_hugging_face(find_runs(tmp_path / "runs"), tmp_path / "hf")
    assert (written, left_out) == ([tmp_path / "hf/prenet/README.md"], [])
    validate(front_matter(written[0]), "model_index")
    result = only_result(written[0])
    assert result["dataset"] == {"name": "Rain100H", "type": "rain100h"}
    psnr, ssim = result["metrics"]
    assert (psnr["type"], psnr["config"], ssim["type"]) == ("psnr", "rain100h@1", "ssim")
    assert psnr["value"] == pytest.approx(29.4599, abs=1e-12)
    assert psnr["args"]["images"] == 100
    assert psnr["args"]["interval"][0] < psnr["value"] < psnr["args"]["interval"][1]


def test_hugging_faces_own_classes_read_the_card(tmp_path: Path):
    hub = pytest.importorskip("huggingface_hub", reason="huggingface_hub is not installed")
    write_run(tmp_path / "runs", PRENET)
    write_run(tmp_path / "runs", replace(PRENET, dataset="gopro", psnr=31.0))
    (card,), _ = write_hugging_face(find_runs(tmp_path / "runs"), tmp_path / "hf", source="https://example.org/report")
    data = hub.ModelCard.load(card).data
    assert data.model_name == "PReNet"
    seen = {(each.dataset_type, each.metric_type, each.metric_config) for each in data.eval_results}
    assert seen == {(name, m, f"{name}@1") for name in ("rain100h", "gopro") for m in ("psnr", "ssim")}
    assert {each.source_url for each in data.eval_results} == {"https://example.org/report"}
    again = yaml.safe_load(data.to_yaml())["model-index"]
    assert again == front_matter(card)["model-index"]


def test_results_of_a_benchmark_have_a_file_that_the_hub_reads(tmp_path: Path):
    write_run(tmp_path / "runs", replace(PRENET, images=10, found=100))
    wanted = parse_benchmarks([BENCHMARK, "rain100h.ssim=someone/rain:ssim-y"])
    written, _ = write_hugging_face(find_runs(tmp_path / "runs"), tmp_path / "hf", wanted, "https://example.org")
    results = tmp_path / "hf/prenet/.eval_results/someone-rain.yaml"
    assert written[0] == results
    entries = yaml.safe_load(results.read_text(encoding="utf-8"))
    validate(entries, "eval_results")
    assert [each["dataset"]["task_id"] for each in entries] == ["psnr-y", "ssim-y"]
    assert entries[0]["value"] == pytest.approx(29.4599, abs=1e-12)
    assert "by rain100h@1 on 10 images" in entries[0]["notes"]
    assert "limited to 10 of 100 images" in entries[0]["notes"]


def test_hugging_faces_own_classes_read_the_results(tmp_path: Path):
    hub = pytest.importorskip("huggingface_hub", reason="huggingface_hub is not installed")
    write_run(tmp_path / "runs", PRENET)
    write_hugging_face(find_runs(tmp_path / "runs"), tmp_path / "hf", parse_benchmarks([BENCHMARK]), "https://a.org")
    raw = yaml.safe_load((tmp_path / "hf/prenet/.eval_results/someone-rain.yaml").read_text(encoding="utf-8"))
    (entry,) = hub.parse_eval_result_entries(raw)
    assert (entry.dataset_id, entry.task_id, entry.source_url) == ("someone/rain", "psnr-y", "https://a.org")
    assert hub.eval_result_entries_to_yaml([entry]) == raw


def test_protocols_of_one_run_share_a_result_and_differ_in_config(tmp_path: Path):
    folder = write_paired_run(tmp_path / "out", {"psnr": [30.0, 31.0]})
    join_protocols(folder, write_paired_run(tmp_path / "y", {"psnr": [32.0, 33.0]}, protocol="y@1"))
    finish_run(folder)
    runs = find_runs(tmp_path / "out")
    (card,), _ = write_hugging_face(runs, tmp_path / "hf")
    metrics = only_result(card)["metrics"]
    assert [(each["config"], each["value"]) for each in metrics] == [("gopro@1", 30.5), ("y@1", 32.5)]
    dataset = runs[0].info.dataset.name
    with pytest.raises(UsageError, match="choose a protocol with -p"):
        write_hugging_face(runs, tmp_path / "hf", parse_benchmarks([f"{dataset}.psnr=a/b:c"]))


def test_part_of_a_data_set_is_said_in_its_name(tmp_path: Path):
    write_run(tmp_path / "runs", replace(PRENET, images=10, found=100))
    (card,), _ = write_hugging_face(find_runs(tmp_path / "runs"), tmp_path / "hf")
    assert only_result(card)["dataset"]["name"] == "Rain100H, 10 of 100 images"
    assert only_result(card)["metrics"][0]["args"]["caveats"] == ["limited to 10 of 100 images"]


def test_a_metric_without_a_finite_mean_is_left_out_and_said(tmp_path: Path):
    write_run(
        tmp_path / "runs",
        replace(PRENET, psnr=[float("inf")] * 100, metrics=("psnr", "ssim", "lpips"), lpips_reason="No weights."),
    )
    (card,), left_out = write_hugging_face(find_runs(tmp_path / "runs"), tmp_path / "hf")
    assert [each["type"] for each in only_result(card)["metrics"]] == ["ssim"]
    assert left_out == [
        "prenet on rain100h: PSNR is left out: its mean is infinite.",
        "prenet on rain100h: LPIPS is left out: No weights.",
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [({"images": 40, "selected": 100}, "unfinished: 40 of 100"), ({"failed": 2}, "2 images failed")],
)
def test_means_of_a_part_do_not_leave_as_those_of_the_whole(tmp_path: Path, change: dict[str, int], message: str):
    write_run(tmp_path / "runs", replace(PRENET, **change))
    with pytest.raises(RunFolderError, match=message):
        write_hugging_face(find_runs(tmp_path / "runs"), tmp_path / "hf")
    assert not (tmp_path / "hf").exists()


def test_two_runs_of_one_cell_are_refused(tmp_path: Path):
    write_run(tmp_path / "one", PRENET)
    write_run(tmp_path / "two", replace(PRENET, psnr=30.0))
    with pytest.raises(UsageError, match="are both runs of prenet on rain100h by rain100h@1"):
        write_hugging_face(find_runs(tmp_path / "one", tmp_path / "two"), tmp_path / "hf")


def test_a_card_of_another_origin_stays(tmp_path: Path):
    write_run(tmp_path / "runs", PRENET)
    card = tmp_path / "hf/prenet/README.md"
    card.parent.mkdir(parents=True)
    card.write_text("---\nlicense: mit\n---\nMy model.\n", encoding="utf-8")
    with pytest.raises(UsageError, match="was not written by `restorebench export hf`"):
        write_hugging_face(find_runs(tmp_path / "runs"), tmp_path / "hf")
    assert "license: mit" in card.read_text(encoding="utf-8")
    card.unlink()
    for _ in range(2):  # its own it replaces
        write_hugging_face(find_runs(tmp_path / "runs"), tmp_path / "hf")


def test_names_are_text_in_yaml(tmp_path: Path):
    title = "x: [1, 2] # '\"\n---\nmodel-index: evil"
    write_run(tmp_path / "runs", replace(PRENET, title=title))
    (card,), _ = write_hugging_face(find_runs(tmp_path / "runs"), tmp_path / "hf")
    text = card.read_text(encoding="utf-8").split("\n---\n")[0]
    assert yaml.safe_load(text.removeprefix("---\n"))["model-index"][0]["name"] == title


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("gopro=someone/gopro", "is not DATASET.METRIC=OWNER/NAME:TASK"),
        ("rain100l.psnr=a/b:c", "No run is on 'rain100l': did you mean rain100h"),
        ("rain100h.psnrr=a/b:c", "has a mean of 'psnrr': did you mean psnr"),
    ],
)
def test_mistyped_benchmarks(tmp_path: Path, setting: str, message: str, capsys: pytest.CaptureFixture[str]):
    write_run(tmp_path / "runs", PRENET)
    command = ["export", "hf", str(tmp_path / "runs"), "--out", str(tmp_path / "hf"), "--benchmark", setting]
    assert main(command) == 2
    assert message in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "hf").exists()


def test_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    write_run(tmp_path / "runs", PRENET)
    assert main(["export", "hf", str(tmp_path / "runs"), "--out", str(tmp_path / "hf")]) == 0
    assert capsys.readouterr().out.split() == [str(tmp_path / "hf/prenet/README.md")]
