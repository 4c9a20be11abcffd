from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from restorebench.bench.terminal.progress import Silent
from restorebench.bench.training import course as module
from restorebench.bench.training.course import Course, TrainingFacts, read_facts
from restorebench.bench.training.log import read_rows

FACTS = TrainingFacts("tiny", "net", 3, 100, "cpu", ("photographs-train",))
VALUES = {"stage": 1, "solver_steps": "", "learning_rate": "0.001", "gradient_norm": "0.5"}


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(module.time, "monotonic", lambda: self.now)


def test_speed_and_waiting_are_those_since_the_row_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    course = Course(tmp_path, FACTS, Silent(), done=0)
    course.begin(None)
    clock.now += 20
    course.waited(5)
    course.log(10, 10, VALUES, 0.25)
    clock.now += 2
    course.log(20, 10, VALUES, 0.125)
    first, second = read_rows(tmp_path / "log.csv")
    columns = ("iterations_per_second", "waiting", "seconds", "loss")
    assert [first[name] for name in columns] == ["0.5", "0.250", "20.0", "0.25"]
    assert [second[name] for name in columns] == ["5", "0.000", "22.0", "0.125"]


def test_who_watches_is_called_after_a_validation_and_now_and_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, seen = Clock(monkeypatch), []
    course = Course(tmp_path, FACTS, Silent(), done=0, watch=seen.append)
    course.begin(None)
    course.log(10, 10, VALUES, 0.25)
    assert not seen
    clock.now += 2 * module.REDRAWN_AFTER
    course.log(20, 10, VALUES, 0.25)
    assert seen == [tmp_path]
    image = np.zeros((4, 4, 3), np.uint8)
    course.validated(20, {"psnr": 30.0, "ssim": 0.9}, {"a": image}, images=1, by="rgb@1")
    course.end()
    assert len(seen) == 3
    assert (tmp_path / "curves.png").exists()


def test_the_facts_are_read_back(tmp_path: Path) -> None:
    Course(tmp_path, FACTS, Silent(), done=0)
    assert read_facts(tmp_path) == FACTS
    (tmp_path / "training.json").write_text('{"title": 3}')
    with pytest.raises(ValueError, match="title"):
        read_facts(tmp_path)
