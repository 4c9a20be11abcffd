from __future__ import annotations

from dataclasses import replace

import pytest
from restorebench.bench.explanation.protocol_ways import ProtocolWay, known_protocols, protocol_way
from restorebench.bench.metrics.psnr import PsnrSpec
from restorebench.bench.metrics.ssim_spec import SsimSpec
from restorebench.bench.protocols.protocol import get_protocol


def test_a_protocol_is_taken_apart():
    assert protocol_way(get_protocol("uformer@1")) == ProtocolWay(
        "uformer@1", "rgb", "crop0", "plain", "skimage-range2", "alex"
    )
    assert protocol_way(get_protocol("irsde-rgb@1")) == ProtocolWay(
        "irsde-rgb@1", "rgb", "crop4", "plain", "wang", "alex"
    )


@pytest.mark.parametrize(
    "change",
    [
        {"alignment": "ecc"},
        {"crop": 9},
        {"ssim": SsimSpec(size=9)},
        {"psnr": PsnrSpec(identical=80.0)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_protocol_that_does_more_than_the_pieces_is_none_of_them(change: dict[str, object]):
    assert protocol_way(get_protocol("rgb@1")) is not None
    assert protocol_way(replace(get_protocol("rgb@1"), **change)) is None


def test_how_a_protocol_is_called_and_how_it_rounds_does_not_matter():
    renamed = replace(get_protocol("rgb@1"), name="other", notes=("A note.",), quantiser="truncate")
    assert protocol_way(renamed) == ProtocolWay("other@1", "rgb", "crop0", "plain", "wang", "alex")


def test_most_known_protocols_are_made_of_pieces():
    found = [protocol for protocol in known_protocols() if protocol_way(protocol) is not None]
    assert len(found) >= 30
    assert all(protocol.alignment == "none" for protocol in found)
