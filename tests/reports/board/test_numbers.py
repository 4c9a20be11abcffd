from __future__ import annotations

import math

import pytest
from restorebench.bench.errors import UsageError
from restorebench.bench.metrics.registry import known_facts
from restorebench.reports.board.numbers import MISSING, parse_digits, show_number

PSNR, SSIM = known_facts("psnr"), known_facts("ssim")


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, MISSING), (math.inf, "∞"), (-math.inf, "-∞"), (29.454, "29.45"), (29.456, "29.46"), (0, "0.00")],
)
def test_a_number_is_printed_as_papers_print_it(value: float | None, text: str):
    assert show_number(value, PSNR) == text


def test_digits_are_those_of_the_metric_unless_a_person_asks_for_others():
    assert show_number(0.89894, SSIM) == f"{0.89894:.{SSIM.digits}f}"
    assert show_number(0.89894, SSIM, {"ssim": 4}) == "0.8989"
    assert show_number(0.89894, SSIM, {"psnr": 4}) == show_number(0.89894, SSIM)
    assert show_number(0.6, SSIM, {"ssim": 0}) == "1"


def test_digits_are_read_as_typed():
    assert parse_digits(["SSIM=4", "psnr=0", "ssim=15"]) == {"ssim": 15, "psnr": 0}
    for typed in ("ssim", "ssim=", "=4", "ssim=four", "ssim=-1", "ssim=16"):
        with pytest.raises(UsageError, match="is not METRIC=DIGITS"):
            parse_digits([typed])
