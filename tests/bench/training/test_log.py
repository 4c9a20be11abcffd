from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from restorebench.bench.errors import CheckpointError
from restorebench.bench.training.log import LOG_COLUMNS, VALIDATION_COLUMNS, CsvLog, draw_curves, read_rows


def test_rows_are_there_as_soon_as_they_are_added(tmp_path: Path):
    path = tmp_path / "log.csv"
    log = CsvLog(path, ("iteration", "loss"), until=0)
    assert path.read_text() == "iteration,loss\n"
    log.add({"iteration": 1, "loss": 0.5})
    assert read_rows(path) == [{"iteration": "1", "loss": "0.5"}]


def test_rows_of_undone_work_and_a_torn_last_line_are_dropped(tmp_path: Path):
    path = tmp_path / "log.csv"
    path.write_text("iteration,loss\n10,0.5\n20,0.4\n30,0.3\n40,0.")
    assert [row["iteration"] for row in read_rows(path)] == ["10", "20", "30"]
    CsvLog(path, ("iteration", "loss"), until=20)
    assert path.read_text() == "iteration,loss\n10,0.5\n20,0.4\n"


def test_no_file_has_no_rows(tmp_path: Path):
    assert read_rows(tmp_path / "absent.csv") == []


def test_curves_are_drawn_with_and_without_a_validation(tmp_path: Path):
    log = CsvLog(tmp_path / "log.csv", LOG_COLUMNS, until=0)
    for iteration in (10, 20, 30):
        log.add(
            dict.fromkeys(LOG_COLUMNS, "") | {"iteration": iteration, "loss": 1 / iteration, "stage": iteration > 20}
        )
    plain = draw_curves(tmp_path, "tiny").read_bytes()
    scores = CsvLog(tmp_path / "validation.csv", VALIDATION_COLUMNS, until=0)
    scores.add(dict.fromkeys(VALIDATION_COLUMNS, 30) | {"iteration": 20, "protocol": "rgb@1"})
    path = draw_curves(tmp_path, "tiny")
    assert path.read_bytes() != plain
    with Image.open(path) as image:
        assert image.size == (1050, 825)


@pytest.mark.parametrize("content", [b"iteration,loss\nx,1\n", b"iteration,loss\n\xff,1\n", b"loss\n1\n"])
def test_a_damaged_log_is_a_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "log.csv").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"log\.csv is damaged .* delete it"):
        CsvLog(tmp_path / "log.csv", ("iteration", "loss"), until=5)
