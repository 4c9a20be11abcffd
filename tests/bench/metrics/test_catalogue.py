from __future__ import annotations

import re

import pytest
from restorebench.bench.cli.check import check
from restorebench.bench.cli.compare import compare
from restorebench.bench.metrics.catalogue import CHEAP, LPIPS, MEASURED, PSNR, SSIM
from restorebench.bench.protocols.protocol import get_protocol


@pytest.mark.parametrize("name", ["gopro@1", "rain100h@1", "realblur-noalign@1"])
def test_protocols_measure_in_its_order(name: str):
    protocol = get_protocol(name)
    assert [metric.name for metric in protocol.measured] == [name for name in MEASURED if name in protocol.metrics]


def test_the_help_of_the_gate_states_its_tolerances():
    sentence = (check.__doc__ or "").partition("Default tolerances: ")[2].partition("\n\n")[0]
    stated = {name: float(value) for name, value in re.findall(r"(\w+)=([\d.]*\d)", sentence)}
    assert stated == {name: metric.tolerance for name, metric in MEASURED.items()}


def test_the_help_of_compare_states_what_a_difference_is_worth():
    stated = re.findall(r"(psnr|ssim|lpips)=([\d.]*\d)", (compare.__doc__ or "").partition("Default: ")[2])
    assert {name: float(value) for name, value in stated} == {name: metric.worth for name, metric in MEASURED.items()}


def test_what_loads_a_network_is_left_out_of_training():
    assert (PSNR.name, SSIM.name) == CHEAP
    protocol = get_protocol("gopro@1")
    assert LPIPS in protocol.measured
    assert protocol.without_networks().metrics == CHEAP
