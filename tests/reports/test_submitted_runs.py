from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from helpers.report_runs import FakeRun, write_run
from helpers.submissions import Contents, edit_archive, forge_records, seal, write_embedded_submission, write_submission
from restorebench.bench.cli import main
from restorebench.bench.runs.run import load_run
from restorebench.reports.submission import pack_run

PRENET = FakeRun(psnr=29.4599, ssim=0.8989)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own; LPIPS has no weights there."""
    monkeypatch.setenv("RESTOREBENCH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def items(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> dict[tuple[str, str], Any]:
    """Trust by model and metric, as `table --format json` prints it."""
    capsys.readouterr()
    assert main(["table", *map(str, arguments), "--format", "json"]) == 0
    return {(item["model"], item["metric"]): item["trust"] for item in json.loads(capsys.readouterr().out)}


def test_runs_of_ones_own_are_not_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    write_run(tmp_path / "out", PRENET)
    assert set(items(capsys, tmp_path / "out").values()) == {None}
    assert main(["table", str(tmp_path / "out")]) == 0
    assert "claimed" not in capsys.readouterr().out


def test_each_level_in_one_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    sent = write_submission(tmp_path)
    claimed = write_run(tmp_path / "claimed", PRENET)
    write_run(tmp_path / "own", replace(PRENET, model="mine-too", title="Mine too"))
    arguments = [sent.archive, claimed, "--rerun", tmp_path / "own", "-d", f"paired={sent.data}"]
    levels = items(capsys, *arguments)
    assert levels["prenet", "psnr"] == "claimed"
    assert levels["mine", "psnr"] == levels["mine", "ssim"] == "re-scored"
    assert levels["mine-too", "psnr"] == "re-run"
    assert {model for model, _ in items(capsys, *arguments, "--trust", "re-scored")} == {"mine", "mine-too"}
    assert {model for model, _ in items(capsys, *arguments, "--trust", "re-run")} == {"mine-too"}


def test_every_number_has_its_sign_and_the_legend_explains_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    archive = pack_run(load_run(write_run(tmp_path / "theirs", PRENET)), tmp_path / "prenet.zip")
    own = write_run(tmp_path / "own", replace(PRENET, model="other", title="Other", psnr=28.0))
    capsys.readouterr()
    assert main(["table", str(archive), "--rerun", str(own)]) == 0
    said = capsys.readouterr().out
    lines = {line.split()[0]: line for line in said.splitlines() if line.strip()}
    assert lines["PReNet"].count("○") == lines["Other"].count("●") == 2
    assert "○ claimed: as its submitter recorded it" in said
    assert "● re-run: " in said
    assert "re-scored" not in said
    assert main(["table", str(archive), "--format", "latex"]) == 0
    assert r"29.46\textsuperscript{$\circ$}" in capsys.readouterr().out


def test_a_metric_that_could_not_be_scored_again_remains_claimed(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    sent = write_submission(tmp_path)

    def with_a_metric_of_their_own(contents: Contents) -> None:
        info = json.loads(contents["run.json"])
        lines = [json.loads(line) for line in contents["scores.jsonl"].splitlines()]
        facts = info["protocol"]["metric_facts"]
        facts["mae"] = facts["psnr"] | {"name": "mae", "title": "MAE", "code_sha256": "a" * 64}
        info["protocol"]["metrics"].append("mae")
        info["summary"]["metrics"]["mae"] = info["summary"]["metrics"]["ssim"] | {"mean": 0.5}
        for line in lines:
            if "metrics" in line:
                line["metrics"]["rgb@1"]["mae"] = 0.5
        contents["scores.jsonl"] = "".join(json.dumps(line) + "\n" for line in lines).encode()
        contents["run.json"] = json.dumps(info).encode()
        seal(contents)

    edit_archive(sent.archive, with_a_metric_of_their_own)
    levels = items(capsys, sent.archive, "-d", f"paired={sent.data}")
    assert (levels["mine", "mae"], levels["mine", "psnr"]) == ("claimed", "re-scored")
    assert ("mine", "mae") not in items(capsys, sent.archive, "-d", f"paired={sent.data}", "--trust", "re-scored")


def test_images_without_their_data_set_say_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    sent = write_submission(tmp_path)
    assert main(["table", str(sent.archive)]) == 0
    assert "is not scored again: say where its data set is with -d 'paired=ROOT'" in _said(capsys)


@pytest.mark.parametrize("options", [(), ("-d", "quickstart-blur")])
def test_embedded_data_need_no_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...]):
    archive = write_embedded_submission(tmp_path)
    assert items(capsys, archive, *options)["identity", "psnr"] == "re-scored"
    forge_records(archive, psnr=99.5)
    assert main(["table", str(archive), *options]) == 2
    assert "but 99.5000 was submitted" in _said(capsys)


def test_a_folder_for_embedded_data_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    archive = write_embedded_submission(tmp_path)
    assert main(["table", str(archive), "-d", f"quickstart-blur={tmp_path}"]) == 2
    assert "write quickstart-blur instead of quickstart-blur=" in _said(capsys)


def test_embedded_data_with_options_are_named_by_the_caller(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    name = "photographs-train[count=3,size=32]"
    archive = write_embedded_submission(tmp_path, name)
    assert items(capsys, archive)["identity", "psnr"] == "claimed"
    assert main(["table", str(archive)]) == 0
    assert f"is not scored again: name its data set with -d '{name}'" in _said(capsys)
    assert items(capsys, archive, "-d", name)["identity", "psnr"] == "re-scored"


def test_a_forged_value_ends_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    sent = write_submission(tmp_path)
    forge_records(sent.archive, psnr=99.5)
    arguments = [str(sent.archive), "-d", f"paired={sent.data}"]
    assert main(["table", *arguments]) == 2
    assert main(["leaderboard", *arguments, "--out", str(tmp_path / "site")]) == 2
    assert not (tmp_path / "site").exists()
    capsys.readouterr()
    assert main(["submit", "--check", *arguments]) == 2
    assert "but 99.5000 was submitted" in _said(capsys)


def test_a_check_says_what_was_scored_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    sent = write_submission(tmp_path)
    both = [str(sent.archive), str(sent.images)]  # as a shell writes submissions/*.zip
    assert main(["submit", "--check", *both, "-d", f"paired={sent.data}"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert said.count("is intact") == 1
    assert "is intact and its images give the same PSNR by rgb@1, SSIM by rgb@1." in said


def test_the_second_time_is_remembered(tmp_path: Path, capsys: pytest.CaptureFixture[str], cache: Path):
    sent = write_submission(tmp_path)
    arguments = [sent.archive, "-d", f"paired={sent.data}"]
    first = items(capsys, *arguments)
    (kept,) = (cache / "rescored").iterdir()
    kept.write_text(kept.read_text(encoding="utf-8").replace("re-scored", "re-run"), encoding="utf-8")
    assert items(capsys, *arguments)["mine", "psnr"] == "re-run"  # so it was read
    kept.write_text("damaged", encoding="utf-8")
    assert items(capsys, *arguments) == first


def test_other_images_are_scored_even_if_others_are_remembered(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    sent = write_submission(tmp_path)
    arguments = [sent.archive, "-d", f"paired={sent.data}"]
    items(capsys, *arguments)
    forge_records(sent.archive, psnr=99.5)
    assert main(["table", *map(str, arguments)]) == 2


def test_a_claim_beside_a_rerun_of_the_same_plan_is_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    archive = pack_run(load_run(write_run(tmp_path / "theirs", replace(PRENET, psnr=31.0))), tmp_path / "prenet.zip")
    own = write_run(tmp_path / "own", replace(PRENET, created="2020-01-01T00:00:00Z"))
    assert main(["table", str(archive), "--rerun", str(own)]) == 0
    printed = capsys.readouterr()
    said = " ".join(printed.err.split())
    assert "PSNR of prenet on rain100h by rain100h@1 is 31.0000 there, but 29.4599 in" in said
    assert "29.46" in printed.out  # the trusted one is shown, although it is older
    assert "31.00" not in printed.out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--trust", "re-run"], "No result is re-run"),
        (["--by", "brightness"], "--by is for folders of runs alone"),
        (["-d", "pared=/data"], "no archive with images is of this data set: did you mean paired"),
    ],
)
def test_options_without_meaning(tmp_path: Path, options: list[str], message: str, capsys: pytest.CaptureFixture[str]):
    sent = write_submission(tmp_path)
    assert main(["table", str(sent.archive), *options]) == 2
    assert message in _said(capsys)


def test_images_alone_are_no_submission(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    sent = write_submission(tmp_path)
    alone = Path(shutil.move(sent.images, tmp_path / "alone.images.zip"))
    assert main(["table", str(alone)]) == 2
    assert "put the archive of their run, alone.zip, beside it" in _said(capsys)


def test_a_folder_of_archives_says_how_to_give_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folder = write_submission(tmp_path).archive.parent
    assert main(["leaderboard", str(folder), "--out", str(tmp_path / "site")]) == 2
    assert "no run: give the files, as in" in _said(capsys)
    assert main(["leaderboard", *map(str, folder.glob("*.zip")), "--out", str(tmp_path / "site")]) == 0


def test_a_command_that_reads_no_archives_says_which_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    sent = write_submission(tmp_path)
    assert main(["report", str(sent.archive), "--out", str(tmp_path / "report")]) == 2
    assert "is an archive, not a folder of runs: `restorebench table`, `leaderboard`" in _said(capsys)


def test_the_leaderboard_has_the_trust_in_every_cell(tmp_path: Path):
    sent = write_submission(tmp_path)
    own = write_run(tmp_path / "own", PRENET)
    command = ["leaderboard", str(sent.archive), "--rerun", str(own), "-d", f"paired={sent.data}"]
    assert main([*command, "--out", str(tmp_path / "site")]) == 0
    front = (tmp_path / "site/index.html").read_text(encoding="utf-8")
    assert front.count('data-trust="re-scored"') == front.count('data-trust="re-run"') == 2
    assert '<option value="re-run">' in front
    model = (tmp_path / "site/models/PReNet.html").read_text(encoding="utf-8")
    assert model.count("<td>re-run</td>") == 3  # PSNR, SSIM and the run in the history


def test_a_report_of_ones_own_runs_has_no_filter(tmp_path: Path):
    own = write_run(tmp_path / "own", PRENET)
    assert main(["report", str(own), "--out", str(tmp_path / "report")]) == 0
    front = (tmp_path / "report/index.html").read_text(encoding="utf-8")
    assert 'id="filter-trust"' not in front
    assert "data-trust=" not in front.split("<script")[0]


def _said(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(capsys.readouterr().err.split())
