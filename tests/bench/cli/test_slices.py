"""`compare --by` and `table --by`, from images to what is printed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from helpers.memory_dataset import photograph
from restorebench.bench.cli import main
from restorebench.bench.files.images import save_png
from restorebench.bench.runs.run import find_runs
from restorebench.bench.slices.attributes_file import ImageAttributes, read_attributes, write_attributes

COUNT = 32

MODEL = """
from torch import nn

class Dark(nn.Module):
    # Restores dark images, and leaves bright ones as they are.
    def forward(self, x):
        return x - 4 / 255 if x.mean() < 0.467 else x
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pairs whose targets get brighter, six grey levels too bright, and runs of the input and of a model."""
    root, rng = tmp_path_factory.mktemp("slices"), np.random.default_rng(0)
    for index in range(COUNT):
        target = (rng.normal(20 + 6 * index, 8, (24, 32, 1)).clip(0, 240) * np.ones(3)).astype(np.uint8)
        degraded = target + 6 + (rng.random((24, 32, 1)) < index / 64).astype(np.uint8)
        save_png(root / "pairs" / "target" / f"{index:02d}.png", target)
        save_png(root / "pairs" / "input" / f"{index:02d}.png", degraded.astype(np.uint8))
    (root / "mine.py").write_text(MODEL)
    words = ["run", "-m", "identity", "-m", f"{root / 'mine.py'}:Dark", "-d", f"paired={root / 'pairs'}"]
    assert main([*words, "-p", "rgb@1", "--out", str(root / "out"), "--quiet"]) == 0
    return root


@pytest.fixture
def out(place: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(place / "out", tmp_path / "out"))


def model(place: Path) -> str:
    return f"{place / 'mine.py'}:Dark"


def compared(out: Path, place: Path, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, list[str]]:
    capsys.readouterr()
    assert main(["compare", str(out), "identity", model(place), "--metric", "psnr", "--json", *words]) == 0
    by = json.loads(capsys.readouterr().out)[0]["by"]
    return {each["label"]: each["findings"]["psnr"] for each in by["slices"]}


def test_a_model_that_restores_dark_images_wins_in_the_dark_slices(
    out: Path, place: Path, capsys: pytest.CaptureFixture[str]
):
    found = compared(out, place, capsys, "--by", "brightness")
    assert list(found.values()) == ["wins", "wins", "undecided", "undecided"]
    ends = [float(end) for label in found for end in label.split(" to ")]
    assert ends == sorted(ends)
    assert abs(ends[0] - 20) < 3


def test_the_tables_say_where_it_wins(out: Path, place: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["compare", str(out), "identity", model(place), "--metric", "psnr", "--by", "brightness"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "PSNR ↑ by brightness of the target (grey levels)" in text
    assert "2 of 4 slices undecided (Holm, 5 %)." in text
    assert "Dark wins on " in text


def test_attributes_are_kept_beside_the_runs_and_need_no_image_again(
    out: Path, place: Path, capsys: pytest.CaptureFixture[str]
):
    first = compared(out, place, capsys, "--by", "brightness")
    kept = read_attributes(out / "paired" / "identity")
    assert set(kept) == {f"{index:02d}" for index in range(COUNT)}
    hidden = place / "pairs"
    hidden.rename(place / "hidden")
    try:
        assert compared(out, place, capsys, "--by", "brightness") == first
        assert main(["compare", str(out), "identity", model(place), "--by", "gradient"]) == 2
        assert "is no longer in" in capsys.readouterr().err
        moved = ["--by", "gradient", "-d", f"paired={place / 'hidden'}"]
        assert len(compared(out, place, capsys, *moved)) == 4
    finally:
        (place / "hidden").rename(hidden)
    assert set(read_attributes(out / "paired" / "identity")["00"].values) == {"brightness", "gradient"}


def test_a_file_of_the_user_slices_by_numbers_or_categories(
    out: Path, place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    file = tmp_path / "weather.csv"
    lines = [f"{index:02d},{'night' if index < 16 else 'day'}" for index in range(COUNT)]
    file.write_text("key,weather\n" + "\n".join(lines))
    assert compared(out, place, capsys, "--by", str(file)) == {"day": "undecided", "night": "wins"}
    file.write_text("key,hour\n" + "\n".join(f"{index:02d},{index}" for index in range(COUNT)))
    found = compared(out, place, capsys, "--by", str(file), "--slices", "2")
    assert found == {"0.000 to 15.000": "wins", "16.000 to 31.000": "undecided"}


def test_what_the_data_set_knows_of_its_images_slices_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Three ranges of extents, as many images each: three slices are the ranges."""
    for index in range(2):
        save_png(tmp_path / "clean" / f"{index}.png", photograph(index, height=96, width=104))
    dataset = f"known-motion={tmp_path / 'clean'}"
    assert main(["run", "-m", "identity", "-m", "median", "-d", dataset, "--out", str(tmp_path / "out")]) == 0
    capsys.readouterr()
    words = ["--by", "extent", "--slices", "3", "--metric", "psnr", "--json"]
    assert main(["compare", str(tmp_path / "out"), "identity", "median", *words]) == 0
    slices = json.loads(capsys.readouterr().out)[0]["by"]["slices"]
    for each, (low, high) in zip(slices, ((5, 15), (15, 30), (30, 45)), strict=True):
        assert low <= each["low"] <= each["high"] <= high


def test_a_table_has_a_column_for_every_slice(out: Path, capsys: pytest.CaptureFixture[str]):
    words = ["table", str(out), "--by", "brightness", "--slices", "2", "--metric", "psnr", "--format", "json"]
    assert main(words) == 0
    items = json.loads(capsys.readouterr().out)
    assert len(items) == 4
    values = {(item["model"].rpartition(":")[2], item["dataset"]): (item["n"], item["rank"]) for item in items}
    assert values["Dark", "paired[brightness=1 of 2]"] == (16, 1)
    assert values["Dark", "paired[brightness=2 of 2]"] == (16, 1)  # as good as the input
    assert values["identity", "paired[brightness=2 of 2]"] == (16, 1)
    assert all("limited to" not in " ".join(item["notes"]) for item in items)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--by", "brihtness"], "did you mean brightness?"),
        (["--by", "extent"], "does not know the extent of its images: slice by another attribute"),
        (["--by", "missing.csv"], "missing.csv cannot be read as CSV"),
        (["--by", "brightness", "--slices", "1"], "--slices is 1, but must be at least 2"),
        (["-d", "paired=/nowhere"], "--dataset belongs to --by"),
        (["--slices", "3"], "--slices belongs to --by"),
        (["--by", "brightness", "-d", "paired"], "does not say where the data set is"),
    ],
)
@pytest.mark.parametrize("command", ["compare", "table"])
def test_mistakes_are_one_sentence(
    out: Path, place: Path, capsys: pytest.CaptureFixture[str], *, command: str, words: list[str], message: str
):
    models = ["identity", model(place)] if command == "compare" else []
    assert main([command, str(out), *models, *words]) == 2
    assert message in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("key,weather\n", "no rows of key and value"),
        ("key\n00\n", "no rows of key and value"),
        ("key,weather\n00,a\n00,b\n", "has the key '00' twice"),
        ("key,weather\nxx,a\nyy,b\n", "has none of the 32 images"),
    ],
)
def test_a_file_that_says_nothing_is_refused(
    out: Path, place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], *, content: str, message: str
):
    file = tmp_path / "weather.csv"
    file.write_text(content)
    assert main(["compare", str(out), "identity", model(place), "--by", str(file)]) == 2
    assert message in " ".join(capsys.readouterr().err.split())


@pytest.fixture
def two(place: Path, tmp_path: Path) -> Path:
    """Runs on the data set above and on one whose images are all alike."""
    target = np.full((16, 16, 3), 90, np.uint8)
    for index in range(6):
        save_png(tmp_path / "flat" / "target" / f"flat-{index}.png", target)
        save_png(tmp_path / "flat" / "input" / f"flat-{index}.png", target + np.uint8(index + 1))
    shutil.copytree(place / "out", tmp_path / "out")
    words = ["run", "-m", "identity", "-m", model(place), "-d", f"paired[title=flat]={tmp_path / 'flat'}"]
    assert main([*words, "-p", "rgb@1", "--out", str(tmp_path / "out"), "--quiet"]) == 0
    return tmp_path / "out"


@pytest.mark.parametrize("of_user", [False, True], ids=["brightness", "csv"])
def test_a_data_set_that_cannot_be_sliced_is_named_and_shown_whole(
    two: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], *, of_user: bool
):
    file = tmp_path / "hours.csv"
    file.write_text("key,hour\n" + "\n".join(f"{index:02d},{index}" for index in range(COUNT)))
    by = str(file) if of_user else "brightness"
    capsys.readouterr()
    assert main(["table", str(two), "--by", by, "--slices", "2", "--metric", "psnr", "--format", "json"]) == 0
    shown = capsys.readouterr()
    counts = {item["dataset"]: item["n"] for item in json.loads(shown.out)}
    name = "hour" if of_user else "brightness"
    assert counts == {f"paired[{name}=1 of 2]": 16, f"paired[{name}=2 of 2]": 16, "paired[title=flat]": 6}
    assert f"flat cannot be sliced by {name}. " in " ".join(shown.err.split())


def test_a_comparison_goes_on_without_the_slices_that_there_are_not(
    two: Path, place: Path, capsys: pytest.CaptureFixture[str]
):
    capsys.readouterr()
    assert main(["compare", str(two), "identity", model(place), "--by", "brightness", "--json"]) == 0
    shown = capsys.readouterr()
    assert {each["dataset"]: "by" in each for each in json.loads(shown.out)} == {
        "paired": True,
        "paired[title=flat]": False,
    }
    assert "flat cannot be sliced by brightness. All images have the same value" in " ".join(shown.err.split())


def test_where_nothing_can_be_sliced_the_data_set_is_named(two: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["table", str(next(two.glob("paired*flat*"))), "--by", "brightness"]) == 2
    assert "flat cannot be sliced by brightness. All images" in " ".join(capsys.readouterr().err.split())


def test_an_attribute_of_another_task_is_doubted(out: Path, capsys: pytest.CaptureFixture[str]):
    # Half of the images get a density of 1: there has to be something to slice.
    for run in find_runs(out):
        lines = [ImageAttributes(each.key, each.pair, {"rain": float(each.key > "15")}) for each in run.records]
        write_attributes(run.path, lines)
    assert main(["table", str(out), "--by", "rain"]) == 0
    assert "computed there too" not in capsys.readouterr().err  # a folder of pairs may be of any task
    for file in out.rglob("run.json"):
        content = file.read_text()
        assert '"task": "restoration"' in content
        file.write_text(content.replace('"task": "restoration"', '"task": "deblurring"'))
    assert main(["table", str(out), "--by", "rain"]) == 0
    assert "is for deblurring: `rain` is computed there too, but measures" in " ".join(capsys.readouterr().err.split())


def test_a_damaged_file_of_attributes_is_one_sentence(out: Path, place: Path, capsys: pytest.CaptureFixture[str]):
    file = out / "paired" / "identity" / "attributes.jsonl"
    file.write_text('{"key": 3}\n')
    assert main(["compare", str(out), "identity", model(place), "--by", "brightness"]) == 2
    assert f"{file} is damaged" in " ".join(capsys.readouterr().err.split())
