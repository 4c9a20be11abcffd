from __future__ import annotations

import itertools
import math
import re
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.report_runs import FakeRun, write_run
from hypothesis import given
from hypothesis import strategies as st
from restorebench.bench.cli import main
from restorebench.bench.metrics.digits import beside_limit

FIRST = FakeRun(psnr=29.4637219, ssim=0.8036184, keys=[f"image{index}" for index in range(100)])
SECOND = replace(FIRST, model="prn-r", title="PRN_r", psnr=29.9183764, ssim=0.8114957, weights="b" * 64)
MEANS = ("29.4637219", "0.8036184", "29.9183764", "0.8114957")


@given(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3), st.integers(0, 5))
def test_a_printed_number_is_on_its_side_of_the_limit(value: float, limit: float, digits: int):
    text = beside_limit(value, limit, digits)
    assert text.startswith(f"{value:.{digits}f}")  # the usual digits stand first, whatever follows
    shown = float(text.removesuffix(")").rpartition(" ")[2])
    assert (shown > limit) - (shown < limit) == (value > limit) - (value < limit)


def test_more_digits_are_shown_only_where_they_are_needed():
    assert beside_limit(0.12345, 0.1, 3, signed=True) == "+0.123"
    assert beside_limit(0.10001, 0.1, 3, signed=True) == "+0.100 (nearer: +0.10001)"
    assert beside_limit(math.inf, 0.1, 3) == "inf"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    write_run(tmp_path / "out", FIRST)
    write_run(tmp_path / "out", SECOND)
    return tmp_path / "out"


def roundings(text: str, mean: str) -> set[str]:
    """Every number in a text that is this mean, cut to three decimals or more, or rounded to any number of them."""
    digits = range(1, len(mean.partition(".")[2]) + 1)
    forms = {f"{float(mean):.{each}f}" for each in digits}
    return {number for number in re.findall(r"(?<![\d.+-])\d+\.\d+(?![\d.])", text) if number in forms}


def test_a_mean_is_printed_with_one_number_of_digits_by_every_command(
    out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    base, cells = tmp_path / "base.json", [str(out / "rain100h" / model) for model in ("prenet", "prn-r")]
    assert main(["baseline", "save", str(out), "--out", str(base)]) == 0
    commands = [["table", str(out), "--format", format_] for format_ in ("text", "markdown", "latex", "html")]
    commands += [
        ["compare", str(out), "prenet", "prn-r"],
        ["check", cells[1], "--baseline", cells[0], "--other-model", "--explain"],
        ["check", cells[0], "--baseline", str(base), "--budget", "psnr>=29.1", "ssim>=0.7"],
        ["report", str(out)],
    ]
    printed: dict[str, str] = {}
    for words in commands:
        capsys.readouterr()
        main(words)
        said = capsys.readouterr()
        printed[" ".join(words[:1] + words[-1:])] = said.out + said.err
    html = (out / "report" / "index.html").read_text(encoding="utf-8")
    printed["page"] = re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL)
    wanted = dict(zip(MEANS, ("29.46", "0.804", "29.92", "0.811"), strict=True))
    for (command, text), mean in itertools.product(printed.items(), MEANS):
        assert roundings(text, mean) <= {wanted[mean]}, command
    assert all(any(wanted[mean] in roundings(text, mean) for text in printed.values()) for mean in MEANS)


def test_a_difference_is_printed_with_one_number_of_digits_by_compare_check_and_table(
    out: Path, capsys: pytest.CaptureFixture[str]
):
    write_run(out, replace(SECOND, model="prenet+pde", title="PReNet+PDE", card_name="prenet+pde", base="prenet"))
    cells = [str(out / "rain100h" / model) for model in ("prenet", "prenet+pde")]
    main(["compare", str(out), "prenet", "prenet+pde"])
    assert "+0.455" in capsys.readouterr().out
    main(["check", cells[1], "--baseline", cells[0], "--other-model", "--explain"])
    text = capsys.readouterr().out
    assert "-0.455" in text
    assert "0.4547" not in text
    main(["table", str(out), "--format", "markdown"])
    assert "29.92** +0.455" in capsys.readouterr().out
