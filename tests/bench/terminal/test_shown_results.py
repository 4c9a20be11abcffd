"""Each kind of result in a notebook, without running a model."""

from __future__ import annotations

from pathlib import Path

from helpers.paired_runs import write_paired_run
from restorebench.bench import check, compare, get_protocol, load_model, open_dataset, profile
from restorebench.bench.comparison.comparison import COLUMNS


def test_a_comparison(tmp_path: Path) -> None:
    first, second = (
        write_paired_run(tmp_path, {"psnr": [30.0 + step + image / 8 for image in range(12)]}, model=model)
        for step, model in ((0, "old"), (1, "new"))
    )
    comparison = compare(first, second)
    assert repr(comparison) == "<Comparison: new minus old on gopro by gopro@1, 12 images, PSNR +1.000>"
    frame = comparison.to_dataframe()
    assert list(frame.columns) == list(COLUMNS)
    assert (frame["difference"][0], frame["wins"][0]) == (comparison.metrics["psnr"].difference, 12)
    assert "<th>PSNR ↑</th><td>30.69</td><td>31.69</td><td>+1.000</td>" in comparison._repr_html_()


def test_a_verdict(tmp_path: Path) -> None:
    values = {"psnr": [30.0 + image / 8 for image in range(12)]}
    folder = write_paired_run(tmp_path, values)
    verdict = check(folder, folder)
    assert repr(verdict).startswith("<Verdict: pass, ")
    assert list(verdict.to_dataframe()["outcome"]) == ["pass"] * len(verdict.gates)
    assert "no-change" in verdict._repr_html_()


def test_a_protocol() -> None:
    protocol = get_protocol("rain13k@1")
    assert repr(protocol).startswith("<Protocol: rain13k@1, ")
    frame = protocol.to_dataframe()
    assert list(frame["metric"]) == list(protocol.metrics)
    assert frame["formula"].str.startswith("10 log10(255²").tolist()[0]


def test_a_data_set() -> None:
    dataset = open_dataset("quickstart-rain")
    assert repr(dataset) == "<Data set: Quickstart rain (v1), 7 pairs for deraining>"
    assert list(dataset.to_dataframe()["key"]) == [pair.key for pair in dataset]  # pyright: ignore[reportAttributeAccessIssue] -- not of the contract


def test_a_cost_and_a_restorer() -> None:
    cost = profile("prn_r", sizes=((32, 32), (64, 64)), latency=False, memory=False)
    assert repr(cost).startswith("<Cost: prn_r, 0.021 M parameters, ")
    frame = cost.to_dataframe()
    assert list(frame["variant"]) == ["32x32", "64x64"]
    assert list(frame["macs all"]) == [count.total() for count in cost.counts]
    assert frame["median"].isna().all()
    assert cost._repr_html_().count("<tr>") == 3
    network = load_model("median")
    assert repr(network) == "<Restorer: median, 0 parameters, fp32 on cpu>"
    assert list(network.to_dataframe()["task"]) == [network.card.task]
