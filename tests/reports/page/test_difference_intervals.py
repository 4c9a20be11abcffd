from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from helpers.optional import known
from helpers.paired_runs import write_paired_run
from restorebench.bench.comparison.comparison import compare
from restorebench.bench.metrics.registry import known_facts
from restorebench.bench.runs.run import find_runs
from restorebench.reports.board.board import build_board
from restorebench.reports.page.difference_intervals import difference_intervals
from restorebench.reports.page.payload import image_values


def test_the_page_has_the_intervals_of_compare(tmp_path: Path):
    generator = np.random.default_rng(0)
    groups = [f"scene {index // 3}" for index in range(30)]
    keys = [f"{index:02d}" for index in range(30)]
    for model in ("a", "b", "c"):
        values: dict[str, list[float | None]] = {
            "psnr": [*generator.gamma(2.0, 2.0, 30)],
            "ssim": [*generator.uniform(0.5, 1, 30)],
        }
        if model == "c":
            values["ssim"][4] = None
        write_paired_run(tmp_path, values, model=model, groups=groups, keys=keys)
    board = build_board(find_runs(tmp_path))
    found = image_values(board, 0)["intervals"]
    assert isinstance(found, dict)
    places = {row.model: str(place) for place, row in enumerate(board.rows)}
    for first, second in (("a", "b"), ("a", "c"), ("b", "c")):
        compared = compare(tmp_path / "gopro" / second, tmp_path / "gopro" / first).metrics
        for metric, each in compared.items():
            interval = (known(each.low), known(each.high))
            intervals = known(found[metric])
            assert isinstance(intervals, dict)
            forward = intervals.get(f"{places[first]}-{places[second]}")
            if forward is None:
                backward = known(intervals[f"{places[second]}-{places[first]}"])
                assert isinstance(backward, list)
                forward = [-float(str(end)) for end in reversed(backward)]
            assert forward == pytest.approx(interval, rel=1e-9)


def test_many_models_take_no_more_memory_at_once_and_few_images_have_no_interval():
    generator = np.random.default_rng(1)
    values = {str(row): list(generator.normal(30, 1, 12)) for row in range(25)}
    found = difference_intervals(values, [""] * 12, known_facts("psnr"))
    assert len(found) == 25 * 24 / 2
    assert all(interval is not None for interval in found.values())
    assert difference_intervals({"0": [1.0], "1": [2.0]}, [""], known_facts("psnr")) == {"0-1": None}
    assert difference_intervals({"0": [None], "1": [2.0]}, [""], known_facts("psnr")) == {}
