"""Calibration: the way that made a number is among the answers, and nothing explains a number that no way made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from helpers.restored_images import restored_pair
from restorebench.bench.errors import ImageError
from restorebench.bench.explanation.claims import Claim
from restorebench.bench.explanation.explain import searched_views
from restorebench.bench.explanation.measurements import ImageLine, Measurements, collect
from restorebench.bench.explanation.protocol_ways import known_protocols
from restorebench.bench.explanation.rulers import pixel_ruler, protocol_rulers, ssim_ruler
from restorebench.bench.explanation.search import CHANCE, Explanation, Searched, explain_claims
from restorebench.bench.metrics.psnr import psnr
from restorebench.bench.metrics.shared_work import SharedWork
from restorebench.bench.protocols.protocol import Protocol

COUNT, SIZE = 11, (65, 82)


def usable(protocol: Protocol) -> bool:
    """Whether a protocol measures images of any size as they are: some align or resize them, some have no target."""
    if "psnr" not in protocol.metrics or protocol.alignment != "none":
        return False
    try:
        replace(protocol, lpips=None, added=()).prepare().score(*restored_pair(0, *SIZE))
    except ImageError:
        return False
    return True


PROTOCOLS = [protocol for protocol in known_protocols() if usable(protocol)]


@cache
def measured() -> Measurements:
    """Eleven pairs, measured in every way; odd sizes, so that every region differs."""
    rulers = (pixel_ruler(), ssim_ruler(), *protocol_rulers(aligned=False))
    lines = [
        ImageLine(str(number), ruler.group, 65 * 82, ruler.measure(*restored_pair(number, *SIZE), SharedWork()))
        for number in range(COUNT)
        for ruler in rulers
    ]
    keys = [str(number) for number in range(COUNT)]
    return collect(lines, keys, {key: f"scene{int(key) // 5}" for key in keys})


@cache
def searched() -> tuple[Searched, ...]:
    return (searched_views(measured()),)


def explain(claims: Sequence[Claim], prefer: str = "") -> Explanation:
    return explain_claims(claims, searched(), prefer=prefer)


def claim(metric: str, value: float, digits: int) -> Claim:
    return Claim(metric, f"{value:.{digits}f}", digits)


@cache
def means(protocol: Protocol) -> dict[str, float]:
    """What a protocol itself makes of the images, through its own code."""
    scorer = replace(protocol, lpips=None).prepare()
    scores = [scorer.score(*restored_pair(number, *SIZE)).metrics for number in range(COUNT)]
    return {
        name: float(np.mean([np.float64(each[name] or np.nan) for each in scores]))
        for name in ("psnr", "ssim")
        if name in scores[0]
    }


@pytest.mark.slow
@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda protocol: protocol.id)
def test_the_protocol_that_made_the_numbers_is_among_the_answers(protocol: Protocol):
    digits = {"psnr": 2, "ssim": 3}
    claims = [claim(name, value, digits[name]) for name, value in means(protocol).items()]
    found = explain(claims, prefer=protocol.id)
    assert protocol.id in {name for answer in found.answers for name in answer.protocols}
    assert found.answers[0].tier == 0
    together = explain(claims[:1], prefer=protocol.id)
    assert protocol.id in {name for answer in together.answers for name in answer.protocols}


@pytest.mark.slow
@pytest.mark.parametrize("protocol", [each for each in PROTOCOLS if "ssim" in each.metrics], ids=lambda each: each.id)
def test_numbers_of_both_metrics_are_explained_by_the_first_answer(protocol: Protocol):
    values = means(protocol)
    found = explain([claim("psnr", values["psnr"], 2), claim("ssim", values["ssim"], 4)], prefer=protocol.id)
    assert found.verdict == "explained"
    assert found.answers[0].protocols[0] == protocol.id
    assert found.by_chance <= CHANCE


def test_a_crop_that_no_protocol_has_is_found():
    values = measured().columns
    errors, similarity = values["mse y-rounded crop6"], values["ssim y-rounded crop6 skimage"]
    numbers = float(np.mean([psnr(error, 255.0) for error in errors])), float(similarity.mean())
    found = explain([claim("psnr", numbers[0], 2), claim("ssim", numbers[1], 4)])
    assert any("6 px" in answer.words and "8 bits" in answer.words for answer in found.answers)
    assert found.answers[0].tier == 1


def test_pooling_is_found_and_named():
    errors = measured().columns["mse rgb crop0"]
    found = explain([claim("psnr", psnr(float(errors.mean()), 255.0), 3)])
    assert any("MSE over all pixels" in answer.words for answer in found.answers)


def test_a_number_that_nothing_gives_is_claimed_by_nothing_and_the_difference_is_told():
    numbers = means(next(protocol for protocol in PROTOCOLS if protocol.id == "rgb@1"))
    far = [claim("psnr", numbers["psnr"] + 3.0, 2), claim("ssim", numbers["ssim"], 3)]
    found = explain(far)
    assert (found.verdict, found.answers) == ("unexplained", ())
    nearest = found.nearest[0].values
    assert found.remaining["psnr"] == pytest.approx(far[0].value - nearest[0])
    apart = {each.claims[0].metric: each for each in found.apart}
    assert apart["psnr"].answers == ()
    assert "rgb@1" in {name for answer in apart["ssim"].answers for name in answer.protocols}


def test_the_gaps_between_the_ways_are_explained_by_none():
    values = sorted({round(view.readings["psnr"][0].values.mean(), 6) for view in searched()[0].views})
    gaps = np.diff(values)
    place = int(np.argmax(np.where(np.array(values[:-1]) > 20, gaps, 0)))
    middle = (values[place] + values[place + 1]) / 2
    found = explain([Claim("psnr", f"{middle:.3f}", 3)])
    assert not any(answer.tier < 2 for answer in found.answers)
    assert found.verdict != "explained"


@pytest.mark.slow
@pytest.mark.parametrize("metrics", [("psnr",), ("ssim",), ("psnr", "ssim")], ids="+".join)
def test_unrelated_numbers_are_seldom_explained(metrics: tuple[str, ...]):
    """Drawn around the numbers of rgb@1, at most one in twenty may be taken for explained; three deviations are let."""
    random = np.random.default_rng(len(metrics))
    centre = means(next(protocol for protocol in PROTOCOLS if protocol.id == "rgb@1"))
    width, digits = {"psnr": 0.5, "ssim": 0.02}, {"psnr": 2, "ssim": 3}
    count, explained = 60 if len(metrics) == 1 else 15, 0
    for _ in range(count):
        drawn = [
            claim(name, centre[name] + random.uniform(-width[name], width[name]), digits[name]) for name in metrics
        ]
        explained += explain(drawn).verdict == "explained"
    assert explained <= count * CHANCE + 3 * np.sqrt(count * CHANCE)


def test_the_expected_number_of_ways_is_what_random_numbers_meet():
    random = np.random.default_rng(5)
    centre = means(next(protocol for protocol in PROTOCOLS if protocol.id == "rgb@1"))["psnr"]
    fixed = explain([claim("psnr", centre, 2)])
    # The ways near the number, and how many of them a number drawn near it meets.
    near = [value for value in _all_values() if abs(value - fixed.claims[0].value) <= 0.5]
    met = [
        sum(abs(value - drawn) <= 0.005 for value in near)
        for drawn in random.uniform(fixed.claims[0].value - 0.5, fixed.claims[0].value + 0.5, 4000)
    ]
    assert np.mean(met) == pytest.approx(len(near) * 0.01, rel=0.1)


def _all_values() -> list[float]:
    return [reading.values.mean() for view in searched()[0].views for reading in view.readings["psnr"]]
