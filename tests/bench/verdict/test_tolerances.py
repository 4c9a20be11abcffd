from __future__ import annotations

from pathlib import Path

import pytest
from restorebench.bench.errors import UsageError
from restorebench.bench.metrics.catalogue import PSNR
from restorebench.bench.metrics.registry import known_facts
from restorebench.bench.verdict.tolerances import allowed_drop, find_pyproject, parse_amounts, read_check_settings


def test_the_nearest_name_wins():
    drops = {"psnr": 0.3, "gopro:psnr": 0.2, "gopro[variant=blur_gamma]:psnr": 0.1}
    assert allowed_drop(drops, "gopro[variant=blur_gamma]", PSNR) == 0.1
    assert allowed_drop(drops, "gopro[variant=other]", PSNR) == 0.2
    assert allowed_drop(drops, "hide", PSNR) == 0.3
    assert allowed_drop({}, "hide", PSNR) == 0.1
    assert allowed_drop({}, "hide", known_facts("anything")) is None


def test_options_of_a_data_set_may_hold_an_equals_sign():
    assert parse_amounts(["gopro[variant=blur_gamma]:psnr=0.1"]) == {"gopro[variant=blur_gamma]:psnr": 0.1}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("psnr", "not METRIC=AMOUNT"),
        ("=1", "not METRIC=AMOUNT"),
        ("psnr=x", "no number"),
        ("psnr=-1", "at least 0"),
        ("psnr=nan", "at least 0"),
    ],
)  # fmt: skip -- a table
def test_amounts_that_are_none_are_said(text: str, said: str):
    with pytest.raises(UsageError, match=said):
        parse_amounts([text])


def test_settings_come_from_the_nearest_pyproject(tmp_path: Path):
    path = tmp_path / "pyproject.toml"
    lines = ('max-drop = {psnr = 0.05, "gopro:ssim" = 1}', 'ambiguous = "fail"', 'metrics = ["psnr"]')
    path.write_text("\n".join(("[tool.restorebench.check]", *lines)))
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    assert find_pyproject(inside) == path
    settings = read_check_settings(path)
    assert (settings.max_drop, settings.ambiguous, settings.metrics) == (
        {"psnr": 0.05, "gopro:ssim": 1.0},
        "fail",
        ("psnr",),
    )


def test_a_pyproject_without_the_table_says_nothing(tmp_path: Path):
    path = tmp_path / "pyproject.toml"
    path.write_text("[project]\nname = 'x'\n")
    assert read_check_settings(path) == read_check_settings(None)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("max_drop = {psnr = 1}", "did you mean max-drop"),
        ("max-drop = 1", "max-drop: expected a table, got an integer"),
        ("max-drop = {psnr = 'x'}", "expected a number, got a text"),
        ("max-drop = {psnr = true}", "expected a number, got true or false"),
        ("max-drop = {psnr = -1}", "at least 0"),
        ("metrics = 'psnr'", "metrics: expected a list, got a text"),
        ("ambiguous = 'maybe'", r"ambiguous: unknown value 'maybe': known are fail, pass\.$"),
        ("ambiguous = ", "is not a TOML file"),
    ],
)
def test_settings_that_are_wrong_are_said(tmp_path: Path, table: str, said: str):
    path = tmp_path / "pyproject.toml"
    path.write_text(f"[tool.restorebench.check]\n{table}\n")
    with pytest.raises(UsageError, match=said):
        read_check_settings(path)
