"""What version 0.1.0 left on disk is read by every command, with the numbers that 0.1.0 itself printed."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from helpers.optional import known
from restorebench.bench import load_run
from restorebench.bench.cli import main
from restorebench.bench.runs.journal import read_journal
from restorebench.bench.runs.migrations import is_version_1
from restorebench.bench.runs.run import find_runs
from restorebench.bench.verdict.baseline import read_baseline

DATA = Path(__file__).parent / "data" / "run-0.1.0"

PRINTED = {
    ("paired", "identity"): (math.inf, 0.651),
    ("paired", "median"): (40.00, 0.838),
    ("paired", "elsewhere"): (40.00, 0.838),
    ("paired", "./noisy.py:noisy"): (31.10, 0.626),
    ("paired", "nafnet-nano-deblur+pde"): (34.74, 0.886),
    ("quickstart-rain", "identity"): (24.66, 0.840),
    ("quickstart-rain", "median"): (24.08, 0.798),
}
"""Data set and model to the mean PSNR and SSIM of `restorebench table` 0.1.0."""

RUN = ["run", "-m", "identity", "-m", "median", "-d", "paired=pairs", "--out", "out", "--save-images", "all"]
"""The command that made two of the runs, from a folder that holds `pairs` and `out`."""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of everything, and the working folder of the test."""
    shutil.copytree(DATA, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    capsys.readouterr()
    assert main(list(words)) == code, capsys.readouterr().err
    return capsys.readouterr().out


def numbers(out: Path) -> dict[tuple[str, str], tuple[float | None, float | None]]:
    means = {(run.dataset, run.model): run.summary.metrics for run in find_runs(out)}
    return {cell: (metrics["psnr"].mean, metrics["ssim"].mean) for cell, metrics in means.items()}


def check_means(found: dict[tuple[str, str], tuple[float | None, float | None]]) -> None:
    assert found.keys() == PRINTED.keys()
    for cell, (psnr, ssim) in PRINTED.items():
        assert found[cell][0] == pytest.approx(psnr, abs=0.00501), cell
        assert found[cell][1] == pytest.approx(ssim, abs=0.000501), cell


def test_the_means_are_those_that_were_printed_and_those_that_were_stored(place: Path):
    check_means(numbers(place / "out"))
    for run in find_runs(place / "out"):
        stored = known(run.info.summary)
        assert {name: (each.mean, each.n, each.groups, each.infinite) for name, each in stored.metrics.items()} == {
            name: (each.mean, each.n, each.groups, each.infinite) for name, each in run.summary.metrics.items()
        }
        assert replace(stored, metrics={}, intervals="") == replace(run.summary, metrics={}, intervals="")
        assert run.info.plan.sha256 == run.info.plan_sha256
        assert run.info.schema_version == 2


def test_what_was_noted_is_in_its_field(place: Path):
    first, *_, last = load_run(place / "out" / "paired" / "noisy.py-noisy").records
    assert first.size == (48, 64)
    assert (first.pair, first.restored) == ("0ef2ca3823876995", "147db016f0d72ab1")
    assert first.of("rgb@1").samples["psnr"] == (39.941623397148874, 39.89893215768861, 39.881196742938386)
    assert "restorebench fetch lpips-alex" in first.of("rgb@1").nulls["lpips"]
    assert (last.status, last.metrics) == ("failed", {"psnr": None, "ssim": None, "lpips": None})
    assert "img_3.png is truncated or damaged" in (last.reason or "")
    assert {record.group for record in load_run(place / "out" / "quickstart-rain" / "median").records} == {
        "astronaut",
        "chelsea",
    }


@pytest.mark.usefixtures("place")
def test_table(capsys: pytest.CaptureFixture[str]):
    for style in ("text", "markdown", "latex", "html", "csv"):
        assert "31.10" in told(capsys, "table", "out", "--format", style, "--digits", "psnr=2"), style
    assert "0.44" in told(capsys, "table", "out", "--cost", "--format", "markdown")
    listed: list[dict[str, Any]] = json.loads(told(capsys, "table", "out", "--format", "json"))
    assert {item["model"] for item in listed} == {model for _, model in PRINTED}


def test_report_and_leaderboard(place: Path, capsys: pytest.CaptureFixture[str]):
    told(capsys, "report", "out", "--out", "report")
    page = (place / "report" / "index.html").read_text(encoding="utf-8")
    assert "NAFNet-nano deblur + PDE" in page
    assert list((place / "report").rglob("*-drift.svg"))
    told(capsys, "leaderboard", "out", "--out", "site")
    assert (place / "site" / "index.html").is_file()


@pytest.mark.usefixtures("place")
def test_compare(capsys: pytest.CaptureFixture[str]):
    found = json.loads(told(capsys, "compare", "out", "identity", "median", "--json"))
    by_dataset = {each["dataset"]: each["metrics"] for each in found}
    assert by_dataset["paired"]["psnr"]["difference"] == pytest.approx(4.702, abs=5e-4)
    assert by_dataset["paired"]["ssim"]["difference"] == pytest.approx(0.1873, abs=5e-5)
    assert by_dataset["quickstart-rain"]["psnr"]["difference"] == pytest.approx(-0.577, abs=5e-4)
    assert by_dataset["quickstart-rain"]["ssim"]["difference"] == pytest.approx(-0.0428, abs=5e-5)


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("baseline", ["baseline.json", "out/paired/median"])
def test_check(capsys: pytest.CaptureFixture[str], baseline: str):
    command = ("check", "out/paired/identity", "--baseline", baseline, "--max-drop", "psnr=0.1")
    told(capsys, *command, code=2)  # another model
    text = told(capsys, *command, "--other-model", code=3)
    assert "worse by 4.70" in text
    assert "AMBIGUOUS: paired psnr: too-few-groups" in " ".join(text.split())  # 0.1.0 said FAIL, of two images


def test_baseline_save_gives_what_it_gave(place: Path, capsys: pytest.CaptureFixture[str]):
    told(capsys, "baseline", "save", "out/paired/median", "--out", "again.json")
    (again,), (old,) = read_baseline(place / "again.json"), read_baseline(place / "baseline.json")
    assert again.images == old.images
    assert (again.protocol, again.quantiser, again.decimals) == (old.protocol, old.quantiser, old.decimals)


@pytest.mark.usefixtures("place")
def test_submit_and_check_the_archive(capsys: pytest.CaptureFixture[str]):
    archive = told(capsys, "submit", "out/quickstart-rain/median", "--out", "sent").strip()
    told(capsys, "submit", "--check", archive)


def test_merge(place: Path, capsys: pytest.CaptureFixture[str]):
    told(capsys, "merge", "out", "--out", "merged", code=1)  # an image failed
    check_means(numbers(place / "merged"))
    fields = Path("paired", "nafnet-nano-deblur+pde", "fields")
    names = {path.name for path in (place / "out" / fields).iterdir()}
    assert names == {path.name for path in (place / "merged" / fields).iterdir()}
    assert json.loads((place / "merged" / "paired" / "median" / "run.json").read_text())["schema_version"] == 2


def test_figure(place: Path, capsys: pytest.CaptureFixture[str]):
    told(capsys, "figure", "strip", "out", "--dataset", "paired", "--key", "img_1", "--out", "strip.png")
    assert (place / "strip.png").stat().st_size > 1000


def outdated(folder: Path) -> bool:
    return any(is_version_1(line) for line in (folder / "scores.jsonl").read_bytes().splitlines())


def test_a_run_goes_on_and_is_of_version_2_then(place: Path, capsys: pytest.CaptureFixture[str]):
    before = {name: load_run(place / "out" / "paired" / name) for name in ("identity", "median")}
    told(capsys, *RUN, code=1)  # the image that failed fails again
    for name, run in before.items():
        after = load_run(run.path)
        assert not outdated(run.path)
        assert json.loads((run.path / "run.json").read_text())["schema_version"] == 2
        assert after.records[:3] == run.records[:3]
        assert after.records[3].status == "failed", name
        assert after.summary.metrics == run.summary.metrics


def test_a_protocol_joins_a_run_on_the_images_that_0_1_0_kept(place: Path, capsys: pytest.CaptureFixture[str]):
    before = {name: load_run(place / "out" / "paired" / name) for name in ("identity", "median")}
    told(capsys, *RUN, "-p", "rgb@1", "-p", "y@1", code=1)  # the image that failed fails again
    told(capsys, *RUN[:-3], "alone", "-p", "y@1", code=1)
    for name, run in before.items():
        after = load_run(run.path)
        assert json.loads((run.path / "run.json").read_text())["schema_version"] == 3
        assert (after.records[:3], after.summary.metrics) == (run.records[:3], run.summary.metrics)
        assert after.info.findings == run.info.findings
        alone = load_run(place / "alone" / "paired" / name)
        assert [record.metrics for record in after.by("y@1").records] == [record.metrics for record in alone.records]
        assert after.by("y@1").records[3].status == "failed"


def test_a_user_s_model_goes_on(place: Path, capsys: pytest.CaptureFixture[str]):
    folder = place / "out" / "paired" / "noisy.py-noisy"
    before = load_run(folder)
    told(capsys, "run", "-m", "./noisy.py:noisy", "-d", "paired=pairs", "--out", "out", "--samples", "3", code=1)
    assert load_run(folder).records[:3] == before.records[:3]


@pytest.mark.parametrize("killed_after", ["run.json", "scores.jsonl"])
def test_a_migration_that_was_killed_between_its_two_files_is_read_and_goes_on(
    place: Path, capsys: pytest.CaptureFixture[str], killed_after: str
):
    folder = place / "out" / "paired" / "median"
    before = load_run(folder)
    old = (folder / killed_after).read_bytes()
    other = "scores.jsonl" if killed_after == "run.json" else "run.json"
    kept = (folder / other).read_bytes()
    told(capsys, *RUN, code=1)
    assert (folder / killed_after).read_bytes() != old
    (folder / other).write_bytes(kept)
    assert load_run(folder).records[:3] == before.records[:3]
    told(capsys, *RUN, code=1)
    assert load_run(folder).records[:3] == before.records[:3]
    assert not outdated(folder)


def damaged(change: Callable[[list[bytes]], None]) -> Callable[[Path], None]:
    def edit(path: Path) -> None:
        lines = path.read_bytes().splitlines(keepends=True)
        change(lines)
        path.write_bytes(b"".join(lines))

    return edit


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (damaged(lambda lines: lines.append(lines[0])), "two records of the image 'img_0', in lines 1 and 5"),
        (damaged(lambda lines: lines.insert(1, b"{}\n")), "line 2 is not a score record (key is missing)"),
    ],
)
def test_every_reader_refuses_a_damaged_journal_alike(
    place: Path, capsys: pytest.CaptureFixture[str], change: Callable[[Path], None], message: str
):
    change(place / "out" / "paired" / "identity" / "scores.jsonl")
    for words in (
        ["table", "out"],
        ["report", "out", "--out", "report"],
        ["compare", "out", "identity", "median"],
        ["check", "out/paired/identity", "--baseline", "out/paired/median"],
        ["check", "out/paired/median", "--baseline", "out/paired/identity"],
        ["merge", "out", "--out", "merged"],
        ["submit", "out/paired/identity", "--out", "sent"],
        RUN,
    ):
        capsys.readouterr()
        assert main(words) == 2, words
        said = " ".join(capsys.readouterr().err.split())
        assert message in said, words
        assert "Traceback" not in said


def test_a_torn_last_line_of_version_1_is_dropped(place: Path):
    path = place / "out" / "paired" / "median" / "scores.jsonl"
    path.write_bytes(path.read_bytes()[:-20])
    found = read_journal(path, "rgb@1")
    assert (len(found.records), found.torn, found.outdated) == (3, True, True)
