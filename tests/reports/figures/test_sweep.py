from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.report_runs import FakeRun, write_run
from restorebench.bench.errors import UsageError
from restorebench.bench.runs.run import find_runs
from restorebench.reports.figures import FigureOptions, draw_figure

BASE = FakeRun(psnr=29.4599, ssim=0.8989)


def runs_of(folder: Path, *models: str) -> Path:
    for place, model in enumerate(models):
        write_run(folder, replace(BASE, model=model, title=model, psnr=25.0 + place, weights=f"{place:064d}"))
    return folder


def drawn(folder: Path, option: str = "") -> str:
    drawn = draw_figure(find_runs(folder), "sweep", folder / "sweep.svg", FigureOptions(option=option))
    return drawn.path.read_text(encoding="utf-8")


def test_a_line_for_each_model_and_its_other_options_and_a_level_for_the_rest(tmp_path: Path) -> None:
    models = [f"net[sampler={sampler},steps={steps}]" for sampler in ("ode", "sde") for steps in (5, 20, 100)]
    figure = drawn(runs_of(tmp_path, *models, "input"))
    assert set(re.findall(r">sampler=(\w+)<", figure)) == {"ode", "sde"}
    assert ">net<" in figure  # the title of the legend
    assert ">input<" in figure
    assert ">steps<" in figure
    assert "net[sampler=ode,steps=5]" not in figure


def test_lines_are_named_by_what_tells_them_apart(tmp_path: Path) -> None:
    models = [f"{name}[sigma=25,steps={steps}]" for name in ("net", "other") for steps in (5, 20)]
    figure = drawn(runs_of(tmp_path, *models))
    assert ">net<" in figure
    assert ">other<" in figure
    assert "sigma" not in figure


def test_the_option_with_the_most_values_is_taken_unless_two_have_as_many(tmp_path: Path) -> None:
    folder = runs_of(tmp_path, "net[steps=5,tile=64]", "net[steps=10,tile=96]")
    with pytest.raises(UsageError, match=r"Both (steps and tile|tile and steps) vary"):
        drawn(folder)
    assert ">tile<" in drawn(folder, "tile")
    with pytest.raises(UsageError, match="option 'step': did you mean steps"):
        drawn(folder, "step")


def test_a_single_value_is_no_sweep(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No option has two values"):
        drawn(runs_of(tmp_path, "net[steps=5]", "input"))
