from __future__ import annotations

import pytest
from restorebench.bench.cli import main
from restorebench.datasets import DATASETS


@pytest.mark.parametrize("name", sorted(DATASETS))
def test_the_name_of_a_data_set_says_where_to_get_it(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fetch", name]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert f"{name} is a data set, and fetch gets weights only: " in said
    assert said.endswith(f"; see `restorebench datasets fetch {name}`.")


def test_options_and_folders_of_a_data_set_change_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    for written in ("gopro=/data/GOPRO", "gopro[variant=blur_gamma]"):
        assert main(["fetch", written]) == 2
        assert "gopro is a data set" in capsys.readouterr().err


def test_another_name_is_still_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fetch", "restormre"]) == 2
    assert "did you mean restormer" in capsys.readouterr().err
