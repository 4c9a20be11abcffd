from __future__ import annotations

from pathlib import Path

import pytest
from helpers.report_runs import FakeRun, write_run
from PIL import Image
from restorebench.bench.runs.run import find_runs
from restorebench.reports.figures import FigureOptions, draw_figure
from restorebench.reports.figures.paper import PAPERS, PaperName

# \columnwidth and \textwidth that the style files print, in TeX points (72.27 to the inch).
COLUMN_POINTS = {"ieee": 252.0, "cvpr": 237.13594, "eccv": 347.12354, "neurips": 397.48499}
TEXT_POINTS = {"ieee": 516.0, "cvpr": 496.85625, "eccv": 347.12354, "neurips": 397.48499}


@pytest.mark.parametrize("paper", list(PAPERS))
def test_widths_are_at_most_those_of_the_style_files(paper: PaperName) -> None:
    widths = PAPERS[paper]
    assert 0.98 < widths.column / (COLUMN_POINTS[paper] / 72.27) <= 1.0005
    assert 0.98 < widths.page / (TEXT_POINTS[paper] / 72.27) <= 1.005


def test_a_wide_figure_spans_the_text(tmp_path: Path) -> None:
    write_run(tmp_path, FakeRun())
    options = FigureOptions(paper="cvpr", wide=True)
    figure = draw_figure(find_runs(tmp_path), "violin", tmp_path / "figure.png", options)
    with Image.open(figure.path) as image:
        assert image.width == pytest.approx(6.875 * 300, abs=1)


def test_serif_is_written_into_the_figure(tmp_path: Path) -> None:
    write_run(tmp_path, FakeRun())
    runs = find_runs(tmp_path)
    serif = draw_figure(runs, "violin", tmp_path / "serif.svg", FigureOptions(font="serif")).path
    sans = draw_figure(runs, "violin", tmp_path / "sans.svg").path
    assert "STIXGeneral" in serif.read_text(encoding="utf-8")
    assert "STIXGeneral" not in sans.read_text(encoding="utf-8")


def test_without_a_caption_the_figure_is_lower(tmp_path: Path) -> None:
    write_run(tmp_path, FakeRun())
    runs = find_runs(tmp_path)
    heights: list[int] = []
    for caption in (True, False):
        drawn = draw_figure(runs, "violin", tmp_path / "figure.png", FigureOptions(caption=caption))
        assert drawn.caption
        with Image.open(drawn.path) as image:
            heights.append(image.height)
    assert heights[0] > heights[1]
