from __future__ import annotations

import importlib.util
import json
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from helpers.paired_runs import join_protocols, write_paired_run
from helpers.report_runs import FakeRun, write_run
from helpers.schemas import validate
from restorebench.bench.cli import main
from restorebench.bench.runs.run import find_runs, finish_run
from restorebench.reports.exports import Evaluator, write_every_eval_ever

PRENET = FakeRun(psnr=29.4599, ssim=0.8989)
LAB = Evaluator("A laboratory", "third_party", {"prenet": "csdwren/PReNet"}, "https://example.org")


def exported(tmp_path: Path, fake: FakeRun = PRENET, evaluator: Evaluator = LAB) -> dict[str, Any]:
    write_run(tmp_path / "runs", fake)
    (path,), _ = write_every_eval_ever(find_runs(tmp_path / "runs"), tmp_path / "eee", evaluator, now=1760492095.5)
    return json.loads(path.read_text(encoding="utf-8"))


def test_a_record_fits_the_schema(tmp_path: Path):
    record = exported(tmp_path)
    validate(record, "every_eval_ever")
    assert record["evaluation_id"] == "rain100h/csdwren/PReNet/1760492095.5"
    assert record["model_info"]["id"] == "csdwren/PReNet"
    psnr, ssim = record["evaluation_results"]
    assert psnr["score_details"]["score"] == pytest.approx(29.4599, abs=1e-12)
    interval = psnr["score_details"]["uncertainty"]["confidence_interval"]
    assert interval["lower"] < 29.4599 < interval["upper"]
    assert psnr["score_details"]["uncertainty"]["num_samples"] == 100
    assert (ssim["metric_config"]["min_score"], ssim["metric_config"]["max_score"]) == (-1.0, 1.0)
    assert psnr["metric_config"]["additional_details"]["max_score"].startswith("unbounded")
    assert psnr["source_data"]["url"] == ["https://example.org/rain"]


def test_a_record_fits_the_schema_of_the_installed_package(tmp_path: Path):
    spec = importlib.util.find_spec("every_eval_ever")
    if spec is None or spec.origin is None:
        pytest.skip("every-eval-ever is not installed")
    schema = Path(spec.origin).parent / "schemas" / "eval.schema.json"
    jsonschema.Draft7Validator(json.loads(schema.read_text(encoding="utf-8"))).validate(exported(tmp_path))


def test_a_metric_of_which_less_is_better(tmp_path: Path):
    folder = write_paired_run(tmp_path / "out", {"psnr": [30.0, 31.0], "lpips": [0.1, 0.2]})
    finish_run(folder)
    (path,), _ = write_every_eval_ever(find_runs(tmp_path / "out"), tmp_path / "eee", Evaluator("Lab", "first_party"))
    results = json.loads(path.read_text(encoding="utf-8"))["evaluation_results"]
    assert [each["metric_config"]["lower_is_better"] for each in results] == [False, True]


def test_a_data_set_without_a_page_is_named(tmp_path: Path):
    record = exported(tmp_path, replace(PRENET, dataset="hide", images=10, found=2025), Evaluator("Lab", "other"))
    validate(record, "every_eval_ever")
    source = record["evaluation_results"][0]["source_data"]
    assert (source["source_type"], source["dataset_name"]) == ("other", "HIDE, 10 of 2025 images")
    assert record["model_info"]["id"] == "unknown/prenet"
    assert "limited to 10 of 2025 images" in record["evaluation_results"][0]["score_details"]["details"]["caveats"]


def test_protocols_of_a_run_are_results_of_one_record(tmp_path: Path):
    folder = write_paired_run(tmp_path / "out", {"psnr": [30.0, 31.0]})
    join_protocols(folder, write_paired_run(tmp_path / "y", {"psnr": [32.0, 33.0]}, protocol="y@1"))
    finish_run(folder)
    (path,), _ = write_every_eval_ever(find_runs(tmp_path / "out"), tmp_path / "eee", Evaluator("Lab", "other"))
    record = json.loads(path.read_text(encoding="utf-8"))
    validate(record, "every_eval_ever")
    assert [each["score_details"]["score"] for each in record["evaluation_results"]] == [30.5, 32.5]


def test_the_same_run_has_the_same_file_and_another_has_another(tmp_path: Path):
    exported(tmp_path)
    write_every_eval_ever(find_runs(tmp_path / "runs"), tmp_path / "eee", LAB, now=2e9)
    (path,) = (tmp_path / "eee/data/rain100h/csdwren/PReNet").iterdir()
    assert uuid.UUID(path.stem).version == 4
    write_run(tmp_path / "other", replace(PRENET, weights="b" * 64))
    (other,), _ = write_every_eval_ever(find_runs(tmp_path / "other"), tmp_path / "eee", LAB)
    assert other != path


def test_a_run_without_any_finite_mean_has_no_record(tmp_path: Path):
    write_run(tmp_path / "runs", replace(PRENET, psnr=[float("inf")] * 100, metrics=("psnr",)))
    written, left_out = write_every_eval_ever(find_runs(tmp_path / "runs"), tmp_path / "eee", LAB)
    assert (written, left_out) == ([], ["prenet on rain100h: PSNR is left out: its mean is infinite."])


@pytest.mark.parametrize(
    ("identity", "message"),
    [("prenet", "is not MODEL=DEVELOPER/NAME"), ("prenot=a/b", "no run is of the model 'prenot': did you mean prenet")],
)
def test_mistyped_ids(tmp_path: Path, identity: str, message: str, capsys: pytest.CaptureFixture[str]):
    write_run(tmp_path / "runs", PRENET)
    who = ["--organization", "Lab", "--relationship", "other", "--model-id", identity]
    assert main(["export", "eee", str(tmp_path / "runs"), "--out", str(tmp_path / "eee"), *who]) == 2
    assert message in " ".join(capsys.readouterr().err.split())


def test_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    write_run(tmp_path / "runs", PRENET)
    who = ["--organization", "Lab", "--relationship", "third_party", "--model-id", "prenet=csdwren/PReNet"]
    assert main(["export", "eee", str(tmp_path / "runs"), "--out", str(tmp_path / "eee"), *who]) == 0
    (path,) = (tmp_path / "eee/data/rain100h/csdwren/PReNet").iterdir()
    assert capsys.readouterr().out.split() == [str(path)]
    validate(json.loads(path.read_text(encoding="utf-8")), "every_eval_ever")
