"""A metric of a user's own, from the command line through every output, in processes that do not have its file."""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path

import pytest
from helpers.user_metric import FILE, score_two_methods, write_two_methods
from restorebench.bench import Metric, evaluate, load_run, open_dataset
from restorebench.bench.cli import main
from restorebench.bench.runs.run import find_runs


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two methods, 3.5 and 8.5 grey levels off on average; the file of the metric is gone."""
    folder = tmp_path_factory.mktemp("two")
    out = score_two_methods(folder)
    (folder / "mine.py").unlink()
    return out


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    main(list(words))
    return capsys.readouterr().out


def run_identity(folder: Path, content: str) -> list[str]:
    """The words of a run into `folder/o` that measures the MAE of a file with this content."""
    pairs, file = write_two_methods(folder, 2), folder / "mine.py"
    file.write_text(content)
    command = ["run", "-m", "identity", "-d", f"paired={pairs}", "--out", str(folder / "o")]
    return [*command, "--metric", f"{file}:MAE"]


def test_the_file_is_short_and_the_metric_one_line():
    assert len(FILE.splitlines()) == 10


def test_the_run_folder_says_what_a_reader_must_know(out: Path):
    run = load_run(out / "paired" / "near")
    facts = run.metric_facts["grey-mae"]
    assert (facts.title, facts.digits, facts.higher_is_better) == ("Grey MAE", 1, False)
    assert run.summary.metrics["grey-mae"].mean == pytest.approx(3.5, abs=1e-5)
    assert "grey-mae" in run.info.protocol.formula
    assert [*run.scores.columns[:5]] == ["key", "psnr", "ssim", "lpips", "grey-mae"]


def test_the_summary_of_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    pairs, file = write_two_methods(tmp_path, 2), tmp_path / "mine.py"
    file.write_text(FILE)
    text = printed(
        capsys,
        "run",
        "-m",
        "identity",
        "-d",
        f"paired={pairs}",
        "--metric",
        f"{file}:MAE",
        "--out",
        str(tmp_path / "o"),
    )
    assert "Grey MAE ↓" in text
    assert re.search(r"identity .* 0\.0 *\n", text)


def test_a_table_ranks_the_smaller_value_first(out: Path, capsys: pytest.CaptureFixture[str]):
    text = printed(capsys, "table", str(out), "--format", "markdown", "--metric", "grey-mae")
    assert "Grey MAE ↓" in text
    lines = [line for line in text.splitlines() if "near" in line or "far" in line]
    assert "**3.5**" in lines[0]
    assert "8.5" in lines[1]
    assert "**8.5**" not in lines[1]


def test_csv_and_json_carry_direction_and_digits(out: Path, capsys: pytest.CaptureFixture[str]):
    rows = csv.DictReader(printed(capsys, "table", str(out), "--format", "csv").splitlines())
    mine = {row["model"]: row for row in rows if row["metric"] == "grey-mae"}
    assert {model: row["rank"] for model, row in mine.items()} == {"near": "1", "far": "2"}
    assert {(row["metric_title"], row["digits"], row["higher_is_better"]) for row in mine.values()} == {
        ("Grey MAE", "1", "False")
    }
    items = json.loads(printed(capsys, "table", str(out), "--format", "json", "--metric", "grey-mae"))
    assert [item["higher_is_better"] for item in items] == [False, False]


def test_compare_finds_the_larger_value_worse(out: Path, capsys: pytest.CaptureFixture[str]):
    text = printed(capsys, "compare", str(out), "near", "far", "--metric", "grey-mae")
    assert re.search(r"Grey MAE ↓ .* 3\.5 .* 8\.5 .* \+5\.00 .* 0/0/6 +worse", text)
    (found,) = json.loads(printed(capsys, "compare", str(out), "far", "near", "--metric", "grey-mae", "--json"))
    assert found["metrics"]["grey-mae"]["finding"] == "better"
    assert found["metrics"]["grey-mae"]["facts"]["higher_is_better"] is False


def test_the_gate_fails_a_larger_value_and_passes_a_smaller_one(
    out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    near, far = str(out / "paired" / "near"), str(out / "paired" / "far")
    only = ["--metric", "grey-mae", "--max-drop", "grey-mae=0.5"]
    assert main(["check", far, "--other-model", "--baseline", near, *only]) == 1
    assert "Grey MAE is worse by 5.00" in capsys.readouterr().out
    assert main(["check", near, "--other-model", "--baseline", far, *only]) == 0
    base = str(tmp_path / "base.json")
    assert main(["baseline", "save", near, "--out", base]) == 0
    assert main(["check", far, "--baseline", base, "--other-model", *only]) == 1
    assert main(["check", base, "--baseline", far, "--other-model", *only]) == 0


def test_it_is_gated_by_default_only_if_it_says_by_how_much(out: Path, capsys: pytest.CaptureFixture[str]):
    near = str(out / "paired" / "near")
    assert "grey-mae" not in printed(capsys, "check", near, "--baseline", near)
    assert main(["check", near, "--baseline", near, "--metric", "grey-mae"]) == 2
    assert "grey-mae has no default tolerance" in capsys.readouterr().err


def test_report_and_leaderboard_show_it(out: Path, tmp_path: Path):
    assert main(["report", str(out), "--out", str(tmp_path / "report")]) == 0
    page = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    assert "Grey MAE ↓" in page
    data = json.loads(re.search(r'<script[^>]*type="application/json"[^>]*>(.*?)</script>', page, re.DOTALL)[1])  # pyright: ignore[reportOptionalSubscript]
    shown = {metric["name"]: metric for metric in data["columns"][0]["metrics"]}["grey-mae"]
    assert (shown["title"], shown["higher"], shown["digits"], shown["finer"]) == ("Grey MAE", False, 1, 2)
    ranks = {row["model"]: row["entries"]["0"]["metrics"]["grey-mae"]["rank"] for row in data["rows"]}
    assert ranks == {"near": 1, "far": 2}
    assert main(["leaderboard", str(out), "--out", str(tmp_path / "site")]) == 0
    assert "Grey MAE ↓" in (tmp_path / "site" / "models" / "near-images-restored-elsewhere.html").read_text("utf-8")


def test_a_figure_draws_it(out: Path, tmp_path: Path):
    file = tmp_path / "violin.svg"
    assert main(["figure", "violin", str(out), "--metric", "grey-mae", "--out", str(file)]) == 0
    assert "Grey MAE ↓" in file.read_text(encoding="utf-8")


def test_another_file_is_another_plan_and_is_not_compared(
    out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    shutil.copytree(out, tmp_path / "out")
    other = tmp_path / "other.py"
    other.write_text(FILE.replace("255 *", "256 *"))
    pairs = out.parent / "pairs"
    command = ["score", str(out.parent / "near"), "-d", f"paired={pairs}", "-p", "rgb@1", "--name", "near"]
    assert main([*command, "--metric", f"{other}:MAE", "--out", str(tmp_path / "out")]) == 2
    assert "was started with another plan (metric grey-mae: " in capsys.readouterr().err
    assert main([*command, "--out", str(tmp_path / "out")]) == 2
    assert "-> None" in capsys.readouterr().err
    assert main([*command, "--metric", f"{other}:MAE", "--out", str(tmp_path / "second")]) == 0
    again, first = str(tmp_path / "second" / "paired" / "near"), str(out / "paired" / "near")
    assert main(["compare", ".", first, again, "--metric", "grey-mae"]) == 2
    assert "two metrics called 'grey-mae', computed by different code" in capsys.readouterr().err
    assert main(["compare", ".", first, again]) == 0
    assert "Grey MAE is not compared" in "".join(capsys.readouterr())
    text = printed(capsys, "table", str(out), str(tmp_path / "second"), "--metric", "grey-mae")
    assert "computed by other code" in text


def test_a_suite_names_it_beside_itself(tmp_path: Path):
    write_two_methods(tmp_path, 2)
    (tmp_path / "mine.py").write_text(FILE)
    suite = tmp_path / "suite.toml"
    suite.write_text('models = ["identity"]\ndatasets = ["paired=pairs"]\nmetrics = ["mine.py:MAE"]\nout = "here"\n')
    assert main(["run", str(suite)]) == 0
    assert find_runs(tmp_path / "here")[0].summary.metrics["grey-mae"].mean == 0.0


def test_python_takes_the_value_itself(tmp_path: Path):
    pairs = open_dataset("paired", write_two_methods(tmp_path, 2))
    largest = Metric(
        name="largest", title="Largest", higher_is_better=False, compute=lambda x, y: float(abs(x - y).max())
    )
    run = evaluate("identity", pairs, "rgb@1", out=tmp_path / "out", metrics=[largest])
    assert run.summary.metrics["largest"].mean == 0.0
    assert run.metric_facts["largest"].arrow == "↓"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("MAE = mean_absolute_error", "does not say whether higher or lower is better"),
        ("MAE = Metric(name='psnr', title='P', higher_is_better=True, compute=mean_absolute_error)", "another name"),
        ("MAE = Metric(name='a b', title='P', higher_is_better=True, compute=mean_absolute_error)", "cannot be called"),
    ],
)
def test_a_wrong_metric_is_one_sentence_before_anything_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, message: str
):
    pairs, file = write_two_methods(tmp_path, 1), tmp_path / "mine.py"
    file.write_text(FILE + line + "\n")
    command = [
        "run",
        "-m",
        "identity",
        "-d",
        f"paired={pairs}",
        "--metric",
        f"{file}:MAE",
        "--out",
        str(tmp_path / "o"),
    ]
    assert main(command) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "o").exists()


def test_one_that_the_protocol_has_anyway_is_not_measured_twice(tmp_path: Path):
    pairs = write_two_methods(tmp_path, 1)
    command = ["run", "-m", "identity", "-d", f"paired={pairs}", "-p", "rgb@1", "--metric", "ssim"]
    assert main([*command, "--out", str(tmp_path / "o")]) == 0
    assert find_runs(tmp_path / "o")[0].info.protocol.metrics == ("psnr", "ssim", "lpips")


def test_one_that_raises_costs_no_image(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    pairs, file = write_two_methods(tmp_path, 2), tmp_path / "mine.py"
    file.write_text(FILE.replace("return 255", "raise ValueError('no luck')\n    return 255"))
    command = [
        "run",
        "-m",
        "identity",
        "-d",
        f"paired={pairs}",
        "--metric",
        f"{file}:MAE",
        "--out",
        str(tmp_path / "o"),
    ]
    assert main(command) == 0
    assert "Grey MAE is missing: Grey MAE raised ValueError: no luck." in capsys.readouterr().err
    run = find_runs(tmp_path / "o")[0]
    assert run.summary.failed == 0
    assert run.summary.nulls["grey-mae"] == "Grey MAE raised ValueError: no luck."


def test_one_quantity_has_the_same_digits_everywhere(out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """In 0.1.0 SSIM was 0.8036 in `run` and 0.804 in `table`."""
    run = load_run(out / "paired" / "far")
    expected = {name: f"{run.summary.metrics[name].mean:.{digits}f}" for name, digits in (("psnr", 2), ("ssim", 3))}
    base = str(tmp_path / "base.json")
    main(["baseline", "save", str(out / "paired" / "near"), "--out", base])
    command = ["score", str(out.parent / "far"), "-d", f"paired={out.parent / 'pairs'}", "-p", "rgb@1", "--name", "far"]
    outputs = {
        "run": printed(capsys, *command, "--out", str(tmp_path / "again")),
        "table": printed(capsys, "table", str(out)),
        "compare": printed(capsys, "compare", str(out), "near", "far"),
        "check": printed(capsys, "check", str(out / "paired" / "far"), "--other-model", "--baseline", base),
    }
    for where, text in outputs.items():
        for name, value in expected.items():
            assert re.search(rf"(?<![\d.]){re.escape(value)}(?!\d)", text), f"{name} in {where}: {text}"
