from __future__ import annotations

import pytest
from restorebench.bench.cli import main


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--dataset", "GoPr"], "There is no published result on the data set 'GoPr': did you mean GoPro"),
        (["--metric", "SIMM"], "There is no published result by the metric 'SIMM': did you mean SSIM?"),
        (
            ["--protocol", "uformr@1"],
            "no published result by the protocol 'uformr@1': did you mean uformer@1?",
        ),
        (["--model", "NAFNt"], "There is no published result of the model 'NAFNt': did you mean NAFNet"),
    ],
)
def test_a_name_that_no_result_has_is_told_with_a_close_one(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["published", *words]) == 2
    assert message in capsys.readouterr().err


def test_names_are_found_in_either_case_and_a_model_by_a_part(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["published", "--dataset", "gopro", "--metric", "ssim", "--model", "nafnet-3"]) == 0
    assert "NAFNet-32" in capsys.readouterr().out


def test_known_names_that_no_result_has_together_are_no_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["published", "--model", "NAFNet", "--protocol", "rain13k@1"]) == 1
    assert "No published result matches" in capsys.readouterr().err
