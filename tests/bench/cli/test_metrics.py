from __future__ import annotations

import json

import pytest
from restorebench.bench.cli import main
from restorebench.bench.metrics.catalogue import CATALOGUE
from restorebench.bench.metrics.registry import METRICS

COMPUTED = [name for name in CATALOGUE if METRICS.get(name).computable]


def test_every_metric_that_can_be_measured_is_listed(capsys: pytest.CaptureFixture[str]):
    assert main(["metrics"]) == 0
    shown = capsys.readouterr().out
    names = {line.split()[0] for line in shown.splitlines() if line.strip()}
    assert names >= set(COMPUTED)
    assert not names & {"fid", "mse"}


@pytest.mark.parametrize("name", COMPUTED)
def test_every_card_says_range_direction_and_what_a_hundredth_means(name: str, capsys: pytest.CaptureFixture[str]):
    metric = METRICS.get(name)
    assert metric.card is not None
    assert main(["metrics", "show", name]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(
        f"{name}: {metric.title}\nbetter: {'higher' if metric.higher_is_better else 'lower'}\nrange: "
    )
    assert f"a difference of 0.01: {metric.card.hundredth}" in shown
    if metric.cost == "network":
        assert "\nlicence: " in shown
        assert "`restorebench fetch lpips-" in shown
        assert "\ncalibrated on: " in shown


def test_the_card_of_niqe_says_what_it_needs_and_what_it_is_worth(capsys: pytest.CaptureFixture[str]):
    assert main(["metrics", "show", "niqe", "--json"]) == 0
    card = json.loads(capsys.readouterr().out)
    assert card["needs_target"] is False
    assert card["lowest"] == 0
    text = " ".join(card["card"]["notes"])
    assert "Ill-conditioned" in text
    assert "2 blocks of 96x96" in text


def test_a_mistyped_name_is_one_sentence(capsys: pytest.CaptureFixture[str]):
    assert main(["metrics", "show", "nieq"]) == 2
    assert "did you mean niqe" in capsys.readouterr().err


def test_the_list_speaks_json(capsys: pytest.CaptureFixture[str]):
    assert main(["metrics", "--json"]) == 0
    listed = {item["name"]: item for item in json.loads(capsys.readouterr().out)}
    assert set(listed) >= set(COMPUTED)
    assert listed["dists"]["card"]["licence"].startswith("MIT")
