from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from helpers.restored_images import write_pairs
from PIL import Image
from restorebench.bench.cli import main
from restorebench.bench.runs.run import find_runs


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("explain")
    data, restored = write_pairs(place, 3, 48, 56)
    arguments = ["-d", f"paired={data}", "-p", "y@1", "--name", "mine", "--save-images", "all"]
    assert main(["score", str(restored), *arguments, "--out", str(place / "out")]) == 0
    return place


def test_a_run_is_explained_in_words_and_in_a_table(made: Path, capsys: pytest.CaptureFixture[str]):
    (run,) = find_runs(made / "out")
    psnr, ssim = (run.summary.metrics[name].mean for name in ("psnr", "ssim"))
    assert main(["explain", str(run.path), "--claimed", f"psnr={psnr:.2f}", f"ssim={ssim:.4f}"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith(f"PSNR {psnr:.2f} dB and SSIM {ssim:.4f} are reproduced by y@1 (here the same as ")
    assert "unrounded Y in 16..235; Wang's SSIM" in printed
    assert "protocols that differ here" in printed
    assert f"{psnr:.4f}" in printed


def test_a_folder_is_explained_as_json(made: Path, capsys: pytest.CaptureFixture[str]):
    command = ["explain", str(made / "restored"), "-d", f"paired={made / 'data'}", "--claimed", "psnr=11.11"]
    assert main([*command, "--json"]) == 1
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["verdict"], found["answers"]) == ("unexplained", [])
    assert found["answer"].startswith("None of ")
    assert found["remaining"]["psnr"] == pytest.approx(11.11 - found["nearest"][0]["values"][0])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["RESTORED", "--claimed", "psnr=30"], "A folder of images needs the targets: name the data set"),
        (["RESTORED", "-d", "paired=DATA"], "A folder of images has no published numbers: claim one"),
        (["RUN", "--claimed", "pnsr=30"], "did you mean psnr?"),
        (["RUN", "--claimed", "psnr=30", "-m", "identity"], "--model restores the degraded images again"),
        (["OUT", "--claimed", "psnr=30"], "holds 2 runs: name the one to explain,"),
        (["FILE", "-d", "paired=DATA", "--claimed", "psnr=30"], "There is no folder"),
        (["RUN", "-d", "paired=OTHER", "--claimed", "psnr=30"], "has no image 000, which"),
        (["NOWHERE", "-d", "paired=DATA", "--claimed", "psnr=30"], "There is no folder"),
    ],
)
def test_mistakes_get_a_sentence(
    made: Path, arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    several = tmp_path / "several"
    for name in ("one", "other"):
        shutil.copytree(made / "out/paired/mine", several / "paired" / name)
    places = {
        "RESTORED": made / "restored",
        "RUN": made / "out/paired/mine",
        "NOWHERE": made / "nowhere",
        "OUT": several,
        "FILE": made / "out/paired/mine/run.json",
    }
    other = tmp_path / "other"
    write_pairs(other, 1, 20, 20)
    for file in other.glob("data/*/000.png"):
        file.rename(file.with_name("stranger.png"))
    folders = {"DATA": made / "data", "OTHER": other / "data"}
    words = [str(places.get(word, word)) for word in arguments]
    for name, folder in folders.items():
        words = [word.replace(name, str(folder)) for word in words]
    assert main(["explain", *words]) == 2
    assert said in " ".join(capsys.readouterr().err.split())


def test_a_folder_that_holds_one_run_stands_for_it(made: Path, capsys: pytest.CaptureFixture[str]):
    (run,) = find_runs(made / "out")
    claimed = ["--claimed", f"psnr={run.summary.metrics['psnr'].mean:.4f}", "--json"]
    assert main(["explain", str(run.path), *claimed]) == 0
    named = json.loads(capsys.readouterr().out)
    assert main(["explain", str(made / "out"), *claimed]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out) == named
    assert f"holds one run, {run.path}" in "".join(printed.err.splitlines())


def test_what_was_not_tried_is_said_unless_the_number_is_explained(made: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["explain", str(made / "out/paired/mine"), "--claimed", "psnr=11.11"]) == 1
    *_, first, second = capsys.readouterr().out.splitlines()
    assert first.strip().startswith("The model run in other ways, such as tiles: name it and the data, as in -m")
    assert second.strip() == "Protocols that align the images first: give --align."
    (run,) = find_runs(made / "out")
    assert main(["explain", str(run.path), "--claimed", f"psnr={run.summary.metrics['psnr'].mean:.4f}"]) == 0
    assert "Not tried" not in capsys.readouterr().out


def test_a_further_copy_of_the_data_is_tried(made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    copy = tmp_path / "brighter"
    shutil.copytree(made / "data", copy)
    for file in (copy / "target").iterdir():
        brighter = np.asarray(Image.open(file)).astype(int) + 9
        Image.fromarray(brighter.clip(0, 255).astype(np.uint8)).save(file)
    options = ["-p", "rgb@1", "--name", "theirs", "--out", str(tmp_path / "out")]
    assert main(["score", str(made / "restored"), "-d", f"paired={copy}", *options]) == 0
    (theirs,) = find_runs(tmp_path / "out")
    claimed = [f"{name}={theirs.summary.metrics[name].mean:.4f}" for name in ("psnr", "ssim")]
    known = ["explain", str(made / "restored"), "-d", f"paired={made / 'data'}", "--claimed", *claimed]
    capsys.readouterr()
    assert main(known) == 1
    assert main([*known, "-d", f"paired={copy}"]) == 0
    assert f"targets of paired={copy}" in "".join(capsys.readouterr().out.split("\n"))


def test_a_run_without_a_published_number_has_nothing_to_explain(made: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["explain", str(made / "out/paired/mine")]) == 0
    assert "No published number of mine on paired folders differs" in " ".join(capsys.readouterr().err.split())
