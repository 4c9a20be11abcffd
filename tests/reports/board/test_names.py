from __future__ import annotations

import pytest
from restorebench.reports.board.names import normal_name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("NAFNet-width64", "nafnet64"),
        ("PReNet_r", "prenet-r"),
        ("Uformer-B (as published)", "uformer_b"),
        ("MIMO-UNet+", "MIMO UNet+"),
        (" IR-SDE ", "irsde"),
    ],
)
def test_spellings_of_one_model(one: str, other: str):
    assert normal_name(one) == normal_name(other)


@pytest.mark.parametrize(("one", "other"), [("MIMO-UNet", "MIMO-UNet+"), ("nafnet32", "nafnet64"), ("prn", "prn_r")])
def test_names_of_two_models_stay_two(one: str, other: str):
    assert normal_name(one) != normal_name(other)
