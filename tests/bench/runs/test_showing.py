from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers.report_runs import FakeRun, write_run
from PIL import Image
from restorebench.bench.errors import RunFolderError, UnknownNameError
from restorebench.bench.runs.run import Run, load_run

FAKE = FakeRun(psnr=[20.0, 30.0, 40.0], images=3, keys=["a", "b", "c"])


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return load_run(write_run(tmp_path, FAKE, pictures=(0, 1)))


def test_a_drawing_has_the_pictures_side_by_side(run: Run) -> None:
    colours = {"degraded": (200, 0, 0), "target": (0, 200, 0)}
    for role, colour in colours.items():
        Image.new("RGB", (240, 180), colour).save(run.path.parent / "images" / role / "a.png")
    Image.new("RGB", (240, 180), (0, 0, 200)).save(run.path / "restored" / "a.png")
    image = run.show("a", width=1200)
    assert image.width == 1200
    pixels = np.asarray(image)
    middle = pixels[image.height * 2 // 3]
    order = [tuple(int(value) for value in middle[place]) for place in (150, 430, 720)]
    assert order == [(200, 0, 0), (0, 0, 200), (0, 200, 0)]


def test_a_picture_that_was_not_kept_is_an_error_that_names_those_that_were(run: Run) -> None:
    with pytest.raises(RunFolderError, match=r"lacks the pictures of 'c' \(it has those of a, b\).*save_images='all'"):
        run.show("c")
    with pytest.raises(UnknownNameError, match="Unknown image 'd'"):
        run.show("d")


def test_pictures_of_different_sizes_are_refused(run: Run) -> None:
    Image.new("RGB", (10, 10)).save(run.path / "restored" / "a.png")
    with pytest.raises(RunFolderError, match="differ in size"):
        run.show("a")


def test_a_run_is_one_line_and_a_table(run: Run) -> None:
    assert repr(run) == "<Run: prenet on rain100h by rain100h@1, 3 images, PSNR 30.00, SSIM 0.899>"
    html = run._repr_html_()
    assert "<th>PSNR ↑</th><td>30.00</td>" in html
    assert html.count("data:image/jpeg") == 3
    assert run.to_dataframe() is run.scores


def test_a_run_without_pictures_has_none(tmp_path: Path) -> None:
    run = load_run(write_run(tmp_path, replace(FAKE, model="bare")))
    assert "<img" not in run._repr_html_()
    with pytest.raises(RunFolderError, match="it kept none"):
        run.show("a")
