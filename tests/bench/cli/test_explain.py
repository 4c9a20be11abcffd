from __future__ import annotations

import json
from pathlib import Path

import pytest
from helpers.restored_images import write_pairs
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
    assert printed.startswith(f"PSNR {psnr:.2f} dB and SSIM {ssim:.4f} are y@1 (here the same as ")
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
        (["OUT", "--claimed", "psnr=30"], "holds runs: explain one of them, as in"),
        (["NOWHERE", "-d", "paired=DATA", "--claimed", "psnr=30"], "There is no folder"),
    ],
)
def test_mistakes_get_a_sentence(made: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]):
    places = {
        "RESTORED": made / "restored",
        "RUN": made / "out/paired/mine",
        "NOWHERE": made / "nowhere",
        "OUT": made / "out",
    }
    words = [str(places.get(word, word)).replace("DATA", str(made / "data")) for word in arguments]
    assert main(["explain", *words]) == 2
    assert said in " ".join(capsys.readouterr().err.split())


def test_a_run_without_a_published_number_has_nothing_to_explain(made: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["explain", str(made / "out/paired/mine")]) == 0
    assert "No published number of mine on paired folders differs" in " ".join(capsys.readouterr().err.split())
