from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from restorebench.bench.datasets import open_dataset
from restorebench.bench.errors import UsageError
from restorebench.bench.terminal.progress import Silent
from restorebench.bench.training.course import PICTURES_FOLDER, Course, TrainingFacts
from restorebench.bench.training.pictures import ValidationPictures
from restorebench.reports.training.page import write_training_page

FACTS = TrainingFacts("<tiny>", "net", 3, 1000, "cpu", ("photographs-train",))
VALUES = {"stage": 1, "solver_steps": "", "learning_rate": "0.001", "gradient_norm": "0.5"}


def figures(page: Path) -> dict[str, str]:
    return dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page.read_text(encoding="utf-8")))


@pytest.fixture(autouse=True)
def course(tmp_path: Path) -> Course:
    return Course(tmp_path, FACTS, Silent(), done=0)


def test_a_training_that_has_just_begun(tmp_path: Path) -> None:
    page = write_training_page(tmp_path)
    text = page.read_text(encoding="utf-8")
    assert "Nothing has been logged yet." in text
    assert "&lt;tiny&gt;" in text
    assert "<tiny>" not in text


def test_the_time_left_follows_from_the_speed(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(
        "iteration,stage,solver_steps,learning_rate,loss,gradient_norm,seconds,iterations_per_second,waiting\n"
        "100,1,,0.001,0.5,0.1,50,2,0\n200,1,,0.001,0.25,0.1,75,4,0.015\n"
    )
    (tmp_path / "validation.csv").write_text(
        "iteration,psnr,ssim,images,protocol\n100,31.5,0.9,3,rgb@1\n200,30.25,0.9,3,rgb@1\n"
    )
    shown = figures(write_training_page(tmp_path))
    # 200 iterations took 50 + 25 s, so that the other 800 take 300 s.
    assert shown["Time left"] == "5 min 0 s"
    assert shown["Iteration"] == "200 of 1,000"
    assert shown["Waiting for data"] == "1.5%"
    assert shown["Validation PSNR, rgb@1"] == "30.25 dB"
    assert shown["Best so far"] == "31.50 dB at 100"


def test_pictures_are_linked_and_a_finished_page_rests(course: Course, tmp_path: Path) -> None:
    dataset = open_dataset("quickstart-rain")
    course.begin(dataset)
    key = next(iter(dataset)).key
    for iteration in range(100, 1001, 100):
        restored = {key: np.zeros((4, 4, 3), np.uint8)}
        course.validated(iteration, {"psnr": 30.0, "ssim": 0.9}, restored, images=1, by="rgb@1")
    page = write_training_page(tmp_path)
    assert 'http-equiv="refresh"' in page.read_text(encoding="utf-8")
    text = write_training_page(tmp_path, finished=True).read_text(encoding="utf-8")
    assert 'http-equiv="refresh"' not in text
    sources = re.findall(r'<img src="(.*?)\?', text)
    assert all((tmp_path / source).is_file() for source in sources)
    assert len(ValidationPictures(tmp_path / PICTURES_FOLDER).restored(key)) == 10
    captions = re.findall(r"<figcaption>(.*?)</figcaption>", text)
    assert captions[:7] == ["degraded", *(f"iteration {n:,}" for n in (200, 400, 600, 800, 1000)), "target"]


def test_a_folder_without_a_training_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no training"):
        write_training_page(tmp_path / "elsewhere")
